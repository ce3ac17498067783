import Foundation
import Primitives
import Testing

@Suite("A site, from documents to deployed machines")
struct DeploymentTests {
    @Test("the example site is deployed, every step succeeds or says why it is skipped")
    func exampleSite() async throws {
        let seed = try Seed()
        try await seed.rehearse(Place.exampleSite)
        try await seed.startDaemon()
        try seed.commit(Place.exampleSite)
        let action = try seed.create(action: "deploy_site")
        let entity = try await seed.end(of: action)

        #expect(entity["action_lifecycle"] == "Complete", "\(seed.daemon?.standardError.suffix(4000) ?? "")")
        let steps = entity["steps"]?.arrayValue ?? []
        #expect(steps.count == 17)
        for step in steps {
            let state = step["state"]?.stringValue ?? "none"
            #expect(["success", "skipped"].contains(state), "\(step["id"]?.stringValue ?? ""): \(state)")
        }
        let nodes = try seed.json("nodes").arrayValue ?? []
        #expect(nodes.count == 4)
        #expect(nodes.allSatisfy { $0["status_name"] == "Deployed" && $0["power_state"] == "on" })

        let events = try seed.events()
        for machine in 1...4 {
            let own = events.filter { $0["machine"]?.stringValue == "berth-\(machine)" }
            let kinds = own.compactMap { $0["event"]?.stringValue }
            #expect(kinds.filter { $0 == "installed" }.count == 1)
            #expect(kinds.filter { $0 == "signal" }.count == 1)
            #expect(kinds.filter { $0 == "bootdata" }.count == 2)
        }
        // The control group came first: no worker was touched before it was deployed.
        let controlDone = try #require(
            events.firstIndex { $0["machine"] == "berth-1" && $0["event"] == "booted" })
        let workerBegun = try #require(
            events.firstIndex { $0["machine"] != "berth-1" && $0["event"] == "power-on" })
        #expect(controlDone < workerBegun)
    }

    @Test(
        "a real site of one machine that has no boot MAC is deployed, what it fetches elsewhere comes from the rehearsal",
        .enabled(if: Place.conformance("sites") != nil))
    func airsloop() async throws {
        let site = try #require(Place.conformance("sites")).appendingPathComponent("airsloop.input.yaml")
        let seed = try Seed()
        try await seed.rehearse(site)
        try await seed.startDaemon()
        try seed.commit(site)
        let entity = try await seed.end(of: try seed.create(action: "deploy_site"))
        #expect(entity["action_lifecycle"] == "Complete", "\(seed.daemon?.standardError.suffix(4000) ?? "")")
        let nodes = try seed.json("nodes").arrayValue ?? []
        #expect(nodes.map { $0["status_name"] } == ["Deployed"])
    }

    @Test(
        "a real site whose machines are guests of libvirt is deployed, and no hypervisor is asked",
        .enabled(if: Place.conformance("sites") != nil))
    func seaworthyVirt() async throws {
        let site = try #require(Place.conformance("sites")).appendingPathComponent("seaworthy-virt.input.yaml")
        let seed = try Seed()
        try await seed.rehearse(site)
        try await seed.startDaemon()
        try seed.commit(site)
        let entity = try await seed.end(of: try seed.create(action: "deploy_site"), within: 120)
        #expect(entity["action_lifecycle"] == "Complete", "\(seed.daemon?.standardError.suffix(4000) ?? "")")
        let nodes = try seed.json("nodes").arrayValue ?? []
        #expect(nodes.count == 3 && nodes.allSatisfy { $0["status_name"] == "Deployed" })
        #expect(
            seed.rehearsal?.standardError.contains("n1: is a guest, in whose place a BMC at udp 127.0.0.1:") == true)
    }

    @Test("a site without machines is rehearsed until the rehearsal is told to end")
    func noMachines() async throws {
        let seed = try Seed()
        let site = seed.folder.appendingPathComponent("site")
        try FileManager.default.copyItem(at: Place.exampleSite, to: site)
        try FileManager.default.removeItem(at: site.appendingPathComponent("machines.yaml"))
        try await seed.rehearse(site)
        try await seed.startDaemon()
        #expect(seed.rehearsal?.process.isRunning == true, "\(seed.rehearsal?.standardError ?? "")")
    }

    /// Where the daemon is killed: at the n-th event of a machine, or at once.
    enum Moment: Sendable, CustomTestStringConvertible {
        case created
        case event(String, Int)

        var testDescription: String {
            switch self {
            case .created: "right after the action was created"
            case .event(let name, let count): "at \(name) number \(count)"
            }
        }
    }

    @Test(
        "a daemon that is killed goes on where it was, and no machine is installed twice",
        arguments: [
            Moment.created, .event("boot-device", 1), .event("power-on", 1), .event("pxe-installer", 1),
            .event("inventory-sent", 1), .event("install-started", 1), .event("bootdata", 1), .event("installed", 2),
            .event("booted", 2), .event("signal", 3),
        ])
    func killed(at moment: Moment) async throws {
        let seed = try Seed()
        try await seed.rehearse(Place.exampleSite)
        try await seed.startDaemon()
        try seed.commit(Place.exampleSite)
        let action = try seed.create(action: "deploy_site")
        if case .event(let name, let count) = moment {
            _ = try await eventually("the moment to kill") {
                try seed.events().filter { $0["event"]?.stringValue == name }.count >= count ? true : nil
            }
        }
        seed.killDaemon()
        try await seed.startDaemon()
        let entity = try await seed.end(of: action, within: 90)

        #expect(entity["action_lifecycle"] == "Complete", "\(seed.daemon?.standardError.suffix(4000) ?? "")")
        let events = try seed.events()
        for machine in 1...4 {
            let installs = events.filter {
                $0["machine"]?.stringValue == "berth-\(machine)" && $0["event"] == "install-started"
            }
            #expect(installs.count == 1, "berth-\(machine)")
        }
        #expect(try seed.json("nodes").arrayValue?.allSatisfy { $0["status_name"] == "Deployed" } == true)
    }
}
