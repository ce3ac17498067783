import Glibc
import Primitives
import Synchronization

/// The clock that work is timed by: it runs like any other, but never jumps while there is work.
///
/// A deadline is a moment on this clock, and so what is left until it stays what it is when somebody sets the host's
/// clock, in either direction, and across restarts. Whoever has nothing under way calls `settle`, which brings the clock
/// to what the host's says.
package final class SteadyClock: Sendable {
    /// What the host says of the time.
    package struct Reading: Sendable, Hashable {
        /// In UTC, as it is set just now.
        package let wall: Timestamp
        /// Microseconds since the host was started, with those that it slept.
        package let uptime: Int64
        /// Another text after each start of the host.
        package let boot: String

        package init(wall: Timestamp, uptime: Int64, boot: String) {
            self.wall = wall
            self.uptime = uptime
            self.boot = boot
        }

        /// The host's own.
        package static func now() -> Reading {
            var time = timespec()
            clock_gettime(CLOCK_BOOTTIME, &time)
            return Reading(
                wall: .now(), uptime: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1000, boot: thisBoot)
        }

        private static let thisBoot: String = {
            let bytes = (try? FileContents.read("/proc/sys/kernel/random/boot_id", limit: 64)) ?? []
            return String(decoding: bytes.filter { $0 > 0x20 }, as: UTF8.self)
        }()
    }

    /// Where the clock stood, for the next start.
    package struct Record: Sendable, Hashable {
        package let time: Timestamp
        package let reading: Reading

        package init(time: Timestamp, reading: Reading) {
            self.time = time
            self.reading = reading
        }

        /// Reads what `bytes` wrote; nil where it is nothing of ours.
        package init?(bytes: [UInt8]) {
            guard let value = try? Value(json: bytes), let time = value["time"]?.intValue,
                let wall = value["wall"]?.intValue, let uptime = value["uptime"]?.intValue,
                let boot = value["boot"]?.stringValue
            else { return nil }
            self.init(
                time: Timestamp(microseconds: Int64(time)),
                reading: Reading(
                    wall: Timestamp(microseconds: Int64(wall)), uptime: Int64(uptime), boot: boot))
        }

        package var bytes: [UInt8] {
            let value: Value = [
                "time": .int(Int(time.microseconds)), "wall": .int(Int(reading.wall.microseconds)),
                "uptime": .int(Int(reading.uptime)), "boot": .string(reading.boot),
            ]
            return value.jsonBytes(.compact)
        }
    }

    /// Seconds that the host may have been off for them to count: beyond that the clock was set, rather.
    private static let longestOutage = 86400.0

    private let read: @Sendable () -> Reading
    /// The time at a reading.
    private let anchor: Mutex<Record>

    /// Begins with what the host says.
    package init(_ read: @escaping @Sendable () -> Reading = { .now() }) {
        self.read = read
        let reading = read()
        anchor = Mutex(Record(time: reading.wall, reading: reading))
    }

    package func now() -> Timestamp { record.time }

    /// The present time, as it is to be written down.
    package var record: Record {
        let reading = read()
        return anchor.withLock { Record(time: Self.time($0, at: reading), reading: reading) }
    }

    /// Goes on from where another process left: the time since then has passed, as far as the two readings show.
    ///
    /// - Parameters:
    ///   - record: nil where there is none; the clock begins with what the host says, then.
    ///   - earliest: a moment that the clock of that process has shown: this one begins with it at the earliest.
    package func resume(after record: Record?, notBefore earliest: Timestamp? = nil) {
        let reading = read()
        let time = record.map { Self.time($0, at: reading) } ?? reading.wall
        anchor.withLock { $0 = Record(time: max(time, earliest ?? time), reading: reading) }
    }

    /// Goes by the host's clock again.
    package func settle() {
        let reading = read()
        anchor.withLock { $0 = Record(time: reading.wall, reading: reading) }
    }

    /// Seconds from what the host's clock says to this one.
    package var lead: Double {
        let record = record
        return record.time.seconds(since: record.reading.wall)
    }

    private static func time(_ record: Record, at reading: Reading) -> Timestamp {
        let elapsed: Double
        if reading.boot == record.reading.boot {
            elapsed = Double(reading.uptime &- record.reading.uptime) / 1_000_000
        } else {
            // The host was started anew, and only its clock can say how long it was off.
            let outage = reading.wall.seconds(since: record.reading.wall)
            elapsed = outage <= longestOutage ? outage : 0
        }
        return record.time.adding(seconds: max(0, elapsed))
    }
}
