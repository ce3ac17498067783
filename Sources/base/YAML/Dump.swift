import Primitives

extension YAML {
    /// The value as PyYAML's `safe_dump(default_flow_style=False)` writes it, byte for byte.
    ///
    /// ASCII only; lines are folded after column 80; a plain scalar on its own is followed by `...`.
    ///
    /// - Parameter sortedKeys: keys by code points, as the controllers answer; otherwise in their order.
    package static func dump(_ value: Value, sortedKeys: Bool = true) -> String {
        dumpAll([value], sortedKeys: sortedKeys)
    }

    /// The documents as `safe_dump_all(default_flow_style=False)` writes them: `---` between them and not before the
    /// first (`docs/reference/deckhand.md` §1). No documents are an empty text.
    package static func dumpAll(_ values: [Value], sortedKeys: Bool = true) -> String {
        String(decoding: dumpBytes(values, sortedKeys: sortedKeys), as: UTF8.self)
    }

    /// As `dumpAll`, in bytes.
    package static func dumpBytes(_ values: [Value], sortedKeys: Bool = true) -> [UInt8] {
        var emitter = Emitter(sortedKeys: sortedKeys)
        for value in values { emitter.document(value) }
        return emitter.finish()
    }
}
