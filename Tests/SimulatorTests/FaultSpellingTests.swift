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

    @Test("numbers and parts are read, and what only Redfish can have is told")
    func read() {
        #expect(Fault("power-lost@40") == .powerLost(at: 40) && Fault("slow-pxe@90") == .slowPXE(seconds: 90))
        #expect(Fault("bad-memory") == .hardware(.badMemory))
        #expect(!Fault.mediaIgnored.isForIPMI && Fault.hardware(.badMemory).isForIPMI)
    }
}
