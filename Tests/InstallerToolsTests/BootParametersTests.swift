import OutboundHTTP
import Primitives
import TestSupport
import Testing

@testable import InstallerTools

@Suite struct BootParametersTests {
    private static let good = "boatyard.url=http://10.0.0.1:8080 boatyard.mac=52-54-00-00-00-11 boatyard.token=ab12"

    @Test("the boot script's parameters are found among the kernel's own, and the last of two counts")
    func reads() throws {
        let parameters = try BootParameters(
            commandLine: "initrd=initrd console=ttyS0 boatyard.token=old \(Self.good) quiet\n")
        #expect(parameters.url.authority == "10.0.0.1:8080")
        #expect(parameters.mac.description == "52:54:00:00:00:11")
        #expect(parameters.token?.reveal() == "ab12")
        #expect(parameters.mode == .install)
        #expect(try BootParameters(commandLine: "\(Self.good) boatyard.mode=rescue").mode == .rescue)
    }

    @Test(
        "a parameter that is missing or wrong is named, with what it has to be",
        arguments: [
            ("", "boatyard.url is missing"),
            ("boatyard.url=ftp://x", "boatyard.url is 'ftp://x'"),
            ("boatyard.url=http://x boatyard.mac=1", "boatyard.mac is '1'"),
            ("boatyard.url=http://x boatyard.mac=525400000011 boatyard.token=", "boatyard.token is ''"),
            ("\(good) boatyard.mode=\u{1b}[2J", "boatyard.mode is '\\u001b[2J'"),
        ])
    func refuses(text: String, reason: String) {
        let error = #expect(throws: BoatyardError.self) { try BootParameters(commandLine: text) }
        #expect(error?.code == "installer.parameters")
        #expect(error?.message.contains(reason) == true)
        #expect(error?.message.contains("boot this machine over the network") == true)
    }

    @Test(
        "without a token the daemon is asked once what this machine boots, and the next agent of this boot has the answer"
    )
    func ticket() async throws {
        try await withTemporaryFolder { folder in
            let daemon = try await ScriptedDaemon.start([
                ScriptedDaemon.json("503 Busy", "{}"),
                ScriptedDaemon.json("200 OK", #"{"boot": "installer", "token": "t1", "mode": "rescue"}"#),
                ScriptedDaemon.json("200 OK", #"{"boot": "disk"}"#),
                ScriptedDaemon.json("200 OK", #"{"boot": "tape"}"#),
            ])
            let line = "boatyard.url=http://127.0.0.1:\(daemon.port) boatyard.mac=525400000011"
            let parameters = try BootParameters(commandLine: line)
            #expect(parameters.token == nil)
            /// The token; nil for the disk.
            func obtain(_ name: String) async throws -> String? {
                let ticket = try await BootTicket.obtain(
                    parameters, log: InstallerLog { _ in }, file: "\(folder)/run/\(name)", firstPause: 0.01)
                if case .installer(let token, let mode) = ticket { return "\(token.reveal()) \(mode)" }
                return nil
            }
            #expect(try await obtain("token") == "t1 rescue")
            #expect(try await obtain("token") == "t1 rescue")
            #expect(
                daemon.requests.map { $0.split(separator: "\r\n")[0] }
                    == Array(
                        repeating: "GET /agent/v1/boot?mac=52:54:00:00:00:11 HTTP/1.1", count: 2))
            #expect(daemon.requests.allSatisfy { !$0.lowercased().contains("authorization") })
            #expect(try await obtain("other") == nil)
            let error = await #expect(throws: BoatyardError.self) { try await obtain("other") }
            #expect(error?.code == "installer.protocol")
            let known = try BootParameters(commandLine: line + " boatyard.token=mine")
            guard case .installer(let token, .install) = try await BootTicket.obtain(known, log: InstallerLog { _ in })
            else {
                throw Trouble("no token")
            }
            #expect(token.reveal() == "mine")
            await daemon.stop()
        }
    }
}
