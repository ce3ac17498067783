import JSONSchema
import OrderedCollections
import Primitives
import YAML

/// The documents of a design, read but not yet compiled.
struct Ingest {
    private(set) var messages: [DesignValidationMessage] = []
    /// The last one of the design.
    private(set) var region: Region?
    private(set) var racks: [Rack] = []
    private(set) var networkLinks: [NetworkLink] = []
    private(set) var networks: [Network] = []
    private(set) var hardwareProfiles: [HardwareProfile] = []
    private(set) var hostProfiles: [HostProfile] = []
    private(set) var nodes: [BaremetalNode] = []
    private(set) var bootActions: [BootAction] = []

    /// Reads every document of Drydock's; one that is wrong leaves messages and the others are read all the same
    /// (`docs/reference/drydock.md` §4).
    init(_ documents: [DesignDocument]) {
        for document in documents {
            let parts = document.schema.split(separator: "/", omittingEmptySubsequences: false)
            guard parts.count == 3, parts[0] == "drydock" else { continue }
            do {
                guard parts[2] == "v1", let kind = DesignKind(rawValue: String(parts[1])) else {
                    throw IngestError.expected("Invalid document - Kind \(parts[1]) and Version \(parts[2])")
                }
                let schema = try DesignSchemas.schema(of: kind)
                guard schema.isSatisfied(by: document.data) else {
                    report(schema.validate(document.data), of: kind, in: document)
                    continue
                }
                try read(kind, document)
            } catch {
                report(error, in: document)
            }
        }
    }

    private mutating func read(_ kind: DesignKind, _ document: DesignDocument) throws {
        let fields = try FieldReader(document.data, "data")
        let name = document.name
        switch kind {
        case .region: region = try Region(name: name, fields: fields)
        case .rack: racks.append(try Rack(name: name, fields: fields))
        case .networkLink: networkLinks.append(try NetworkLink(name: name, fields: fields))
        case .network: networks.append(try Network(name: name, fields: fields))
        case .hardwareProfile: hardwareProfiles.append(try HardwareProfile(name: name, fields: fields))
        case .hostProfile: hostProfiles.append(try HostProfile(name: name, fields: fields))
        case .baremetalNode: nodes.append(try BaremetalNode(name: name, fields: fields))
        case .bootAction: bootActions.append(try BootAction(name: name, fields: fields))
        }
    }

    private mutating func report(_ violations: [SchemaViolation], of kind: DesignKind, in document: DesignDocument) {
        for violation in violations {
            var message = DesignValidationMessage(
                name: "DD001", message: "\(kind.rawValue):v1 schema validation error: \(violation.message)",
                level: .error, diagnostic: "Invalid input file - see Drydock Troubleshooting Guide for DD001",
                documents: [DocumentReference(schema: document.schema, name: document.name)])
            message.path =
                violation.instancePath.map(DesignStep.init) + violation.unknownKeys.prefix(1).map(DesignStep.key)
            message.concernsKey = !violation.unknownKeys.isEmpty
            if violation.keyword == "type" { message.offending = violation.instance }
            message.remedy = violation.designRemedy
            messages.append(message)
        }
    }

    private mutating func report(_ error: any Error, in document: DesignDocument) {
        let known = error as? IngestError ?? .unexpected(error.inWords)
        var message = DesignValidationMessage(
            name: "DD000",
            message: "\(known.isExpected ? "Error" : "Unexpected error") processing document: \(known.message)",
            level: .error,
            diagnostic: (known.isExpected ? "Exception" : "Unexpected exception")
                + " during document processing - see Drydock Troubleshooting Guide for DD000",
            documents: [DocumentReference(schema: document.schema, name: document.name)])
        message.path = known.field.flatMap { DesignStep.path(to: $0, in: document.data) } ?? []
        message.remedy = known.remedy ?? "Correct what the message names."
        messages.append(message)
    }
}

extension SchemaViolation {
    /// What to do about it, where that can be told.
    fileprivate var designRemedy: String? {
        if let key = unknownKeys.first {
            return "Correct or remove the key \(key.pythonRepr)." + Suggestion.sentence(for: key, among: knownKeys)
        }
        if wantsText, let explanation = SourceNotes.explanation(of: nil, readAs: instance) {
            return explanation + "."
        }
        return "Write what the schema of the document asks for."
    }
}

extension DesignStep {
    /// The way to the first member of that name, depth first; nil where there is none.
    fileprivate static func path(to key: String, in value: Value) -> [DesignStep]? {
        switch value {
        case .object(let members):
            if members[key] != nil { return [.key(key)] }
            for (name, member) in members {
                if let found = path(to: key, in: member) { return [.key(name)] + found }
            }
        case .array(let elements):
            for (index, element) in elements.enumerated() {
                if let found = path(to: key, in: element) { return [.index(index)] + found }
            }
        default: break
        }
        return nil
    }
}
