import Primitives
import TestSupport
import Testing

@testable import Drydock

/// The rows of the table in `docs/reference/node-protocol.md` 2.7.
@Suite("Who a machine is")
struct MachineIdentityTests {
    typealias Candidate = IdentityCase.Candidate
    typealias Recorded = IdentityCase.Recorded

    private static let mac = address(1)
    private static let other = address(2)
    private static let bmc = "10.0.0.11"
    private static let hardware = Hardware(serial: "A7", uuid: "4C4C")
    private static let otherHardware = Hardware(serial: "B8", uuid: "5D5D")

    private static func address(_ last: UInt8) -> MACAddress {
        MACAddress(bytes: [0x52, 0x54, 0, 0, 0, last]) ?? .zero
    }

    struct Row: Sendable, CustomTestStringConvertible {
        var rule: String
        var identity: IdentityCase
        var verdict: IdentityCase.Verdict
        var believesBMC = true
        /// The node that is disputed.
        var conflict: String?
        var testDescription: String { rule }

        init(
            _ rule: String, recorded: Recorded? = nil, hardware: Hardware = hardware, bmc: String? = nil,
            byMAC: Candidate? = nil, byBMC: Candidate? = nil, duplicate: Candidate? = nil, needsPin: Bool = false,
            verdict: IdentityCase.Verdict,
            believesBMC: Bool = true, conflict: String? = nil
        ) {
            self.rule = rule
            identity = IdentityCase(
                mac: MachineIdentityTests.mac, hardware: hardware, bmcAddress: bmc, recorded: recorded, byMAC: byMAC,
                byBMC: byBMC, duplicate: duplicate, needsPin: needsPin)
            self.verdict = verdict
            self.believesBMC = believesBMC
            self.conflict = conflict
        }
    }

    @Test("of a machine that has the interface of the node, too, it is said which interface its cable is in")
    func miscabled() throws {
        var identity = IdentityCase(mac: Self.mac, hardware: Self.hardware, bmcAddress: Self.bmc)
        identity.byBMC = Candidate(node: "n1", bootMAC: Self.other)
        try checkMiscabled(identity)
        identity.byBMC = Candidate(node: "n1", holder: Self.other)
        try checkMiscabled(identity)
        identity.byBMC = nil
        identity.duplicate = Candidate(node: "n1", holder: Self.other)
        try checkMiscabled(identity)
    }

