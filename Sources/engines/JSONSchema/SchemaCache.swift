import Primitives
import Synchronization

/// Compiled schemas by content: a thousand documents of one kind compile their schema once. For any thread.
package final class SchemaCache: Sendable {
    private struct Entries {
        /// By their text: the order of keywords decides the order of violations.
        var schemas: [String: CompiledSchema] = [:]
        /// Oldest first.
        var order: [String] = []
        var bytes = 0

        mutating func keep(_ schema: CompiledSchema, _ text: String, capacity: Int, byteLimit: Int) {
            let size = text.utf8.count
            // One that would drive out all others is compiled each time.
            guard size <= byteLimit / 2 else { return }
            while order.count >= capacity || bytes + size > byteLimit {
                let oldest = order.removeFirst()
                bytes -= oldest.utf8.count
                schemas[oldest] = nil
            }
            schemas[text] = schema
            order.append(text)
            bytes += size
        }
    }

    private let capacity: Int
    private let byteLimit: Int
    private let entries = Mutex(Entries())

    /// - Parameters:
    ///   - capacity: how many schemas are kept; the oldest leaves first.
    ///   - byteLimit: how long their texts may be together.
    package init(capacity: Int = 256, byteLimit: Int = 4 << 20) {
        self.capacity = max(1, capacity)
        self.byteLimit = byteLimit
    }

    /// The compiled form of `schema`, compiled now if it is not cached.
    ///
    /// - Throws: `JSONSchemaError` as `CompiledSchema.init`; failures are not kept.
    package func compiled(_ schema: Value) throws(JSONSchemaError) -> CompiledSchema {
        let text = schema.json(.compact)
        if let known = entries.withLock({ $0.schemas[text] }) { return known }
        // Outside the lock: a large schema must not hold up the others. Two threads may compile the same one.
        let fresh = try CompiledSchema(schema)
        return entries.withLock { entries in
            if let known = entries.schemas[text] { return known }
            entries.keep(fresh, text, capacity: capacity, byteLimit: byteLimit)
            return fresh
        }
    }
}
