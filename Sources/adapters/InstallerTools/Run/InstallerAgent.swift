import Glibc
import Installation
import OutboundHTTP
import Primitives
import SiteDesign

/// The agent of the ramdisk, from its first line to what the machine does next.
package struct InstallerAgent: Sendable {
    private let parameters: BootParameters
    private let token: Secret<String>
    private let connection: NodeConnection
    private let log: InstallerLog
    private let file: AgentState.File
    private let target: TargetRoot
    private let ownProgram: String

    /// - Parameters:
    ///   - token: of this boot (`BootTicket`).
    ///   - target: where the new system is mounted.
    ///   - ownProgram: the agent's own file.
    package init(
        parameters: BootParameters, token: Secret<String>, log: InstallerLog, connection: NodeConnection? = nil,
        file: AgentState.File = AgentState.File(), target: TargetRoot = TargetRoot(path: "/target"),
        ownProgram: String = "/proc/self/exe"
    ) {
        self.parameters = parameters
        self.token = token
        self.log = log
        self.connection = connection ?? NodeConnection(url: parameters.url, token: token, log: log)
        self.file = file
        self.target = target
        self.ownProgram = ownProgram
        log.hide(token)
    }

    /// Introduces the machine, waits for its plan, and carries it out; or goes on with that of an agent that was killed.
    ///
    /// - Throws: `BoatyardError` where the daemon cannot be understood; `CancellationError`.
    package func run() async throws -> InstallationRun.Ending {
        log.write("boatyard-agent \(boatyardVersion) on \(parameters.mac), daemon \(parameters.url.shown)")
        do {
            var clockOffset: Int?
            if let state = file.read() {
                log.write("goes on with the plan of an agent that was stopped in this boot")
                if let ending = try await carryOut(state, clockOffset: nil) { return ending }
            } else {
                clockOffset = try await introduce()
            }
            while true {
                let plan = try await connection.plan()
                let state = AgentState(plan: plan)
                try file.write(state)
                if let ending = try await carryOut(state, clockOffset: clockOffset) { return ending }
            }
        } catch let reason as NodeConnection.BootAgain {
            // The next boot may well end here, too.
            log.write("boots again in a while: \(reason)")
            var pause = Backoff(first: Self.pause, longest: Self.pause)
            try await pause.rest()
            return .reboot(reason.description)
        }
    }

    /// Sends the inventory, and sets the clock by the answer.
    ///
    /// - Returns: in seconds, how far the clock was ahead before that; nil where the daemon has not told the time.
    private func introduce() async throws -> Int? {
        try await awaitDevices()
        log.write("looks at this machine")
        let inventory = try await Inventory.take(mac: parameters.mac, log: log)
        log.write(inventory.summary)
        let introduction = try await connection.send(inventory: inventory.json)
        let offset = MachineClock.offset(of: .now(), from: introduction.date)
        MachineClock.set(by: introduction.date, log: log)
        log.write(
            introduction.node.map { "this is \($0); waits for its plan" } ?? "this is no node yet; waits for a plan")
        return offset
    }

    /// In tries of half a second: how long the driver of the interface that was booted from may take.
    private static let tries = 120

    /// Returns once udev has loaded the drivers of what is there at the start.
    private func awaitDevices() async throws {
        try await Udev.settle()
        for attempt in 0..<Self.tries {
            if try await NetworkCard.all().contains(where: { $0.mac == parameters.mac }) { return }
            if attempt == 0 { log.write("waits for the interface \(parameters.mac)") }
            try await Task.sleep(for: .milliseconds(500))
        }
        log.write(
            "warning: no interface with the address \(parameters.mac), which was booted from, has appeared; the installer may "
                + "lack its driver or its firmware: 'boatyard netboot build' with the full kernel")
    }

    /// In seconds: how long at most it waits before it boots over the network again.
    private static let pause = 30.0

    /// - Parameter clockOffset: in seconds, how far the clock was ahead before it was set; nil where that is not known.
    /// - Returns: nil where another plan is to be waited for.
    private func carryOut(_ start: AgentState, clockOffset: Int?) async throws -> InstallationRun.Ending? {
        var state = start
        let fallback = parameters.url.shown + "agent/v1/events"
        let address = state.plan["report_url"]?.stringValue ?? fallback
        let name = state.plan["node"]?.stringValue ?? parameters.mac.description
        if let key = state.plan["boot_data"]?["key"]?.stringValue { log.hide(Secret(key)) }
        guard !state.reported.contains(InstallationPhase.installed.rawValue) else {
            return .reboot("\(name) is installed")
        }
        for phase in [InstallationPhase.failed, .erased] where state.reported.contains(phase.rawValue) {
            return .stop("\(name) has reported '\(phase.rawValue)' already; restart it for another attempt")
        }
        guard state.plan["kind"]?.stringValue != RescueSystem.planKind else {
            return try await RescueSystem(log: log).start(state.plan)
        }
        guard parameters.mode != .rescue else {
            return .stop("\(name) was booted for rescue; the plan that is there for it is left alone")
        }
        let plan: MachinePlan
        do { plan = try MachinePlan(state.plan) } catch {
            // Of a test nothing is reported but its findings; the daemon's deadline tells that there are none.
            if state.plan["kind"] == "test" { return .stop("\(name) cannot be tested: \(error.message)") }
            return try await run(key: nil).fail(
                "\(name): \(error.message)", isPermanent: InstallationRun.isPermanent(error), address, &state)
        }
        do {
            switch plan {
            case .install(let plan):
                let operations = try await planned(plan)
                log.write("installs \(plan.image.name) on \(name) in \(operations.count) operations")
                return try await run(key: plan.bootData?.key).run(operations, on: name, reportTo: address, &state)
            case .test(let plan): return try await test(plan, clockOffset: clockOffset)
            case .erase(let plan):
                let facts = try await FactsReader().read(looksForErasure: plan.mode == .secure)
                for (disk, reason) in ErasurePlanner.left(facts) { log.write("\(disk) is left alone: \(reason)") }
                let operations = ErasurePlanner.operations(plan, facts)
                log.write("erases the disks of \(name) in \(operations.count) operations")
                return try await run(key: nil).run(operations, on: name, reportTo: address, &state)
            }
        } catch let error as InstallationError {
            return try await run(key: nil).fail(
                error.message, isPermanent: error.isPermanent, address, &state)
        }
    }

    /// Tests this machine, and reports what was found.
    private func test(_ plan: HardwareTestPlan, clockOffset: Int?) async throws -> InstallationRun.Ending? {
        log.write("tests \(plan.node): \(plan.mode.rawValue)")
        let reporter = OperationReporter(connection, log: log, after: 0)
        let findings: [HardwareFinding]
        do {
            findings = try await HardwareTester(log: log, reporter: reporter, ownProgram: ownProgram)
                .run(plan, clockOffset: clockOffset)
            await reporter.close()
        } catch {
            await reporter.close()
            throw error
        }
        let next = try await connection.report(test: plan.test, findings)
        file.remove()
        return next == .continue ? nil : .reboot("\(plan.node) is tested, and boots as it did before")
    }

    /// In seconds: how long a disk that the plan names may take to appear.
    private static let patience = 120.0

    /// Plans, and waits for disks that are not there yet.
    private func planned(_ plan: InstallationPlan) async throws -> [InstallationOperation] {
        let deadline = ContinuousClock.now + .seconds(Self.patience)
        var isFirst = true
        while true {
            let facts = try await FactsReader().read()
            let problem: InstallationError
            do {
                return try InstallationPlanner.operations(plan, facts)
            } catch {
                problem = error
            }
            guard problem.reason == .diskMissing, ContinuousClock.now < deadline else { throw problem }
            if isFirst { log.write("waits for a disk: \(problem.message)") }
            isFirst = false
            try await Task.sleep(for: .seconds(2))
        }
    }

    private func run(key: Secret<String>?) -> InstallationRun {
        let executor = OperationExecutor(
            target: target, client: connection.client, token: token, bootDataKey: key,
            ownProgram: ownProgram,
            log: log)
        return InstallationRun(connection: connection, log: log, file: file) { operation, sequence in
            try await executor.perform(operation, sequence: sequence)
        }
    }
}

extension Inventory {
    /// For the console.
    var summary: String {
        let cpus = identity.cpuCount.map { "\($0) CPUs" } ?? "CPUs unknown"
        let memory = identity.memory.map { "\($0) MiB" } ?? "memory unknown"
        let disks = disks.map { "\($0.facts.name) (\($0.facts.size) bytes, serial \($0.facts.serial ?? "none"))" }
        let cards = cards.map { "\($0.name) (\($0.mac)\($0.hasLink ? "" : ", no link"))" }
        return [
            "\(identity.vendor ?? "unknown vendor") \(identity.product ?? ""), serial \(identity.serial ?? "none"), "
                + "\(identity.isUEFI ? "UEFI" : "BIOS"), \(cpus), \(memory)",
            "disks: \(disks.isEmpty ? "none" : disks.joined(separator: ", "))",
            "interfaces: \(cards.isEmpty ? "none" : cards.joined(separator: ", "))",
        ].joined(separator: "\n")
    }
}
