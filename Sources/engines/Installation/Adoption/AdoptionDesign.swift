import OrderedCollections
import Primitives
import SiteDesign

/// The site's design with a node of the wanted host profile, so that it is known what the profile gives it.
struct AdoptionDesign {
    /// A hardware profile without devices, for host profiles that name none.
    private static let placeholder = "boatyard-adopt-placeholder"
    /// What no document is called that a person writes: the wanted name may be taken.
    private static let probe = "boatyard-adopt-probe"

    /// The site as its documents have it.
    let site: EffectiveSite
    /// The layer of the site's nodes, else of the host profile; `site` where neither tells.
    let layer: String
    /// Whether the host profile names a hardware profile.
    let hasOwnHardware: Bool
    private let probed: CompiledDesign

    /// - Throws: `BoatyardError` `adopt.profile`, `adopt.design`.
    init(_ documents: [Value], _ request: Adoption.Request) throws(BoatyardError) {
        let design = documents.compactMap { DesignDocument($0) }
        let profiles = design.filter { $0.schema == DesignKind.hostProfile.schema }.map(\.name)
        guard profiles.contains(request.profile) else {
            let known =
                profiles.isEmpty
                ? " There is no HostProfile at all."
                : Suggestion.sentence(
                    for: request.profile, among: profiles)
            throw BoatyardError(
                "adopt.profile", "There is no HostProfile \(request.profile) in the site's documents.\(known)",
                kind: .invalid)
        }
        func layers(_ kind: DesignKind) -> [String] {
            documents.filter { $0["schema"]?.stringValue == kind.schema }
                .compactMap { $0["metadata"]?["layeringDefinition"]?["layer"]?.stringValue }
        }
        layer = layers(.baremetalNode).first ?? layers(.hostProfile).first ?? "site"

        // The probe comes first, so that no fault of another node keeps it from being compiled.
        var data: Value.Object = [
            "host_profile": .string(request.profile), "addressing": [["network": "none", "address": "dhcp"]],
        ]
        func compile() -> CompiledDesign {
            SiteDesign.compile(
                [DesignDocument(schema: DesignKind.baremetalNode.schema, name: Self.probe, data: .object(data))]
                    + design
                    + [DesignDocument(schema: DesignKind.hardwareProfile.schema, name: Self.placeholder, data: [:])])
        }
        func isCompiled(_ design: CompiledDesign) -> Bool {
            design.draft.node(named: Self.probe)?.source == .compiled
        }
        var compiled = compile()
        let hasOwn = isCompiled(compiled)
        if !hasOwn {
            data["hardware_profile"] = .string(Self.placeholder)
            compiled = compile()
        }
        guard isCompiled(compiled) else {
            let reason = compiled.messages.first(where: \.error)?.message ?? "no reason is given"
            throw BoatyardError(
                "adopt.design",
                "What the host profile \(request.profile) gives a node cannot be told, since the site's documents do not compile:"
                    + " \(reason)", kind: .invalid)
        }
        hasOwnHardware = hasOwn
        probed = compiled
        let draft = compiled.draft
        site = EffectiveSite(
            region: draft.region, racks: draft.racks, networkLinks: draft.networkLinks, networks: draft.networks,
            hardwareProfiles: draft.hardwareProfiles.filter { $0.name != Self.placeholder },
            hostProfiles: draft.hostProfiles,
            nodes: draft.nodes.filter { $0.name != Self.probe }, bootActions: [])
    }

    /// A node of the host profile, compiled.
    ///
    /// - Throws: `BoatyardError` `adopt.design`.
    func node() throws(BoatyardError) -> BaremetalNode {
        guard let node = probed.draft.node(named: Self.probe) else {
            throw BoatyardError("adopt.design", "The site's documents do not compile.", kind: .invalid)
        }
        return node
    }
}
