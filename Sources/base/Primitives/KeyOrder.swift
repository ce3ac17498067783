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
    fileprivate var hasSortedKeys: Bool {
        let keys = elements.keys
        for index in keys.indices.dropFirst() where !keys[index - 1].precedesInUTF8(keys[index]) { return false }
        return true
    }
}

extension Value.Object {
    /// Calls `body` with each member, in the order of their code points or as they stand.
    package func forEachMember(sortedByKey isSorted: Bool, _ body: (String, Value) -> Void) {
        // Neither array is copied; pairs would have to be made.
        keys.elements.withUnsafeBufferPointer { keys in
            values.elements.withUnsafeBufferPointer { values in
                if isSorted {
                    keys.withOrder { order in
                        for place in order { body(keys[Int(place)], values[Int(place)]) }
                    }
                } else {
                    for place in keys.indices { body(keys[place], values[place]) }
                }
            }
        }
    }
}

extension UnsafeBufferPointer<String> {
    /// Calls `body` with the places of the keys, in the order of their code points.
    fileprivate func withOrder(_ body: (UnsafeMutableBufferPointer<Int32>) -> Void) {
        withUnsafeTemporaryAllocation(of: Int32.self, capacity: count) { order in
            for place in indices { order.initializeElement(at: place, to: Int32(place)) }
            var order = order
            if count <= Self.fewKeys {
                insertionSort(order)
            } else {
                order.sort { self[Int($0)].precedesInUTF8(self[Int($1)]) }
            }
            body(order)
        }
    }

    private static var fewKeys: Int { 24 }

    /// The fastest for a few keys, of which many come in order.
    private func insertionSort(_ order: UnsafeMutableBufferPointer<Int32>) {
        var next = 1
        while next < count {
            var place = next
            while place > 0, self[next].precedesInUTF8(self[Int(order[place - 1])]) {
                order[place] = order[place - 1]
                place -= 1
            }
            order[place] = Int32(next)
            next += 1
        }
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
