import Installation
import Primitives
import Testing

@testable import Simulator

@Suite("Faults that are ordered for machines")
struct FaultSpellingTests {
    @Test("each fault is read as it is written, and no two are written alike", arguments: Fault.spellings)
    func spelling(text: String) throws {
        let fault = try #require(
            Fault(text.replacing("PERCENT", with: "40").replacing("SECONDS", with: "86400")), "\(text) is not read")
        #expect(text.hasPrefix(fault.spelling))
        #expect(Fault.spellings.count { $0 == text } == 1)
    }

    @Test(
        "a fault that there is not, or a number out of its range, is none",
        arguments: [
            "", "bad", "on-fire", "power-lost", "power-lost@", "power-lost@101", "power-lost@-1", "power-lost@PERCENT",
            "slow-pxe", "slow-pxe@86401", "slow-pxe@1.5", "slow-pxe@SECONDS", "disk-missing@1", "Bad-Memory",
        ])
    func unknown(text: String) {
        #expect(Fault(text) == nil)
    }

    @Test(
        "a fault that is none is told with what is wrong with it",
        arguments: [
            ("power-lost@150", "'power-lost@150' is none: PERCENT of power-lost@PERCENT is a number from 0 to 100"),
            ("power-lost", "'power-lost' is none: PERCENT of power-lost@PERCENT is a number from 0 to 100"),
            ("slow-pxe@90000", "'slow-pxe@90000' is none: SECONDS of slow-pxe@SECONDS is a number from 0 to 86400"),
            ("disk-missing@1", "'disk-missing@1' is none: disk-missing has no number"),
            ("bad-memry", "'bad-memry' is none; the nearest is bad-memory. Faults are "),
            ("on-fire", "'on-fire' is none. Faults are bmc-silent, "),
        ])
    func complaints(text: String, complaint: String) {
        #expect(Fault.complaint(about: text).hasPrefix(complaint), "\(Fault.complaint(about: text))")
    }

    @Test("a fault that will change nothing of its machine is told")
    func withoutEffect() throws {
        let mac = try #require(MACAddress("52:54:00:00:00:11"))
        var machine = MachineDescription(
            name: "n1", bmcAddress: "10.0.0.11", account: "a", credential: Secret("b"), mac: mac, firmware: .bios,
            interfaces: [.init(name: "eno1", mac: mac)], disks: [], assets: [], namesNeighbours: false)
        let faults: [Fault] = [
            .hardware(.wrongNeighbours), .swappedCables, .diskMissing, .diskFails, .hardware(.hangingDisk),
            .neverSignals,
        ]
        let remarks = RehearsedSite(machines: [machine]).remarks(on: ["n1": faults, "n2": [.diskMissing]])
        #expect(remarks.count == 5, "\(remarks)")
        #expect(
            remarks.first?.hasPrefix("wrong-neighbours has no effect on n1: its documents name no neighbour") == true)
        machine.interfaces.append(.init(name: "eno2", mac: .zero))
        machine.disks.append(.init(name: "sda", size: 1))
        machine.namesNeighbours = true
        #expect(RehearsedSite(machines: [machine]).remarks(on: ["n1": faults]) == [])
    }

    @Test("numbers and parts are read, and what only Redfish can have is told")
    func read() {
        #expect(Fault("power-lost@40") == .powerLost(at: 40) && Fault("slow-pxe@90") == .slowPXE(seconds: 90))
        #expect(Fault("bad-memory") == .hardware(.badMemory))
        #expect(!Fault.mediaIgnored.isForIPMI && Fault.hardware(.badMemory).isForIPMI)
    }
}
