import Foundation
import Primitives
import TestSupport
import Testing

@Suite("The story of a machine in the journal")
struct MachineStoryTests {
    @Test("what is logged for a node follows a deployment to its end, in words that need no fields")
    func story() throws {
        let folder = try TemporaryFolder(prefix: "boatyard-test")
        defer { FolderContents.remove(folder.path) }
        let program = try Program("boatyard", ["rehearse", ExampleSite.folder, "--report", folder.path])
        #expect(program.wait() == 0, "\(program.standardOutput)\(program.standardError)")
        let log = String(
            decoding: try FileContents.read(folder.path + "/boatyardd.log", limit: 16 << 20), as: UTF8.self)
        let lines = log.split(separator: "\n").filter { $0.contains(" node=berth-3 ") }
        var story = lines.compactMap { line in
            line.range(of: " berth-3: ").map { String(line[$0.upperBound...]) }
        }
        #expect(story.count == lines.count, "every line says of whom it is: \(lines)")
        // What a simulated machine does at once, and what two do at a time, comes in one order or the other.
        func take(_ text: String, after earlier: String) throws {
            let place = try #require(story.firstIndex(of: text), "\(text): \(story)")
            let before = try #require(story.firstIndex(of: earlier), "\(earlier): \(story)")
            #expect(place > before, "\(text) comes before \(earlier)")
            story.remove(at: place)
        }
        try take("was off and is on.", after: "the BMC has carried out 'power on'")
        try take("boots from the disk next.", after: "the BMC has carried out 'boot device disk'")
        try take("the BMC has carried out 'boot device disk'", after: "installed: Ready to boot from disk.")
        try take("boot action ready: success", after: "is Deployed")
        #expect(
            story == [
                "the BMC has carried out 'boot device pxe'", "boots from the network next.",
                "the BMC has carried out 'power off'", "the BMC has carried out 'power on'", "is sent to the installer",
                "the machine at 52:54:00:20:01:13 is this node; it is New", "has sent its inventory",
                "is Commissioning", "is Ready", "is Allocated", "is Deploying", "is given its plan (install)",
                "started: Begin to install debian-12 on berth-3.", "partitioned: The disks are laid out.",
                "image: The image debian-12 is written.",
                "configured: Network, users, packages and boot loader are set.",
                "bootdata: Files and units are in place.", "installed: Ready to boot from disk.",
                "booted: berth-3 runs from its disk.", "is Deployed",
            ])
    }
}
