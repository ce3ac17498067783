import InstallerTools
import OutboundHTTP
import Primitives
import Testing

@Suite struct BootParametersTests {
    private static let good = "boatyard.url=http://10.0.0.1:8080 boatyard.mac=52-54-00-00-00-11 boatyard.token=ab12"

    @Test("the boot script's parameters are found among the kernel's own, and the last of two counts")
    func reads() throws {
        let parameters = try BootParameters(
            commandLine: "initrd=initrd console=ttyS0 boatyard.token=old \(Self.good) quiet\n")
        #expect(parameters.url.authority == "10.0.0.1:8080")
        #expect(parameters.mac.description == "52:54:00:00:00:11")
        #expect(parameters.token.reveal() == "ab12")
        #expect(parameters.mode == .install)
        #expect(try BootParameters(commandLine: "\(Self.good) boatyard.mode=rescue").mode == .rescue)
    }

    @Test(
        "a parameter that is missing or wrong is named, with what it has to be",
        arguments: [
            ("", "boatyard.url is missing"),
            ("boatyard.url=ftp://x", "boatyard.url is 'ftp://x'"),
            ("boatyard.url=http://x boatyard.mac=1", "boatyard.mac is '1'"),
            ("boatyard.url=http://x boatyard.mac=525400000011", "boatyard.token is missing"),
            ("boatyard.url=http://x boatyard.mac=525400000011 boatyard.token=", "boatyard.token is missing"),
            ("\(good) boatyard.mode=\u{1b}[2J", "boatyard.mode is '\\u001b[2J'"),
        ])
    func refuses(text: String, reason: String) {
        let error = #expect(throws: BoatyardError.self) { try BootParameters(commandLine: text) }
        #expect(error?.code == "installer.parameters")
        #expect(error?.message.contains(reason) == true)
        #expect(error?.message.contains("boot this machine over the network") == true)
    }
}
