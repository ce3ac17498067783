import Foundation
import Primitives
import TestSupport
import Testing

/// What the tutorial tells people to type is typed.
@Suite("docs/tutorial.md")
struct TutorialTests {
    /// The commands below a heading that begins with this, each with the lines that go on after a backslash.
    private static func commands(below heading: String) throws -> [String] {
        let text = try String(contentsOf: Place.package.appendingPathComponent("docs/tutorial.md"), encoding: .utf8)
        let section = try #require(text.components(separatedBy: "\n## ").first { $0.hasPrefix(heading) })
        let blocks = section.components(separatedBy: "```sh\n").dropFirst().compactMap {
            $0.components(separatedBy: "\n```").first
        }
        return blocks.flatMap { block in
            block.replacing("\\\n", with: "").split(separator: "\n").map(String.init)
        }
    }

    @Test("its commands do what it says, on simulated machines")
    func commands() async throws {
        let seed = try Seed()
        let home = seed.folder.appendingPathComponent("home")
        try FileManager.default.createDirectory(
            at: home.appendingPathComponent(".ssh"), withIntermediateDirectories: true)
        try "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ7nN8m3H0aYQ3vJpYwO9c1bqkqz9mN1k1R1w2i0q3Xy op@example.com\n".write(
            to: home.appendingPathComponent(".ssh/id_ed25519.pub"), atomically: true, encoding: .utf8)
        /// A person says yes to what `apply` asks.
        func type(_ command: String) throws -> String {
            let command = command.hasPrefix("boatyard apply") ? command + " --yes" : command
            return try HostTools.output(
                "sh",
                [
                    "-c",
                    "PATH=\"$2:$PATH\" HOME=$1 BOATYARD_SOCKET=$3; export PATH HOME BOATYARD_SOCKET; cd \"$1\"; eval \"$4\" 2>&1",
                    "sh", home.path, Program.folder.path, seed.socket, command,
                ])
        }
        let first = try Self.commands(below: "1. ")
        #expect(first.count == 6)
        var outputs: [String] = []
        for command in first { outputs.append(try type(command)) }
        let verdicts = outputs.suffix(2)
        #expect(verdicts.allSatisfy { $0.contains("3 machines are as the documents ask.") }, "\(verdicts)")
        #expect(outputs[2].contains("0 errors"), "\(outputs[2])")
        #expect(FileManager.default.fileExists(atPath: home.path + "/report/report.html"))

        let site = home.appendingPathComponent("harbour")
        try await seed.rehearse(site)
        try await seed.startDaemon()
        for command in try Self.commands(below: "3. ") {
            let output = try type(command)
            switch command {
            case "boatyard apply harbour": #expect(output.contains("3 new") && output.contains("Complete"), "\(output)")
            case "boatyard get nodes": #expect(output.components(separatedBy: "Deployed").count == 4, "\(output)")
            case "boatyard timeline n1": #expect(output.contains("installed"), "\(output)")
            default: #expect(output.contains("deploy_site"), "\(output)")
            }
        }
        for command in try Self.commands(below: "4. ") {
            let output = try type(command)
            if command == "boatyard apply harbour" {
                #expect(output == "Nothing has changed, and every node is Deployed.\n", "\(output)")
            }
        }
    }

    /// What needs root and real machines: `packaging/test-package` and `packaging/lab` run these.
    @Test("its commands for a seed host are those that other tests run there")
    func host() throws {
        let commands = try Self.commands(below: "2. ")
        let known = [
            "sudo apt install ./boatyard_*.deb": (
                "packaging/test-package", "apt-get install -y --no-install-recommends ./boatyard.deb"
            ),
            "sudo usermod -aG boatyard $USER": ("packaging/test-package", "usermod -aG boatyard mate"),
            "sudo systemctl restart boatyard": ("packaging/test-package", "systemctl restart boatyard"),
            "sudo boatyard netboot build": ("packaging/lab", "netboot build"),
            "sudo boatyard image build debian-12": ("packaging/lab", "image build"),
            "boatyard doctor": ("packaging/test-package", "boatyard doctor"),
        ]
        for command in commands {
            let (file, text) = try #require(known[command], "\(command)")
            let script = try String(contentsOf: Place.package.appendingPathComponent(file), encoding: .utf8)
            #expect(script.contains(text), "\(command): \(file)")
        }
    }
}
