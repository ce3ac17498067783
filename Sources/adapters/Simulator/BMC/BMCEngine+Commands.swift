import IPMI
import Primitives

/// The error of a command is thrown as its completion code.
extension CompletionCode: Error {}

extension BMCEngine {
    mutating func answerInSession(_ packet: SessionPacket) -> [UInt8]? {
        guard var session = sessions[packet.sessionID], case .open(var channel, let answer) = session.state,
            let request = try? channel.open(packet), request.isRequest,
            request.destination == LANMessage.bmcAddress
        else { return nil }
        session.lastActivity = now
        provedSession = packet.sessionID
        session.state = .open(channel, answer)
        // What it says to the console of this session takes a number of the channel.
        sessions[packet.sessionID] = session
        let response = respond(to: request, in: &session)
        guard let present = sessions[packet.sessionID], case .open(var latest, let proof) = present.state else {
            return nil
        }
        let bytes = try? latest.seal(response, random: random)
        session.state = .open(latest, proof)
        sessions[packet.sessionID] = session.isClosed ? nil : session
        forgetConsole()
        return bytes
    }

    private mutating func respond(to request: LANMessage, in session: inout BMCSession) -> LANMessage {
        if let last = session.lastExchange, last.request == request, now - last.time < .seconds(5) {
            return last.response
        }
        let response: LANMessage
        switch (request.networkFunction, request.command) {
        case (NetworkFunction.application, SetSessionPrivilegeLevel.code):
            response = raise(&session, request)
        case (NetworkFunction.application, CloseSession.code):
            response = close(&session, request)
        case (NetworkFunction.application, 0x48...0x4f):
            statistics.commands += 1
            do {
                let data = try payloadCommand(request, session)
                response = data.map { request.response(.completed, $0) } ?? request.response(.invalidCommand)
            } catch let completion as CompletionCode {
                response = request.response(completion)
            } catch {
                response = request.response(.requestDataLengthInvalid)
            }
        default: response = respond(to: request, privilege: session.privilege)
        }
        session.lastExchange = .init(request: request, response: response, time: now)
        return response
    }

    private func raise(_ session: inout BMCSession, _ request: LANMessage) -> LANMessage {
        guard request.data.count == 1 else { return request.response(.requestDataLengthInvalid) }
        let asked = request.data[0] & 0x0f
        // Zero asks for the present level.
        if asked != 0 {
            guard let level = PrivilegeLevel(rawValue: asked), level <= session.limit else {
                return request.response(.levelNotAvailable)
            }
            session.privilege = level
        }
        return request.response(.completed, [session.privilege.rawValue])
    }

    private mutating func close(_ session: inout BMCSession, _ request: LANMessage) -> LANMessage {
        var reader = ByteReader(request.data)
        guard let identifier = try? reader.littleEndian(UInt32.self) else {
            return request.response(.requestDataLengthInvalid)
        }
        if identifier == session.managedID {
            session.isClosed = true
            return request.response(.completed)
        }
        guard session.privilege == .administrator, sessions[identifier] != nil else {
            return request.response(.invalidSessionID)
        }
        sessions[identifier] = nil
        return request.response(.completed)
    }

    mutating func respond(to request: LANMessage, privilege: PrivilegeLevel) -> LANMessage {
        statistics.commands += 1
        do {
            return request.response(.completed, try execute(request, privilege))
        } catch let completion as CompletionCode {
            return request.response(completion)
        } catch {
            return request.response(.requestDataLengthInvalid)
        }
    }

    /// The response's data behind the completion code.
    private mutating func execute(_ request: LANMessage, _ privilege: PrivilegeLevel) throws -> [UInt8] {
        func require(_ needed: PrivilegeLevel) throws(CompletionCode) {
            guard privilege >= needed else { throw .insufficientPrivilege }
        }
        var data = ByteReader(request.data)
        switch request.networkFunction {
        case NetworkFunction.application: return try application(request.command, &data)
        case NetworkFunction.chassis:
            try require([0x00, 0x01, 0x07, 0x0f].contains(request.command) ? .user : .operator)
            return try chassis(request.command, &data)
        case NetworkFunction.sensor:
            try require(.user)
            return try sensor(request.command, &data)
        case NetworkFunction.storage where request.command < 0x40:
            try require(.user)
            return try records(request.command, &data)
        case NetworkFunction.storage:
            try require(request.command == 0x47 ? .operator : .user)
            return try storage(request.command, &data)
        case NetworkFunction.transport:
            try require(.operator)
            return try transport(request.command, &data)
        default: throw CompletionCode.invalidCommand
        }
    }

    private func application(_ command: UInt8, _ data: inout ByteReader) throws -> [UInt8] {
        switch command {
        case GetDeviceID.code: return configuration.device.encoded
        // Get Self Test Results: no error.
        case 0x04: return [0x55, 0x00]
        // Get Device GUID and Get System GUID: this BMC has one identity.
        case 0x08, GetSystemGUID.code: return configuration.guid
        case GetChannelAuthenticationCapabilities.code:
            let channel = try presentChannel(try data.byte() & 0x0f)
            try data.skip(1)
            return ChannelAuthenticationCapabilities(
                channel: channel, supportsVersion2: true, needsBMCKey: configuration.bmcKey != nil
            ).encoded
        // Get Channel Info: 802.3 LAN, IPMB-1.0 messages, several sessions, vendor IPMI.
        case 0x42:
            let channel = try presentChannel(try data.byte() & 0x0f)
            let open = UInt8(min(63, sessions.values.count(where: \.isOpen)))
            return [channel, 0x04, 0x01, 0x80 | open, 0xf2, 0x1b, 0x00, 0, 0]
        case GetChannelCipherSuites.code:
            let channel = try presentChannel(try data.byte() & 0x0f)
            try data.skip(1)
            let records = configuration.suites.flatMap(GetChannelCipherSuites.record)
            return [channel] + records.dropFirst(Int(try data.byte() & 0x3f) * 16).prefix(16)
        case GetUserAccess.code:
            _ = try presentChannel(try data.byte() & 0x0f)
            let number = try data.byte() & 0x3f
            let access = user(number).map { 0x30 | $0.privilege.rawValue } ?? 0x0f
            return [Self.maximumUsers, UInt8(clamping: configuration.users.count) | 0x40, 0, access]
        case GetUserName.code:
            let name = user(try data.byte() & 0x3f).map { Array($0.name.utf8) } ?? []
            return Array((name + [UInt8](repeating: 0, count: 16)).prefix(16))
        default: throw CompletionCode.invalidCommand
        }
    }

    private static let maximumUsers: UInt8 = 10

    private func user(_ number: UInt8) -> BMCConfiguration.User? {
        let index = Int(number) - 1
        return configuration.users.indices.contains(index) ? configuration.users[index] : nil
    }

    /// The one LAN channel has number 1; 14 means the channel that the request comes by.
    func presentChannel(_ number: UInt8) throws(CompletionCode) -> UInt8 {
        guard number == 1 || number == 0x0e else { throw .invalidDataField }
        return 1
    }
}
