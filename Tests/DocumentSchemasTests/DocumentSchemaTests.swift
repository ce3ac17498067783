import Foundation
import JSONSchema
import Primitives
import Testing
import YAML

@testable import DocumentSchemas

@Suite("Schemas of documents")
struct DocumentSchemaTests {
    @Test("every kind has a schema that its example meets", arguments: DocumentSchema.all.map(\.schema))
    func examples(schema: String) throws {
        let kind = try #require(DocumentSchema.named(schema))
        let text = kind.exampleDocument.joined(separator: "\n")
        let document = try #require(try YAML.load(Array(text.utf8)).first)
        #expect(document["schema"] == .string(schema))
        let compiled = try CompiledSchema(kind.data)
        let data = try #require(document["data"])
        let found = compiled.validate(data).map(\.message)
        #expect(found.isEmpty, "\(found)")
    }

    @Test("every member says what it means")
    func meanings() {
        for kind in DocumentSchema.all {
            for member in SchemaMember.all(of: kind.data) where member.name != "NAME" {
                #expect(member.schema["description"] != nil, "\(kind.kind): \(member.name)")
                #expect(!SchemaMember.type(of: member.schema).isEmpty, "\(kind.kind): \(member.name)")
            }
        }
    }

    @Test("a schema without its texts accepts and refuses the same")
    func bare() throws {
        let kind = try #require(DocumentSchema.named("NetworkLink"))
        let text = kind.bareData.json(.compact)
        #expect(!text.contains("description") && !text.contains("examples"))
        let compiled = try CompiledSchema(kind.bareData)
        #expect(compiled.validate(["mtu": 1500, "allowed_networks": ["a"]]).isEmpty)
        #expect(compiled.validate(["mut": 1500]).count == 1)
        #expect(compiled.validate(["mtu": "1500"]).count == 1)
    }

    @Test("a kind is found by its name in any case, and by its schema")
    func names() {
        #expect(DocumentSchema.named("baremetalnode")?.schema == "drydock/BaremetalNode/v1")
        #expect(DocumentSchema.named("drydock/BaremetalNode/v1")?.kind == "BaremetalNode")
        #expect(DocumentSchema.named("drydock/BaremetalNode/v2") == nil)
        #expect(DocumentSchema.named("Node") == nil)
    }

    @Test("docs/documents is what the schemas say")
    func reference() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let folder = root.appendingPathComponent("docs/documents")
        for kind in DocumentSchema.all {
            let file = folder.appendingPathComponent("\(kind.kind).md")
            let text = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
            #expect(text == kind.markdown, "\(kind.kind).md: make documents")
        }
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        #expect(names.count == DocumentSchema.all.count + 1)
    }
}
