import Foundation
import Primitives
import Testing

@Suite("The command line", .serialized)
struct CommandLineTests {
    @Test("an action that is complete without one of its machines says which and why")
    func failedMachine() async throws {
        let seed = try Seed()
        try await seed.rehearse(Place.exampleSite, faults: ["berth-4=boot-device-ignored"])
        try await seed.startDaemon()
        #expect(try seed.boatyard("get", "nodes").output.contains("There are no nodes yet"))
        try seed.commit(Place.exampleSite)

        let waited = try seed.boatyard("create", "action", "deploy_site", "--wait")
        #expect(waited.status == 0, "\(waited.error)")
        let closing = try #require(
            waited.output.split(separator: "\n").first {
                $0.contains("Complete, but 1 of 4 machines failed: berth-4 (BMC ")
            },
            "\(waited.output)")
        #expect(closing.contains("took the order to boot from the network"))
        #expect(closing.contains("10.20.0.14"), "the BMC's address of the site is named in a rehearsal, too")

        let nodes = try seed.boatyard("get", "nodes").output
        for name in ["berth-1", "berth-2", "berth-3"] { #expect(nodes.contains(name)) }
        #expect(nodes.contains(/berth-4 +not seen/), "\(nodes)")
        #expect(nodes.contains("berth-4 failed: BMC "))

        let listed = try seed.json("nodes?designed=true").arrayValue ?? []
        #expect(listed.compactMap { $0["hostname"]?.stringValue } == ["berth-1", "berth-2", "berth-3", "berth-4"])
        #expect(listed.map { $0["problem"]?.isNull } == [true, true, true, false])
        #expect(try seed.json("nodes").arrayValue?.count == 3, "as upstream, only machines that are there")

        let action = try #require(try seed.json("actions")[0]?["id"]?.stringValue)
        let described = try seed.boatyard("describe", "action/\(action)").output
        #expect(described.contains("Complete, but 1 of 4 machines failed: berth-4"))
        let step = "drydock_build.prepare_and_deploy_nodes"
        #expect(try seed.boatyard("describe", "step", step, "--action", action).output.contains("Try Number:        1"))
        let late = try seed.boatyard("logs", "step", step, "--action", action, "--try", "7")
        #expect(late.status == 1)
        #expect(late.error.contains("has no try 7: it has run once"))
    }

    @Test("what a node without a BMC waits for is told, and goes on once somebody says that it is done")
    func acknowledged() async throws {
        let seed = try Seed()
        let site = seed.folder.appendingPathComponent("manual")
        try FileManager.default.copyItem(at: Place.exampleSite, to: site)
        for file in try FileManager.default.contentsOfDirectory(atPath: site.path) where file.hasSuffix(".yaml") {
            let place = site.appendingPathComponent(file)
            try String(contentsOf: place, encoding: .utf8).replacingOccurrences(of: "type: ipmi", with: "type: manual")
                .write(to: place, atomically: true, encoding: .utf8)
        }
        // Nobody boots it, but without an installer nothing would be begun.
        let settings = try FileHandle(forWritingTo: seed.folder.appendingPathComponent("boatyard.yaml"))
        try settings.seekToEnd()
        try settings.write(
            contentsOf: Data(
                """
                installer: {kernel: "http://192.0.2.1/vmlinuz", ramdisk: "http://192.0.2.1/initrd"}

                """.utf8))
        try settings.close()
        try await seed.startDaemon()
        let early = try seed.boatyard("ack", "berth-1")
        #expect(early.status == 1)
        #expect(early.error.contains("There is no node 'berth-1' that a task has worked with"), "\(early.error)")
        try seed.commit(site)
        let action = try seed.create(action: "deploy_site")
        func done(_ what: String) async throws {
            let output = try await eventually("what is to be done at berth-1") {
                let run = try seed.boatyard("ack", "berth-1")
                return run.status == 0 && run.output.contains(what) ? run.output : nil
            }
            #expect(output.contains("This is done: \(what)"), "\(output)")
            #expect(output.contains("boatyard get nodes shows what is asked next"), "\(output)")
        }
        try await done("set the next boot of node berth-1 to the network")
        try await done("switch node berth-1 off and on again")
        _ = try await eventually("the wait for its inventory") {
            try seed.boatyard("get", "nodes").output.contains("the inventory of berth-1") ? true : nil
        }
        #expect(try seed.boatyard("stop", action).status == 0)
    }

    @Test("a failed step's reason is told at the end, and a step that never ran has a word for its log")
    func failedStep() async throws {
        let seed = try Seed()
        try await seed.rehearse(
            Place.exampleSite, faults: ["berth-3=boot-device-ignored", "berth-4=boot-action-fails"])
        try await seed.startDaemon()
        try seed.commit(Place.exampleSite)
        let waited = try seed.boatyard("create", "action", "deploy_site", "--wait")
        #expect(waited.status == 1)
        let count = "2 of 4 machines failed: 1 not installed, 1 installed but its boot action failed:"
        #expect(waited.output.contains("Failed: \(count)\n  berth-3  BMC "), "\(waited.output)")
        #expect(waited.output.contains("\n  berth-4  Boot action ready failed: "))
        #expect(waited.output.contains("Step drydock_build.prepare_and_deploy_nodes failed: One or more"))
        #expect(waited.error.contains("boatyard describe action/"))
        let action = try #require(try seed.json("actions")[0]?["id"]?.stringValue)
        let none = try seed.boatyard("logs", "step", "armada_build.armada_post_apply", "--action", action)
        #expect(none.status == 1)
        #expect(none.error.contains("has no log, since it has not run: it is upstream_failed"))
        let unknown = try seed.boatyard("logs", "step", "nothing", "--action", action)
        #expect(unknown.error.contains("Unknown step nothing"))
    }

