import Foundation
import Primitives
import Testing

@Suite("A rescue of a rehearsed machine")
struct RescueTests {
    private func node(_ seed: Seed) throws -> Value {
        let nodes = try seed.json("nodes?designed=true").arrayValue ?? []
        return try #require(nodes.first { $0["hostname"] == "berth-1" })
    }

    @Test("a deployed machine boots into its rescue and out of it, and is installed once")
    func deployed() async throws {
        let seed = try Seed()
        try await seed.rehearse(Place.exampleSite)
        try await seed.startDaemon()
        try seed.commit(Place.exampleSite)
        #expect(try seed.boatyard("rescue", "berth-1").status == 1)
        let entity = try await seed.end(of: try seed.create(action: "deploy_site"))
        #expect(entity["action_lifecycle"] == "Complete", "\(seed.daemon?.standardError.suffix(4000) ?? "")")
        func events(_ name: String) throws -> [Value] {
            try seed.events().filter { $0["machine"] == "berth-1" && $0["event"]?.stringValue == name }
        }
        let first = try await eventually("the first boot") { try events("running").isEmpty ? nil : events("running") }
        #expect(first.count == 1)

        let begun = try seed.boatyard("rescue", "berth-1")
        #expect(begun.status == 0, "\(begun.error)")
        #expect(begun.output.contains("1 key of the site") && begun.output.contains("boatyard rescue berth-1 --end"))
        let rescue = try await eventually("the rescue") { try events("rescue").first }
        #expect(rescue["authorized_keys"]?[0]?.stringValue?.hasPrefix("ssh-ed25519 ") == true)
        let node = try node(seed)
        #expect(node["status_name"] == "Deployed" && node["alarms"] == [] && node["conflicts"] == [])
        #expect(node["rescue"]?["since"]?.stringValue?.isEmpty == false)
        let listed = try seed.boatyard("get", "nodes").output
        #expect(listed.contains("berth-1 is marked for rescue since "))

        // The mark is on disk.
        seed.killDaemon()
        try await seed.startDaemon()
        let ended = try seed.boatyard("rescue", "berth-1", "--end")
        #expect(ended.status == 0, "\(ended.error)")
        _ = try await eventually("the boot from the disk") { try events("running").count == 2 ? true : nil }
        let after = try self.node(seed)
        #expect(after["status_name"] == "Deployed" && after["alarms"] == [] && after["rescue"] == .null)
        #expect(try events("install-started").count == 1)
        #expect(try events("halted").isEmpty)
        #expect(try seed.boatyard("timeline", "berth-1").output.contains("is marked for rescue"))
        #expect(try seed.boatyard("rescue", "berth-1", "--end").status == 1)
    }
}
