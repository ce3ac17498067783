import OrderedCollections
import Primitives

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
        try Conformance.documents(isSite ? "sites/\(name).rendered.yaml" : "drydock/samples/\(name).yaml")
    }

    /// Read by the reference from documents of a form before Deckhand's.
    static func isLegacy(_ golden: Value) -> Bool { golden["ingester"] == "yaml" }

    static func isCompared(_ section: String) -> Bool {
        ![
            "input", "ingester", "second_pass", "action_id_hex", "action_key_hex", "report_url",
            "design_ref_for_assets",
        ].contains(section)
    }

    func dump(of golden: Value) async throws -> Value {
        let isLegacy = Self.isLegacy(golden)
        let documents = try documents().compactMap { document in
            isLegacy ? Self.translated(document) : DesignDocument(document)
        }
        let key = [UInt8](hex: golden["action_key_hex"]?.stringValue ?? "") ?? []
        return await DesignDump.value(
            of: SiteDesign.compile(documents),
            rendering: DesignDump.Rendering(
                identity: BootActionIdentity(actionID: "01CZTB7GN1000G40R40M30E27Z", key: Secret(key)),
                designReference: golden["design_ref_for_assets"]?.stringValue ?? "",
                reportURL: golden["report_url"]?.stringValue ?? "", fetch: fetch),
            filters: (golden["node_filters"]?.arrayValue ?? []).map { $0["filter"] ?? .null })
    }

    private var fetch: BootActionRenderer.Fetch { DesignDump.Rendering.stub }

    /// A document of the old form, `apiVersion`, `kind` and `spec`, as one of Deckhand's.
    private static func translated(_ document: Value) -> DesignDocument? {
        guard let kind = document["kind"]?.stringValue else { return nil }
        return DesignDocument(
            schema: "drydock/\(kind)/v1", name: document["metadata"]?["name"]?.stringValue ?? "",
            data: document["spec"] ?? .null)
    }

    /// A recorded section without what only the old form has: its messages of success.
    func adapted(_ section: Value, _ name: String) -> Value {
        guard name == "ingest" || name == "validation", case .object(var members) = section else { return section }
        let messages = members["messages"]?.arrayValue ?? []
        members["messages"] = .array(
            messages.filter { $0["message"]?.stringValue?.hasPrefix("Successfully processed") != true })
        return .object(members)
    }
}