    @Test("wrong documents are refused with their file, before and after they are sent")
    func wrongDocuments() async throws {
        let seed = try Seed()
        try await seed.startDaemon()
        func staged(_ edit: (String) -> String) throws -> (status: Int32, output: String, error: String) {
            let folder = seed.folder.appendingPathComponent(UUID().uuidString)
            try FileManager.default.copyItem(at: Place.exampleSite, to: folder)
            let file = folder.appendingPathComponent("machines.yaml")
            try edit(String(contentsOf: file, encoding: .utf8)).write(to: file, atomically: true, encoding: .utf8)
            return try seed.boatyard("create", "configdocs", "site", "--replace", "--directory", folder.path)
        }
        let syntax = try staged { $0.replacingOccurrences(of: "  name: berth-2", with: "  name: [berth-2") }
        #expect(syntax.status == 1)
        #expect(syntax.error.contains(#/machines\.yaml:\d+:\d+:/#), "\(syntax.error)")

        let nameless = try staged { $0.replacingOccurrences(of: "  name: berth-2\n", with: "") }
        #expect(nameless.status == 1)
        #expect(nameless.error.contains(/\(no name\) \(.*machines\.yaml:\d+\)/), "\(nameless.error)")
        #expect(!nameless.error.contains("apiVersion:"), "Deckhand's answer is not shown raw")

        let number = try staged { $0.replacingOccurrences(of: "'52:54:00:20:01:13'", with: "52:54:00:20:01:13") }
        #expect(number.status == 0, "\(number.error)")
        let commit = try seed.boatyard("commit", "configdocs")
        #expect(commit.status == 1)
        #expect(commit.error.contains("write '52:54:00:20:01:13'"), "\(commit.error)")
        let own = try #require(commit.error.firstRange(of: "DD001"))
        if let noise = commit.error.firstRange(of: "DocumentValidationProcessingError") {
            #expect(own.lowerBound < noise.lowerBound)
        }
    }

    @Test("informational messages of a commit are counted, and shown when asked")
    func summary() async throws {
        let seed = try Seed()
        try await seed.startDaemon()
        func stage() throws {
            let staged = try seed.boatyard(
                "create", "configdocs", "site", "--replace", "--directory", Place.exampleSite.path)
            #expect(staged.status == 0, "\(staged.error)")
        }
        try stage()
        let verbose = try seed.boatyard("commit", "configdocs", "--dryrun", "-v").output
        #expect(verbose.contains("- Info: DD1001"))
        let brief = try seed.boatyard("commit", "configdocs").output
        #expect(!brief.contains("- Info:"))
        #expect(brief.contains(/Errors: 0, Warnings: 2, Infos: \d+, Other: 0/))
        #expect(brief.contains("-v shows the Infos."))
    }

    @Test("wrong usage ends with 64 in all programs")
    func usage() throws {
        for (program, arguments) in [
            ("boatyard", ["get", "nonsense"]), ("boatyard", ["create", "action"]),
            ("boatyard", ["--url", "seed", "get", "nodes"]),
            ("boatyard", ["create", "action", "deploy_site", "--param", "x"]), ("boatyardd", ["--no-auth"]),
            ("boatyard-rehearse", ["--site", "x", "--map", "m", "--boot-server", "b", "--fault", "n1=on-fire"]),
        ] {
            let run = try Program(program, arguments)
            #expect(run.wait() == 64, "\(program) \(arguments): \(run.standardError)")
            if arguments.contains("n1=on-fire") {
                for fault in ["bmc-silent", "power-lost@PERCENT"] { #expect(run.standardError.contains(fault)) }
            }
        }
    }

    @Test(
        "where /proc is not mounted, programs say so instead of taking their arguments for none",
        .enabled(if: geteuid() == 0 && HostTools.areThere("unshare", "mount")),
        arguments: ["boatyard", "boatyardd", "boatyard-rehearse", "boatyard-dhcp"])
    func withoutProc(name: String) throws {
        let path = Program.folder.appendingPathComponent(name).path
        let run = try Program(
            "/usr/bin/unshare", ["--mount", "sh", "-c", "mount -t tmpfs none /proc && exec \(path) --version"])
        #expect(run.wait() == 1, "\(run.standardOutput)")
        #expect(
            run.standardOutput.isEmpty && run.standardError.contains("mount -t proc proc /proc"), "\(run.standardError)"
        )
    }

    @Test(
        "the agent erases nothing on a system that runs from a disk",
        .enabled(if: !((try? String(contentsOfFile: "/proc/mounts", encoding: .utf8)) ?? "").contains(" / tmpfs ")))
    func agentElsewhere() throws {
        let run = try Program("boatyard-agent", ["erase"])
        #expect(
            run.wait() == 1 && run.standardError.contains("this system does not run in memory"), "\(run.standardError)")
    }
}
