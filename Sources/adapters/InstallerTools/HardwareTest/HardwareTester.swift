import Installation
import Primitives

/// Carries out the plan of a test on this machine.
struct HardwareTester: Sendable {
    let log: InstallerLog
    let reporter: OperationReporter
    /// The agent's own file.
    let ownProgram: String
    var system = SystemFiles()

    /// - Parameter clockOffset: in seconds, how far the clock was ahead before it was set; nil where that is not known.
    func run(_ plan: HardwareTestPlan, clockOffset: Int?) async throws -> [HardwareFinding] {
        let facts = try await FactsReader(system: system).read(for: plan, log: log)
        let links = try await timed("links and neighbours") {
            try await LinkTester(system: system, log: log, limits: plan.limits)
                .read(HardwareComparison.interfaces(plan, facts), facts)
        }
        let disks = try await timed("disks") { try await DiskTester(limits: plan.limits).read(facts.disks) }
        let clocks = try await timed("clocks") { try await ClockTester(system: system).read(offset: clockOffset) }
        let memory = try await timed("memory") {
            try await MemoryTester(system: system, ownProgram: ownProgram).read(seconds: plan.limits.memorySeconds)
        }
        let findings = HardwareComparison(
            plan, facts, HardwareReadings(memory: memory, disks: disks, links: links, clocks: clocks)
        ).findings
        for finding in findings where finding.result != .passed {
            log.write("\(finding.result.rawValue): \(finding.sentence)")
        }
        log.write("the test of \(plan.node) is over: \(findings.summary)")
        return findings
    }

    private func timed<T: Sendable>(_ what: String, _ body: () async throws -> T) async throws -> T {
        let began = ContinuousClock.now
        reporter.begin("test \(what)")
        let outcome = try await body()
        reporter.finish("test \(what)", seconds: (ContinuousClock.now - began) / .seconds(1))
        return outcome
    }
}
