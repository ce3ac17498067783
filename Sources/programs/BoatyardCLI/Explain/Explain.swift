import ArgumentParser
import Primitives

struct Explain: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Tell where a rendered value came from.",
        discussion: """
            Shows which document gave the value, on which line of which stream, and by which layers and substitutions it \
            came to where it is:
              boatyard explain drydock/Network/v1 oam .cidr
            """)

    @Argument(help: "The document's schema, such as drydock/Network/v1.")
    var schema: String

    @Argument(help: "The document's name.")
    var name: String

    @Argument(help: "The path of the value in the document's data, such as .conf.nodes[0].")
    var path: String = "."

    @Option(help: "The revision. (default: the newest)")
    var revision: Int?

    @Option(help: "The document's layer, where it has the name in several.")
    var layer: String?

    @Flag(help: "With secrets, to whom the policy shows them; without it sums stand for what holds one.")
    var cleartextSecrets = false

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let daemon = try Daemon(options)
        var wanted = revision
        if wanted == nil { wanted = try await Self.newestRevision(daemon) }
        let revision = wanted ?? 0
        var query = [
            ("explain", path), ("schema", schema), ("metadata.name", name),
            ("cleartext-secrets", cleartextSecrets ? "true" : "false"),
        ]
        if let layer { query.append(("metadata.layeringDefinition.layer", layer)) }
        let answer = try await daemon.get("revisions/\(revision)/rendered-documents", query: query)
        options.output.show(answer) { ExplanationText(explanation: $0, path: path, revision: revision).text }
    }

    private static func newestRevision(_ daemon: Daemon) async throws -> Int {
        let revisions = try await daemon.get("revisions")["results"]?.arrayValue ?? []
        guard let newest = revisions.compactMap({ $0["id"]?.intValue }).max() else {
            throw Failure(
                "Error: There are no documents yet. Stage some with: boatyard create configdocs NAME --directory DIR")
        }
        return newest
    }
}
