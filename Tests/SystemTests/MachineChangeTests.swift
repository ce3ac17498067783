import Foundation
import OrderedCollections
import Primitives
import Testing

@Suite("What an action says that it did to each machine", .serialized)
struct MachineChangeTests {
    @Test("an update says what it did to each machine, as the plan said before")
    func update() async throws {
        let seed = try Seed()
        try await seed.rehearse(Place.exampleSite)
        try await seed.startDaemon()
        try seed.commit(Place.exampleSite)
        let installed = try seed.boatyard(["create", "action", "deploy_site", "--wait"])
        #expect(installed.status == 0, "\(installed)")
        #expect(installed.output.contains("Complete: 4 machines installed"))
        let nodes = try seed.json("nodes?designed=true")
        #expect(nodes.arrayValue?.compactMap { $0["deployed_revision"]?.intValue } == [1, 1, 1, 1])
        #expect(try seed.boatyard(["get", "nodes"]).output.contains("Revision"))

        let fault = SiteFault("another kernel", "global.yaml", "kernel: generic", "kernel: rt")
        let site = try fault.site(in: seed.folder)
        #expect(try seed.boatyard(["create", "configdocs", "site", "--directory", site.path]).status == 0)
        let plan = try seed.boatyard(["plan"]).output
        #expect(plan.contains("4 DESTRUCTIVE REINSTALL"))
        #expect(plan.contains("leave the others as they are"))
        #expect(try seed.boatyard(["commit", "configdocs"]).status == 0)
        let updated = try seed.boatyard(["create", "action", "update_site", "--wait"])
        #expect(updated.status == 0, "\(updated)")
        #expect(
            updated.output.contains("4 machines differing, which only redeploy_server changes"), "\(updated.output)")
        #expect(updated.output.contains("berth-1 (platform.kernel)"))
        #expect(updated.output.contains("--param target_nodes=berth-1,berth-2,berth-3,berth-4 --wait"))
        #expect(!updated.output.contains("4 machines deployed"))
        #expect(
            try seed.json("nodes?designed=true").arrayValue?.compactMap { $0["deployed_revision"]?.intValue }
                == [1, 1, 1, 1])

        let redeployed = try seed.boatyard([
            "create", "action", "redeploy_server", "--param", "target_nodes=berth-1", "--wait",
        ])
        #expect(redeployed.status == 0, "\(redeployed)")
        #expect(redeployed.output.contains("Complete: 1 machine installed"), "\(redeployed.output)")
        #expect(try seed.json("nodes?designed=true")[0]?["deployed_revision"] == 2)
        // It was erased and installed in one boot of its installer.
        let events = try seed.json("nodes/berth-1/timeline")["events"]?.arrayValue ?? []
        let steps = events.map { "\($0["kind"]?.stringValue ?? "") \($0["step"]?.stringValue ?? "")" }
        let first = try #require(steps.lastIndex(of: "phase erased"), "\(steps)")
        let last = try #require(steps.lastIndex(of: "phase installed"), "\(steps)")
        #expect(first < last && !steps[first..<last].contains { $0.hasPrefix("power ") }, "\(steps)")
    }

    @Test("a site without an installer fails with the installer's name, on the screen and in the log of the daemon")
    func rootCause() async throws {
        let seed = try Seed()
        try await seed.startDaemon()
        try seed.commit(Place.exampleSite)
        // What is committed is listed, before any action has worked with it.
        let listed = try seed.boatyard(["get", "nodes"])
        #expect(listed.output.contains("berth-1") && listed.output.contains("not seen"), "\(listed)")
        let failed = try seed.boatyard(["create", "action", "deploy_site", "--wait"])
        #expect(failed.status == 1)
        for text in [failed.output, seed.daemon?.standardError ?? ""] {
            #expect(
                text.contains(
                    "The installer's vmlinuz is missing: build one with 'boatyard netboot build', or put it at"),
                "\(text)")
        }
        let id = try #require(try seed.json("actions").arrayValue?.last?["id"]?.stringValue)
        #expect(try seed.boatyard(["describe", "action/\(id)"]).output.contains("The installer's vmlinuz is missing"))
    }
}
