import IPMI
import NIOPosix
import OrderedCollections
import Primitives
import RehearsalMap
import SiteDesign
import TestSupport
import Testing

@testable import OutOfBand

/// `oddbmc.py`, as `IPMITests/OddBMCTests`.
@Suite("The IPMI driver, against BMCs with one fault each", .serialized, .enabled(if: OddBMCs.script != nil))
struct OddBMCDriverTests {
    /// What the driver says and remembers of a BMC, by default what it does of a good one.
    struct Outcome: Sendable {
        var boot = "Node n01 boots from the network next."
        var quirks: Set<BMCQuirk> = []
        var suite = CipherSuite.suite17
        /// How the last failure begins that is remembered.
        var failure: String?
    }

    static let outcomes = [
        "plain": Outcome(), "operator-rakp2": Outcome(), "operator-setpriv": Outcome(),
        "suite17-0a": Outcome(suite: .suite3),
        "suite17-silent": Outcome(quirks: [.silentToSuites], suite: .suite3),
        "bad-checksum": Outcome(quirks: [.checksums]), "session-id-0": Outcome(),
        "rakp2-plus-one": Outcome(quirks: [.longCodes]), "boot-extra-12": Outcome(),
        "boot-unreadable": Outcome(
            boot: "Node n01 was told to boot from the network next; its BMC cannot say whether it will.",
            failure: "its boot device cannot be read back: "),
        "seq-skip": Outcome(), "kg": Outcome(), "busy-first": Outcome(quirks: [.busy]), "no-session-6x": Outcome(),
    ]

    private func node(key: String?) -> BaremetalNode {
        var settings = HostSettings()
        settings.outOfBandType = "ipmi"
        settings.outOfBandParameters = ["network": "oob", "account": "operator", "credential": "odd-Password-1"]
        settings.outOfBandParameters["kg"] = key
        return BaremetalNode(
            name: "n01", settings: settings,
            addressing: [NodeAddress(network: "oob", kind: .fixed, address: "10.0.0.11")])
    }

    private func driver(
        _ port: Int, key: String?, _ memory: BMCMemory, _ pauses: Pauses
    ) throws -> any OutOfBandDriver {
        try OutOfBand(
            client: IPMIClient(group: MultiThreadedEventLoopGroup.singleton, memory: memory), timing: .patient,
            map: RehearsalMap(bmc: ["10.0.0.11": "127.0.0.1:\(port)"]), maximumSessions: 64, memory: memory,
            logger: RecordedLog().logger, pause: { try await pauses.take($0) }, now: pauses.now
        ).driver(for: node(key: key))
    }

    @Test("each has its power read, its boot device ordered and its machine switched off and on, at the first attempt")
    func all() async throws {
        let bmcs = try await OddBMCs()
        #expect(Set(bmcs.ports.keys) == Set(Self.outcomes.keys))
        for (fault, expected) in Self.outcomes.sorted(by: { $0.key < $1.key }) {
            let name = Comment(rawValue: fault)
            let port = try #require(bmcs.ports[fault])
            let (memory, pauses) = (BMCMemory(), Pauses())
            let driver = try driver(port, key: fault == "kg" ? OddBMCs.bmcKey : nil, memory, pauses)
            #expect(try await driver.powerState(until: later) == .off, name)
            let boot = try await driver.setNextBoot(from: .network, .uefi, until: later)
            #expect(boot.message == expected.boot, name)
            // Whatever can be read back: once, for UEFI, by PXE.
            #expect(try bmcs.log(of: fault).contains("cmd 0x0 0x8 05a004000000 -> 00"), name)
            let cycle = try await driver.powerCycle(until: later)
            #expect(cycle.message == "Node n01 was off and is on.", name)
            #expect(try await driver.powerState(until: later) == .on, name)
            #expect(
                try bmcs.log(of: fault).filter { $0.hasPrefix("cmd 0x0 0x2") }.suffix(2) == [
                    "cmd 0x0 0x2 00 -> 00", "cmd 0x0 0x2 01 -> 00",
                ], name)
            // That before the boot device is read back, and none of those between attempts.
            #expect(pauses.all == [.seconds(3)], name)
            let record = try #require(memory.record(BMCMemory.name(.ipmi, "127.0.0.1:\(port)")), name)
            #expect(Set(record.quirks.keys) == expected.quirks, name)
            #expect(
                record.parameters == SessionParameters(suite: expected.suite, privilege: .operator), name)
            let failure = record.failure?.message
            #expect(expected.failure.map { failure?.hasPrefix($0) == true } ?? (failure == nil), name)
            #expect(record.firmware == "2.34", name)
        }
        withExtendedLifetime(bmcs) {}
    }

    @Test("a BMC with a key of its own refuses the account without it, and is asked twice")
    func key() async throws {
        let bmcs = try await OddBMCs()
        let pauses = Pauses()
        let driver = try driver(try #require(bmcs.ports["kg"]), key: nil, BMCMemory(), pauses)
        let error = await #expect(throws: BoatyardError.self) { try await driver.powerState(until: later) }
        #expect(error?.code == "bmc.authentication")
        #expect(error?.message.contains("give it as oob.kg") == true, "\(String(describing: error))")
        #expect(pauses.all == [.seconds(15)])
        withExtendedLifetime(bmcs) {}
    }
}
