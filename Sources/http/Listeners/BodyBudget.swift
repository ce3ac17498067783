import API
import Primitives
import Synchronization

/// Bounds what all request bodies of a listener take of memory at one time. Each route has a bound for one body; many clients
/// together have this one.
final class BodyBudget: Sendable {
    /// In bytes.
    private let limit: Int
    private let used = Mutex(0)

    init(limit: Int) { self.limit = limit }

    /// What one request holds. Whoever reads a body releases it once the request is answered.
    struct Share: ~Copyable {
        private let budget: BodyBudget
        private let limit: Int
        private var size = 0

        fileprivate init(_ budget: BodyBudget, limit: Int) {
            self.budget = budget
            self.limit = limit
        }

        /// - Throws: `RequestError.overloaded` where there is no room for so many bytes more.
        mutating func take(_ count: Int) throws(RequestError) {
            let limit = limit
            let isTaken = budget.used.withLock { used in
                guard count <= limit - used else { return false }
                used += count
                return true
            }
            guard isTaken else { throw .overloaded }
            size += count
        }

        deinit {
            let size = size
            budget.used.withLock { $0 -= size }
            Memory.noteWork(size: size)
        }
    }

    /// - Parameter isKnown: whether the client has shown who it is: half of the room is for those alone.
    func share(isKnown: Bool) -> Share { Share(self, limit: isKnown ? limit : limit / 2) }

    /// In bytes: what is held now.
    var size: Int { used.withLock { $0 } }
}
