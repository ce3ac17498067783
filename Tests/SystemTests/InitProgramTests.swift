import Foundation
import Primitives
import TestSupport
import Testing

@Suite("boatyard init, schema, explain-kind, doctor")
struct InitProgramTests {
    private let folder: OwnedFolder

    init() throws { folder = try OwnedFolder() }

    private func run(_ arguments: [String]) throws -> (status: Int32, output: String, error: String) {
        let program = try Program("boatyard", arguments)
        let status = program.wait()
        return (status, program.standardOutput, program.standardError)
    }

    private func path(_ name: String) -> String { folder.path + "/" + name }

    private func arguments(_ site: String, machines: [String]) throws -> [String] {
        let password = path("password")
        try Data("it's a secret\n".utf8).write(to: URL(fileURLWithPath: password))
        return [
            "init", path(site), "--network", "192.0.2.0/24", "--gateway", "192.0.2.1", "--key",
            "ssh-ed25519 AAAA op@example.com",
            "--bmc-account", "admin", "--bmc-password-file", password,
        ] + machines.flatMap { ["--machine", $0] }
    }

    @Test(
        "a site that init has written is valid, and its machines are installed in a rehearsal",
        arguments: ["uefi", "bios"])
    func green(mode: String) throws {
        let machines = [
            "n1=52:54:00:12:34:01,198.51.100.11", "n2=52:54:00:12:34:02,bmc=198.51.100.12,disk=nvme0n1",
            "n3=52:54:00:12:34:03",
        ]
        let made = try run(arguments("my-site", machines: machines) + ["--boot-mode", mode])
        #expect(
            made.status == 0 && made.output.contains("n3: 52:54:00:12:34:03, 192.0.2.12, switched by a person"),
            "\(made)")
        let design = try run(["design", path("my-site")])
        #expect(design.status == 0 && design.output.contains("0 errors, 1 warning; 3 machines"), "\(design)")
        let rehearsed = try run(["rehearse", path("my-site")])
        #expect(
            rehearsed.status == 0 && rehearsed.output.contains("3 machines are as the documents ask."), "\(rehearsed)")
        let mode =
            try FileManager.default.attributesOfItem(atPath: path("my-site/secrets.yaml"))[.posixPermissions] as? Int
        #expect(mode == 0o600)
        let site = try String(contentsOfFile: path("my-site/site.yaml"), encoding: .utf8)
        #expect(site.hasPrefix("# yaml-language-server: $schema=documents.schema.json\n"))
        let schema = try Value(
            json: [UInt8](Data(contentsOf: URL(fileURLWithPath: path("my-site/documents.schema.json")))))
        #expect(schema["allOf"]?.arrayValue?.count == 20)
    }

    @Test("what is missing or wrong is told by its option, and no folder is made")
    func wrong() throws {
        let good = ["n1=52:54:00:12:34:01,198.51.100.11"]
        #expect(try run(arguments("a", machines: [])).error.contains("no machines are given: --machine"))
        for (machine, told) in [
            ("n1", "--machine is 'n1'; expected is NAME=MAC"), ("n1=52:54", "expected is NAME=MAC"),
            ("n1=52:54:00:12:34:01,x", "expected is an IPv4 address"),
            ("N1=52:54:00:12:34:01", "is no name of a machine"),
        ] {
            let answer = try run(arguments("a", machines: [machine]))
            #expect(answer.status == 64 && answer.error.contains(told), "\(answer)")
        }
        let key = path("id_ed25519")
        try Data("-----BEGIN OPENSSH PRIVATE KEY-----\nsecret\n".utf8).write(to: URL(fileURLWithPath: key))
        let secret = try run(arguments("a", machines: good) + ["--key", key])
        #expect(
            secret.status == 64 && secret.error.contains("expected is a public key") && !secret.error.contains("secret")
        )
        let network = try run(arguments("a", machines: good) + ["--bmc-network", "10.0.0.0/24"])
        #expect(network.status == 64 && network.error.contains("is not in the network of BMCs"), "\(network)")
        #expect(try run(["init", path("a")]).error.contains("there is no terminal to ask; give --network"))
        #expect(!FileManager.default.fileExists(atPath: path("a")))
        #expect(try run(arguments("a", machines: good)).status == 0)
        let again = try run(arguments("a", machines: good))
        #expect(again.status == 64 && again.error.contains("is there already"), "\(again)")
    }

    @Test("schemas of kinds are printed, and what they say")
    func kinds() throws {
        let names = try run(["schema", "--list"]).output.split(separator: "\n").map(String.init)
        #expect(names.contains("BaremetalNode") && names.count == 20)
        for name in names {
            let schema = try Value(json: run(["schema", name]).output)
            #expect(schema["properties"]?["schema"]?["const"]?.stringValue?.contains("/\(name)/v1") == true)
            #expect(try run(["explain-kind", name]).output.hasPrefix("# \(name)\n"))
        }
        let unknown = try run(["explain-kind", "BaremetalNod"])
        #expect(unknown.status == 64 && unknown.error.contains("BaremetalNode"), "\(unknown)")
        #expect(try run(["explain-kind"]).output.contains("drydock/HostProfile/v1"))
    }

    @Test("doctor names what is wrong with a remedy, and ends with 1 only where there is an error")
    func doctor() async throws {
        let seed = try Seed()
        let config = seed.folder.appendingPathComponent("boatyard.yaml").path
        let silent = try seed.boatyard("doctor", "--config", config)
        #expect(silent.status == 1 && silent.output.contains("error   daemon:"), "\(silent)")
        try await seed.startDaemon()
        let first = try seed.boatyard("doctor", "--config", config, "--output", "json")
        let findings = try Value(json: first.output).arrayValue ?? []
        func finding(_ check: String) -> Value? { findings.first { $0["check"] == .string(check) } }
        #expect(finding("daemon")?["state"] == "ok")
        #expect(
            finding("backups")?["state"] == "warning"
                && finding("backups")?["remedy"]?.stringValue?.contains("boatyard backup") == true)
        #expect(finding("images")?["state"] == "warning" && finding("installer")?["state"] == "warning")
        #expect(try seed.boatyard("backup").status == 0)
        let later = try seed.boatyard("doctor", "--config", config)
        #expect(later.output.contains("ok      backups: the newest one is 0 hours old"), "\(later.output)")
        let broken = seed.folder.appendingPathComponent("broken.yaml").path
        try Data("log:\n  level: loud\n".utf8).write(to: URL(fileURLWithPath: broken))
        let wrong = try seed.boatyard("doctor", "--config", broken)
        #expect(wrong.status == 1 && wrong.output.contains("broken.yaml:2: log.level is 'loud'"), "\(wrong.output)")
    }
}
