import IPMI
import Primitives
import Testing

@testable import Simulator

@Suite("Client session, without a socket")
struct ClientSessionTests {
    @Test("a session opens, commands and closes", arguments: CipherSuite.allCases)
    func whole(suite: CipherSuite) throws {
        var wire = try Wire(suites: [suite], bmc: configuration(suites: [suite]))
        wire.receive(.start)
        wire.run()
        #expect(wire.openedSuite == suite)
        wire.submit(ChassisControl(.on))
        wire.run()
        #expect(wire.chassis.isPoweredOn)
        wire.receive(.close)
        wire.run()
        #expect(wire.effects.last == .closed)
        #expect(wire.engine.sessions.count == 0)
        // Capabilities, open session, RAKP 1, RAKP 3, privilege, command, close.
        #expect(wire.sent.count == 7)
    }

    @Test("suite 3 is proposed where 17 is refused, and no session is left behind")
    func fallback() throws {
        var wire = try Wire(bmc: configuration(suites: [.suite3]))
        wire.receive(.start)
        wire.run()
        #expect(wire.openedSuite == .suite3)
        #expect(wire.engine.sessions.count == 1)
        var none = try Wire(suites: [.suite17], bmc: configuration(suites: [.suite3]))
        none.receive(.start)
        none.run()
        #expect(none.failure?.kind == .refused(.noCipherSuiteMatch))
        #expect(none.failure?.category == .permanent)
    }

    @Test("requests wait for the open session and are answered in their order")
    func queue() throws {
        var wire = try Wire()
        wire.receive(.start)
        for identifier in 1...3 { wire.submit(GetChassisStatus(), identifier: identifier) }
        wire.run()
        let order = wire.effects.compactMap {
            if case .response(let identifier, _, _) = $0 { identifier } else { nil }
        }
        #expect(order == [1, 2, 3])
    }

