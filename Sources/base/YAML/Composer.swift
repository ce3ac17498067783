import CLibYAML
import Primitives

/// Composes the documents of a stream from its events, without recursion.
struct Composer<Target: Construction>: ~Copyable {
    private let reader: EventReader
    private let limits: YAML.Limits
    private var stack: [Frame<Target>] = []
    /// Of all collections in `stack`.
    private var nodes = MovingStack<Target.Node>()
    private var anchors: [String: Anchored<Target.Node>] = [:]
    private var expanded = Weight()
    private var written = 0
    private var root: (node: Target.Node, line: Int)?
    private var recorder: LineRecorder?
    /// Of each document that has ended, if they are recorded.
    private(set) var lineMaps: [LineMap] = []
    private var notes = SourceNotes()
    /// Of each document that has ended, if lines are recorded.
    private(set) var documentNotes: [SourceNotes] = []
    /// How much may still be noted of the stream.
    private var noteBudget = SourceNotes.limit

    init(_ input: UnsafeBufferPointer<UInt8>, limits: YAML.Limits, recordsLines: Bool = false) {
        reader = EventReader(input)
        self.limits = limits
        recorder = recordsLines ? LineRecorder() : nil
    }

    /// The documents, each with the line its content begins on.
    mutating func documents() throws(YAMLError) -> [(node: Target.Node, line: Int)] {
        try reader.checkDirectives()
        var documents: [(node: Target.Node, line: Int)] = []
        while true {
            let event = try reader.next()
            switch event.type {
            case YAML_STREAM_END_EVENT: return documents
            case YAML_DOCUMENT_START_EVENT:
                guard documents.count < limits.documents else {
                    throw Mark(event.start_mark).error("more than \(limits.documents) documents")
                }
                recorder?.begin(at: Mark(event.start_mark))
                notes = SourceNotes()
            case YAML_DOCUMENT_END_EVENT:
                if let root { documents.append(root) }
                if let recorder {
                    lineMaps.append(recorder.map())
                    documentNotes.append(notes)
                }
                root = nil
                anchors.removeAll(keepingCapacity: true)
            case YAML_SCALAR_EVENT: try scalar(event)
            case YAML_ALIAS_EVENT: try alias(event)
            case YAML_SEQUENCE_START_EVENT:
                let start = event.data.sequence_start
                let mark = Mark(event.start_mark)
                let position = recorder?.position
                recorder?.record(.sequence, at: mark)
                try open(try .ofCollection(start.tag, implicit: .sequence, at: mark), start.anchor, mark, position)
            case YAML_MAPPING_START_EVENT:
                let start = event.data.mapping_start
                let mark = Mark(event.start_mark)
                let position = recorder?.position
                recorder?.record(.mapping, at: mark)
                try open(try .ofCollection(start.tag, implicit: .mapping, at: mark), start.anchor, mark, position)
            case YAML_SEQUENCE_END_EVENT, YAML_MAPPING_END_EVENT:
                recorder?.end()
                try close()
            default: break
            }
        }
    }

    private mutating func count(_ mark: Mark) throws(YAMLError) {
        written += 1
        guard written <= limits.nodes else {
            throw mark.error("more than \(limits.nodes) nodes in one stream; send its documents in several")
        }
    }

    private mutating func scalar(_ event: yaml_event_t) throws(YAMLError) {
        let mark = Mark(event.start_mark)
        try count(mark)
        let weight = Weight(nodes: 1, bytes: event.data.scalar.length)
        let built: Target.Node
        switch try Scalar(event) {
        case .text(let text): built = try Target.text(text, at: mark)
        case .node(let node):
            built = try Target.scalar(node, at: mark)
            if recorder != nil { noteSpelling(of: node, event, mark) }
        case .merge:
            guard let top = stack.indices.last, stack[top].takesKey else {
                throw .unknownTag(Tag.merge.rawValue, at: mark)
            }
            stack[top].beginMerge(at: mark)
            recorder?.record(.mergeKey, at: mark)
            return
        case .value:
            guard let top = stack.indices.last, stack[top].takesKey else {
                throw .unknownTag(Tag.value.rawValue, at: mark)
            }
            built = try Target.text("=", at: mark)
        }
        recorder?.record(.scalar, at: mark)
        if let anchor = event.data.scalar.anchor {
            anchors[try name(anchor, at: mark)] = Anchored(node: built, weight: weight, mark: mark)
        }
        try put(built, weight, mark)
    }

