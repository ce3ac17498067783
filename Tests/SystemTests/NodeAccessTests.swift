import Foundation
import Primitives
import TestSupport
import Testing

/// The machines are rehearsed: `berth-2` and `berth-4` have Redfish, which has no console.
@Suite("Consoles and BMCs of nodes, as operators ask the daemon for them", .serialized)
struct NodeAccessTests {
    /// A site that was deployed, whose BMCs nobody but the tests asks anything.
    private func deployed() async throws -> Seed {
        let seed = try Seed()
        let settings = try FileHandle(forWritingTo: seed.folder.appendingPathComponent("boatyard.yaml"))
        try settings.seekToEnd()
        try settings.write(contentsOf: Data("out_of_band: {sweep: false}\n".utf8))
        try settings.close()
        let site = try MixedSiteTests.site(in: seed.folder)
        try await seed.rehearse(site)
        try await seed.startDaemon()
        try seed.commit(site)
        let entity = try await seed.end(of: try seed.create(action: "deploy_site"), within: 90)
        #expect(entity["action_lifecycle"] == "Complete", "\(seed.daemon?.standardError.suffix(4000) ?? "")")
        return seed
    }

    private func expectUnknown(_ result: (status: Int32, output: String, error: String)) {
        #expect(result.status == 1, "\(result)")
        #expect(result.error.contains("There is no node 'nosuch' in the committed documents"), "\(result.error)")
    }

    @Test(
        "a console is opened and typed at until its escape, followed meanwhile, and shown afterwards",
        .enabled(if: Terminal.isThere))
    func console() async throws {
        let seed = try await deployed()
        let path = "/api/v1.0/nodes/berth-1/console"
        let typing = ["-X", "POST", "-H", "Content-Type: application/octet-stream", "--data-binary", "hello "]
        let terminal = try seed.onTerminal("console berth-1 --interactive")
        try await terminal.wait(for: "[The console of berth-1: ~. ends")
        // What is typed before it is open is refused.
        _ = try await eventually("the open console") {
            try seed.curl(path, typing).status == 204 ? true : nil
        }
        try await terminal.wait(for: "hello ")
        let following = try Program("boatyard", ["--socket", seed.socket, "console", "berth-1", "--follow"])
        _ = try await eventually("what was written last") {
            following.standardOutput.contains("hello ") ? true : nil
        }
        try terminal.type("root\r")
        try await terminal.wait(for: "root")
        let cycled = try seed.boatyard("bmc", "power", "cycle", "berth-1")
        #expect(cycled.output == "berth-1: off and then on, both seen; it was on\n", "\(cycled.error)")
        try await terminal.wait(for: "root\rBooting from Hard Disk...")
        try await terminal.wait(for: "berth-1 login: ")
        try terminal.type("~?")
        try await terminal.wait(for: "[~. ends")
        let text = "root\nBooting from Hard Disk...\n\nberth-1 login: "
        _ = try await eventually("what the machine writes now") {
            following.standardOutput.contains(text) ? true : nil
        }
        #expect(following.process.isRunning)
        following.kill(SIGTERM)
        following.wait()
        try terminal.type("~.")
        #expect(await terminal.waitForEnd() == 0, "\(terminal.text)")

        // It is written to its file by and by.
        _ = try await eventually("what is kept") {
            let shown = try seed.boatyard("console", "berth-1")
            #expect(shown.status == 0, "\(shown.error)")
            // Which boot it is stands beside it.
            #expect(shown.error.contains("berth-1: boot 0, recorded until 2"), "\(shown.error)")
            return shown.output.contains(text) ? true : nil
        }
        let old = try seed.boatyard("console", "berth-1", "--boot", "9")
        #expect(old.status == 1 && old.error.contains("of berth-1 in the record of its console"), "\(old.error)")

        let piped = try seed.boatyard("console", "berth-1", "--interactive")
        #expect(piped.status == 64 && piped.error.contains("takes a terminal on standard input"), "\(piped)")
        #expect(try seed.boatyard("console", "berth-1", "--follow", "--boot", "1").status == 64)
        #expect(try seed.boatyard("console", "berth-1", "--take").status == 64)
        #expect(try seed.boatyard("console", "berth-1", "--follow", "--output", "json").status == 64)
        let answer = try Value(json: try seed.boatyard("console", "berth-1", "--output", "json").output)
        #expect(answer["node"] == "berth-1" && answer["boot"] == 0 && answer["text"]?.stringValue?.isEmpty == false)
        let address = try seed.boatyard("console", "52:54:00:00:00:01")
        #expect(address.status == 1 && address.error.contains("is no name of a node"), "\(address.error)")
    }