    private func checkMiscabled(_ identity: IdentityCase) throws {
        var identity = identity
        let plain = try #require(identity.decide().conflict?.message)
        #expect(identity.decide().conflict?.isMiscabled == false)
        identity.interfaces = [Self.mac: "ens4"]
        #expect(identity.decide().conflict?.message == plain)
        identity.interfaces[Self.other] = "ens3"
        let decision = identity.decide()
        #expect(
            decision.conflict?.message
                == "\(plain), which is ens3 of the machine that says so: its cable is in ens4, and belongs in ens3")
        #expect(decision.verdict == .nobody && decision.conflict?.isMiscabled == true)
    }

    private static let held = Recorded(node: "n1", hardware: hardware)

    static let table: [Row] = [
        Row("a: the same boot MAC, serial and UUID are the same machine", recorded: held, verdict: .recorded),
        Row(
            "a: the same boot MAC, serial and UUID are the same machine, with its own BMC", recorded: held, bmc: bmc,
            byBMC: Candidate(node: "n1", bootMAC: mac, holder: mac), verdict: .recorded),
        Row(
            "a: of a machine that has told no serial and UUID the boot MAC decides",
            recorded: Recorded(node: "n1", hardware: Hardware()), verdict: .recorded),
        Row(
            "b: another serial is another machine", recorded: held, hardware: otherHardware, verdict: .refused,
            believesBMC: false, conflict: "n1"),
        Row(
            "b: another UUID is another machine", recorded: held, hardware: Hardware(serial: "A7", uuid: "5D5D"),
            verdict: .refused, believesBMC: false, conflict: "n1"),
        Row(
            "b: what was told once must be told again", recorded: held, hardware: Hardware(serial: "A7"),
            verdict: .refused, believesBMC: false, conflict: "n1"),
        Row(
            "c: a node's machine that tells the BMC of another node stays what it is", recorded: held, bmc: bmc,
            byBMC: Candidate(node: "n2", bootMAC: other, holder: other), verdict: .recorded, believesBMC: false,
            conflict: "n2"),
        Row(
            "d: who boots from the MAC of a node without machine is that node",
            byMAC: Candidate(node: "n1", bootMAC: mac), verdict: .node("n1")),
        Row(
            "d: so is one that was nobody's", recorded: Recorded(node: nil, hardware: otherHardware),
            byMAC: Candidate(node: "n1", bootMAC: mac), verdict: .node("n1")),
        Row(
            "d: so is one that tells the BMC of another node, which is not believed", bmc: bmc,
            byMAC: Candidate(node: "n1", bootMAC: mac), byBMC: Candidate(node: "n2", bootMAC: other),
            verdict: .node("n1"), believesBMC: false, conflict: "n2"),
        Row(
            "d: so is one with the serial that the design names",
            byMAC: Candidate(node: "n1", bootMAC: mac, pin: Hardware(serial: "A7")), needsPin: true,
            verdict: .node("n1")),
        Row(
            "pinned: another serial than the design names",
            byMAC: Candidate(node: "n1", bootMAC: mac, pin: Hardware(serial: "B8")), verdict: .nobody,
            believesBMC: false, conflict: "n1"),
        Row(
            "pinned: no serial where the design names one", hardware: Hardware(),
            byMAC: Candidate(node: "n1", bootMAC: mac, pin: Hardware(uuid: "4C4C")), verdict: .nobody,
            believesBMC: false, conflict: "n1"),
        Row(
            "pinned: found by its BMC, with another UUID than the design names", bmc: bmc,
            byBMC: Candidate(node: "n1", wasPowered: true, pin: Hardware(uuid: "5D5D")), verdict: .nobody,
            believesBMC: false, conflict: "n1"),
        Row(
            "pinned: a node of which the design names neither, where machines are pinned",
            byMAC: Candidate(node: "n1", bootMAC: mac), needsPin: true, verdict: .nobody, believesBMC: false,
            conflict: "n1"),
        Row(
            "e: the MAC of a node that another machine is", byMAC: Candidate(node: "n1", bootMAC: mac, holder: other),
            verdict: .nobody, believesBMC: false, conflict: "n1"),
        Row(
            "f: serial and UUID of a node's machine from another MAC", duplicate: Candidate(node: "n1", holder: other),
            verdict: .nobody, believesBMC: false, conflict: "n1"),
        Row(
            "g: the BMC of a node that another machine is, whenever it was powered", bmc: bmc,
            byBMC: Candidate(node: "n1", holder: other, wasPowered: true), verdict: .nobody, believesBMC: false,
            conflict: "n1"),
        Row(
            "h: the BMC of a node that boots from another MAC, whenever it was powered", bmc: bmc,
            byBMC: Candidate(node: "n1", bootMAC: other, wasPowered: true), verdict: .nobody, believesBMC: false,
            conflict: "n1"),
        Row(
            "i: the BMC, which we have powered, of a node that has neither MAC nor machine", bmc: bmc,
            byBMC: Candidate(node: "n1", wasPowered: true), verdict: .node("n1")),
        Row(
            "j: the BMC, which we have not powered, of a node that has neither MAC nor machine", bmc: bmc,
            byBMC: Candidate(node: "n1"), verdict: .nobody),
        Row("k: nothing that the design knows", bmc: bmc, verdict: .nobody),
        Row(
            "k: a machine that is nobody's may tell another serial",
            recorded: Recorded(node: nil, hardware: otherHardware), verdict: .nobody),
    ]

    @Test("the table of identities holds", arguments: table)
    func row(_ row: Row) {
        let decision = row.identity.decide()
        #expect(decision.verdict == row.verdict)
        #expect(decision.believesBMC == row.believesBMC)
        #expect(decision.conflict?.node == row.conflict)
    }

    @Test("an alarm names both machines")
    func names() throws {
        for row in Self.table where row.conflict != nil {
            let conflict = try #require(row.identity.decide().conflict)
            let message = conflict.message
            // There the other one is in the design, and has never been seen.
            guard conflict.ground != .pin else {
                #expect(message.contains("the design") && message.contains("n1"), "\(row.rule): \(message)")
                continue
            }
            #expect(message.contains(Self.mac.description), "\(row.rule)")
            let owner = row.identity.recorded?.node == row.conflict ? "A7" : Self.other.description
            #expect(message.contains(owner), "\(row.rule): \(message)")
        }
    }

    @Test(
        "of everything that can be known nobody takes a node that another machine is, or one by its BMC that boots elsewhere"
    )
    func everything() {
        var generator = SplitMix(seed: 20_261_130)
        let hardwares = [Hardware(), Self.hardware, Self.otherHardware]
        let addresses: [MACAddress?] = [nil, Self.mac, Self.other]
        var taken: Set<String> = []
        for _ in 0..<20_000 {
            func candidate(_ node: String, _ bootMAC: MACAddress?) -> Candidate? {
                guard Bool.random(using: &generator) else { return nil }
                return Candidate(
                    node: node, bootMAC: bootMAC, holder: addresses.randomElement(using: &generator) ?? nil,
                    wasPowered: Bool.random(using: &generator))
            }
            func hardware() -> Hardware { hardwares.randomElement(using: &generator) ?? Hardware() }
            let identity = IdentityCase(
                mac: Self.mac, hardware: hardware(), bmcAddress: Self.bmc,
                recorded: Bool.random(using: &generator) ? Recorded(node: nil, hardware: hardware()) : nil,
                byMAC: candidate("n1", Self.mac),
                byBMC: candidate("n2", addresses.randomElement(using: &generator) ?? nil),
                duplicate: candidate("n3", nil))
            guard case .node(let name) = identity.decide().verdict else { continue }
            taken.insert(name)
            let owner = name == "n1" ? identity.byMAC : identity.byBMC
            #expect(owner?.node == name)
            #expect(owner?.holder != Self.other)
            if name == "n2" { #expect(owner == Candidate(node: "n2", wasPowered: true)) }
        }
        #expect(taken == ["n1", "n2"])
    }
}
