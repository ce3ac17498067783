import IPMI
import NIOPosix
import Primitives
import Synchronization
import TestSupport
import Testing

/// `oddbmc.py`: BMCs that each do one thing otherwise than IPMI says, as those of vendors do.
@Suite("Our client, against BMCs with one fault each", .serialized)
struct OddBMCTests {
    private func endpoint(_ port: Int) -> BMCEndpoint { BMCEndpoint(host: "127.0.0.1", port: port) }

    private func credentials(_ key: String? = nil) -> BMCCredentials {
        BMCCredentials(user: "operator", password: Secret("odd-Password-1"), bmcKey: key.map { Secret($0) })
    }

    private func exercise(_ client: IPMIClient, port: Int, key: String? = nil) async throws -> Bool {
        try await client.withSession(endpoint: endpoint(port), credentials: credentials(key)) { session in
            #expect(try await !session.chassisStatus().isPoweredOn)
            try await session.setBootFlags(BootFlags(device: .pxe, isEFI: true))
            var isReadBack = true
            do {
                #expect(try await session.bootFlags() == BootFlags(device: .pxe, isEFI: true))
            } catch let error as IPMIError where error.kind == .command(.parameterNotSupported) {
                isReadBack = false
            }
            try await session.control(.on)
            #expect(try await session.chassisStatus().isPoweredOn)
            return isReadBack
        }
    }

    @Test(
        "each is read, told its boot device and switched on, without a wait of ten seconds",
        .enabled(if: OddBMCs.script != nil)
    )
    func all() async throws {
        let bmcs = try await OddBMCs()
        #expect(bmcs.ports.count == 14)
        let client = IPMIClient(group: MultiThreadedEventLoopGroup.singleton)
        for (name, port) in bmcs.ports.sorted(by: { $0.key < $1.key }) {
            let start = ContinuousClock.now
            do {
                let isReadBack = try await exercise(client, port: port, key: name == "kg" ? OddBMCs.bmcKey : nil)
                #expect(isReadBack == (name != "boot-unreadable"), "\(name)")
            } catch {
                Issue.record("\(name): \(error)")
            }
            let elapsed = ContinuousClock.now - start
            print("\(name): \(elapsed)")
            #expect(elapsed < .seconds(10), "\(name)")
        }
        withExtendedLifetime(bmcs) {}
    }

    @Test(
        "a privilege that the account does not have is not needed, and asked for last",
        .enabled(if: OddBMCs.script != nil))
    func administrator() async throws {
        let bmcs = try await OddBMCs()
        for name in ["operator-rakp2", "operator-setpriv"] {
            let client = IPMIClient(
                group: MultiThreadedEventLoopGroup.singleton,
                configuration: IPMIConfiguration(privilege: .administrator))
            #expect(try await exercise(client, port: try #require(bmcs.ports[name])))
        }
        withExtendedLifetime(bmcs) {}
    }

    /// Remembers what sessions were opened with, and collects what they have shown.
    private final class Notes: SessionMemory {
        private let known = KnownBMCs()
        private let quirks = Mutex<Set<BMCQuirk>>([])

        func parameters(of endpoint: BMCEndpoint, user: String) -> SessionParameters? {
            known.parameters(of: endpoint, user: user)
        }

        func note(_ observation: SessionObservation, of endpoint: BMCEndpoint, user: String) {
            known.note(observation, of: endpoint, user: user)
            quirks.withLock { $0.formUnion(observation.quirks) }
        }

        /// Since the last call.
        func take() -> Set<BMCQuirk> {
            quirks.withLock { quirks in
                defer { quirks = [] }
                return quirks
            }
        }
    }

    /// What a BMC shows in its first session, which ends up with the level operator.
    struct Fault: Sendable {
        var name: String
        /// What is asked for first.
        var privilege = PrivilegeLevel.operator
        var quirks: Set<BMCQuirk> = []
        /// Of the session.
        var suite = CipherSuite.suite17
        /// What is proposed before; nil is refused whatever it is.
        var before: [SessionParameters?] = []

        var opened: SessionParameters { SessionParameters(suite: suite, privilege: .operator) }

        private static let first = SessionParameters(suite: .suite17, privilege: .operator)
        private static let most = SessionParameters(suite: .suite17, privilege: .administrator)

