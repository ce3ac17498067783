extension ClientSession {
    /// What becomes of the serial console of a session.
    package enum ConsoleChange: Sendable, Hashable {
        /// The BMC has activated it.
        case opened
        case output([UInt8], isIncomplete: Bool)
        /// All that was given with this identifier has reached the machine.
        case written(Int)
        /// The machine takes nothing, and what was given with this identifier is dropped.
        case refused(Int)
        /// It is over for this reason, while the session may go on.
        case ended(IPMIError)
    }

    struct Console: Sendable {
        var exchange: SOLExchange
        var isEncrypted: Bool
        /// The BMC has said that the payload is active. From then on it is believed when it says the opposite.
        var isKnownActive = false
    }

    /// The BMC has activated the payload.
    mutating func openConsole(_ request: Request, _ data: [UInt8]) -> [Effect] {
        guard let activation = try? ActivatePayload.response(data) else { return [] }
        console = Console(
            exchange: SOLExchange(
                limit: activation.charactersPerPacket, retry: configuration.retry, random: random),
            isEncrypted: (request.message.data.dropFirst(2).first ?? 0) & 0x80 != 0)
        return [.cancelConsoleTimer, .console(.opened)]
    }

    /// A packet of payload type 1.
    mutating func receive(console packet: SessionPacket) throws(PacketError) -> [Effect] {
        guard var open = console, let payload = try channel?.openProved(packet, isEncrypted: open.isEncrypted) else {
            throw .unexpected
        }
        let effects = open.exchange.receive(try SOLPacket(decoding: payload), number: packet.sequence)
        console = open
        return perform(effects)
    }

    mutating func write(_ characters: [UInt8], _ identifier: Int) -> [Effect] {
        guard let effects = console?.exchange.write(characters, identifier: identifier) else {
            return [.console(.refused(identifier))]
        }
        return perform(effects)
    }

    mutating func sendBreak(_ identifier: Int) -> [Effect] {
        guard let effects = console?.exchange.signal(.sendBreak, identifier: identifier) else {
            return [.console(.refused(identifier))]
        }
        return perform(effects)
    }

    mutating func consoleTimeout(_ number: Int) -> [Effect] {
        guard let effects = console?.exchange.timeout(number) else { return [] }
        return perform(effects)
    }

    /// Nobody wants it any more; whoever has activated it deactivates it.
    mutating func closeConsole() -> [Effect] {
        guard console != nil else { return [] }
        console = nil
        return [.cancelConsoleTimer]
    }

    /// The console ends, and the session goes on.
    mutating func endConsole(_ kind: IPMIError.Kind, _ message: String) -> [Effect] {
        closeConsole().isEmpty
            ? [] : [.cancelConsoleTimer, .console(.ended(IPMIError(kind, "BMC \(endpoint) \(message)")))]
    }

    /// What keeps an idle session alive: where it has a console, the question whether the BMC still has it too.
    var keepAliveRequest: Request {
        console == nil
            ? Request(GetDeviceID(), identifier: Self.keepAlive)
            : Request(GetPayloadActivationStatus(), identifier: Self.keepAlive)
    }

    /// The answer to it. BMCs deactivate the payload without a word where another session takes it, or a machine is reset.
    mutating func keptAlive(_ request: Request, _ completion: CompletionCode, _ data: [UInt8]) -> [Effect] {
        guard console != nil, request.message.command == GetPayloadActivationStatus.code, completion == .completed,
            let isActive = try? GetPayloadActivationStatus.response(data)
        else { return [] }
        if isActive {
            console?.isKnownActive = true
            return []
        }
        return console?.isKnownActive == true
            ? endConsole(.console(.ended), "has deactivated the serial console; open it again") : []
    }

    private mutating func perform(_ effects: [SOLExchange.Effect]) -> [Effect] {
        effects.flatMap { effect -> [Effect] in
            switch effect {
            case .send(let packet):
                sentCount += 1
                return seal(console: packet).map { [.send($0)] } ?? []
            case .setTimer(let number, let wait): return [.setConsoleTimer(number, wait)]
            case .cancelTimer: return [.cancelConsoleTimer]
            case .received(let characters, let flags): return received(characters, flags)
            case .written(let identifier): return [.console(.written(identifier))]
            case .refused(let identifier): return [.console(.refused(identifier))]
            case .silent(let attempts, let waited):
                let seconds = Self.seconds(waited)
                return endConsole(
                    .timeout(attempts: attempts, seconds: seconds),
                    "acknowledged nothing that was typed: \(attempts) datagrams in \(seconds) s; open the console again"
                )
            }
        }
    }

    private mutating func received(_ characters: [UInt8], _ flags: SOLPacket.Flags) -> [Effect] {
        let isIncomplete = flags.contains(.overrun)
        let output: [Effect] =
            characters.isEmpty && !isIncomplete ? [] : [.console(.output(characters, isIncomplete: isIncomplete))]
        guard flags.contains(.deactivating) else { return output }
        return output
            + endConsole(
                .console(.ended), "has ended the serial console: another session took it, or it was switched off")
    }

    private mutating func seal(console packet: SOLPacket) -> [UInt8]? {
        guard let console else { return nil }
        // Where no random bytes or cipher are to be had, the packet counts as lost.
        return try? channel?.seal(.sol, packet.encoded, isEncrypted: console.isEncrypted, random: random)
    }
}
