import Foundation
import Primitives
import TestSupport
import Testing

@Suite("The units of DHCP")
struct DHCPUnitTests {
    private func unit(_ name: String) throws -> [String: [String]] {
        let text = String(decoding: try FileContents.read("\(ExampleSite.package)/systemd/\(name)"), as: UTF8.self)
        var found: [String: [String]] = [:]
        for line in text.split(separator: "\n") where !line.hasPrefix("#") {
            let parts = line.split(separator: "=", maxSplits: 1).map(String.init)
            if parts.count == 2 { found[parts[0], default: []].append(parts[1]) }
        }
        return found
    }

    @Test("the units grant what they need and are closed otherwise")
    func privileges() throws {
        let server = try unit("boatyard-dhcp.service")
        let three = ["CAP_NET_BIND_SERVICE CAP_NET_RAW CAP_NET_ADMIN"]
        #expect(server["AmbientCapabilities"] == three && server["CapabilityBoundingSet"] == three)
        let listener = try unit("boatyard-dhcp-watch.service")
        #expect(
            listener["AmbientCapabilities"] == ["CAP_NET_RAW"] && listener["CapabilityBoundingSet"] == ["CAP_NET_RAW"])
        for unit in [server, listener] {
            // The administrators' group is not among those that the user is in.
            #expect(unit["User"] == ["boatyard-dhcp"] && unit["Group"] == ["boatyard-dhcp"])
            #expect(unit["SupplementaryGroups"] == nil)
            #expect(unit["NoNewPrivileges"] == ["yes"] && unit["ProtectSystem"] == ["strict"])
        }
        let apply = try unit("boatyard-dhcp-apply.service")
        #expect(apply["CapabilityBoundingSet"] == ["CAP_DAC_OVERRIDE"] && apply["ReadWritePaths"] == ["/run/boatyard"])
        let events = try unit("boatyard-dhcp-events.socket")
        #expect(events["SocketGroup"] == ["boatyard-dhcp"] && events["SocketMode"] == ["0660"])
        let users = String(
            decoding: try FileContents.read("\(ExampleSite.package)/systemd/boatyard.sysusers"), as: UTF8.self)
        #expect(!users.split(separator: "\n").contains { $0.hasPrefix("m ") }, "nobody is put into another group")
    }

    @Test(
        "systemd finds the exposure of each unit no more than it was",
        .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/systemd-analyze")),
        arguments: [("boatyard-dhcp", 2.0), ("boatyard-dhcp-watch", 1.8), ("boatyard-dhcp-apply", 3.5)])
    func exposure(name: String, limit: Double) throws {
        let outcome = try Command.run(
            "/usr/bin/systemd-analyze",
            ["security", "--offline=true", "\(ExampleSite.package)/systemd/\(name).service"])
        let line = try #require(outcome.output.split(separator: "\n").last { $0.contains("Overall exposure level") })
        let words = line.split(separator: " ")
        let place = try #require(words.firstIndex { $0.hasSuffix(".service:") })
        let level = try #require(Double(words[place + 1]))
        #expect(level <= limit, "\(line)")
    }
}
