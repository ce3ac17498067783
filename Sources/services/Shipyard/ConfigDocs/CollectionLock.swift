import Primitives
import Synchronization

/// Lets one caller at a time change the staged documents. A holder that does not come back loses it after a minute; a
/// restart frees it.
final class CollectionLock: Sendable {
    private struct Holder {
        var id: ULID
        var expires: Timestamp
    }

    private static let seconds = 60
    private let holder = Mutex<Holder?>(nil)
    private let now: @Sendable () -> Timestamp

    init(now: @escaping @Sendable () -> Timestamp) { self.now = now }

    /// - Returns: the turn, to be given back with `release`.
    /// - Throws: 409 where another caller is at it.
    func acquire() throws(ShipyardError) -> ULID {
        let id = ULID()
        let time = now()
        let isFree = holder.withLock { holder in
            if let holder, holder.expires > time { return false }
            holder = Holder(id: id, expires: time.adding(seconds: Double(Self.seconds)))
            return true
        }
        guard isFree else {
            throw ShipyardError(
                .documentsLocked, "Blocked by another process",
                "Another process is currently blocking this request with a lock for configdocs_update. Lock expires "
                    + "in not more than \(Self.seconds) seconds")
        }
        return id
    }

    /// A turn that was lost meanwhile changes nothing.
    func release(_ id: ULID) { holder.withLock { if $0?.id == id { $0 = nil } } }
}