        static let all = [
            Fault(name: "plain"), Fault(name: "operator-rakp2"), Fault(name: "operator-setpriv"),
            Fault(name: "suite17-0a", suite: .suite3, before: [first]),
            Fault(name: "suite17-silent", quirks: [.silentToSuites], suite: .suite3, before: [first]),
            Fault(name: "bad-checksum", quirks: [.checksums]), Fault(name: "session-id-0"),
            Fault(name: "rakp2-plus-one", quirks: [.longCodes]), Fault(name: "boot-extra-12"),
            Fault(name: "boot-unreadable"), Fault(name: "seq-skip"), Fault(name: "kg"),
            Fault(name: "busy-first", quirks: [.busy]),
            Fault(
                name: "no-session-6x",
                before: [
                    nil, SessionParameters(suite: .suite8, privilege: .operator),
                    SessionParameters(suite: .suite12, privilege: .operator),
                ]),
            Fault(name: "operator-rakp2", privilege: .administrator, quirks: [.refusesLevel], before: [most]),
            Fault(name: "operator-setpriv", privilege: .administrator, quirks: [.refusesLevel], before: [most]),
        ]
    }

    /// What a BMC was proposed, as it logs it, without what was proposed again at once.
    private func proposals(_ log: some Sequence<String>) -> [String] {
        var proposals: [String] = []
        for line in log where line.hasPrefix("open ") {
            let proposal = String(line.dropFirst(5).prefix { $0 != ">" })
            if proposals.last != proposal { proposals.append(proposal) }
        }
        return proposals
    }

    private func logged(_ proposal: SessionParameters?) -> String {
        guard let proposal else { return "-" }
        let algorithms = proposal.suite.algorithms
        return "alg \(algorithms.authentication) \(algorithms.integrity) \(algorithms.confidentiality) priv "
            + "\(proposal.privilege.rawValue) -"
    }

    @Test(
        "what each does in a way of its own is noted, of a good one nothing, and the next session begins with what worked",
        .enabled(if: OddBMCs.script != nil), arguments: [PrivilegeLevel.operator, .administrator])
    func quirks(privilege: PrivilegeLevel) async throws {
        let bmcs = try await OddBMCs()
        #expect(Set(Fault.all.map(\.name)) == Set(bmcs.ports.keys))
        for fault in Fault.all where fault.privilege == privilege {
            let port = try #require(bmcs.ports[fault.name])
            let name = Comment(rawValue: fault.name)
            let key = fault.name == "kg" ? OddBMCs.bmcKey : nil
            let notes = Notes()
            let client = IPMIClient(
                group: MultiThreadedEventLoopGroup.singleton, configuration: IPMIConfiguration(privilege: privilege),
                memory: notes)
            _ = try await exercise(client, port: port, key: key)
            #expect(notes.take() == fault.quirks, name)
            #expect(notes.parameters(of: endpoint(port), user: "operator") == fault.opened, name)
            let log = try bmcs.log(of: fault.name)
            var proposed = fault.before.map(logged)
            // Where the level is refused to an open session, it goes on as it is.
            if fault.name != "operator-setpriv" || privilege == .operator { proposed.append(logged(fault.opened)) }
            #expect(proposals(log) == proposed, name)

            let opened = try await client.withSession(endpoint: endpoint(port), credentials: credentials(key)) {
                (session) async throws -> SessionParameters? in
                #expect(try await session.chassisStatus().isPoweredOn, name)
                return try await session.parameters
            }
            #expect(opened == fault.opened, name)
            let further = try bmcs.log(of: fault.name).dropFirst(log.count)
            #expect(proposals(further) == [logged(fault.opened)], name)
            // How it writes its messages does not change.
            #expect(notes.take() == fault.quirks.intersection([.checksums, .longCodes]), name)
        }
        withExtendedLifetime(bmcs) {}
    }

    @Test("a BMC with a key of its own says so where the key is missing or wrong", .enabled(if: OddBMCs.script != nil))
    func key() async throws {
        let bmcs = try await OddBMCs()
        let client = IPMIClient(group: MultiThreadedEventLoopGroup.singleton)
        for (name, key, message) in [("kg", nil, "give it as oob.kg"), ("kg", "other", "correct oob.kg")]
            + [("plain", "other", "has no BMC key")]
        {
            let port = try #require(bmcs.ports[name])
            let error = await #expect(throws: IPMIError.self) { try await exercise(client, port: port, key: key) }
            #expect(error?.category == .authentication)
            #expect(error?.message.contains(message) == true, "\(String(describing: error))")
        }
        let hexadecimal = "0x" + Array(OddBMCs.bmcKey.utf8).hex
        _ = try await exercise(client, port: try #require(bmcs.ports["kg"]), key: hexadecimal)
        withExtendedLifetime(bmcs) {}
    }
}