    @Test("a silent BMC is asked four times, after 1, 2, 4 and 8 seconds, and the error says so")
    func silence() throws {
        var faults = BMCFaults()
        faults.silent = true
        var wire = try Wire(faults: faults)
        wire.receive(.start)
        wire.run()
        #expect(wire.sentAt == [.zero, .seconds(1), .seconds(3), .seconds(7)])
        #expect(wire.clock == .seconds(15))
        let error = try #require(wire.failure)
        #expect(error.kind == .timeout(attempts: 4, seconds: 15) && error.circumstance == nil)
        #expect(
            error.message
                == "BMC 10.0.0.11:623 did not answer the search for its capabilities: 4 datagrams in 15.0 s; "
                + "check its address, power and network")
        var unreachable = try Wire(faults: faults)
        unreachable.receive(.start)
        unreachable.receive(.unreachable)
        unreachable.run()
        #expect(unreachable.failure?.message.contains("nothing listens there") == true)
        // What was seen is told also by who has less time than that.
        var hasty = try Wire(faults: faults)
        hasty.receive(.start)
        #expect(
            hasty.session.outOfTime.message
                == "BMC 10.0.0.11:623 did not answer the search for its capabilities in the time that it was given; "
                + "check its address, power and network")
        hasty.receive(.unreachable)
        #expect(hasty.session.outOfTime.message.contains("given; its host reports that nothing listens there;"))
    }

    @Test(
        "where the time is over, a BMC that answered is told with how far it got, one that sent garbage with a remedy")
    func outOfTime() throws {
        var wire = try Wire()
        wire.receive(.start)
        for identifier in 1...3 { wire.submit(GetChassisStatus(), identifier: identifier) }
        wire.run()
        let progress = "BMC 10.0.0.11:623 answered 3 requests, the last one Get Chassis Status"
        let more = "\(progress), and there was more to ask when the time that it was given was over; allow it more time"
        #expect(wire.session.outOfTime.message == more && wire.session.outOfTime.code == "bmc.deadline")
        #expect(wire.session.outOfTime.circumstance == .heard)
        // While the answer to the next one is on its way.
        wire.toBMC = { _, _ in [] }
        wire.submit(GetDeviceID(), identifier: 4)
        #expect(wire.session.outOfTime.message == more)
        wire.step()
        #expect(
            wire.session.outOfTime.message
                == "BMC 10.0.0.11:623 did not answer Get Device ID in the time that it was given; "
                + "before that it answered 3 requests, the last one Get Chassis Status; check its address, power and network"
        )

        var flooded = try Wire()
        flooded.toClient = { _, _ in [[6, 0, 0xff, 7, 6, 0xc0, 1, 2, 3]] }
        flooded.receive(.start)
        flooded.step()
        let message = flooded.session.outOfTime.message
        #expect(message.contains("gave no answer that can be used to the search for its capabilities in the time"))
        #expect(message.contains("1 reply was dropped"), "\(message)")
        #expect(message.hasSuffix("check that this is the address of its BMC, and update the firmware"), "\(message)")
        #expect(flooded.session.outOfTime.circumstance == .heard)
    }

    @Test("a BMC whose answers all come too late is told as such, not as one that is at another address")
    func lateAnswers() throws {
        var wire = try Wire()
        wire.delay = { _ in .milliseconds(9_500) }
        wire.receive(.start)
        wire.run()
        let message = try #require(wire.failure).message
        let count = "4 datagrams in 15.0 s; "
        #expect(message.contains("gave no answer that can be used to the request for a session: \(count)"))
        #expect(
            message.hasSuffix(
                "its answers seem to come too late: look at the network on the way to it, and allow it more time"),
            "\(message)")
    }

    /// A wire on which a session is open and one command was answered, with all that the BMC has sent.
    private func answered() throws -> (Wire, ReplyBox) {
        var wire = try Wire()
        let replies = ReplyBox()
        wire.toClient = {
            replies.add($1)
            return [$1]
        }
        wire.receive(.start)
        wire.submit(GetDeviceID())
        wire.run()
        #expect(wire.responses == [.completed])
        return (wire, replies)
    }

    @Test("late answers of a session that has ended are told as those, not as forged ones")
    func formerSession() throws {
        var (wire, replies) = try answered()
        let (proposal, answer) = (replies.answers[1], try #require(replies.answers.last))
        // What is sealed is lost from now on: the client goes over to another session, which gets no answer either.
        wire.toBMC = { $1[5] == 0xc0 ? [] : [$1] }
        wire.submit(GetChassisStatus(), identifier: 2)
        while wire.effects.count(where: { if case .opened = $0 { true } else { false } }) < 2, wire.step() {}
        #expect(wire.failure == nil)
        wire.receive(.datagram(answer))
        wire.receive(.datagram(proposal))
        #expect(
            wire.session.dropped.description
                == "2 replies were dropped: late answer of a session that has ended")
        // One byte of a present session's answer is not what it was.
        var forged = answer
        forged.replaceSubrange(6..<10, with: [1, 2, 3, 4])
        wire.receive(.datagram(forged))
        wire.run()
        let message = try #require(wire.failure).message
        #expect(
            message.contains(
                "3 replies were dropped: 1 integrity code wrong, 2 late answer of a session that has ended"),
            "\(message)")
    }

    @Test("a flood of datagrams is told as one, with their reasons, and never as a BMC that is slow or silent")
    func flood() throws {
        var (wire, replies) = try answered()
        let remedy =
            "more came from its address than it was asked for: look what else sends from there, or restart the BMC"
        wire.toBMC = { _, _ in [] }
        wire.submit(GetChassisStatus(), identifier: 2)
        // Each by itself might be the answer to an earlier datagram.
        for _ in 0..<100 { wire.receive(.datagram(replies.answers[1])) }
        let dropped = "100 replies were dropped: answer to another request; \(remedy)"
        #expect(wire.session.outOfTime.message.hasSuffix("in the time that it was given; \(dropped)"))
        wire.toBMC = { [$1] }
        wire.run()
        #expect(wire.responses.count == 2 && wire.failure == nil)
        // The flood was before the last answer.
        #expect(
            wire.session.outOfTime.message
                == "BMC 10.0.0.11:623 did not answer what it was asked in the time that it was given; before that it answered "
                + "2 requests, the last one Get Chassis Status; \(dropped)")
    }

    @Test("a BMC that opens a session with the identifier 0, which stands for none, is told as such at once")
    func reservedIdentifier() throws {
        var wire = try Wire()
        wire.toClient = { _, bytes in
            guard case .session(let packet)? = try? Datagram(decoding: bytes),
                packet.payloadType == .openSessionResponse,
                var response = try? OpenSessionResponse(decoding: packet.payload)
            else { return [bytes] }
            response.session?.managedID = 0
            return [Datagram.session(SessionPacket(.openSessionResponse, payload: response.encoded)).encoded]
        }
        wire.receive(.start)
        wire.run()
        #expect(wire.failure?.kind == .protocolViolation && wire.clock == .zero)
        #expect(
            wire.failure?.message
                == "BMC 10.0.0.11:623 opened a session with the identifier 0, which IPMI reserves; update its firmware, "
                + "or restart it")
    }

    @Test("a wrong password ends the session at once and for good, and the BMC is told", arguments: [true, false])
    func wrongPassword(bmcIsWrong: Bool) throws {
        var faults = BMCFaults()
        faults.wrongPassword = bmcIsWrong
        var wire = try Wire(
            credentials: BMCCredentials(user: "admin", password: Secret(bmcIsWrong ? "password" : "other")),
            faults: faults)
        wire.receive(.start)
        wire.run()
        let error = try #require(wire.failure)
        #expect(error.code == "bmc.authentication" && error.isPermanent)
        #expect(!error.message.contains("password\"") && !error.message.contains("other"))
        #expect(wire.clock == .zero)
        #expect(wire.engine.sessions.count == 0)
        #expect(wire.engine.statistics.accountsRefused == 1)
    }

    @Test("an unknown account and a level above the account's are permanent errors")
    func account() throws {
        var wire = try Wire(credentials: BMCCredentials(user: "nobody", password: Secret("password")))
        wire.receive(.start)
        wire.run()
        #expect(wire.failure?.kind == .authentication(.unauthorizedName))
        var low = try Wire(credentials: BMCCredentials(user: "guest", password: Secret("visitor")))
        low.receive(.start)
        low.run()
        #expect(low.failure?.kind == .authentication(.unauthorizedRole))
        #expect(low.failure?.isPermanent == true)
    }

    @Test("accounts that IPMI cannot carry are refused before anything is sent")
    func limits() {
        #expect(throws: IPMIError.self) {
            try Wire(credentials: BMCCredentials(user: "a-name-of-17-byte", password: Secret("x")))
        }
        #expect(throws: IPMIError.self) {
            try Wire(
                credentials: BMCCredentials(user: "admin", password: Secret(String(repeating: "x", count: 21))))
        }
        #expect(throws: IPMIError.self) { try Wire(suites: []) }
        let long = Secret(String(repeating: "x", count: 21))
        let password = #expect(throws: IPMIError.self) {
            try Wire(credentials: BMCCredentials(user: "admin", password: long))
        }
        #expect(password?.message.hasSuffix("the password has 21 bytes, IPMI allows 20; shorten it") == true)
        let key = #expect(throws: IPMIError.self) {
            try Wire(credentials: BMCCredentials(user: "admin", password: Secret("x"), bmcKey: long))
        }
        #expect(key?.message.hasSuffix("the BMC key (K_G) has 21 bytes, IPMI allows 20; shorten it") == true)
    }

    @Test("each datagram lost once, either way, delays the session and changes nothing else", arguments: 1...7)
    func losses(lost: Int) throws {
        for loseAnswer in [false, true] {
            var wire = try Wire()
            if loseAnswer {
                wire.toClient = { $0 == lost ? [] : [$1] }
            } else {
                wire.toBMC = { $0 == lost ? [] : [$1] }
            }
            wire.receive(.start)
            wire.submit(ChassisControl(.on))
            wire.run()
            wire.receive(.close)
            wire.run()
            #expect(wire.failure == nil)
            #expect(wire.responses == [.completed])
            #expect(wire.chassis.isPoweredOn)
            // A BMC that has closed the session does not know it any more when it is asked again.
            #expect(wire.clock == .seconds(lost == 7 && loseAnswer ? 3 : 1))
        }
    }

    @Test("a power cycle whose answer was lost is not done twice")
    func repeatedCommand() throws {
        var wire = try Wire()
        wire.receive(.start)
        wire.submit(ChassisControl(.on))
        wire.run()
        var lost = false
        wire.toClient = { _, bytes in
            defer { lost = true }
            return lost ? [bytes] : []
        }
        let commands = wire.engine.statistics.commands
        wire.submit(ChassisControl(.cycle), identifier: 2)
        wire.run()
        #expect(wire.responses == [.completed, .completed])
        #expect(wire.engine.statistics.commands == commands + 1)
    }

    @Test("everything twice, and garbage in between, changes nothing")
    func duplicates() throws {
        var wire = try Wire()
        let garbage: [UInt8] = [6, 0, 0xff, 7, 6, 0xc0, 1, 2, 3]
        wire.toBMC = { [garbage, $1, $1] }
        wire.toClient = { [garbage, $1, [], $1] }
        wire.receive(.start)
        wire.submit(ChassisControl(.on))
        wire.submit(GetChassisStatus(), identifier: 2)
        wire.run()
        wire.receive(.close)
        wire.run()
        #expect(wire.failure == nil)
        #expect(wire.responses == [.completed, .completed])
        #expect(wire.effects.last == .closed)
    }

    @Test("a BMC that draws a new random number for a repeated RAKP 1 is still understood")
    func repeatedChallenge() throws {
        // The first RAKP 2 comes late, after a second one with the same console random number but another tag.
        var wire = try Wire()
        var held: [UInt8]?
        wire.toClient = { count, bytes in
            switch count {
            case 3:
                held = bytes
                return []
            case 4: return [held ?? [], bytes]
            default: return [bytes]
            }
        }
        wire.receive(.start)
        wire.run()
        #expect(wire.openedSuite == .suite17)
    }

    @Test("an abandoned request makes room for the next one, and its late answer is ignored")
    func abandon() throws {
        var wire = try Wire()
        wire.receive(.start)
        wire.run()
        wire.submit(GetDeviceID(), identifier: 1)
        wire.receive(.abandon(1))
        wire.submit(GetChassisStatus(), identifier: 2)
        wire.run()
        let identifiers = wire.effects.compactMap {
            if case .response(let identifier, _, _) = $0 { identifier } else { nil }
        }
        #expect(identifiers == [2])
    }

    @Test("closing before the session is open, twice, or against silence comes to an end")
    func closing() throws {
        var early = try Wire()
        early.receive(.close)
        #expect(early.effects == [.cancelTimer, .closed])
        early.receive(.start)
        #expect(early.sent.isEmpty)

        var wire = try Wire()
        wire.receive(.start)
        wire.run()
        wire.engine.faults.silent = true
        wire.receive(.close)
        wire.receive(.close)
        wire.run()
        #expect(wire.effects.last == .closed)
        #expect(wire.clock == .seconds(3))
    }

    @Test("a BMC with a key of its own is opened with that key only")
    func bmcKey() throws {
        var bmc = configuration()
        bmc.bmcKey = Secret("bmc-key")
        var wire = try Wire(
            bmc: bmc,
            credentials: BMCCredentials(user: "admin", password: Secret("password"), bmcKey: Secret("bmc-key")))
        wire.receive(.start)
        wire.run()
        #expect(wire.openedSuite == .suite17)
        var without = try Wire(bmc: bmc)
        without.receive(.start)
        without.run()
        #expect(without.failure?.isPermanent == true)
        #expect(without.failure?.message.hasSuffix("a BMC key (K_G) of its own; give it as oob.kg") == true)
        #expect(without.failure?.circumstance == .bmcKey)
        // By address there is no document.
        var option = try Wire(bmc: bmc, bmcKeySetting: "--kg-file")
        option.receive(.start)
        option.run()
        #expect(option.failure?.message.hasSuffix("give it as --kg-file") == true)
    }

    @Test("a BMC of IPMI v1.5 is named as such")
    func oldBMC() throws {
        var wire = try Wire()
        wire.toClient = { _, bytes in
            guard case .sessionless(var message)? = try? Datagram(decoding: bytes) else { return [] }
            message.data = [0, 1, 0x15, 0x04, 0, 0, 0, 0, 0]
            return [Datagram.sessionless(message).encoded]
        }
        wire.receive(.start)
        wire.run()
        #expect(wire.failure?.code == "bmc.protocol")
        #expect(wire.failure?.message.contains("v1.5") == true)
    }

    @Test("with 30 % of all datagrams lost, sessions come through on a patient schedule", arguments: UInt64(1)...20)
    func lossy(seed: UInt64) throws {
        var faults = BMCFaults()
        faults.dropProbability = 0.3
        faults.seed = seed
        var wire = try Wire(faults: faults, retry: RetrySchedule(attempts: 16))
        wire.receive(.start)
        wire.submit(ChassisControl(.on))
        wire.run()
        if let error = wire.failure {
            // Where a RAKP 4 is lost and the half-open session has expired meanwhile, the next attempt begins anew.
            #expect(!error.isPermanent)
        } else {
            #expect(wire.chassis.isPoweredOn)
        }
    }

    /// In place of an answer of `type`: so many forged ones, each under another tag, and then what came.
    private static func forging(
        _ type: PayloadType, _ status: UInt8, identifier: [UInt8]
    ) -> (Int, [UInt8]) -> [[UInt8]] {
        { _, bytes in
            guard case .session(let packet)? = try? Datagram(decoding: bytes), packet.payloadType == type else {
                return [bytes]
            }
            let forged = (0...255).map { tag in
                Datagram.session(SessionPacket(type, payload: [UInt8(tag), status, 0, 0] + identifier)).encoded
            }
            return forged + [bytes]
        }
    }

    @Test(
        "an error that nothing proves does not count, whatever its tag, where the answer itself comes",
        arguments: [
            (PayloadType.openSessionResponse, UInt8(0x11)), (.openSessionResponse, 0x01), (.rakp2, 0x0d),
            (.rakp4, 0x0f),
        ], [[0xde, 0xad, 0xbe, 0xef], [0, 0, 0, 0]] as [[UInt8]])
    func forgedErrors(error: (type: PayloadType, status: UInt8), identifier: [UInt8]) throws {
        var wire = try Wire()
        wire.toClient = Self.forging(error.type, error.status, identifier: identifier)
        wire.receive(.start)
        wire.run()
        #expect(wire.failure == nil && wire.openedSuite == .suite17 && wire.clock == .zero)
    }

    @Test("an error without the session's identifier counts once nothing else has come")
    func bareError() throws {
        var wire = try Wire()
        wire.toClient = { _, bytes in
            guard case .session(let packet)? = try? Datagram(decoding: bytes), packet.payloadType == .rakp2 else {
                return [bytes]
            }
            return [
                Datagram.session(SessionPacket(.rakp2, payload: [packet.payload[0], 0x0d, 0, 0, 0, 0, 0, 0])).encoded
            ]
        }
        wire.receive(.start)
        wire.run()
        #expect(wire.failure?.code == "bmc.authentication" && wire.clock == .seconds(1), "\(wire.effects)")
    }
}
