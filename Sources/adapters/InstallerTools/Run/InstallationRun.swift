import Installation
import OutboundHTTP
import Primitives

/// Carries out a plan, reports each operation and phase, and tells what the machine has to do next.
package struct InstallationRun: Sendable {
    /// What the machine has to do once a run is over.
    package enum Ending: Sendable, Hashable {
        /// Boot, for the given reason: from its disk, or over the network.
        case reboot(String)
        /// Stay as it is, since the daemon has nothing more for it.
        case stop(String)
    }

    private let connection: NodeConnection
    private let log: InstallerLog
    private let file: AgentState.File
    private let perform: @Sendable (InstallationOperation, _ sequence: Int) async throws -> Void

    /// - Parameters:
    ///   - file: where it is kept how far the run has come.
    ///   - perform: carries out one operation, which has to be able to find it done.
    package init(
        connection: NodeConnection, log: InstallerLog, file: AgentState.File,
        perform: @escaping @Sendable (InstallationOperation, _ sequence: Int) async throws -> Void
    ) {
        self.connection = connection
        self.log = log
        self.file = file
        self.perform = perform
    }

    /// Carries out operations in their order. Of a run that was killed the phases that were reported are left out.
    ///
    /// - Parameters:
    ///   - node: the name of the machine, for messages.
    ///   - address: the plan's `report_url`.
    ///   - state: of this plan.
    /// - Returns: nil where another plan is to be waited for.
    /// - Throws: `NodeConnection.BootAgain`; `BoatyardError` `installer.protocol` and `file.write`; `CancellationError`.
    package func run(
        _ operations: [InstallationOperation], on node: String, reportTo address: String, _ state: inout AgentState
    ) async throws -> Ending? {
        // The daemon counts the reports of one plan; those of an agent that was killed were fewer than this.
        let reporter = OperationReporter(
            connection, log: log, after: state.reported.isEmpty ? 0 : 10_000 * state.sequence)
        do {
            let ending = try await carryOut(operations, node, address, reporter, &state)
            await reporter.close()
            return ending
        } catch {
            await reporter.close()
            throw error
        }
    }

    private func carryOut(
        _ operations: [InstallationOperation], _ node: String, _ address: String, _ reporter: OperationReporter,
        _ state: inout AgentState
    ) async throws -> Ending? {
        for operation in operations {
            // Of an erasure whose report is on its way nothing is left to do but that.
            if state.pending == InstallationPhase.erased.rawValue, operation.action != .report(.erased) { continue }
            guard case .report(let phase) = operation.action else {
                let began = ContinuousClock.now
                reporter.begin(operation.name)
                do {
                    try await perform(operation, state.sequence + 1)
                } catch let error as CancellationError {
                    throw error
                } catch {
                    reporter.fail(
                        operation.name, seconds: (ContinuousClock.now - began) / .seconds(1),
                        output: Self.output(of: error))
                    await reporter.close()
                    return try await fail(
                        Self.failure(of: operation, on: node, error),
                        isPermanent: Self.isPermanent(error), address, &state)
                }
                reporter.finish(operation.name, seconds: (ContinuousClock.now - began) / .seconds(1))
                continue
            }
            if state.reported.contains(phase.rawValue) { continue }
            let next = try await report(phase, operation.description, address, &state)
            switch (phase, next) {
            case (_, .stop) where phase != .erased:
                return phase == .started
                    ? .reboot("the daemon wants something else of \(node) by now")
                    : .stop("the daemon has given up this installation of \(node)")
            case (.erased, .continue):
                log.write("\(node) is erased, and waits for its next plan")
                return nil
            case (.erased, _): return .stop("\(node) is erased")
            case (.installed, _), (_, .reboot): return .reboot("\(node) is installed")
            default: break
            }
        }
        return .stop("nothing is left to do on \(node)")
    }

    /// Tells the daemon that the plan cannot be carried out.
    ///
    /// - Parameters:
    ///   - message: names the machine, what was seen, and the remedy.
    ///   - isPermanent: whether the same plan would fail in the same way at another attempt.
    package func fail(
        _ message: String, isPermanent: Bool, _ address: String, _ state: inout AgentState
    ) async throws -> Ending {
        log.write("FAILED: \(message)")
        _ = try await report(.failed, message, isPermanent: isPermanent, address, &state)
        return .stop(message)
    }

    private func report(
        _ phase: InstallationPhase, _ message: String, isPermanent: Bool = false, _ address: String,
        _ state: inout AgentState
    ) async throws -> NodeConnection.Next {
        // A report that was sent, and whose answer did not arrive, is repeated under its number.
        if state.pending != phase.rawValue {
            state.sequence += 1
            state.pending = phase.rawValue
            try file.write(state)
        }
        let event = InstallerEvent(
            phase: phase.rawValue, message: log.redacted(message), sequence: state.sequence, isPermanent: isPermanent,
            takesNextPlan: phase == .started)
        let next = try await connection.report(event, to: address)
        log.write("phase \(phase.rawValue): \(message)")
        if phase == .erased, next == .continue {
            // Whoever is killed from here on waits for the next plan as well.
            file.remove()
            return next
        }
        state.pending = nil
        state.reported.append(phase.rawValue)
        try file.write(state)
        return next
    }

    /// What is told of an operation that has failed: the machine, the operation, what was seen, and the remedy.
    ///
    /// - Parameter node: the name of the machine.
    package static func failure(of operation: InstallationOperation, on node: String, _ error: any Error) -> String {
        "\(node): '\(operation.name)' failed: \(text(error))"
    }

    /// Whether the same plan would fail in the same way at another attempt.
    package static func isPermanent(_ error: any Error) -> Bool {
        switch error {
        case let error as InstallationError: error.isPermanent
        case let error as any TypedError: error.kind == .invalid
        default: false
        }
    }

    private static func output(of error: any Error) -> String {
        if let failure = error as? CommandFailure { return "\(failure.message)\n\(failure.output)" }
        if let typed = error as? any TypedError, let failure = typed.cause as? CommandFailure {
            return "\(typed.message)\n\(failure.message)\n\(failure.output)"
        }
        return text(error)
    }

    private static let remedy =
        "'boatyard timeline NODE' has what the program wrote; look at the machine's disks and memory if it was theirs."

    private static func text(_ error: any Error) -> String {
        if let failure = error as? CommandFailure {
            // EIO, in the words of every program.
            let isOfDisk = failure.output.contains("Input/output error")
            return "\(failure). \(isOfDisk ? BoatyardError.brokenDisk : remedy)"
        }
        return (error as? any TypedError)?.description ?? "\(error)"
    }
}