    /// Notes how a scalar was written that is no text, where that is not how it would be written again.
    private mutating func noteSpelling(of node: YAMLNode, _ event: yaml_event_t, _ mark: Mark) {
        let scalar = event.data.scalar
        let bytes = UnsafeBufferPointer(start: UnsafePointer(scalar.value), count: scalar.length)
        guard noteBudget > 0, scalar.length > 0, scalar.length <= SourceNotes.longest,
            !SourceNotes.isUsual(bytes, of: node), let value = node.plainValue
        else { return }
        let text = String(decoding: bytes, as: UTF8.self)
        guard text != SourceNotes.usual(value) else { return }
        noteBudget -= 1
        let isKey = stack.last?.takesKey ?? false
        notes.spellings.append(SourceNotes.Spelling(line: mark.line, text: text, value: value, isKey: isKey))
    }

    private mutating func note(_ repeated: [(key: String, places: [Int])], _ lines: [Int]) {
        for (key, places) in repeated where noteBudget > 0 {
            noteBudget -= 1
            notes.repeatedKeys.append(
                SourceNotes.RepeatedKey(
                    key: key,
                    lines: places.prefix(SourceNotes.longest).compactMap {
                        lines.indices.contains($0) ? lines[$0] : nil
                    }))
        }
    }

    private mutating func alias(_ event: yaml_event_t) throws(YAMLError) {
        let mark = Mark(event.start_mark)
        let name = event.data.alias.anchor.map { String(cString: $0) } ?? ""
        guard let anchored = anchors[name] else { throw mark.error("found undefined alias '\(name)'") }
        guard let node = anchored.node else { throw mark.error("alias '\(name)' is part of what it stands for") }
        recorder?.record(.scalar, at: mark)
        expanded += anchored.weight
        guard expanded.nodes <= limits.aliasNodes else {
            throw mark.error("aliases expand to more than \(limits.aliasNodes) nodes")
        }
        guard expanded.bytes <= limits.aliasBytes else {
            throw mark.error("aliases expand to more than \(limits.aliasBytes) bytes")
        }
        try put(node, anchored.weight, mark)
    }

    private mutating func open(
        _ tag: Tag, _ anchor: UnsafeMutablePointer<yaml_char_t>?, _ mark: Mark, _ position: LineRecorder.Position?
    ) throws(YAMLError) {
        try count(mark)
        guard stack.count < limits.depth else { throw mark.error("nested more than \(limits.depth) levels deep") }
        var frame = Frame<Target>(tag: tag, mark: mark, start: nodes.count)
        if let position { frame.lines = position }
        if let anchor {
            let name = try name(anchor, at: mark)
            frame.anchor = name
            anchors[name] = Anchored(node: nil, weight: Weight(), mark: mark)
        }
        stack.append(frame)
    }

    private mutating func close() throws(YAMLError) {
        guard let frame = stack.popLast() else { return }
        var repeated: [(key: String, places: [Int])] = []
        let node = try frame.node(of: &nodes) { repeated = $0 }
        if !repeated.isEmpty, let recorder { note(repeated, recorder.map(from: frame.lines).keyLines) }
        if let anchor = frame.anchor {
            anchors[anchor] = Anchored(node: node, weight: frame.weight, mark: frame.mark)
        }
        try put(node, frame.weight, frame.mark)
    }

    private mutating func put(_ node: Target.Node, _ weight: Weight, _ mark: Mark) throws(YAMLError) {
        guard let top = stack.indices.last else {
            root = (node, mark.line)
            return
        }
        stack[top].weight += weight
        if try stack[top].keeps(node, at: mark) { nodes.append(node) }
    }

    private func name(_ anchor: UnsafeMutablePointer<yaml_char_t>, at mark: Mark) throws(YAMLError) -> String {
        let name = String(cString: anchor)
        if let first = anchors[name] {
            throw mark.error("found duplicate anchor '\(name)', first on line \(first.mark.line)")
        }
        return name
    }
}

/// What an alias can stand for.
private struct Anchored<Node: Sendable> {
    /// Nil while the collection is still being read.
    var node: Node?
    var weight: Weight
    var mark: Mark
}

/// How much a node is with all its aliases written out.
struct Weight {
    var nodes = 0
    /// Of scalars.
    var bytes = 0

    static func += (left: inout Weight, right: Weight) {
        left.nodes += right.nodes
        left.bytes += right.bytes
    }
}
