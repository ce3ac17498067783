import Primitives

/// YAML 1.1 as PyYAML's safe loader and safe dumper understand it.
package enum YAML {
    /// What one stream may cost. Exceeding a limit is an error with its place, never a crash.
    package struct Limits: Sendable {
        /// How deeply collections may nest.
        package var depth = 200
        /// How many documents a stream may have.
        package var documents = 100_000
        /// How many scalars and collections a stream may write out: a node of one byte costs a hundred in memory, and a
        /// site of 8,000 documents has a quarter of a million.
        package var nodes = 1_000_000
        /// The greatest number of nodes that the aliases of a stream may add up to.
        package var aliasNodes = 1_000_000
        /// The greatest number of bytes of scalars that the aliases of a stream may add up to.
        package var aliasBytes = 64 << 20

        package static let `default` = Limits()

        package init() {}
    }

    /// The documents of a stream in UTF-8, or in UTF-16 with a byte order mark.
    ///
    /// Keys that are no strings become the strings that Python's JSON makes of them (`1`, `true`, `null`, `1.5`). An
    /// empty document is null; an empty stream has no document. A repeated key keeps its first place and its last
    /// value.
    ///
    /// - Throws: `YAMLError` for a stream that is no YAML, unknown tags, collections as keys, exceeded limits, and
    ///   values that cannot be stored: timestamps, binary data, sets, NaN, infinities, NUL characters.
    package static func load(_ bytes: [UInt8], limits: Limits = .default) throws(YAMLError) -> [Value] {
        try loadWithMarks(bytes, limits: limits).map(\.value)
    }

    /// As `load` of the text's UTF-8.
    package static func load(_ text: String, limits: Limits = .default) throws(YAMLError) -> [Value] {
        try load(Array(text.utf8), limits: limits)
    }

    /// As `load`, with the line, from 1, that each document's content begins on.
    package static func loadWithMarks(
        _ bytes: [UInt8], limits: Limits = .default
    ) throws(YAMLError) -> [(value: Value, line: Int)] {
        try bytes.withUnsafeBufferPointer { input throws(YAMLError) in
            var composer = Composer<ValueConstruction>(input, limits: limits)
            return try composer.documents().map { (value: $0.node, line: $0.line) }
        }
    }

    /// As `load`, with the lines of all nodes of each document.
    package static func loadWithLines(
        _ bytes: [UInt8], limits: Limits = .default
    ) throws(YAMLError) -> [(value: Value, lines: LineMap)] {
        try loadSources(bytes, limits: limits).map { (value: $0.value, lines: $0.lines) }
    }

    /// As `load`, with what else there is to know of how each document is written.
    package static func loadSources(
        _ bytes: [UInt8], limits: Limits = .default
    ) throws(YAMLError) -> [SourceDocument] {
        try bytes.withUnsafeBufferPointer { input throws(YAMLError) in
            var composer = Composer<ValueConstruction>(input, limits: limits, recordsLines: true)
            let documents = try composer.documents()
            let notes = composer.documentNotes
            return zip(documents, composer.lineMaps).enumerated().map { index, document in
                SourceDocument(value: document.0.node, lines: document.1, notes: notes[index])
            }
        }
    }

    /// The only document of a stream, null if it is empty.
    ///
    /// - Throws: as `load`, and for a second document.
    package static func loadOne(_ bytes: [UInt8], limits: Limits = .default) throws(YAMLError) -> Value {
        try single(loadWithMarks(bytes, limits: limits).map { ($0.value, $0.line) }) ?? .null
    }

    /// As `loadOne` of the text's UTF-8.
    package static func loadOne(_ text: String, limits: Limits = .default) throws(YAMLError) -> Value {
        try loadOne(Array(text.utf8), limits: limits)
    }

    private static func single<Node>(_ documents: [(node: Node, line: Int)]) throws(YAMLError) -> Node? {
        guard documents.count < 2 else {
            throw YAMLError(
                "expected a single document in the stream, but found another document", line: documents[1].line,
                column: 1)
        }
        return documents.first?.node
    }
}
