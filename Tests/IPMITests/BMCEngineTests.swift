import IPMI
import Primitives
import Testing

@testable import Simulator

@Suite("BMC engine, without a socket")
struct BMCEngineTests {
    private func openRequest(_ consoleID: UInt32, _ algorithms: SessionAlgorithms = CipherSuite.suite3.algorithms)
        -> [UInt8]
    {
        Datagram.session(
            SessionPacket(
                .openSessionRequest,
                payload: OpenSessionRequest(tag: 1, consoleID: consoleID, algorithms: algorithms).encoded)
        ).encoded
    }

    private func engine(_ configuration: BMCConfiguration = configuration()) -> BMCEngine {
        BMCEngine(configuration: configuration, chassis: SimulatedChassis(), random: Wire.source(3))
    }

    private func openResponse(_ answers: [[UInt8]]) throws -> OpenSessionResponse {
        guard case .session(let packet) = try Datagram(decoding: try #require(answers.first)) else {
            throw PacketError.invalid
        }
        return try OpenSessionResponse(decoding: packet.payload)
    }

    @Test("half-open sessions are limited, and forgotten after ten seconds")
    func halfOpen() throws {
        var engine = engine()
        for number in 1...100 { _ = engine.receive(openRequest(UInt32(number)), at: .zero) }
        #expect(engine.sessions.count == 16)
        let full = try openResponse(engine.receive(openRequest(200), at: .seconds(9)))
        #expect(full.status == .insufficientResources)
        let free = try openResponse(engine.receive(openRequest(201), at: .seconds(10)))
        #expect(free.status == .success)
        #expect(engine.sessions.count == 1)
    }

    @Test("open sessions are forgotten after a minute without a valid packet")
    func idle() throws {
        var wire = try Wire()
        wire.receive(.start)
        wire.run()
        #expect(wire.engine.sessions.count == 1)
        _ = wire.engine.receive([0], at: .seconds(59))
        #expect(wire.engine.sessions.count == 1)
        _ = wire.engine.receive([0], at: .seconds(60))
        #expect(wire.engine.sessions.count == 0)
    }

    @Test("more open sessions than the limit are refused at RAKP 4")
    func sessionLimit() throws {
        var bmc = configuration()
        bmc.sessionLimit = 2
        var engine = engine(bmc)
        for number in 1...3 {
            var wire = try Wire(bmc: bmc)
            wire.engine = engine
            wire.receive(.start)
            wire.run()
            if number <= 2 {
                #expect(wire.openedSuite != nil)
            } else {
                #expect(wire.failure?.kind == .refused(.insufficientResources))
            }
            engine = wire.engine
        }
    }

    @Test("suites without authentication, integrity or confidentiality are refused with 0x11")
    func weakSuites() throws {
        var engine = engine()
        for (authentication, integrity, confidentiality) in [(0, 0, 0), (1, 0, 0), (1, 1, 0), (2, 2, 1), (3, 4, 0)] {
            let algorithms = try OpenSessionRequest(
                decoding: [
                    1, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 8, UInt8(authentication), 0, 0, 0, 1, 0, 0, 8, UInt8(integrity), 0,
                    0, 0, 2, 0, 0, 8, UInt8(confidentiality), 0, 0, 0,
                ]
            ).algorithms
            let response = try openResponse(engine.receive(openRequest(9, algorithms), at: .zero))
            #expect(response.status == .noCipherSuiteMatch)
        }
        #expect(engine.sessions.count == 0)
    }

    @Test("a packet of an open session that is sent again is not executed again")
    func replay() throws {
        var wire = try Wire()
        wire.receive(.start)
        wire.submit(ChassisControl(.on))
        wire.run()
        let packet = try #require(wire.sent.last)
        let commands = wire.engine.statistics.commands
        #expect(wire.engine.receive(packet, at: .zero).isEmpty)
        #expect(wire.engine.receive(packet, at: .seconds(30)).isEmpty)
        #expect(wire.engine.statistics.commands == commands)
    }

