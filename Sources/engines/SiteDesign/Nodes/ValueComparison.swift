import OrderedCollections
import Primitives

/// A place where two values differ.
package struct ValueDifference: Sendable, Hashable {
    /// Keys and names from the top: `interfaces`, `bond0`, `mtu`.
    package var path: [String]
    /// null where only the other has it.
    package var before: Value
    package var after: Value
}

/// Compares two values member by member; lists of things with names, name by name.
enum ValueComparison {
    static func differences(_ before: Value, _ after: Value) -> [ValueDifference] {
        var found: [ValueDifference] = []
        compare(before, after, [], &found)
        return found
    }

    private static func compare(
        _ before: Value, _ after: Value, _ path: [String], _ found: inout [ValueDifference]
    ) {
        if before == after { return }
        switch (before, after) {
        case (.object(let old), .object(let new)):
            compare(old, new, path, &found)
        case (.array(let old), .array(let new)):
            guard let oldByName = named(old), let newByName = named(new), !(old.isEmpty && new.isEmpty) else {
                found.append(ValueDifference(path: path, before: before, after: after))
                return
            }
            compare(oldByName, newByName, path, &found)
            let order = oldByName.keys.elements.filter { newByName[$0] != nil }
            let newOrder = newByName.keys.elements.filter { oldByName[$0] != nil }
            if order != newOrder {
                found.append(ValueDifference(path: path + ["order"], before: Value(order), after: Value(newOrder)))
            }
        default: found.append(ValueDifference(path: path, before: before, after: after))
        }
    }

    private static func compare(
        _ before: Value.Object, _ after: Value.Object, _ path: [String], _ found: inout [ValueDifference]
    ) {
        for (key, old) in before { compare(old, after[key] ?? .null, path + [key], &found) }
        for (key, new) in after where before[key] == nil { compare(.null, new, path + [key], &found) }
    }

    /// The elements by their names, or nil where one has none or two have the same.
    private static func named(_ elements: [Value]) -> Value.Object? {
        var byName = Value.Object(minimumCapacity: elements.count)
        for element in elements {
            guard
                let name = ["name", "path", "network"].lazy.compactMap({ element[$0]?.stringValue }).first
                    ?? element["type"]?.stringValue, byName[name] == nil
            else { return nil }
            byName[name] = element
        }
        return byName
    }
}
