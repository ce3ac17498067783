import NIOCore

/// The serial console of a machine, by serial over LAN in a session of its BMC. The session may carry commands beside it.
///
/// One reader, whoever writes. At most 256 KiB wait for the reader: the oldest bytes are dropped, and counted
/// (`ConsoleOutput.dropped`).
package struct IPMIConsole: Sendable {
    private let session: IPMISession
    private let handler: NIOLoopBound<SessionHandler>

    init(session: IPMISession) {
        self.session = session
        handler = session.connection.handler
    }

    /// What the machine has written, as soon as there is any.
    ///
    /// - Returns: nil once `close` was called.
    /// - Throws: `IPMIError` where the console or its session has ended, with the reason, once all that came before was
    ///   read; `CancellationError` at once where the task is cancelled.
    package func read() async throws -> ConsoleOutput? {
        // A machine that floods always has something to read.
        try Task.checkCancellation()
        let handler = handler
        let begun = handler.eventLoop.makePromise(of: Void.self)
        let promise = handler.eventLoop.makePromise(of: ConsoleOutput?.self)
        return try await withTaskCancellationHandler {
            handler.eventLoop.execute {
                handler.value.readConsole(promise)
                begun.succeed()
            }
            return try await promise.futureResult.get()
        } onCancel: {
            begun.futureResult.whenSuccess { handler.value.abandonConsoleRead(promise) }
        }
    }

    /// Types at the machine; returns once the BMC has taken all of it.
    ///
    /// - Throws: `IPMIError` `bmc.console` where the machine takes nothing, as its power is off for instance, or where more
    ///   than 64 KiB wait; else why console or session have ended; `CancellationError` at once where the task is cancelled,
    ///   while what was typed may still reach the machine.
    package func write(_ characters: [UInt8]) async throws {
        try await send { .write(characters, identifier: $0) }
    }

    /// Sends a break; throws as `write`.
    package func sendBreak() async throws { try await send { .sendBreak(identifier: $0) } }

    /// Gives the console back to the BMC. The session stays open.
    package func close() async {
        let handler = handler
        let wasOpen = (try? await handler.eventLoop.submit { handler.value.closeConsole() }.get()) ?? false
        // The end of the session would do it as well: a BMC that refuses is not asked twice.
        if wasOpen { try? await session.perform(DeactivatePayload()) }
    }

    private func send(_ event: @escaping @Sendable (Int) -> ClientSession.Event) async throws {
        let handler = handler
        let promise = handler.eventLoop.makePromise(of: Void.self)
        let outcome = handler.eventLoop.makePromise(of: Void.self)
        promise.futureResult.cascade(to: outcome)
        try await withTaskCancellationHandler {
            handler.eventLoop.execute { handler.value.writeConsole(promise, event) }
            try await outcome.futureResult.get()
        } onCancel: {
            outcome.fail(CancellationError())
        }
    }
}

/// How a serial console is asked for.
package struct ConsoleOptions: Sendable, Hashable {
    /// Takes the console from the session that has it.
    package var takesOver: Bool
    /// Takes a console that the BMC does not encrypt: what the machine shows, and what is typed, can be read on the network.
    package var allowsClear: Bool

    package init(takesOver: Bool = false, allowsClear: Bool = false) {
        self.takesOver = takesOver
        self.allowsClear = allowsClear
    }
}

extension IPMISession {
    /// Activates serial over LAN (IPMI v2.0 §24.1). There is one console of a BMC, and one in a session.
    ///
    /// - Throws: `IPMIError` `bmc.console` with the reason: another session has it, and `takesOver` was not asked for; the
    ///   BMC has none, does not encrypt it, or wants it on another port. Else as `perform(_:)`.
    package func openConsole(_ options: ConsoleOptions = ConsoleOptions()) async throws -> IPMIConsole {
        let activation = try await activate(options)
        guard activation.isCarried(by: endpoint.port) else {
            try? await perform(DeactivatePayload())
            throw IPMIError(
                .console(.port(activation.port)),
                "BMC \(endpoint) wants its serial console over UDP port \(activation.port), which is not followed; "
                    + "set the port of serial over LAN to \(endpoint.port)")
        }
        return IPMIConsole(session: self)
    }

    private func activate(_ options: ConsoleOptions) async throws -> SOLActivation {
        var isEncrypted = true
        var mayDeactivate = true
        while true {
            do {
                return try await perform(ActivatePayload(isEncrypted: isEncrypted))
            } catch let error as IPMIError {
                guard case .command(let completion) = error.kind, completion != .insufficientPrivilege else {
                    throw error
                }
                if completion == .payloadActive, mayDeactivate {
                    mayDeactivate = false
                    let isOwn = await hasConsole
                    if options.takesOver || isOwn {
                        // One that has been deactivated meanwhile is as good.
                        try await deactivate()
                        continue
                    }
                }
                if completion == .payloadNotEncrypted, isEncrypted, options.allowsClear {
                    isEncrypted = false
                    continue
                }
                throw IPMIError.console(completion, endpoint)
            }
        }
    }

    private func deactivate() async throws {
        do {
            try await perform(DeactivatePayload())
        } catch let error as IPMIError {
            guard case .command = error.kind else { throw error }
        }
    }

    /// Whether the console belongs to this very session: then the answer to an earlier request was lost.
    private var hasConsole: Bool {
        get async {
            guard let owner = try? await perform(GetPayloadInstanceInfo()), owner != 0 else { return false }
            let handler = connection.handler
            return (try? await handler.eventLoop.submit { handler.value.isSession(owner) }.get()) ?? false
        }
    }
}
