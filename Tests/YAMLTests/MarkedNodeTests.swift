import Primitives
import Testing

@testable import YAML

@Suite("Nodes that know their lines")
struct MarkedNodeTests {
    private func members(_ node: MarkedNode?) -> [MarkedNode.Member] {
        if case .mapping(let members) = node?.content { members } else { [] }
    }

    private func member(_ key: String, of node: MarkedNode?) -> MarkedNode? {
        members(node).last { $0.key.content == .scalar(.string(key)) }?.value
    }

    private func marked(_ text: String) throws(YAMLError) -> MarkedNode? { try YAML.loadMarked(Array(text.utf8)) }

    @Test("keys and scalars have their lines, and repeated keys stay repeated")
    func lines() throws {
        let node = try marked("a: 1\nb:\n- x\n- {c: d}\na: 2\n")
        #expect(members(node).map(\.key.line) == [1, 2, 5])
        #expect(members(node).map(\.value.line) == [1, nil, 5])
        guard case .sequence(let elements) = member("b", of: node)?.content else {
            Issue.record("b is no sequence")
            return
        }
        #expect(elements[0] == MarkedNode(content: .scalar(.string("x")), line: 3))
        #expect(member("c", of: elements[1])?.line == 4)
    }

    @Test(
        "what is merged has the lines where it was written, and gives way to the mapping's own",
        arguments: ["y: {<<: *m, b: 9}", "y: {<<: [*m, *n], b: 9}"])
    func merges(line: String) throws {
        let node = member("y", of: try marked("x: &m {a: 1, b: 2}\nn: &n {a: 5}\n\(line)\n"))
        #expect(member("a", of: node) == MarkedNode(content: .scalar(.int(1)), line: 1))
        #expect(members(node).count { $0.key.content == .scalar(.string("a")) } == 1)
        #expect(members(node).contains { $0.value == MarkedNode(content: .scalar(.int(9)), line: 3) })
    }

    @Test("an empty stream has no node; a second document, a set and a scalar to merge are errors with their lines")
    func errors() throws {
        #expect(try marked("# nothing\n") == nil)
        for (text, line) in [("a\n---\nb\n", 3), ("a: b\nc: !!set {d}\n", 2), ("a: b\nc: {<<: d}\n", 2)] {
            let error = #expect(throws: YAMLError.self) { try marked(text) }
            #expect(error?.line == line)
        }
    }
}
