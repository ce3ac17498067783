import Foundation
import OutboundHTTP
import Primitives
import TestSupport
import Testing

/// Counted, not timed: how much a site of several hundred machines asks of the daemon.
@Suite("A large site")
struct ScaleTests {
    private static let machines = 300
    private static let client = OutboundClient()

    @Test("three hundred machines are deployed with fewer than 40 requests each, whoever else is on their network")
    func largeSite() async throws {
        let seed = try Seed()
        let site = seed.folder.appendingPathComponent("large")
        try LargeSite.write(Self.machines, to: site)
        try await seed.rehearse(site)
        try await seed.startDaemon()
        try seed.commit(site)
        try await sendUnknownMachines(seed, 257)
        let entity = try await seed.end(of: try seed.create(action: "deploy_site"), within: 300)
        #expect(entity["action_lifecycle"] == "Complete", "\(seed.daemon?.standardError.suffix(4000) ?? "")")

        let nodes = try seed.json("nodes").arrayValue ?? []
        #expect(nodes.count { $0["status_name"] == "Deployed" } == Self.machines)
        #expect(try seed.json("nodes?unknown=true").arrayValue?.count == 256)
        let events = try await eventually("the last machine's count") {
            let events = try seed.events()
            return events.count { $0["event"] == "running" } == Self.machines ? events : nil
        }
        #expect(events.count { $0["event"] == "installed" } == Self.machines)
        #expect(events.count { $0["event"] == "power-on" } == Self.machines, "nobody was cycled twice")
        let requests = events.filter { $0["event"] == "running" }.compactMap { $0["requests"]?.intValue }
        #expect(requests.count == Self.machines)
        #expect(requests.max() ?? 40 < 40)
    }

    /// Made-up machines, each with a token and an inventory.
    private func sendUnknownMachines(_ seed: Seed, _ count: Int) async throws {
        let limits = OutboundClient.Limits(time: 60, size: 1 << 20)
        for number in 0..<count {
            let mac = "06-00-00-00-0\(number >> 8)-" + String(format: "%02x", number & 0xff)
            let script = try await Self.client.send(
                OutboundRequest("GET", seed.nodeURL + "/ipxe/" + mac), limits: limits)
            let token = try bootToken(in: String(decoding: script.body, as: UTF8.self))
            let answer = try await Self.client.send(
                OutboundRequest(
                    "POST", seed.nodeURL + "/agent/v1/inventory",
                    headers: [(name: "Authorization", value: "Bearer \(token)")], body: Array(#"{"cpu_count": 1}"#.utf8)
                ),
                limits: limits)
            #expect(answer.status == 200)
        }
    }
}

/// The example site with other machines: as many as are wanted, in networks that hold them.
enum LargeSite {
    static func write(_ count: Int, to folder: URL) throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        for file in try FileManager.default.contentsOfDirectory(atPath: Place.exampleSite.path) {
            let text = try String(contentsOf: Place.exampleSite.appendingPathComponent(file), encoding: .utf8)
            let written = file == "machines.yaml" ? try machines(count, like: text) : widened(text)
            try written.write(to: folder.appendingPathComponent(file), atomically: true, encoding: .utf8)
        }
    }

    /// 10.20.1.0/24 becomes 10.21.0.0/16, and what stood in it stands in 10.21.250.0/24.
    private static func widened(_ text: String) -> String {
        let widened = (0...2).reduce(text) { text, network in
            text.replacingOccurrences(of: "10.20.\(network).0/24", with: "NETWORK-\(network)")
                .replacingOccurrences(of: "10.20.\(network).", with: "10.2\(network).250.")
        }
        return (0...2).reduce(widened) { text, network in
            text.replacingOccurrences(of: "NETWORK-\(network)", with: "10.2\(network).0.0/16")
        }
    }

    /// The last network first: what is written for one looks like no other that is to be replaced.
    ///
    /// One control node in ten, the others workers.
    private static func machines(_ count: Int, like text: String) throws -> String {
        let documents = text.components(separatedBy: "---\n").filter { $0.contains("drydock/BaremetalNode/v1") }
        let template = try #require(documents.first)
        return (0..<count).map { number in
            let host = "\(number / 200).\(number % 200 + 10)"
            let mac = "52:54:00:" + String(format: "%02x:%02x", number >> 8, number & 0xff) + ":11"
            return (0...2).reversed().reduce(
                "---\n"
                    + template.replacingOccurrences(of: "berth-1", with: "n" + String(format: "%04d", number))
                    .replacingOccurrences(of: "host_profile: control", with: "host_profile: \(profile(number))")
                    .replacingOccurrences(of: "52:54:00:20:01:11", with: mac)
            ) { $0.replacingOccurrences(of: "10.20.\($1).11", with: "10.2\($1).\(host)") }
        }.joined()
    }

    private static func profile(_ number: Int) -> String { number % 10 == 0 ? "control" : "worker" }
}
