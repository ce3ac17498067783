import Foundation
import Primitives
import Testing

@Suite("A site whose machines have IPMI and Redfish", .serialized)
struct MixedSiteTests {
    /// The example site, where `berth-2` and `berth-4` have Redfish, the latter without TLS, and `berth-1` the
    /// type `first`, by default IPMI.
    static func site(in folder: URL, media: Bool = false, first: String? = nil) throws -> URL {
        let site = folder.appendingPathComponent("site")
        try FileManager.default.copyItem(at: Place.exampleSite, to: site)
        let file = site.appendingPathComponent("machines.yaml")
        var documents = try String(contentsOf: file, encoding: .utf8).components(separatedBy: "\n---\n")
        var sections = [
            ("berth-2", "type: redfish\n    \(media ? "boot: media" : "system_id: '7'")"),
            ("berth-4", "type: redfish\n    scheme: http"),
        ]
        if let first { sections.append(("berth-1", "type: \(first)")) }
        for (name, section) in sections {
            let place = try #require(documents.firstIndex { $0.contains("  name: \(name)\n") })
            documents[place] = documents[place].replacingOccurrences(
                of: "\ndata:\n", with: "\ndata:\n  oob:\n    \(section)\n")
        }
        try documents.joined(separator: "\n---\n").write(to: file, atomically: true, encoding: .utf8)
        return site
    }

    /// Deploys the site and returns its action, its daemon still running.
    private func deploy(
        _ faults: [String], media: Bool = false, first: String? = nil, within seconds: Double
    ) async throws -> (Seed, Value) {
        let seed = try Seed()
        let site = try Self.site(in: seed.folder, media: media, first: first)
        try await seed.rehearse(site, faults: faults)
        try await seed.startDaemon()
        try seed.commit(site)
        let action = try seed.create(action: "deploy_site")
        return (seed, try await seed.end(of: action, within: seconds))
    }

    @Test("machines of both kinds are deployed in one action, whatever the clock of a BMC says")
    func both() async throws {
        let (seed, entity) = try await deploy(["berth-2=clock-1970", "berth-3=clock-1970"], within: 90)
        #expect(entity["action_lifecycle"] == "Complete", "\(seed.daemon?.standardError.suffix(4000) ?? "")")
        let nodes = try seed.json("nodes").arrayValue ?? []
        #expect(nodes.count == 4)
        #expect(nodes.allSatisfy { $0["status_name"] == "Deployed" && $0["power_state"] == "on" })
        let events = try seed.events()
        for machine in 1...4 {
            let own = events.filter { $0["machine"]?.stringValue == "berth-\(machine)" }
            #expect(own.filter { $0["event"] == "installed" }.count == 1)
            #expect(own.contains { $0["event"] == "boot-device" && $0["device"] == "pxe" })
        }
        // One of each kind is wrong.
        let clock = try seed.boatyard("bmc", "clock", "berth-2")
        #expect(clock.status == 0 && clock.output.contains(/(not set|days behind)/), "\(clock)")
        let doctor = try seed.boatyard("doctor")
        #expect(doctor.output.contains("warning BMC clock of berth-2: "), "\(doctor)")
        #expect(doctor.output.contains("warning BMC clock of berth-3: "), "\(doctor)")
        #expect(doctor.output.contains("ok      BMC clocks: 2 are right to 5 minutes"), "\(doctor)")
    }

    @Test(
        "what a BMC with Redfish does wrong fails its machine with what was seen, and no other",
        arguments: [
            ("orders-refused", "is not supported"), ("boot-device-ignored", "reads back"),
            ("power-ignored", "Node berth-2 is not on "),
            ("certificate-replaced", "the one it is known by has"),
            ("wrong-password", "refused the account"),
        ])
    func faults(fault: String, text: String) async throws {
        let (seed, entity) = try await deploy(["berth-2=\(fault)"], within: 150)
        #expect(["Failed", "Complete"].contains(entity["action_lifecycle"]?.stringValue))
        let nodes = try seed.json("nodes?designed=true").arrayValue ?? []
        for node in nodes where node["hostname"]?.stringValue?.contains("berth-2") != true {
            #expect(node["status_name"] == "Deployed", "\(node.json())")
        }
        #expect(nodes.contains { $0.json().contains("berth-2") && $0["status_name"] != "Deployed" })
        let tasks = try seed.json("tasks").json()
        #expect(tasks.contains(text), "\(tasks.suffix(8000))")
    }

