import IPMI
import Primitives

/// Serial over LAN: one session has it, as with real BMCs.
struct BMCConsole: Sendable {
    /// The BMC's number of the session.
    let session: UInt32
    let isEncrypted: Bool
    var exchange: SOLExchange
    /// What the machine has written and the exchange does not have yet.
    var waiting: [UInt8] = []
    var isSending = false
    /// Characters were lost since the last packet.
    var hasOverrun = false
    var timer: (number: Int, deadline: Duration)?

    /// The BMC's memory for a line that the console does not take fast enough.
    static let capacity = 16 << 10
}

/// A datagram that a BMC sends on its own account.
package struct ConsoleDatagram: Sendable, Hashable {
    /// The BMC's number of the session.
    package var session: UInt32
    /// The datagram.
    package var bytes: [UInt8]
}

extension BMCEngine {
    /// Of a packet with up to so many characters.
    private static let payloadSize: UInt16 = 204

    /// When `expire` is to be called; nil while nothing waits for an answer.
    package var consoleDeadline: Duration? { console?.timer?.deadline }

    /// What has to be sent, each datagram once.
    package mutating func takeConsoleDatagrams() -> [ConsoleDatagram] {
        defer { consoleDatagrams = [] }
        return consoleDatagrams
    }

    /// The machine has written to its serial line.
    package mutating func machineWrote(_ characters: [UInt8], at time: Duration) {
        now = max(now, time)
        guard var open = console else { return }
        open.waiting += characters
        if open.waiting.count > BMCConsole.capacity {
            open.waiting = Array(open.waiting.suffix(BMCConsole.capacity / 2))
            open.hasOverrun = true
        }
        console = open
        sendWaiting()
    }

    /// Sends again what the console has not acknowledged.
    package mutating func expire(at time: Duration) {
        now = max(now, time)
        guard let timer = console?.timer, timer.deadline <= now else { return }
        console?.timer = nil
        perform(console?.exchange.timeout(timer.number) ?? [])
    }

    mutating func answer(console packet: SessionPacket) {
        guard let open = console, open.session == packet.sessionID, var session = sessions[packet.sessionID],
            case .open(var channel, let answer) = session.state,
            let payload = try? channel.openPayload(packet, isEncrypted: open.isEncrypted)
        else { return }
        session.lastActivity = now
        session.state = .open(channel, answer)
        sessions[packet.sessionID] = session
        provedSession = packet.sessionID
        guard let message = try? SOLPacket(decoding: payload) else { return }
        let isOn = chassis.isPoweredOn
        perform(
            console?.exchange.receive(
                message, number: packet.sequence, capacity: isOn ? .max : 0, status: isOn ? [] : .transferUnavailable)
                ?? []
        )
    }

    /// The commands about payloads (IPMI v2.0 §24).
    ///
    /// - Returns: nil for every other command.
    mutating func payloadCommand(_ request: LANMessage, _ session: BMCSession) throws -> [UInt8]? {
        var data = ByteReader(request.data)
        switch request.command {
        case ActivatePayload.code:
            try checkPayload(&data)
            return try activate(try data.byte(), session)
        case DeactivatePayload.code:
            try checkPayload(&data)
            guard console != nil else { throw CompletionCode.payloadActive }
            endConsole(tells: true)
            return []
        case GetPayloadActivationStatus.code:
            guard try data.byte() == PayloadType.sol.rawValue, configuration.console != nil else {
                throw CompletionCode.invalidDataField
            }
            return [1, console == nil ? 0 : 1, 0]
        case GetPayloadInstanceInfo.code:
            try checkPayload(&data)
            var bytes: [UInt8] = []
            bytes.append(littleEndian: console?.session ?? 0)
            return bytes + [1, 0, 0, 0, 0, 0, 0, 0]
        // Get User Payload Access: serial over LAN for everybody.
        case 0x4d: return configuration.console == nil ? [0, 0, 0, 0] : [2, 0, 0, 0]
        // Get Channel Payload Support: IPMI messages and serial over LAN, the setup of sessions.
        case 0x4e: return [configuration.console == nil ? 1 : 3, 0, 0x3f, 0, 0, 0, 0, 0]
        // Get Channel Payload Version: 1.0.
        case 0x4f: return [0x10]
        default: return nil
        }
    }

