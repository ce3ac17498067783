import Glibc
import OrderedCollections

extension Value {
    /// Whether the keys of every object are in the order of their code points, so that sorting them changes nothing.
    package var isSortedByKey: Bool {
        switch self {
        case .null, .bool, .int, .bigInt, .double, .string: true
        case .array(let elements): elements.allSatisfy(\.isSortedByKey)
        case .object(let members): members.hasSortedKeys && members.values.allSatisfy(\.isSortedByKey)
        }
    }
}

extension Value.Object {
    /// Whether the keys are in the order of their code points.
    package var hasSortedKeys: Bool {
        let keys = elements.keys
        for index in keys.indices.dropFirst() where !keys[index - 1].precedesInUTF8(keys[index]) { return false }
        return true
    }
}

extension String {
    /// Whether it comes first by code points, whose order is that of the bytes.
    package func precedesInUTF8(_ other: String) -> Bool {
        let isFirst: Bool?? = utf8.withContiguousStorageIfAvailable { left in
            other.utf8.withContiguousStorageIfAvailable { right in
                guard let leftStart = left.baseAddress, let rightStart = right.baseAddress else {
                    return left.count < right.count
                }
                let order = memcmp(leftStart, rightStart, min(left.count, right.count))
                return order == 0 ? left.count < right.count : order < 0
            }
        }
        if case .some(.some(let isFirst)) = isFirst { return isFirst }
        return utf8.lexicographicallyPrecedes(other.utf8)
    }
}
