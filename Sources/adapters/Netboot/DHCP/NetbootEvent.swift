import Primitives
import Synchronization

/// Something that was seen of a machine's boot on the wire, for its timeline.
package struct NetbootEvent: Sendable, Hashable {
    package enum Kind: String, Sendable, CaseIterable {
        /// Asked for an address.
        case asked
        /// Firmware or a boot program got an address.
        case leased
        /// An operating system got an address: that on the machine's disk, or the installer's.
        case leasedToSystem = "leased_to_system"
        /// The lease has ended.
        case leaseEnded = "lease_ended"
        /// Got a file by TFTP.
        case fileSent = "file_sent"
    }

    package var mac: MACAddress
    package var kind: Kind
    /// When the daemon heard of it.
    package var time: Timestamp
    /// A few words for people: `10.20.1.11 for iPXE`, `snponly.efi, 236 KiB`.
    package var detail: String

    package init(mac: MACAddress, kind: Kind, time: Timestamp, detail: String) {
        self.mac = mac
        self.kind = kind
        self.time = time
        self.detail = detail
    }
}

/// Events of all machines, for whoever follows them in this process. Nothing is kept for later.
package final class NetbootEvents: Sendable {
    /// How many events wait for a follower; beyond that it loses the oldest.
    private static let buffered = 1024

    private struct State {
        var next = 0
        var followers: [Int: AsyncStream<NetbootEvent>.Continuation] = [:]
    }

    private let state = Mutex(State())

    package init() {}

    /// The events from now on, until the task that reads them ends.
    package func follow() -> AsyncStream<NetbootEvent> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: NetbootEvent.self, bufferingPolicy: .bufferingNewest(Self.buffered))
        let number = state.withLock { state in
            state.next += 1
            state.followers[state.next] = continuation
            return state.next
        }
        continuation.onTermination = { [weak self] _ in
            _ = self?.state.withLock { $0.followers.removeValue(forKey: number) }
        }
        return stream
    }

    package func tell(_ event: NetbootEvent) {
        for follower in state.withLock({ Array($0.followers.values) }) { follower.yield(event) }
    }
}
