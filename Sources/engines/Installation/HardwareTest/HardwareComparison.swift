import Primitives

/// Holds what was read of a machine against what the design says of it.
///
/// Every check has a finding, also one that could not be made.
package struct HardwareComparison: Sendable {
    let plan: HardwareTestPlan
    let facts: MachineFacts
    let readings: HardwareReadings

    /// - Parameter facts: of the machine, in which the devices of the plan are looked for.
    package init(_ plan: HardwareTestPlan, _ facts: MachineFacts, _ readings: HardwareReadings) {
        self.plan = plan
        self.facts = facts
        self.readings = readings
    }

    /// Memory, disks, network, clocks, in this order.
    package var findings: [HardwareFinding] { memory + disks + network + clocks }

    // MARK: Memory

    private var memory: [HardwareFinding] { [memorySize, memoryPatterns, memoryErrors] }

    /// The kernel keeps some for itself before it counts.
    private static let keptByKernel = 16

    private var memorySize: HardwareFinding {
        let memory = readings.memory
        let expected = plan.memory.map(Self.mebibytes)
        guard let size = memory.installed ?? memory.usable else {
            return HardwareFinding(.memorySize, "memory", .unchecked, "neither firmware nor kernel tells its size")
        }
        let usable = memory.usable.map { ", of which \(Self.mebibytes($0)) can be used" } ?? ""
        let seen = memory.installed == nil ? "\(Self.mebibytes(size)) can be used" : "\(Self.mebibytes(size))\(usable)"
        let least = plan.memory.map { memory.installed == nil ? $0 - $0 / Self.keptByKernel : $0 }
        if let least, size < least {
            return HardwareFinding(
                .memorySize, "memory", .error, seen, expected: expected,
                remedy: "Look whether all modules are in and seated; the firmware's log may name one that failed.")
        }
        if let installed = memory.installed, let usable = memory.usable,
            usable < installed - max(installed / 8, 512)
        {
            return HardwareFinding(
                .memorySize, "memory", .warning, seen, expected: expected,
                remedy: "Look into the firmware's log: it may have switched a module off.")
        }
        guard let wanted = plan.memory else {
            return HardwareFinding(
                .memorySize, "memory", .unchecked, "\(seen); the design does not say how much it should be",
                remedy: "Say so in metadata.owner_data: memory_gib.")
        }
        if size > wanted {
            return HardwareFinding(
                .memorySize, "memory", .warning, seen, expected: expected,
                remedy: "Correct the design, or look whether this is the machine that it means.")
        }
        return HardwareFinding(.memorySize, "memory", .passed, seen, expected: expected)
    }

    private var memoryPatterns: HardwareFinding {
        let remedy = "Find the module with the firmware's own test, and replace it."
        switch readings.memory.patterns {
        case .missing(let reason): return HardwareFinding(.memoryPatterns, "memory", .unchecked, reason)
        case .read(let test):
            let amount = "\(Self.mebibytes(test.tested)) of \(Self.mebibytes(test.free)) free"
            if test.isEndedByHardware {
                return HardwareFinding(
                    .memoryPatterns, "memory", .error, "the kernel could not read memory that was written (\(amount))",
                    remedy: remedy)
            }
            if test.mismatches > 0 {
                let example = test.example.map { ", first \($0)" } ?? ""
                return HardwareFinding(
                    .memoryPatterns, "memory", .error,
                    "\(test.mismatches) words were not read as they were written (\(amount))\(example)", remedy: remedy)
            }
            guard test.tested > 0 else {
                return HardwareFinding(.memoryPatterns, "memory", .unchecked, "no memory was free for a test")
            }
            return HardwareFinding(.memoryPatterns, "memory", .passed, "\(amount) kept what was written")
        }
    }

    private var memoryErrors: HardwareFinding {
        switch readings.memory.errors {
        case .missing(let reason): return HardwareFinding(.memoryErrors, "memory", .unchecked, reason)
        case .read(let counts):
            let modules = counts.modules.isEmpty ? "" : " (\(counts.modules.joined(separator: ", ").shownInMessage))"
            let during = counts.corrected - counts.correctedBefore
            let seen =
                "\(counts.uncorrected) uncorrected and \(counts.corrected) corrected errors since the start, "
                + "\(max(0, during)) of them during the test\(modules)"
            if counts.uncorrected > 0 {
                return HardwareFinding(.memoryErrors, "memory", .error, seen, remedy: "Replace the module.")
            }
            if counts.corrected > 0 {
                return HardwareFinding(
                    .memoryErrors, "memory", .warning, seen,
                    remedy: "Watch the module, and replace it if there are more.")
            }
            return HardwareFinding(.memoryErrors, "memory", .passed, seen)
        }
    }

    /// `128 GiB`, or MiB where that is not whole.
    static func mebibytes(_ count: Int) -> String {
        count >= 1024 && count % 1024 == 0 ? "\(count / 1024) GiB" : "\(count) MiB"
    }

    // MARK: Clocks

    /// In seconds: what a clock may be off.
    private static let tolerance = 60
    /// In seconds: logs of a BMC are compared by the minute.
    private static let bmcTolerance = 300

    private var clocks: [HardwareFinding] {
        [
            clock(
                .systemClock, "clock", readings.clocks.system, Self.tolerance,
                "It was set. If it is off again after the machine was without power, replace the battery on its board."),
            clock(
                .hardwareClock, "clock", readings.clocks.hardware, Self.tolerance,
                "It does not keep what it is set to: replace the battery on the board."),
            clock(
                .bmcClock, "BMC", readings.clocks.bmc, Self.bmcTolerance,
                "Set it, or give the BMC a time server: its log has the wrong times.",
                ofZone:
                    "It may show local time: set its time zone to UTC, or give the BMC a time server where it is wrong."
            ),
        ]
    }

    private func clock(
        _ check: HardwareFinding.Check, _ subject: String, _ reading: Reading<Int>, _ tolerance: Int, _ remedy: String,
        ofZone zoneRemedy: String? = nil
    ) -> HardwareFinding {
        switch reading {
        case .missing(let reason): return HardwareFinding(check, subject, .unchecked, reason)
        case .read(let seconds):
            let seen = Self.offset(seconds)
            guard abs(seconds) > tolerance else { return HardwareFinding(check, subject, .passed, seen) }
            let isZone = Timestamp.isZone(secondsAhead: Double(seconds))
            return HardwareFinding(check, subject, .warning, seen, remedy: isZone ? zoneRemedy ?? remedy : remedy)
        }
    }

    /// `25 years behind the daemon's clock`
    private static func offset(_ seconds: Int) -> String {
        guard seconds != 0 else { return "goes with the daemon's clock" }
        return "\(duration(abs(seconds))) \(seconds < 0 ? "behind" : "ahead of") the daemon's clock"
    }

    private static func duration(_ seconds: Int) -> String {
        switch seconds {
        case ..<180: "\(seconds) s"
        case ..<10_800: "\(seconds / 60) min"
        case ..<259_200: "\(seconds / 3600) h"
        case ..<63_072_000: "\(seconds / 86_400) days"
        default: "\(seconds / 31_557_600) years"
        }
    }
}