    @Test(
        "a machine that the network does not boot is deployed by the image in the drive of its BMC, which is empty then"
    )
    func media() async throws {
        let (seed, entity) = try await deploy([], media: true, within: 90)
        #expect(entity["action_lifecycle"] == "Complete", "\(seed.daemon?.standardError.suffix(4000) ?? "")")
        // A machine that restarts by itself may be up before its BMC was told of the disk.
        let events = try await eventually("the order for the disk") {
            let events = try seed.events().filter { $0["machine"] == "berth-2" }
            let isOrdered = events.contains { $0["event"] == "boot-device" && $0["device"] == "disk" }
            return isOrdered && events.last { $0["event"] == "media" }?["image"] == .null ? events : nil
        }
        #expect(events.contains { $0["event"] == "media-installer" })
        #expect(!events.contains { $0["event"] == "pxe-installer" })
        #expect(events.filter { $0["event"] == "installed" }.count == 1)
        let media = events.filter { $0["event"] == "media" }
        #expect(media.first?["image"]?.stringValue?.hasSuffix("/boatyard.iso") == true)
        #expect(events.contains { $0["event"] == "boot-device" && $0["device"] == "cdrom" })
    }

    @Test(
        "a password that changes in mid-deployment is tried twice, and told with what to do; what needs no BMC goes on")
    func changedPassword() async throws {
        let (seed, entity) = try await deploy(["berth-1=password-changed", "berth-2=password-changed"], within: 150)
        #expect(entity["action_lifecycle"] == "Complete", "\(seed.daemon?.standardError.suffix(4000) ?? "")")
        let nodes = try seed.json("nodes?designed=true").arrayValue ?? []
        func node(_ name: String) -> Value? { nodes.first { $0["hostname"]?.stringValue == name } }
        for name in ["berth-1", "berth-3", "berth-4"] { #expect(node(name)?["status_name"] == "Deployed", "\(name)") }
        let messages = try (seed.json("tasks").arrayValue ?? [])
            .flatMap { $0["result"]?["details"]?["messageList"]?.arrayValue ?? [] }
            .compactMap { $0["message"]?.stringValue }
        // In the session that switched it on its state was read, too; the order for its disk came after that.
        let told = messages.first { $0.hasPrefix("The BMC of berth-1 was not told to boot the disk next: ") } ?? ""
        for part in [
            "has refused this account", "not tried again until they change", "boatyard bmc power status berth-1",
        ] {
            #expect(told.contains(part), "\(messages)")
        }
        // Whether it went on cannot be seen any more, and an order that was not seen to be obeyed is none.
        #expect(node("berth-2")?["status_name"] != "Deployed", "\(node("berth-2")?.json() ?? "")")
        let refused = messages.first { $0.hasPrefix("Node berth-2, power status: ") } ?? ""
        for part in ["refused the account", "; check account and credential"] {
            #expect(refused.contains(part), "\(messages)")
        }
    }

    @Test("a machine that a person switches is deployed in a rehearsal, which does what that person is asked to do")
    func manual() async throws {
        let (seed, entity) = try await deploy([], first: "manual", within: 120)
        #expect(entity["action_lifecycle"] == "Complete", "\(seed.daemon?.standardError.suffix(4000) ?? "")")
        let events = try seed.events().filter { $0["machine"] == "berth-1" }
        #expect(events.contains { $0["event"] == "boot-device" && $0["device"] == "pxe" })
        #expect(events.filter { $0["event"] == "installed" }.count == 1)
        #expect(seed.rehearsal?.standardError.contains("berth-1: has no BMC;") == true)
        #expect(try seed.json("tasks").json().contains("The rehearsal has done what a person was asked to do: switch"))
    }

    @Test("one machine that cannot be rehearsed is named, and the others are rehearsed")
    func leftOut() async throws {
        let seed = try Seed()
        try await seed.rehearse(try Self.site(in: seed.folder, first: "snmp"))
        _ = try await eventually("the names of the machines") {
            let text = seed.rehearsal?.standardError ?? ""
            let isTold = text.contains("berth-1 is not rehearsed: its out-of-band type is snmp,")
            return isTold && text.contains("berth-2: BMC ") ? true : nil
        }
    }

    @Test("a fault of a BMC for a machine without one is refused at the start", arguments: ["manual", "libvirt"])
    func faultWithoutBMC(type: String) async throws {
        let seed = try Seed()
        let site = try Self.site(in: seed.folder, first: type)
        let error = await #expect(throws: NeverHappened.self) {
            try await seed.rehearse(site, faults: ["berth-1=bmc-silent"])
        }
        #expect(error?.description.contains("berth-1 cannot have the fault bmc-silent, which is one of a BMC") == true)
    }

    @Test("a fault of Redfish for a machine with IPMI is refused at the start")
    func wrongFault() async throws {
        let seed = try Seed()
        let error = await #expect(throws: NeverHappened.self) {
            try await seed.rehearse(Place.exampleSite, faults: ["berth-1=certificate-replaced"])
        }
        #expect(error?.description.contains("berth-1 cannot have the fault certificate-replaced") == true)
    }
}
