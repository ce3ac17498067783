import OrderedCollections
import Primitives

/// The differences between two values in the form of Python's deepdiff (`docs/reference/deckhand.md` §11).
struct ValueDifference {
    private var changed: Value.Object = [:]
    private var retyped: Value.Object = [:]
    private var addedMembers: [String] = []
    private var removedMembers: [String] = []
    private var addedElements: Value.Object = [:]
    private var removedElements: Value.Object = [:]

    /// An empty mapping where they are equal.
    static func between(_ old: Value, _ new: Value) -> Value {
        var difference = ValueDifference()
        difference.compare(old, new, at: "root")
        return difference.value
    }

    private var value: Value {
        var value: Value.Object = [:]
        if !changed.isEmpty { value["values_changed"] = .object(changed) }
        if !retyped.isEmpty { value["type_changes"] = .object(retyped) }
        if !addedMembers.isEmpty { value["dictionary_item_added"] = Value(addedMembers) }
        if !removedMembers.isEmpty { value["dictionary_item_removed"] = Value(removedMembers) }
        if !addedElements.isEmpty { value["iterable_item_added"] = .object(addedElements) }
        if !removedElements.isEmpty { value["iterable_item_removed"] = .object(removedElements) }
        return .object(value)
    }

    private mutating func compare(_ old: Value, _ new: Value, at path: String) {
        if old.isSame(as: new) { return }
        switch (old, new) {
        case (.object(let before), .object(let after)):
            for (key, value) in before {
                let place = path + Self.member(key)
                if let other = after[key] { compare(value, other, at: place) } else { removedMembers.append(place) }
            }
            for key in after.keys where before[key] == nil { addedMembers.append(path + Self.member(key)) }
        case (.array(let before), .array(let after)):
            compareLists(before, after, at: path)
        default:
            let types = (Self.type(old), Self.type(new))
            guard types.0 == types.1 else {
                retyped[path] = [
                    "old_type": .string(types.0), "new_type": .string(types.1), "old_value": old, "new_value": new,
                ]
                return
            }
            var change: Value.Object = ["new_value": new, "old_value": old]
            if case (.string(let before), .string(let after)) = (old, new),
                before.contains("\n") || after.contains("\n")
            {
                change["diff"] = .string(UnifiedDifference.text(before, after))
            }
            changed[path] = .object(change)
        }
    }

    private mutating func compareLists(_ before: [Value], _ after: [Value], at path: String) {
        let areScalars = (before + after).allSatisfy { $0.arrayValue == nil && $0.objectValue == nil }
        guard areScalars else { return compareByIndex(before, after, at: path, 0, 0) }
        for block in SequenceMatcher(before, after).opcodes {
            let isReplacement = !block.old.isEmpty && !block.new.isEmpty
            if isReplacement {
                compareByIndex(
                    Array(before[block.old]), Array(after[block.new]), at: path, block.old.lowerBound,
                    block.new.lowerBound)
            } else {
                for index in block.old { removedElements[path + "[\(index)]"] = before[index] }
                for index in block.new { addedElements[path + "[\(index)]"] = after[index] }
            }
        }
    }

    private mutating func compareByIndex(
        _ before: [Value], _ after: [Value], at path: String, _ oldStart: Int, _ newStart: Int
    ) {
        for (index, pair) in zip(before, after).enumerated() {
            compare(pair.0, pair.1, at: path + "[\(oldStart + index)]")
        }
        for index in after.count..<max(after.count, before.count) {
            removedElements[path + "[\(oldStart + index)]"] = before[index]
        }
        for index in before.count..<max(after.count, before.count) {
            addedElements[path + "[\(newStart + index)]"] = after[index]
        }
    }

    private static func member(_ key: String) -> String { key.contains("'") ? "[\"\(key)\"]" : "['\(key)']" }

    private static func type(_ value: Value) -> String {
        switch value {
        case .null: "NoneType"
        case .bool: "bool"
        case .int, .bigInt: "int"
        case .double: "float"
        case .string: "str"
        case .array: "list"
        case .object: "dict"
        }
    }
}
