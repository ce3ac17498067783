import OrderedCollections
import Primitives
import TestSupport
import Testing

@testable import SiteDesign

/// A recorded design.
struct Sample: CustomTestStringConvertible {
    let name: String
    let isSite: Bool

    var testDescription: String { name }

    func golden() throws -> Value {
        try Conformance.json("drydock/goldens/\(isSite ? "treasuremap" : "samples")/\(name).json")
    }

    func documents() throws -> [Value] {
        if isSite { return try Conformance.documents("sites/\(name).rendered.yaml", about: "\nschema: drydock/") }
        return try Conformance.documents("drydock/samples/\(name).yaml")
    }

    /// Read by the reference from documents of a form before Deckhand's.
    static func isLegacy(_ golden: Value) -> Bool { golden["ingester"] == "yaml" }

    static func isCompared(_ section: String) -> Bool {
        !["input", "ingester", "second_pass"].contains(section)
    }

    func dump(of golden: Value) async throws -> Value {
        let isLegacy = Self.isLegacy(golden)
        var documents = try documents().compactMap { document in
            isLegacy ? Self.translated(document) : DesignDocument(document)
        }
        if isSite { documents = Self.ordered(documents, as: golden) }
        let key = [UInt8](hex: golden["action_key_hex"]?.stringValue ?? "") ?? []
        return await DesignDump.value(
            of: SiteDesign.compile(documents),
            rendering: DesignDump.Rendering(
                identity: BootActionIdentity(actionID: "01CZTB7GN1000G40R40M30E27Z", key: Secret(key)),
                designReference: golden["design_ref_for_assets"]?.stringValue ?? "",
                reportURL: golden["report_url"]?.stringValue ?? "", fetch: fetch),
            filters: (golden["node_filters"]?.arrayValue ?? []).map { $0["filter"] ?? .null })
    }

    /// The body that stood in for whatever a location named.
    private var fetch: BootActionRenderer.Fetch { DesignDump.Rendering.stub }

    /// Documents of a site in the order in which they were recorded, which is not that of the rendered file.
    private static func ordered(_ documents: [DesignDocument], as golden: Value) -> [DesignDocument] {
        let sections: [(String, DesignKind)] = [
            ("racks", .rack), ("network_links", .networkLink), ("networks", .network),
            ("hardware_profiles", .hardwareProfile), ("host_profiles", .hostProfile), ("nodes", .baremetalNode),
            ("bootactions", .bootAction),
        ]
        var ranks: [String: Int] = [:]
        for (section, kind) in sections {
            for (rank, element) in (golden[section]?.arrayValue ?? []).enumerated() {
                ranks["\(kind.schema) \(element["name"]?.stringValue ?? "")"] = rank
            }
        }
        return documents.sorted { left, right in
            (ranks["\(left.schema) \(left.name)"] ?? 0, left.name) < (
                ranks["\(right.schema) \(right.name)"] ?? 0, right.name
            )
        }
    }

    /// A document of the legacy format, `apiVersion`, `kind` and `spec`, as one of Deckhand's.
    private static func translated(_ document: Value) -> DesignDocument? {
        guard let kind = document["kind"]?.stringValue else { return nil }
        return DesignDocument(
            schema: "drydock/\(kind)/v1", name: document["metadata"]?["name"]?.stringValue ?? "",
            data: document["spec"] ?? .null)
    }

    /// A recorded section without what only the legacy format has: its messages of success.
    func adapted(_ section: Value, _ name: String) -> Value {
        guard name == "ingest" || name == "validation", case .object(var members) = section else { return section }
        let messages = members["messages"]?.arrayValue ?? []
        members["messages"] = .array(
            messages.filter { $0["message"]?.stringValue?.hasPrefix("Successfully processed") != true })
        return .object(members)
    }
}
