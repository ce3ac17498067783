import Logging
import MessageCatalog
import NIOCore
import Primitives

/// An open session with a BMC. Commands are sent one at a time, in the order in which they are asked for.
package struct IPMISession: Sendable {
    /// The BMC.
    package let endpoint: BMCEndpoint
    let connection: IPMIConnection
    let logger: Logger

    private var handler: NIOLoopBound<SessionHandler> { connection.handler }

    /// What both ends have agreed upon: the level rises where a command needs it. Nil while the session is being opened.
    package var parameters: SessionParameters? {
        get async throws {
            let handler = handler
            return try await handler.eventLoop.submit { handler.value.parameters }.get()
        }
    }

    /// Whether commands can still be sent.
    package var isOpen: Bool {
        get async {
            let handler = handler
            return (try? await handler.eventLoop.submit { handler.value.isOpen }.get()) ?? false
        }
    }

    /// Runs `body` in the session, which ends with `bmc.deadline` where that takes longer than `time`.
    package func within<Result: Sendable>(
        _ time: Duration?, _ body: (IPMISession) async throws -> Result
    ) async throws -> Result {
        let timer = time.map { connection.end(after: $0) }
        defer { timer?.cancel() }
        return try await body(self)
    }

    /// Tells the BMC that the session is over, and waits until it has agreed or keeps silent.
    package func close() async { await connection.close() }

    /// The BMC's answer to a command.
    ///
    /// - Throws: `IPMIError` `bmc.command` with the completion code where the BMC refuses it, `bmc.timeout`, `bmc.protocol`;
    ///   `CancellationError` at once where the task is cancelled.
    package func perform<Request: Command>(_ command: Request) async throws -> Request.Response {
        let (completion, data) = try await submit(.init(command, identifier: 0))
        logger.debug(
            .bmcAnswered,
            "BMC command",
            metadata: ["bmc": "\(endpoint)", "command": "\(Request.name)", "completion": "\(completion)"])
        guard completion == .completed else {
            throw IPMIError(
                .command(completion), "BMC \(endpoint) refused \(Request.name): \(completion); \(completion.remedy)")
        }
        do {
            return try Request.response(data)
        } catch {
            throw IPMIError(
                .protocolViolation,
                "BMC \(endpoint) answered \(Request.name) with \(data.count) bytes: \(error.inWords); "
                    + "update its firmware")
        }
    }

    private func submit(_ request: ClientSession.Request) async throws -> SessionHandler.Response {
        let handler = handler
        let loop = handler.eventLoop
        let identifier = loop.makePromise(of: Int.self)
        let promise = loop.makePromise(of: SessionHandler.Response.self)
        return try await withTaskCancellationHandler {
            loop.execute { identifier.succeed(handler.value.submit(request, promise)) }
            return try await promise.futureResult.get()
        } onCancel: {
            identifier.futureResult.whenSuccess { handler.value.abandon($0) }
        }
    }
}

extension IPMISession {
    /// Asks for the device ID of the BMC (IPMI v2.0 §20.1).
    ///
    /// - Throws: as `perform(_:)`.
    package func deviceID() async throws -> DeviceID { try await perform(GetDeviceID()) }

    /// Get Chassis Status.
    package func chassisStatus() async throws -> ChassisStatus { try await perform(GetChassisStatus()) }

    /// Chassis Control.
    package func control(_ action: ChassisControl.Action) async throws { try await perform(ChassisControl(action)) }

    /// Orders where the machine boots from: once, or from now on where the flags are persistent.
    package func setBootFlags(_ flags: BootFlags) async throws {
        // Optional, and some BMCs refuse it; then the flags hold for a minute.
        try await ifSupported(SetBootOption.keepsFlagsBeyondAMinute)
        do {
            try await perform(SetBootOption.flags(flags))
        } catch let error as IPMIError where error.kind == .command(.setInProgress) {
            // Somebody began to set options and never ended.
            try await ifSupported(SetBootOption(parameter: BootOption.setInProgress, value: [0]))
            try await perform(SetBootOption.flags(flags))
        }
    }

    /// Sends a command that a BMC may refuse.
    private func ifSupported<Request: Command>(_ command: Request) async throws {
        do {
            _ = try await perform(command)
        } catch let error as IPMIError {
            guard case .command = error.kind else { throw error }
        }
    }

    /// Get System Boot Options, parameter 5.
    package func bootFlags() async throws -> BootFlags { try await perform(GetBootFlags()) }

    /// Lights the locator lamp for some seconds; 0 puts it out.
    package func identify(seconds: UInt8) async throws { try await perform(ChassisIdentify(seconds: seconds)) }

    /// The numbers of all cipher suites that the BMC offers.
    package func cipherSuites() async throws -> [UInt8] {
        var records: [UInt8] = []
        for block in UInt8(0)..<64 {
            let bytes = try await perform(GetChannelCipherSuites(block: block))
            records += bytes
            if bytes.count < 16 { break }
        }
        return GetChannelCipherSuites.suites(in: records)
    }
}
