import Primitives
import Synchronization

/// Compiled schemas by content: a thousand documents of one kind compile their schema once. For any thread.
package final class SchemaCache: Sendable {
    private struct Entries {
        /// By their text: the order of keywords decides the order of violations.
        var schemas: [String: CompiledSchema] = [:]
        /// Oldest first.
        var order: [String] = []
    }

    private let capacity: Int
    private let entries = Mutex(Entries())

    /// - Parameter capacity: how many schemas are kept; the oldest leaves first.
    package init(capacity: Int = 256) { self.capacity = max(1, capacity) }

    /// The compiled form of `schema`, compiled now if it is not at hand.
    ///
    /// - Throws: `JSONSchemaError` as `CompiledSchema.init`; failures are not kept.
    package func compiled(_ schema: Value) throws(JSONSchemaError) -> CompiledSchema {
        let text = schema.json(.compact)
        if let known = entries.withLock({ $0.schemas[text] }) { return known }
        // Outside the lock: a large schema must not hold up the others. Two threads may compile the same one.
        let fresh = try CompiledSchema(schema)
        return entries.withLock { entries in
            if let known = entries.schemas[text] { return known }
            if entries.order.count >= capacity { entries.schemas[entries.order.removeFirst()] = nil }
            entries.schemas[text] = fresh
            entries.order.append(text)
            return fresh
        }
    }
}
