extension ClientSession {
    /// The BMC opens no session: where it is busy, the same is tried once more, then everything else.
    mutating func refuse(_ status: RAKPStatus) -> [Effect] {
        if status.passes, pauses == 0, mayPause { return pause(.session) }
        return take(negotiation.refuseSuite(status), status)
    }

    /// A status other than success after the account was named.
    mutating func refuseAccount(_ status: RAKPStatus) -> [Effect] {
        // An account that has had a session is refused a level, whatever the status says.
        if status.refusesPrivilege || hasOpened && !status.passes {
            quirks.insert(.refusesLevel)
            return take(negotiation.refuseLevel(status), status)
        }
        if status.refusesAccount {
            return fail(.authentication(status), "refused the account: \(status); check account and credential")
        }
        return refuse(status)
    }

    private mutating func take(_ step: Negotiation.Step, _ status: RAKPStatus) -> [Effect] {
        switch step {
        case .now: open()
        case .later where mayPause: pause(.session)
        case .later: failRefused(.insufficientResources)
        case .nothing: failRefused(status)
        }
    }

    private var mayPause: Bool { pauses < configuration.retry.attempts - 1 }

    private mutating func failRefused(_ status: RAKPStatus) -> [Effect] {
        if let level = negotiation.refusedLevel {
            return fail(
                .authentication(level),
                "grants the account no level that suffices: \(level); check the account's privilege")
        }
        let tried = configuration.suites.map(\.description).joined(separator: ", ")
        return status.passes
            ? fail(.refused(status), "opened no session: \(status); close sessions on it, or restart it")
            : fail(
                .refused(status), "accepts no cipher suite of \(tried): \(status); enable one of them on the BMC")
    }

    /// The answer to Set Session Privilege Level.
    mutating func raised(_ completion: CompletionCode) -> [Effect] {
        if completion.isBusy, mayPause { return pause(.level) }
        guard completion != .completed else { return opened() }
        quirks.insert(.refusesLevel)
        let role = negotiation.current.privilege
        guard negotiation.refuseLevel(.unauthorizedRole) == .now else { return opened() }
        // The session may have what is below its role; for more it has to be opened anew.
        return negotiation.current.privilege < role && negotiation.current.suite == channel?.keys.suite
            ? enter(.raising) : reopen()
    }

    /// The session is as good as it gets: where no level was granted, it has the one that it began with, and what that
    /// does not suffice for says so.
    mutating func opened() -> [Effect] {
        hasOpened = true
        return [.opened(negotiation.current)] + next()
    }

    /// The answer to a request.
    mutating func answered(_ request: Request, _ completion: CompletionCode, _ data: [UInt8]) -> [Effect] {
        hasAnswered = true
        hasReopened = false
        if request.identifier != Self.keepAlive { answers = (answers.count + 1, request.name) }
        if completion.isBusy || completion.isUndecided && request.isRepeatable, mayPause {
            quirks.insert(.busy)
            return pause(.request(request))
        }
        if request.identifier == Self.keepAlive { return keptAlive(request, completion, data) + next() }
        if completion == .insufficientPrivilege, level == .unanswered {
            level = .askedAgain
            pending.insert(request, at: 0)
            return enter(.raising)
        }
        if completion == .insufficientPrivilege, negotiation.raise() {
            pending.insert(request, at: 0)
            return reopen()
        }
        // From here on, as the machine's first words may come before the caller has looked at the answer.
        let opening =
            request.message.networkFunction == ActivatePayload.networkFunction
                && request.message.command == ActivatePayload.code && completion == .completed
            ? openConsole(request, data) : []
        return opening + [.response(identifier: request.identifier, completion, data)] + next()
    }

    /// Leaves the session for another one, without waiting until the BMC has agreed.
    mutating func reopen() -> [Effect] {
        let farewell = try? channel.flatMap { try seal(CloseSession(sessionID: $0.peerID)) }
        return (farewell.map { [.send($0)] } ?? []) + open()
    }

    private mutating func pause(_ pause: Pause) -> [Effect] {
        phase = .pausing(pause)
        pauses += 1
        timer += 1
        return [.setTimer(timer, configuration.retry.timeout(attempt: pauses, random: random(1).first ?? 0))]
    }
}
