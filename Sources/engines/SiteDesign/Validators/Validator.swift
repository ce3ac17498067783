import OrderedCollections
import Primitives

/// A rule that designs are held to (`docs/reference/drydock.md` §9).
struct Validator: Sendable {
    /// `DD1001`
    let code: String
    /// Begins every message.
    let title: String
    /// Says that all is well where it found no error; the rules that are ours speak only where there is something to say.
    let confirms: Bool
    /// - Throws: what makes the design impossible to validate any further.
    let check: @Sendable (EffectiveSite, inout Findings) throws -> Void

    init(
        _ code: String, _ title: String, confirms: Bool = true,
        check: @escaping @Sendable (EffectiveSite, inout Findings) throws -> Void
    ) {
        self.code = code
        self.title = title
        self.confirms = confirms
        self.check = check
    }

    /// In the order in which their messages appear.
    static let all: [Validator] = [
        bootStorage, cidrValidity, hugePages, addressLocality, mtu, trunking, duplicateAddresses, platform, bonds,
        storagePartitioning, storageSizing, mountPoints, allowedNetworks, hostNames, ipmi, libvirt, bootActionScope,
        packageLists,
        duplicateMachines, networkBoot, dynamicRanges, bootPartition, writtenAddresses, unsafeTexts,
        bootActionTemplates, nodeNames, outOfBandTypes, addressUse, networkPlan, vlans, distinctNames,
        carriedNetworks, servedFamilies, knownNames, knownDevices, storageSizes, textEnds, arrays,
        outOfBandParameters, hardwareTests,
    ]
}

/// The messages of validators that have run.
struct Findings: Sendable {
    private(set) var messages: [DesignValidationMessage] = []
    let platform: ImageCatalogSource
    /// Nil where they are not known.
    let outOfBandTypes: OutOfBandTypes?

    /// How many names are compared with all others still: whoever has more of them mends some first.
    private var suggestionsLeft = 100

    private var code = ""
    private var title = ""

    init(platform: ImageCatalogSource, outOfBandTypes: OutOfBandTypes?) {
        self.platform = platform
        self.outOfBandTypes = outOfBandTypes
    }

    mutating func run(_ validator: Validator, on site: EffectiveSite) throws {
        code = validator.code
        title = validator.title
        let before = messages.count
        try validator.check(site, &self)
        if validator.confirms, !messages[before...].contains(where: \.error) {
            add(.info, "Validation successful.", "", [])
        }
    }

    /// - Parameters:
    ///   - path: where in the data of the first document, or in that of a profile that it has it from.
    ///   - concernsKey: it is the key there that is wrong.
    ///   - remedy: what to do, where Drydock's own words for `diagnostic` do not say it.
    mutating func error(
        _ message: String, _ diagnostic: String, _ documents: DocumentReference..., at path: [DesignStep] = [],
        concernsKey: Bool = false, remedy: String? = nil
    ) {
        add(.error, message, diagnostic, documents)
        locate(path, concernsKey, remedy)
    }

    /// As `error`.
    mutating func warning(
        _ message: String, _ diagnostic: String, _ documents: DocumentReference..., at path: [DesignStep] = [],
        concernsKey: Bool = false, remedy: String? = nil
    ) {
        add(.warning, message, diagnostic, documents)
        locate(path, concernsKey, remedy)
    }

    /// ` Did you mean 'worker'?`; empty once a hundred of them were given, since each compares a name with all others.
    mutating func suggestion(for name: String, among known: @autoclosure () -> [String]) -> String {
        guard suggestionsLeft > 0 else { return "" }
        suggestionsLeft -= 1
        return Suggestion.sentence(for: name, among: known())
    }

    /// Adds what no validator has found.
    mutating func add(_ messages: [DesignValidationMessage]) { self.messages += messages }

    private mutating func locate(_ path: [DesignStep], _ concernsKey: Bool, _ remedy: String?) {
        guard let last = messages.indices.last else { return }
        messages[last].path = path
        messages[last].concernsKey = concernsKey
        messages[last].remedy = remedy
    }

    private mutating func add(
        _ level: Severity, _ message: String, _ diagnostic: String,
        _ documents: [DocumentReference]
    ) {
        messages.append(
            DesignValidationMessage(
                name: code, message: "\(title): \(message)", level: level, diagnostic: diagnostic,
                documents: documents))
    }
}

extension BaremetalNode {
    var reference: DocumentReference { DocumentReference(.baremetalNode, name) }
}

extension Network {
    var reference: DocumentReference { DocumentReference(.network, name) }
}

extension NetworkLink {
    var reference: DocumentReference { DocumentReference(.networkLink, name) }
}

extension HardwareProfile {
    var reference: DocumentReference { DocumentReference(.hardwareProfile, name) }
}

extension HostProfile {
    var reference: DocumentReference { DocumentReference(.hostProfile, name) }
}

extension BootAction {
    var reference: DocumentReference { DocumentReference(.bootAction, name) }
}
