import Testing

@testable import Simulator

@Suite("Faults of rehearsed machines")
struct FaultTests {
    @Test("every spelling is one, with a number where it wants one")
    func spellings() {
        #expect(Fault.spellings.count == 11)
        for spelling in Fault.spellings {
            let text = spelling.replacing("PERCENT", with: "100").replacing("SECONDS", with: "86400")
            #expect(Fault(text) != nil, "\(spelling)")
        }
    }

    @Test(
        "what is none is refused",
        arguments: [
            "", "on-fire", "power-lost", "power-lost@", "power-lost@101", "power-lost@-1", "slow-pxe@86401",
            "slow-pxe@1.5",
            "slow-pxe@SECONDS", "disk-missing@1",
        ])
    func refused(text: String) {
        #expect(Fault(text) == nil)
    }
}
