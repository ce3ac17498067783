import ArgumentParser
import Foundation
import OutboundHTTP
import Primitives
import TestSupport
import Testing

@testable import BoatyardCLI

@Suite("Commands about machines")
struct MachineCommandTests {
    private static let client = OutboundClient()

    @Test("unknown machines are listed, and removed one by one or all at once")
    func unknown() async throws {
        let seed = try Seed()
        try await seed.startDaemon()
        let empty = try seed.boatyard("get", "nodes", "--unknown")
        #expect(empty.output.contains("no unknown machines"))
        for number in 1...3 { try await boot("06-00-00-00-00-0\(number)", seed) }

        let listed = try seed.boatyard("get", "nodes", "--unknown")
        #expect(listed.status == 0)
        for number in 1...3 { #expect(listed.output.contains("06:00:00:00:00:0\(number)")) }
        let machines = try Value(json: seed.boatyard("get", "nodes", "--unknown", "--output", "json").output)
        let id = try #require(machines[0]?["id"]?.stringValue)

        #expect(try seed.boatyard("forget").status == 64)
        #expect(try seed.boatyard("forget", id, "--all").status == 64)
        #expect(try seed.boatyard("forget", id).output == "1 unknown machine removed.\n")
        #expect(try seed.boatyard("forget", id).status != 0)
        let mac = try #require(machines[1]?["boot_mac"]?.stringValue)
        // What is not there keeps nothing else from being removed, and both are told.
        let partial = try seed.boatyard("forget", "nosuch", "52:54:00:99:99:99", mac.uppercased(), "nosuch-2")
        #expect(partial.status == 1 && partial.output == "1 unknown machine removed.\n")
        #expect(partial.error.contains("no unknown machine boots from 52:54:00:99:99:99"), "\(partial.error)")
        #expect(partial.error.contains("'nosuch'") && partial.error.contains("'nosuch-2'"), "\(partial.error)")
        #expect(try seed.boatyard("forget", mac).error.contains("no unknown machine boots from"))
        #expect(try seed.boatyard("forget", "--all").output == "1 unknown machine removed.\n")
        #expect(try seed.boatyard("get", "nodes", "--unknown").output.contains("no unknown machines"))

        #expect(try seed.boatyard("claim", "n1", "--mac", "nonsense").status == 64)
        #expect(try seed.boatyard("claim", "n1", "--mac", "52:54:00:00:00:11", "--force").status == 1)
        let claim = try seed.boatyard("claim", "n1", "--mac", "52:54:00:00:00:11")
        #expect(claim.status != 0)
        #expect(claim.error.contains("n1") && claim.error.contains("deploy the site with it"), "\(claim.error)")
    }

    private func boot(_ mac: String, _ seed: Seed) async throws {
        let limits = OutboundClient.Limits(time: 60, size: 1 << 20)
        let script = try await Self.client.send(OutboundRequest("GET", seed.nodeURL + "/ipxe/" + mac), limits: limits)
        let token = try bootToken(in: String(decoding: script.body, as: UTF8.self))
        let answer = try await Self.client.send(
            OutboundRequest(
                "POST", seed.nodeURL + "/agent/v1/inventory",
                headers: [(name: "Authorization", value: "Bearer \(token)")], body: Array(#"{"cpu_count": 4}"#.utf8)),
            limits: limits)
        #expect(answer.status == 200)
    }

    @Test(
        "a dispute stands with its node, names both machines, and says how to settle it: by force where the node is installed",
        arguments: [("Ready", "that is the machine", ""), ("Deployed", "the machine was replaced", " --force")])
    func dispute(status: String, condition: String, force: String) throws {
        let view = MachineView([
            "hostname": "n1", "status_name": .string(status), "boot_mac": "52:54:00:00:00:11",
            "conflicts": [
                [
                    "mac": "06:66:66:66:66:66", "message": "06:66:66:66:66:66 is not 52:54:00:00:00:11\u{1B}[2J",
                    "boot_ip": "192.0.2.9", "count": 3,
                ]
            ],
        ])
        let text = try #require(view.conflicts.first)
        #expect(text.contains("52:54:00:00:00:11") && text.contains("192.0.2.9, 3 times"))
        #expect(
            text.hasSuffix(
                "To keep it: boatyard claim n1 --mac 52:54:00:00:00:11. If \(condition): "
                    + "boatyard claim n1 --mac 06:66:66:66:66:66\(force)"))
        #expect(!text.contains("\u{1B}"))
    }

    @Test("an alarm says what to do: of a secret that was refused, and of scripts that too many ask for")
    func alarms() throws {
        func text(_ secret: String) throws -> String {
            let alarm: Value = ["secret": .string(secret), "message": "m", "boot_ip": "192.0.2.9", "count": 2]
            return try #require(MachineView(["hostname": "n1", "alarms": [alarm]]).alarms.first)
        }
        #expect(try text("token").hasPrefix("m (from 192.0.2.9, 2 times). It was refused."))
        #expect(try text("script").hasPrefix("m (from 192.0.2.9, 2 times). If that is none of its own addresses"))
    }

    @Test("a dispute at the boot MAC of the node itself is about its board")
    func boardDispute() throws {
        let mac: Value = "52:54:00:00:00:11"
        let view = MachineView([
            "hostname": "n1", "boot_mac": mac, "conflicts": [["mac": mac, "message": "another serial", "count": 1]],
        ])
        let text = try #require(view.conflicts.first)
        #expect(text.hasSuffix("If its board was replaced: boatyard claim n1 --mac 52:54:00:00:00:11"))
        #expect(!text.contains("--force") && !text.contains("To keep it"))
    }

    @Test("a claim that was forced is undone by a forced one")
    func undoneClaim() throws {
        let mac = try #require(MACAddress("52:54:00:00:00:12"))
        let former = "52:54:00:00:00:11"
        #expect(Claim.text("n1", mac, former: former, isForced: false).hasSuffix("claim n1 --mac \(former)"))
        #expect(Claim.text("n1", mac, former: former, isForced: true).hasSuffix("claim n1 --mac \(former) --force"))
    }

    @Test("a question mark behind the power of a machine is explained beneath the table, where there is one")
    func doubtfulPower() {
        let fresh: Value = ["hostname": "n1", "power_state": "on", "power_stale": false]
        let stale: Value = ["hostname": "n2", "power_state": "off", "power_stale": true]
        let unknown: Value = ["hostname": "n3", "power_state": "unknown", "power_stale": true]
        #expect(MachineView.all([fresh, stale, unknown]).map(GetNodes.power) == ["on", "off?", "unknown"])
        #expect(GetNodes.legend(MachineView.all([fresh, unknown])) == nil)
        #expect(
            GetNodes.legend(MachineView.all([fresh, stale]))?.hasSuffix("boatyard bmc power status NODE") == true)
        #expect(GetNodes.helpMessage().contains("question mark"))
    }

    @Test("of a console it is said which boot is shown, and when each was recorded")
    func consoleBoots() {
        let list: Value = [
            "boots": [["written": "2026-11-30T11:21:44.000000Z"], ["written": "2026-11-30T10:02:11Z"]]
        ]
        #expect(
            ConsoleBoots.remark("n1", 0, list)
                == "n1: boot 0, recorded until 2026-11-30 11:21:44Z, of 2 in the record (--boot 1: 2026-11-30 10:02:11Z); "
                + "later boots that no task has ordered are not in it.")
        #expect(ConsoleBoots.remark("n1", 1, list)?.contains("(--boot 0: 2026-11-30 11:21:44Z)") == true)
        #expect(ConsoleBoots.remark("n1", 2, list) == nil && ConsoleBoots.remark("n1", 0, ["boots": []]) == nil)
    }