    @Test("commands answer with the completion codes of the specification")
    func completionCodes() throws {
        struct Raw: Command {
            static let networkFunction = NetworkFunction.chassis
            static let code: UInt8 = 0x02
            static let name = "raw"
            var data: [UInt8]
        }
        struct Unknown: Command {
            static let networkFunction = NetworkFunction.chassis
            static let code: UInt8 = 0x7e
            static let name = "unknown"
            var data: [UInt8] { [] }
        }
        var wire = try Wire()
        wire.receive(.start)
        wire.submit(Raw(data: []))
        wire.submit(Raw(data: [9]))
        wire.submit(ChassisControl(.reset))
        wire.submit(Unknown())
        wire.submit(SetBootOption(parameter: 99, value: [1]))
        wire.submit(SetBootOption(parameter: BootOption.flags, value: [1, 2]))
        wire.submit(GetLANParameter(parameter: 200))
        wire.run()
        #expect(
            wire.responses == [
                .requestDataLengthInvalid, .invalidDataField, .notSupportedInPresentState, .invalidCommand,
                .parameterNotSupported, .requestDataLengthInvalid, .parameterNotSupported,
            ])
    }

    @Test("a user may read the power but not switch it")
    func privileges() throws {
        var wire = try Wire(
            credentials: BMCCredentials(user: "guest", password: Secret("visitor")), privilege: .user)
        wire.receive(.start)
        wire.submit(GetChassisStatus())
        wire.submit(ChassisControl(.on))
        wire.submit(GetBootFlags())
        wire.submit(SetSessionPrivilegeLevel(level: .administrator))
        wire.run()
        #expect(wire.responses == [.completed, .insufficientPrivilege, .insufficientPrivilege, .levelNotAvailable])
        #expect(!wire.chassis.isPoweredOn)
    }

    @Test("a presence ping is answered, a pong is not")
    func presence() {
        var engine = engine()
        let pong = Datagram.presence(.pong(tag: 5, supportsIPMI: true)).encoded
        #expect(engine.receive(Datagram.presence(.ping(tag: 5)).encoded, at: .zero) == [pong])
        #expect(engine.receive(pong, at: .zero).isEmpty)
    }

    @Test("commands outside a session are not answered, but for discovery")
    func sessionless() {
        var engine = engine()
        let power = LANMessage.request(ChassisControl(.on), sequence: 1)
        #expect(engine.receive(Datagram.sessionless(power).encoded, at: .zero).isEmpty)
        let plain = Datagram.session(SessionPacket(.ipmi, payload: power.encoded)).encoded
        #expect(engine.receive(plain, at: .zero).isEmpty)
        let discovery = LANMessage.request(
            GetChannelAuthenticationCapabilities(privilege: .administrator), sequence: 1)
        #expect(engine.receive(Datagram.sessionless(discovery).encoded, at: .zero).count == 1)
    }
}

@Suite("Chassis")
struct ChassisTests {
    @Test("a one-time boot device holds for one start, a persistent one for all")
    func bootFlags() {
        var chassis = Chassis()
        let once = BootFlags(device: .pxe)
        _ = chassis.setBootFlags(once)
        #expect(chassis.control(.on).1 == [.poweredOn(once)])
        #expect(chassis.bootFlags == .cleared)
        #expect(chassis.control(.on).1 == [])
        #expect(chassis.control(.reset).1 == [.reset(.cleared)])
        let always = BootFlags(device: .disk, isPersistent: true, isEFI: true)
        _ = chassis.setBootFlags(always)
        #expect(chassis.control(.cycle).1 == [.poweredOff, .poweredOn(always)])
        #expect(chassis.restart() == [.reset(always)])
        #expect(chassis.bootFlags == always)
        #expect(chassis.turnOff() == [.poweredOff])
        #expect(chassis.restart() == [])
    }

    @Test("reset, cycle and the diagnostic interrupt need a machine that runs")
    func presentState() {
        for action in [ChassisControl.Action.reset, .cycle, .diagnostic] {
            var chassis = Chassis()
            #expect(chassis.control(action).0 == .notSupportedInPresentState)
        }
    }
}
