import Installation
import Primitives

/// Reads this machine's clocks, after the system's was set by the daemon.
struct ClockTester: Sendable {
    let system: SystemFiles

    /// - Parameter offset: in seconds, how far the system's clock was ahead before that; nil where it is not known any more.
    func read(offset: Int?) async throws -> ClockReadings {
        ClockReadings(
            system: offset.map { .read($0) }
                ?? .missing("the clock was set by an agent that was stopped since, or the daemon did not tell the time"),
            hardware: hardware(), bmc: try await bmc())
    }

    private static func ahead(_ time: Timestamp) -> Int {
        Int(exactly: time.seconds(since: .now()).rounded()) ?? 0
    }

    private func hardware() -> Reading<Int> {
        guard let seconds = system.number("/sys/class/rtc/rtc0/since_epoch") else {
            return .missing("the kernel has no hardware clock (/sys/class/rtc/rtc0)")
        }
        return .read(Self.ahead(Timestamp(microseconds: 0).adding(seconds: Double(seconds))))
    }

    private func bmc() async throws -> Reading<Int> {
        guard BMCAddress.hasDevice(in: system) else { return .missing("the machine shows no BMC (/dev/ipmi0)") }
        do {
            let text = try await ChildProcess.run(Command("ipmitool", "sel", "time", "get", deadline: 30)).text
            guard let time = HardwareText.bmcTime(text) else {
                return .missing("ipmitool does not tell the time of the BMC, but '\(text.trimmed.prefix(80))'")
            }
            return .read(Self.ahead(time))
        } catch let failure as CommandFailure {
            return .missing(
                failure.code == "process.missing"
                    ? "ipmitool is not in this installer, which is a small one" : failure.description)
        }
    }
}
