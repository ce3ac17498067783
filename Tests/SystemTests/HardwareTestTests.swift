import Foundation
import Primitives
import Testing

@testable import BoatyardCLI

@Suite("Tests of rehearsed machines' hardware")
struct HardwareTestTests {
    /// A copy of the example site whose nodes have neighbours, and of which all but the first are tested in commissioning.
    private func site(in folder: URL) throws -> URL {
        let copy = folder.appendingPathComponent("site")
        try FileManager.default.copyItem(at: Place.exampleSite, to: copy)
        let file = copy.appendingPathComponent("machines.yaml")
        var text = try String(contentsOf: file, encoding: .utf8)
        for number in 1...4 {
            let labels = """
                  metadata:
                    rack: quay-1
                    owner_data:
                      memory_gib: '16'
                      neighbour.data_nic1: switch-1 Ethernet\(number)
                      neighbour.data_nic2: switch-2 Ethernet\(number)

                """ + (number == 1 ? "" : "      hardware_test: quick\n")
            text = text.replacingOccurrences(
                of: "  metadata:\n    rack: quay-1\n    boot_mac: '52:54:00:20:01:1\(number)'\n",
                with: labels + "    boot_mac: '52:54:00:20:01:1\(number)'\n")
        }
        try text.write(to: file, atomically: true, encoding: .utf8)
        return copy
    }

    @Test(
        "faulty machines fail commissioning with what is wrong, the healthy ones deploy, and each fault is told to operators"
    )
    func faults() async throws {
        let folder = try Place.temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let site = try site(in: folder)
        let seed = try Seed()
        try await seed.rehearse(
            site,
            faults: [
                "berth-1=slow-link", "berth-1=wrong-clock", "berth-1=failing-disk", "berth-2=bad-memory",
                "berth-3=wrong-neighbours", "berth-4=clock-1970",
            ])
        try await seed.startDaemon()
        try seed.commit(site)
        let created = try seed.boatyard(
            "create", "action", "deploy_site", "--param", "continue-on-fail=true", "--output", "json")
        let action = try #require(try Value(json: created.output)["id"]?.stringValue, "\(created)")
        _ = try await seed.end(of: action)
        func status(_ name: String) throws -> String? {
            try seed.json("nodes?designed=true").arrayValue?.first { $0["hostname"]?.stringValue == name }?[
                "status_name"]?
                .stringValue
        }
        #expect(try status("berth-2") == "Failed commissioning" && status("berth-3") == "Failed commissioning")
        let swapped = try seed.boatyard("test", "berth-3", "--show")
        #expect(swapped.status == 1)
        #expect(swapped.output.contains("hears switch-2 Ethernet3") && swapped.output.contains("Swap the cables."))
        #expect(
            try seed.boatyard("test", "berth-2", "--show").output.contains("3 words were not read as they were written")
        )
        #expect(try seed.boatyard("get", "nodes").output.contains("berth-3 has not passed its quick test: 2 errors"))
        #expect(try seed.boatyard("test", "berth-1", "--show").status == 1)

        // The BMC of the rehearsal and the test of the machine tell the same clock.
        let late = try seed.boatyard("test", "berth-4", "--show")
        #expect(late.status == 0, "\(late)")
        #expect(late.output.contains(" years behind the daemon's clock"), "\(late)")

        try #require(try status("berth-1") == "Deployed")
        // One that is under way has not passed.
        #expect(try seed.boatyard("test", "berth-1", "--no-power").status == 0)
        let open = try seed.boatyard("test", "berth-1", "--show")
        #expect(open.status == 1 && open.output.contains("berth-1 is being tested (quick)"), "\(open)")
        #expect(try seed.boatyard("test", "berth-1", "--end", "--no-power").status == 0)

        let tested = try seed.boatyard("test", "berth-1", "--full", "--wait")
        #expect(tested.status == 1, "\(tested)")
        for text in [
            "half duplex", "25 years behind the daemon's clock", "the disk itself says that it is failing",
            "berth-1 has not passed its full test",
        ] {
            #expect(tested.output.contains(text), "\(text) is not in \(tested.output)")
        }
        func count(_ event: String) throws -> Int {
            try seed.events().count { $0["machine"] == "berth-1" && $0["event"]?.stringValue == event }
        }
        _ = try await eventually("the boot from the disk") { try count("running") == 2 ? true : nil }
        #expect(try count("install-started") == 1 && count("tested") == 1)
        #expect(try status("berth-1") == "Deployed")
    }

    @Test("the result of a test is a table with the errors first, and says how it ended")
    func texts() throws {
        func finding(_ result: String, _ seen: String) -> Value {
            [
                "check": "link", "subject": "eno2", "result": .string(result), "seen": .string(seen),
                "expected": "10000 Mbit/s", "remedy": nil,
            ]
        }
        let test: Value = [
            "mode": "quick", "ended": "2026-11-30T04:12:07.123456Z", "outcome": "failed",
            "findings": [finding("passed", "a"), finding("error", "b\u{1B}[2J")],
        ]
        let text = HardwareTestText.result("n1", test)
        let lines = text.split(separator: "\n")
        #expect(lines.first?.hasPrefix("Result") == true && lines.dropFirst().first?.hasPrefix("error") == true)
        #expect(
            text.hasSuffix(
                "n1 has not passed its quick test (2026-11-30T04:12:07Z): 1 error, 0 warnings, 1 passed, 0 not checked."
            ))
        #expect(!text.contains("\u{1B}"))
        let overdue: Value = [
            "mode": "full", "ended": "x", "outcome": "overdue", "reason": "Last seen: 04:12:07 memory",
        ]
        #expect(
            HardwareTestText.result("n1", overdue)
                == "n1 has not come back from its full test. Last seen: 04:12:07 memory. Look at its console; its installer may "
                + "have been built before there were tests ('boatyard netboot build' makes a new one). Boot it with: boatyard "
                + "test n1 --end")
        #expect(HardwareTestText.remark("n1", ["mode": "full", "outcome": "passed"]) == nil)
        #expect(
            HardwareTestText.remark("n1", ["mode": "full", "outcome": "failed", "errors": 1])
                == "has not passed its full test: 1 error. List them with: boatyard test n1 --show")
        let begun = HardwareTestText.order(
            "n1", ["mode": "quick", "ended": nil, "deadline": "2026-11-30T04:12:07.1Z", "messages": ["Node n1 is on."]])
        #expect(begun.hasPrefix("n1 is marked for a quick test; it has until 2026-11-30T04:12:07Z.\nNode n1 is on.\n"))
    }
}
