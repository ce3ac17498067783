import ArgumentParser
import Primitives

struct GetConfigdocs: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "configdocs", abstract: "Compare two versions of all collections, or show one collection.")

    /// Taken only to say how a collection is named.
    @Argument(help: .hidden)
    var names: [String] = []

    @Option(help: "Show the documents of this collection.", completion: LiveNames.collections)
    var collection: String?

    @OptionGroup var versions: VersionOptions

    @Flag(help: "With secrets, to whom the policy shows them.")
    var cleartextSecrets = false

    @OptionGroup var options: GlobalOptions

    func validate() throws {
        if let name = names.first {
            throw ValidationError("Name the collection with an option: --collection \(name).")
        }
        _ = try collection == nil ? versions.pair() : versions.single()
        if cleartextSecrets, collection == nil { throw ValidationError("--cleartext-secrets needs --collection.") }
    }

    func run() async throws {
        guard let collection else {
            let collections = try await Daemon(options).get("configdocs", query: versions.pair())
            options.output.show(collections, table: Self.text)
            return
        }
        let answer = try await Daemon(options).send(
            "GET", "configdocs/\(PercentCoding.encode(collection))",
            query: versions.single() + [("cleartext-secrets", cleartextSecrets ? "true" : "false")])
        try options.output.show(stream: answer.bytes)
    }

    static func text(_ value: Value) -> String {
        var table = Table("Collection", "Base", "Base Status", "New", "New Status")
        for row in value.arrayValue ?? [] {
            func version(_ prefix: String) -> String {
                let revision = row[prefix + "_revision"]?.intValue.map { " (revision \($0))" } ?? ""
                return (row[prefix + "_version"]?.stringValue ?? "") + revision
            }
            table.rows.append([
                row["collection_name"]?.stringValue ?? "", version("base"), row["base_status"]?.stringValue ?? "",
                version("new"), row["new_status"]?.stringValue ?? "",
            ])
        }
        return table.text
    }
}
