import IPMI
import Primitives
import Testing

@testable import Simulator

@Suite("Negotiation of suite and privilege")
struct NegotiationTests {
    private let suites: [CipherSuite] = [.suite17, .suite3, .suite8, .suite12]

    @Test("suites are proposed in the order of their strength until the BMC takes one")
    func order() throws {
        for suite in suites {
            var wire = try Wire(suites: suites, bmc: configuration(suites: [suite]))
            wire.receive(.start)
            wire.run()
            #expect(wire.openedSuite == suite)
            #expect(wire.clock == .zero)
        }
    }

    @Test("a suite to which the BMC says nothing costs three seconds, and is not tried first again")
    func silence() throws {
        func run(_ known: SessionParameters?) throws -> Wire {
            var wire = try Wire(suites: suites, bmc: configuration(suites: [.suite3]), known: known)
            wire.toClient = { _, bytes in
                guard case .session(let packet)? = try? Datagram(decoding: bytes),
                    let response = try? OpenSessionResponse(decoding: packet.payload),
                    packet.payloadType == .openSessionResponse, response.status != .success
                else { return [bytes] }
                return []
            }
            wire.receive(.start)
            wire.run()
            return wire
        }
        let first = try run(nil)
        #expect(first.openedSuite == .suite3 && first.clock == .seconds(3))
        let second = try run(SessionParameters(suite: .suite3, privilege: .administrator))
        #expect(second.openedSuite == .suite3 && second.clock == .zero)
    }

    @Test("an account without the level that is asked for gets the one below")
    func lowerLevel() throws {
        var bmc = configuration()
        bmc.users.append(.init(name: "op", password: Secret("secret"), privilege: .operator))
        var wire = try Wire(bmc: bmc, credentials: BMCCredentials(user: "op", password: Secret("secret")))
        wire.receive(.start)
        wire.submit(ChassisControl(.on))
        wire.run()
        #expect(wire.responses == [.completed] && wire.chassis.isPoweredOn)
    }

    @Test("a command that needs more is sent again at a higher level, where the account has it")
    func higherLevel() throws {
        var wire = try Wire(privilege: .user)
        wire.receive(.start)
        wire.submit(ChassisControl(.on))
        wire.run()
        #expect(wire.responses == [.completed] && wire.chassis.isPoweredOn)
        #expect(wire.effects.contains(.opened(SessionParameters(suite: .suite17, privilege: .operator))))
        #expect(wire.engine.sessions.count == 1)
    }

    @Test("empty passwords and those of 20 bytes, and keys in text and in hexadecimal, open sessions")
    func keys() throws {
        for (password, key, own) in [
            ("", "k", "0x6b"), ("01234567890123456789", "0x6b", "k"), ("a", "0xzz", "0xzz"), ("a", "0xff00", "0xFF00"),
        ] {
            var bmc = configuration()
            bmc.users = [.init(name: "admin", password: Secret(password))]
            bmc.bmcKey = Secret(key)
            var wire = try Wire(
                bmc: bmc,
                credentials: BMCCredentials(user: "admin", password: Secret(password), bmcKey: Secret(own)))
            wire.receive(.start)
            wire.run()
            #expect(wire.openedSuite == .suite17)
        }
    }

    @Test("what is dropped is told with its reason, not as silence")
    func dropped() throws {
        var wire = try Wire()
        wire.toClient = { number, bytes in
            guard number > 5 else { return [bytes] }
            var changed = bytes
            changed[changed.count - 1] ^= 1
            return [changed]
        }
        wire.receive(.start)
        wire.run()
        #expect(wire.openedSuite == .suite17)
        wire.submit(ChassisControl(.cycle))
        wire.run()
        let error = try #require(wire.failure)
        #expect(error.category == .transient)
        #expect(
            error.message.hasSuffix(
                "gave no answer that can be used to Chassis Control: 4 datagrams in 15.0 s; "
                    + "4 replies were dropped: integrity code wrong; "
                    + "check that this is the address of its BMC, and update the firmware"))
        #expect(error.circumstance == .heard)
    }

    @Test("an idle session is kept alive, and nobody hears of it")
    func keepAlive() throws {
        var wire = try Wire(keepAlive: .seconds(20))
        wire.receive(.start)
        let handshake = 5
        var steps = 0
        // Each turn of the clock is a request that keeps the session alive.
        while wire.clock < .seconds(300), steps < 100 {
            wire.step()
            steps += 1
        }
        #expect(wire.sent.count - handshake >= 14)
        #expect(wire.responses.isEmpty && wire.failure == nil)
        #expect(wire.engine.sessions.count == 1)
    }

    @Test("waits are longer at random by a fifth at most")
    func jitter() {
        let schedule = RetrySchedule()
        #expect(schedule.timeout(attempt: 2) == .seconds(2))
        let longest = schedule.timeout(attempt: 2, random: 255)
        #expect(longest > .seconds(2.39) && longest < .seconds(2.41))
        #expect(RetrySchedule(jitter: 0).timeout(attempt: 3, random: 255) == .seconds(4))
    }
}