    @Test("a rescue stands with its node, and how to end it")
    func rescue() throws {
        let node: Value = ["hostname": "n1", "status_name": "Deployed", "rescue": ["since": "2026-11-30T04:12:07Z"]]
        #expect(MachineView(node).rescue == "since 2026-11-30T04:12:07Z. End it with: boatyard rescue n1 --end")
        #expect(MachineView(node).isDone)
        #expect(MachineView(["hostname": "n1", "rescue": nil]).rescue == nil)
        let begun = RescueCommand.text(
            "n1", ["since": "2026-11-30T04:12:07Z", "authorized_keys": 1, "messages": ["Node n1 is on.\u{1B}[2J"]])
        #expect(begun.hasPrefix("n1 is marked for rescue; 1 key of the site will be let in.\nNode n1 is on."))
        #expect(begun.contains("boatyard rescue n1 --end") && !begun.contains("\u{1B}"))
        #expect(begun.contains("Log in as root at the address that its console shows"))
        let known = RescueCommand.text("n1", ["since": "2026-11-30T04:12:07Z", "address": "10.1.0.21"])
        #expect(known.contains("\nLog in with: ssh root@10.1.0.21\n"))
        let ended = RescueCommand.text("n1", ["since": nil, "messages": ["Node n1 boots from the disk next."]])
        #expect(ended == "n1 is not marked for rescue any more.\nNode n1 boots from the disk next.")
    }
}