    @Test(
        "a console of an unknown node, or of one whose BMC has none, is refused in words",
        .enabled(if: Terminal.isThere))
    func noConsole() async throws {
        let seed = try await deployed()
        expectUnknown(try seed.boatyard("console", "nosuch"))
        expectUnknown(try seed.boatyard("console", "nosuch", "--follow"))
        let kept = try seed.boatyard("console", "berth-2")
        #expect(kept.status == 1 && kept.error.contains("There is no console of berth-2"), "\(kept)")
        for arguments in ["console berth-2 --interactive", "bmc console berth-2"] {
            let none = try seed.onTerminal(arguments)
            #expect(await none.waitForEnd() == 1)
            #expect(none.text.contains("a node of the out-of-band type redfish has none."), "\(none.text)")
        }
        for arguments in ["console nosuch --interactive", "bmc console nosuch"] {
            let unknown = try seed.onTerminal(arguments)
            #expect(await unknown.waitForEnd() == 1)
            #expect(unknown.text.contains("There is no node 'nosuch' in the committed documents"), "\(unknown.text)")
        }
        // By the name of its node, a BMC's console is the daemon's.
        let terminal = try seed.onTerminal("bmc console berth-3")
        try await terminal.wait(for: "[The console of berth-3: ~. ends")
        try terminal.type("~.")
        #expect(await terminal.waitForEnd() == 0, "\(terminal.text)")
    }

    @Test("the BMC of a node is asked through the daemon, told what to do, and known afterwards")
    func bmc() async throws {
        let seed = try await deployed()
        func answer(_ arguments: String...) throws -> String {
            let result = try seed.boatyard(["bmc"] + arguments)
            #expect(result.status == 0, "\(arguments): \(result.error)")
            return result.output
        }
        func events(_ name: String) throws -> [Value] {
            try seed.events().filter { $0["machine"] == "berth-1" && $0["event"]?.stringValue == name }
        }
        let before = try events("power-off").count
        #expect(try answer("power", "status", "berth-1") == "berth-1: on\n")
        #expect(try answer("power", "off", "berth-1") == "berth-1: off, seen; it was on\n")
        #expect(
            try Value(json: answer("power", "on", "berth-1", "--output", "json"))
                == ["node": "berth-1", "power": "on", "was": "off"])
        #expect(try answer("boot", "network", "berth-1") == "berth-1: boots from network next, read back\n")
        let persistent = try Value(json: answer("boot", "disk", "berth-1", "--persistent", "--output", "json"))
        #expect(persistent["node"] == "berth-1" && persistent["boot"] == "disk")
        #expect(persistent["read_back"] == ["persistent": true, "uefi": false])
        #expect(try answer("sensors", "berth-1").contains("Inlet Temp   Temperature   25 °C"))
        #expect(try answer("sensors", "berth-1", "--thresholds").contains("Thresholds"))
        _ = try await eventually("what came of it") {
            try events("power-off").count == before + 1 && events("boot-device").last?["device"] == "disk" ? true : nil
        }

        let report = try answer("report", "berth-1")
        #expect(report.contains("10.20.0.11") && report.contains(/Type +ipmi/), "\(report)")
        #expect(report.contains(/User +operator/) && report.contains(/Cipher suite +17/), "\(report)")
        #expect(report.contains(/Answered +20/) && !report.contains("anchors-aweigh"), "\(report)")
        let known = try Value(json: answer("report", "berth-1", "--output", "json"))
        #expect(known["known"]?["cipher_suite"] == 17 && known["known"]?["user"] == "operator", "\(known.json())")

        // By Redfish it is the same.
        #expect(try answer("power", "status", "berth-2") == "berth-2: on\n")
        #expect(try answer("boot", "network", "berth-2").hasPrefix("berth-2: boots from network next"))
        let redfish = try answer("report", "berth-2")
        #expect(redfish.contains(/Type +redfish/) && redfish.contains("Certificate"), "\(redfish)")
        #expect(try answer("forget", "berth-2") == "What was known of the BMC of berth-2 is forgotten.\n")
        #expect(try answer("report", "berth-2").contains("Nothing is known of it: it has not been asked anything yet."))
        #expect(try answer("forget", "berth-2") == "Nothing was known of the BMC of berth-2.\n")

        for words in [["power", "status"], ["power", "off"], ["boot", "disk"], ["sensors"], ["report"], ["forget"]] {
            expectUnknown(try seed.boatyard(["bmc"] + words + ["nosuch"]))
        }
        let address = try seed.boatyard("bmc", "power", "status", "10.20.0.11")
        #expect(address.status == 64 && address.error.contains("give the account of its BMC"), "\(address)")
        #expect(try seed.boatyard("bmc", "power", "maybe", "berth-1").status == 64)
        #expect(try seed.boatyard("bmc", "boot", "floppy", "berth-1").status == 64)
    }
}
