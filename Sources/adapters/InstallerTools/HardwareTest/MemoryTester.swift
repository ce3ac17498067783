import Glibc
import Installation
import Primitives

/// Reads the size of this machine's memory, tests what is free of it, and reads what its controllers have counted.
struct MemoryTester: Sendable {
    let system: SystemFiles
    /// The agent's own file.
    let ownProgram: String

    /// In MiB: at least so much, and an eighth of what is free, is left to others.
    private static let kept = 128
    /// In MiB: what is worth a test.
    private static let least = 16
    private static let folder = "/sys/devices/system/edac/mc"

    func read(seconds: Int) async throws -> MemoryReadings {
        let before = errors()
        let patterns = try await patterns(seconds: seconds)
        return MemoryReadings(
            installed: try await installed(), usable: memory("MemTotal"), patterns: patterns,
            errors: Self.compared(before, errors()))
    }

    private func memory(_ name: String) -> Int? {
        system.text("/proc/meminfo").flatMap { HardwareText.memory(name, meminfo: $0) }
    }

    private func installed() async throws -> Int? {
        do {
            let outcome = try await ChildProcess.run(Command("dmidecode", "--type", "17", deadline: 30))
            return HardwareText.installedMemory(dmidecode: outcome.text)
        } catch is CommandFailure {
            return nil
        }
    }

    private func patterns(seconds: Int) async throws -> Reading<MemoryReadings.PatternTest> {
        guard let free = memory("MemAvailable") else { return .missing("the kernel does not tell what is free") }
        let size = free - max(Self.kept, free / 8)
        guard size >= Self.least else { return .missing("only \(free) MiB are free") }
        let command = Command(
            [ownProgram, "test-memory", "--size", "\(size)", "--seconds", "\(seconds)"], deadline: Double(seconds) + 120
        )
        let began = ContinuousClock.now
        let outcome: CommandOutcome
        do {
            outcome = try await ChildProcess(command).finish()
        } catch {
            return .missing("the test cannot be started: \(error)")
        }
        try Task.checkCancellation()
        let seconds = (ContinuousClock.now - began) / .seconds(1)
        return Self.judge(outcome, free: free, seconds: seconds)
    }

    /// - Parameter free: in MiB.
    static func judge(
        _ outcome: CommandOutcome, free: Int, seconds: Double
    ) -> Reading<MemoryReadings.PatternTest> {
        let lines = outcome.text.split(whereSeparator: \.isNewline)
        let progress = lines.last(where: { $0.hasSuffix("}") }).flatMap { try? Value(json: String($0)) }
            .flatMap { MemoryPatterns.Progress($0) }
        var test = MemoryReadings.PatternTest(
            tested: progress?.tested ?? 0, free: free, seconds: seconds, mismatches: progress?.mismatches ?? 0,
            example: progress?.example)
        switch outcome.end {
        case .exited(0): return .read(test)
        case .signalled(SIGBUS):
            test.isEndedByHardware = true
            return .read(test)
        case _ where test.mismatches > 0: return .read(test)
        case .signalled(SIGKILL): return .missing("the kernel ended the test: other programs needed the memory")
        case .signalled(let number): return .missing("the test was ended by signal \(number)")
        case .exited(let status): return .missing("the test ended with status \(status)")
        case .late: return .missing("the test did not end in time")
        case .cancelled: return .missing("the test was broken off")
        }
    }

    /// nil where the kernel has no driver for this machine's memory controllers.
    private func errors() -> MemoryReadings.ErrorCounts? {
        let controllers = system.names(in: Self.folder).filter { $0.hasPrefix("mc") }
        guard !controllers.isEmpty else { return nil }
        var counts = MemoryReadings.ErrorCounts(correctedBefore: 0, corrected: 0, uncorrected: 0)
        for controller in controllers.prefix(256).map({ "\(Self.folder)/\($0)" }) {
            counts.corrected += max(0, system.number("\(controller)/ce_count") ?? 0)
            counts.uncorrected += max(0, system.number("\(controller)/ue_count") ?? 0)
            for module in system.names(in: controller) where module.hasPrefix("dimm") || module.hasPrefix("rank") {
                let errors = ["dimm_ce_count", "dimm_ue_count"].compactMap {
                    system.number("\(controller)/\(module)/\($0)")
                }
                guard errors.contains(where: { $0 > 0 }), counts.modules.count < 16 else { continue }
                counts.modules.append(system.text("\(controller)/\(module)/dimm_label") ?? module)
            }
        }
        return counts
    }

    private static func compared(
        _ before: MemoryReadings.ErrorCounts?, _ after: MemoryReadings.ErrorCounts?
    ) -> Reading<MemoryReadings.ErrorCounts> {
        guard var counts = after else {
            return .missing("the kernel counts no errors of this memory: it has no ECC, or no driver (EDAC)")
        }
        counts.correctedBefore = before?.corrected ?? 0
        return .read(counts)
    }
}
