import Foundation
import Primitives
import Testing

/// More than a tenth of a site misbehaves, in every way that a rehearsal knows of a BMC with IPMI; those of Redfish are in
/// `MixedSiteTests`, those of hardware in `HardwareTestTests`.
@Suite("A site of a hundred machines")
struct MisbehavingSiteTests {
    private struct Case {
        var node: String
        var faults: [String]
        /// What the last error of the node has to tell: what was seen, what was tried, what to do. Empty for one that is deployed.
        var told: [String]
    }

    private static let cases = [
        Case(
            node: "n0011", faults: ["bmc-silent"],
            told: ["Node n0011, ", "did not answer", "attempt 2 of 2", "check its address, power and network"]),
        Case(
            node: "n0012", faults: ["wrong-password"],
            told: [
                "Node n0012, ", "does not know the password of this account", "attempt 2 of 2", "check the credential",
            ]),
        Case(
            node: "n0013", faults: ["boot-device-ignored"],
            told: ["took the order to boot from the network", "reads back", "set the boot order by hand"]),
        Case(
            node: "n0014", faults: ["boot-action-fails"],
            told: ["Boot action ready failed: ready on n0014. Its journal on the machine says more."]),
        Case(
            node: "n0015", faults: ["never-signals"],
            told: [
                "n0015 runs, but its boot action ready has not reported within 30 s", "look at its unit and journal",
                "or set signaling to false",
            ]),
        Case(
            node: "n0016", faults: ["booted-from-disk"],
            told: [
                "has booted from its disk, not from the network", "told 2 times",
                "a system that was installed earlier has spoken from 127.1.", "enable network boot",
            ]),
        Case(
            node: "n0017", faults: ["swapped-cables"],
            told: [
                "Another machine than that of n0017 came forward", "says that its BMC is", ": its cable is in ",
                "boatyard claim n0017 --mac",
            ]),
        Case(
            node: "n0018", faults: ["disk-missing"],
            told: [
                "n0018 has no disk bootdisk at scsi 0:0.0.0", "It has sdb (960.0 GB, scsi@0:1:0:0, serial n0018-sdb)",
                "Correct the alias in the HardwareProfile, or look whether the disk is connected",
            ]),
        Case(
            node: "n0019", faults: ["slow-pxe@3600"],
            told: [
                "has never asked for anything on the network", "told 2 times", "Its BMC says that it is on",
                "Check its cable", "timeouts.network_boot",
            ]),
        Case(
            node: "n0022", faults: ["orders-refused"],
            told: [
                "refused Set System Boot Options: not supported in the present state", "attempt 2 of 2",
                "look whether it is locked",
            ]),
        Case(
            node: "n0023", faults: ["power-ignored"],
            told: [
                "Node n0023 is not on ", " s after BMC ", " was told so: asked 100 times, it reads off each time",
                "look at the machine",
            ]),
        Case(
            node: "n0026", faults: ["disk-fails"],
            told: [
                "n0026: 'wipe ", "cannot be written to: Input/output error",
                "replace it, or leave it out of the design",
            ]),
        // These mend themselves, or do not matter.
        Case(node: "n0024", faults: ["clock-1970", "password-changed"], told: []),
        Case(node: "n0021", faults: ["power-lost@60", "bmc-reboots"], told: []),
        // Within timeouts.network_boot, 18 s here: it is waited for, not told again.
        Case(node: "n0025", faults: ["slow-pxe@10"], told: []),
    ]

    @Test(
        "the healthy are deployed undisturbed, and each of the others ends with what was seen, what was tried and what to do"
    )
    func tenth() async throws {
        let seed = try Seed()
        let site = seed.folder.appendingPathComponent("large")
        try LargeSite.write(100, to: site)
        try await seed.rehearse(site, faults: Self.cases.flatMap { one in one.faults.map { "\(one.node)=\($0)" } })
        let settings = FileHandle(forWritingAtPath: seed.folder.appendingPathComponent("boatyard.yaml").path)
        try settings?.seekToEnd()
        try settings?.write(
            contentsOf: Data(
                """
                out_of_band: {attempts: 2, sweep_interval: 2}
                timeouts: {drydock: 1, network_boot: 0.3, identify_node: 1, bootaction_final_status: 0.5}

                """.utf8))
        try settings?.close()
        try await seed.startDaemon()
        try seed.commit(site)
        let entity = try await seed.end(of: try seed.create(action: "deploy_site"), within: 600)
        #expect(entity["action_lifecycle"] == "Complete", "\(seed.daemon?.standardError.suffix(4000) ?? "")")

        let nodes = try seed.json("nodes?designed=true").arrayValue ?? []
        #expect(nodes.count { $0["node"] != .null } >= 100)
        func node(_ name: String) -> Value? { nodes.first { $0["hostname"]?.stringValue == name } }
        for one in Self.cases {
            let message = node(one.node)?["problem"]?["message"]?.stringValue ?? ""
            for part in one.told { #expect(message.contains(part), "\(one.node) \(one.faults): \(message)") }
            guard one.told.isEmpty else { continue }
            #expect(node(one.node)?["status_name"] == "Deployed")
            #expect(node(one.node)?["problem"]?.isNull == true)
        }
        let story = try seed.json("nodes/n0021/timeline")["events"]?.arrayValue ?? []
        let told = story.compactMap { $0["message"]?.stringValue }
        #expect(told.contains { $0.hasPrefix("lost its power after '") }, "\(told)")
        #expect(told.contains { $0.hasPrefix("attempt 2 of ") }, "\(told)")

        let events = try seed.events()
        var powerOns: [String: Int] = [:]
        var installed: [String: Int] = [:]
        for event in events {
            let name = event["machine"]?.stringValue ?? ""
            if event["event"] == "power-on" { powerOns[name, default: 0] += 1 }
            if event["event"] == "installed" { installed[name, default: 0] += 1 }
        }
        #expect(powerOns["n0025"] == 1, "slow firmware was cycled \(powerOns["n0025"] ?? 0) times")
        let faulty = Set(Self.cases.map(\.node))
        for name in (0..<100).map({ "n" + String(format: "%04d", $0) }) where !faulty.contains(name) {
            #expect(node(name)?["status_name"] == "Deployed", "\(node(name)?.json() ?? name)")
            #expect(node(name)?["problem"]?.isNull == true)
            #expect(node(name)?["drift"] == [])
            #expect(powerOns[name] == 1, "\(name) was cycled \(powerOns[name] ?? 0) times")
            #expect(installed[name] == 1)
        }
    }
}
