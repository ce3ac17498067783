import OrderedCollections
import Primitives

extension Value {
    /// Whether both are the same value, the order of mappings aside, as Python's `==` of mappings sees it.
    func isSame(as other: Value) -> Bool {
        switch (self, other) {
        case (.object(let left), .object(let right)):
            left.count == right.count && left.allSatisfy { key, value in right[key].map(value.isSame(as:)) ?? false }
        case (.array(let left), .array(let right)):
            left.count == right.count && zip(left, right).allSatisfy { $0.isSame(as: $1) }
        default:
            self == other
        }
    }
}
