import ArgumentParser
import DocumentSchemas
import Primitives

struct SchemaCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema", abstract: "Print the JSON Schema of a kind of document, for editors and tests.",
        discussion: """
            Without a kind it prints the schema of a document of any kind, which a file with several kinds is held against. A \
            YAML file names it in its first line:
              boatyard schema > my-site/documents.schema.json
              # yaml-language-server: $schema=documents.schema.json

            boatyard explain-kind tells the same to people.
            """)

    @Argument(help: "BaremetalNode, or drydock/BaremetalNode/v1.", completion: .list(DocumentSchema.all.map(\.kind)))
    var kind: String?

    @Flag(help: "List the kinds instead.")
    var list = false

    func run() async throws {
        if list {
            for kind in DocumentSchema.all { Console.print(kind.kind) }
            return
        }
        let schema = try kind.map { try DocumentSchema.find($0).document } ?? DocumentSchema.anyDocument
        Console.print(schema.json(.pretty))
    }
}

struct ExplainKind: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain-kind",
        abstract: "Tell what a kind of document may say: every member, its default, who reads it.",
        discussion: "Without a kind it lists the kinds. The same texts are in docs/documents.")

    @Argument(help: "BaremetalNode, or drydock/BaremetalNode/v1.", completion: .list(DocumentSchema.all.map(\.kind)))
    var kind: String?

    func run() async throws {
        if let kind {
            Console.print(try DocumentSchema.find(kind).markdown, terminator: "")
            return
        }
        var table = Table("Kind", "Schema", "For")
        for kind in DocumentSchema.all {
            table.rows.append([kind.kind, kind.schema, kind.purpose])
        }
        Console.print(table.text)
    }
}

extension DocumentSchema {
    /// - Throws: `Failure`, with the kind that is meant where the name is almost one.
    fileprivate static func find(_ name: String) throws(Failure) -> DocumentSchema {
        if let schema = named(name) { return schema }
        let near = Suggestion.sentence(for: name, among: all.map(\.kind))
        throw Failure(
            "Error: there is no kind of document '\(Text.line(name))' that the daemon reads.\(near) boatyard explain-kind lists them.",
            exitCode: Failure.usage)
    }

    /// The first clause of what it is for.
    fileprivate var purpose: String {
        String(summary.prefix { $0 != "." && $0 != ":" })
    }
}
