import Primitives
import Testing
import YAML

@Suite("Lines of nodes")
struct LineMapTests {
    @Test("every key and element has the line it was written on, below any depth and beyond any gap")
    func lines() throws {
        let text = """
            # a comment
            ---
            a: 1
            b:
              c:
              - x
              - {y: 1,
                 z: 2}
            \(String(repeating: "\n", count: 300))
            d: |
              text
              of lines
            e: {}
            f: last
            """
        let document = try #require(try YAML.loadWithLines(Array(text.utf8)).first)
        let members = try #require(document.lines.members())
        #expect(document.lines.line == 3)
        #expect(members.map(\.line) == [3, 4, 310, 313, 314])
        let c = try #require(members[1].value.members()?.first)
        #expect(c.line == 5)
        let elements = try #require(c.value.elements())
        #expect(elements.map(\.line) == [6, 7])
        #expect(elements[1].members()?.map(\.line) == [7, 8])
        #expect(members[3].value.members()?.isEmpty == true)
        #expect(elements[0].members() == nil)
        #expect(elements[0].elements() == nil)
    }

    @Test("a second document counts its lines in the stream; an alias stands where it was written")
    func stream() throws {
        let documents = try YAML.loadWithLines(Array("a: 1\n---\n- &x [1, 2]\n- *x\n- 3\n".utf8))
        #expect(documents.count == 2)
        #expect(documents[1].lines.elements()?.map(\.line) == [3, 4, 5])
    }

    @Test("a mapping with merge keys has no order of writing")
    func merge() throws {
        let documents = try YAML.loadWithLines(Array("base: &b {x: 1}\nown: {a: 1, <<: *b}\nmore: 1\n".utf8))
        let members = try #require(documents.first?.lines.members())
        #expect(members.map(\.line) == [1, 2, 3])
        #expect(members[1].value.members() == nil)
        #expect(members[1].value.line == 2)
    }

    @Test("damaged entries end in nothing", arguments: [[], [2], [2, 0], [0x82], [2, 0x80, 0x80], [7], [1, 1, 3]])
    func damaged(entries: [UInt8]) {
        let map = LineMap(base: 1, entries: entries)
        #expect(map.members() == nil)
        #expect(map.elements() == nil)
    }
}
