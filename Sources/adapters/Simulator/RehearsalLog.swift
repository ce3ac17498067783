import Glibc
import OrderedCollections
import Primitives
import Synchronization

/// What happened to which machine, in order: one JSON object a line for programs, one sentence a line for people.
package final class RehearsalLog: Sendable {
    private let sink: @Sendable (Value) -> Void

    /// - Parameter sink: called in order for every event `{"time", "machine", "event", …}`, never concurrently.
    package init(sink: @escaping @Sendable (Value) -> Void) {
        let order = Mutex(())
        self.sink = { event in order.withLock { _ in sink(event) } }
    }

    /// Writes a line of JSON: the time, the machine, the event, and further members.
    package func record(_ machine: String, _ event: String, _ details: Value.Object = [:]) {
        var record: Value.Object = [
            "time": .string(Timestamp.now().formatted(.iso)), "machine": .string(machine), "event": .string(event),
        ]
        record.merge(details) { $1 }
        sink(.object(record))
    }

    /// Appends every event to a file descriptor as one line of JSON.
    package static func lines(to descriptor: CInt) -> RehearsalLog {
        RehearsalLog { event in
            let line = Array((event.json(.compact) + "\n").utf8)
            var written = 0
            while written < line.count {
                let count = line[written...].withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
                if count > 0 {
                    written += count
                } else if errno != EINTR {
                    return
                }
            }
        }
    }
}
