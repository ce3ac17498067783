import ArgumentParser
import Foundation
import Primitives
import Simulator
import Testing

@testable import BoatyardRehearsal

@Suite("The memory of virtual machines")
struct RehearsalMemoryTests {
    /// An installer in use, in a folder `netboot`.
    private func installer(in netboot: String, memory: Int) throws {
        let folder = "\(netboot)/generations/trixie-1"
        try FileContents.makeFolder(folder)
        let file: Value = ["size": 1, "sha256": .string(String(repeating: "0", count: 64))]
        let manifest: Value = [
            "id": "trixie-1", "suite": "trixie", "kernel": "6.12", "built": ["memory_mib": .int(memory)],
            "files": ["initrd": file, "vmlinuz": file],
        ]
        try FileContents.write(manifest.jsonBytes(.compact), to: "\(folder)/manifest.json")
        for name in ["initrd", "vmlinuz"] {
            try FileContents.write([UInt8](repeating: 1, count: 1), to: "\(folder)/\(name)")
        }
        try FileManager.default.createSymbolicLink(
            atPath: "\(netboot)/current", withDestinationPath: "generations/trixie-1")
    }

    @Test("the daemon's socket is told at the start, also where the site is deployed")
    func wayIn() {
        for isDeployed in [true, false] {
            let text = Rehearse.wayIn(socket: "/run/x/api.sock", isDeployed: isDeployed)
            #expect(text.contains("export BOATYARD_SOCKET=/run/x/api.sock\n"))
            #expect(text.contains("boatyard timeline NAME --follow"))
            #expect(text.contains("create action deploy_site") == !isDeployed)
        }
    }

    @Test("a machine has what was asked for, else what the installer needs, and 1536 MiB at least")
    func memory() throws {
        let folder = try Place.temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let site = RehearsedSite(try RehearsedSite.compile([]))
        func given(_ netboot: String, _ more: String...) throws -> Int {
            let arguments = [
                "--vm", "--site", "my-site", "--folder", folder.path + "/machines", "--netboot",
                "\(folder.path)/\(netboot)",
            ]
            return try Rehearse.parse(arguments + more).virtualMachines(of: site).memory
        }
        try installer(in: "\(folder.path)/small", memory: 768)
        try installer(in: "\(folder.path)/large", memory: 2304)
        #expect(try given("absent") == 1536)
        #expect(try given("small") == 1536)
        #expect(try given("large") == 2304)
        #expect(try given("large", "--memory", "512") == 512)
        // The daemon of an earlier run has an installer of its own.
        try installer(in: "\(folder.path)/machines/state/netboot", memory: 4096)
        #expect(try given("large") == 4096)
        #expect(throws: (any Error).self) { try Rehearse.parse(["--vm", "--site", "my-site", "--memory", "128"]) }
    }

    @Test("a folder with installers that is not there, and a deployment without an installer, are refused")
    func absent() throws {
        let folder = try Place.temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let site = RehearsedSite(try RehearsedSite.compile([]))
        func source(_ more: String...) throws -> String? {
            let command = try Rehearse.parse(["--vm", "--site", "s", "--folder", folder.path + "/machines"] + more)
            return try command.netbootSource(for: command.virtualMachines(of: site))
        }
        func error(_ more: String...) throws -> String {
            let command = try Rehearse.parse(["--vm", "--site", "s", "--folder", folder.path + "/machines"] + more)
            let options = try command.virtualMachines(of: site)
            do {
                return "\(try command.netbootSource(for: options) ?? "none")"
            } catch {
                return error.inWords
            }
        }
        let absent = "\(folder.path)/absent"
        #expect(
            try error("--netboot", absent)
                == "The folder \(absent) of --netboot cannot be opened: No such file or directory.")
        #expect(try source("--netboot", "") == nil)
        #expect(try error("--netboot", "", "--deploy").contains("There is no installer in "))
        try FileManager.default.createDirectory(atPath: absent, withIntermediateDirectories: true)
        #expect(try source("--netboot", absent) == absent)
        #expect(
            try error("--netboot", absent, "--deploy").contains("There is no installer in \(absent), so no machine"))
        try installer(in: "\(folder.path)/there", memory: 768)
        #expect(try source("--netboot", "\(folder.path)/there", "--deploy") == "\(folder.path)/there")
        // What the daemon of an earlier run has stays.
        try installer(in: "\(folder.path)/machines/state/netboot", memory: 768)
        #expect(try source("--netboot", absent, "--deploy") == nil)
    }
}
