import Testing

@testable import Primitives

@Suite struct HangUpTests {
    @Test(
        "whether a process outlives its terminal stands in the mask of the signals that it ignores",
        arguments: [
            ("Name:\tx\nSigIgn:\t0000000000000001\nSigCgt:\t0000000000000000\n", true),
            ("SigIgn:\t0000000000001003\n", true), ("SigIgn:\t0000000000001000\n", false),
            ("SigIgn:\t000000000000100e\nSigCgt:\t0000000000000001\n", false), ("", false), ("SigIgn:\n", false),
        ])
    func mask(status: String, isIgnored: Bool) {
        #expect(HangUp.isIgnored(status: status) == isIgnored)
    }
}