    private func checkPayload(_ data: inout ByteReader) throws {
        guard configuration.console != nil else { throw CompletionCode.invalidCommand }
        guard try data.byte() & 0x3f == PayloadType.sol.rawValue, try data.byte() & 0x0f == 1 else {
            throw CompletionCode.invalidDataField
        }
    }

    private mutating func activate(_ options: UInt8, _ session: BMCSession) throws(CompletionCode) -> [UInt8] {
        let isEncrypted = options & 0x80 != 0
        switch configuration.console {
        case nil: throw .invalidCommand
        case .disabled: throw .payloadDisabled
        case .clear where isEncrypted: throw .payloadNotEncrypted
        case .encrypted where !isEncrypted: throw .payloadOnlyEncrypted
        case .clear, .encrypted, .either: break
        }
        guard session.privilege >= .operator else { throw .insufficientPrivilege }
        guard console == nil else { throw .payloadActive }
        console = BMCConsole(
            session: session.managedID, isEncrypted: isEncrypted,
            exchange: SOLExchange(
                limit: Int(Self.payloadSize) - SOLPacket.headerSize, retry: configuration.consoleRetry, random: random))
        line?.give(.attached(true))
        var bytes: [UInt8] = [0, 0, 0, 0]
        bytes.append(littleEndian: Self.payloadSize)
        bytes.append(littleEndian: Self.payloadSize)
        bytes.append(littleEndian: port)
        bytes.append(littleEndian: UInt16.max)
        return bytes
    }

    /// The session that had it is gone.
    mutating func forgetConsole() {
        if let open = console, sessions[open.session] == nil { endConsole(tells: false) }
    }

    private mutating func endConsole(tells: Bool) {
        if tells { send(SOLPacket(flags: .deactivating)) }
        console = nil
        line?.give(.attached(false))
    }

    private mutating func sendWaiting() {
        guard var open = console, !open.isSending else { return }
        let effects: [SOLExchange.Effect]
        if open.hasOverrun {
            open.hasOverrun = false
            effects = open.exchange.signal(.overrun, identifier: 0)
        } else if !open.waiting.isEmpty {
            effects = open.exchange.write(open.waiting, identifier: 0)
            open.waiting = []
        } else {
            return
        }
        open.isSending = true
        console = open
        perform(effects)
    }

    private mutating func perform(_ effects: [SOLExchange.Effect]) {
        for effect in effects {
            switch effect {
            case .send(let packet): send(packet)
            case .setTimer(let number, let wait): console?.timer = (number, now + wait)
            case .cancelTimer: console?.timer = nil
            case .received(let characters, let flags):
                if flags.contains(.sendBreak) { line?.give(.lineBreak) }
                if !characters.isEmpty { line?.give(.characters(characters)) }
            case .written:
                console?.isSending = false
                sendWaiting()
            case .refused:
                console?.isSending = false
                console?.hasOverrun = true
                sendWaiting()
            // The session's own timeout ends it.
            case .silent: break
            }
        }
    }

    private mutating func send(_ packet: SOLPacket) {
        guard let open = console, var session = sessions[open.session],
            case .open(var channel, let answer) = session.state,
            let bytes = try? channel.seal(.sol, packet.encoded, isEncrypted: open.isEncrypted, random: random)
        else { return }
        session.state = .open(channel, answer)
        sessions[open.session] = session
        guard !isLost() else { return }
        consoleDatagrams.append(ConsoleDatagram(session: open.session, bytes: bytes))
    }
}
