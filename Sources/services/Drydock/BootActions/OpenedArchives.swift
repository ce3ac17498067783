import Synchronization

/// Archives of boot data in clear, in memory only, so that one that many machines fetch is opened once.
///
/// Bounded in bytes: what was used longest ago goes first.
final class OpenedArchives: Sendable {
    /// The largest archive that is kept, in bytes.
    static let largest = 1 << 20

    private struct Kept {
        var contents: [UInt8]
        var used: UInt64
    }

    private struct State {
        var archives: [String: Kept] = [:]
        var size = 0
        var uses: UInt64 = 0

        mutating func remove(_ name: String) {
            if let archive = archives.removeValue(forKey: name) { size -= archive.contents.count }
        }
    }

    private let state = Mutex(State())
    private let capacity: Int

    /// - Parameter capacity: how much all of them may come to, in bytes.
    init(capacity: Int = 32 << 20) { self.capacity = capacity }

    func contents(of name: String) -> [UInt8]? {
        state.withLock { state in
            state.uses += 1
            let uses = state.uses
            return { (archive: inout Kept?) in
                archive?.used = uses
                return archive?.contents
            }(&state.archives[name])
        }
    }

    func keep(_ contents: [UInt8], of name: String) {
        guard contents.count <= min(Self.largest, capacity) else { return }
        state.withLock { state in
            state.remove(name)
            state.uses += 1
            state.archives[name] = Kept(contents: contents, used: state.uses)
            state.size += contents.count
            while state.size > capacity, let oldest = state.archives.min(by: { $0.value.used < $1.value.used }) {
                state.remove(oldest.key)
            }
        }
    }

    func forget(where isGone: (String) -> Bool) {
        state.withLock { state in
            for name in state.archives.keys.filter(isGone) { state.remove(name) }
        }
    }

    var size: Int { state.withLock { $0.size } }
}
