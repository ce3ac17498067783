import Foundation
import OrderedCollections
import Primitives
import TestSupport
import Testing

@Suite("Designs checked without a daemon")
struct DesignProgramTests {
    private let folder: OwnedFolder

    init() throws { folder = try OwnedFolder() }

    /// A new folder for one file, or one site.
    private func place() throws -> URL {
        let place = folder.path + "/\(UUID())"
        try FileContents.makeFolder(place)
        return URL(fileURLWithPath: place)
    }

    private func run(_ arguments: String...) throws -> (status: Int32, output: String, error: String) {
        let program = try Program("boatyard", ["design"] + arguments)
        let status = program.wait()
        return (status, program.standardOutput, program.standardError)
    }

    private func file(_ text: String, _ name: String = "site.yaml") throws -> String {
        let path = try place().appendingPathComponent(name)
        try Data(text.utf8).write(to: path)
        return path.path
    }

    @Test("a sound site ends with 0 and a sentence")
    func sound() throws {
        let (status, output, error) = try run(Place.exampleSite.path)
        #expect(status == 0, "\(error)")
        #expect(output.contains("The design is valid: 0 errors, 2 warnings; 4 machines"))
    }

    @Test("with a catalogue, images and kernels are looked at")
    func catalogue() throws {
        let right = try file("images: {debian-12: {kernels: [generic, linux-image-amd64]}}", "catalogue.yaml")
        let (_, output, _) = try run(Place.exampleSite.path, "--catalogue", right)
        #expect(!output.contains("No enabled node driver"))
        let none = try file("images: {}", "catalogue.yaml")
        let (status, message, _) = try run(Place.exampleSite.path, "--catalogue", none)
        #expect(status == 1)
        #expect(message.contains("DD3001"))
        let wrong = try file("[]", "catalogue.yaml")
        #expect(try run(Place.exampleSite.path, "--catalogue", wrong).status == 1)
    }

    @Test(
        "a file that is not there, or is none of its kind, ends with 1 and is named",
        arguments: [
            ["/nonexistent"], ["/nonexistent/site.yaml"], ["SITE", "--catalogue", "/nonexistent"],
            ["SITE", "--node-filters", "/nonexistent"],
        ])
    func missing(arguments: [String]) throws {
        let arguments = arguments.map { $0 == "SITE" ? Place.exampleSite.path : $0 }
        let program = try Program("boatyard", ["design"] + arguments)
        #expect(program.wait() == 1)
        #expect(program.standardError.contains("/nonexistent"))
        #expect(program.standardError.contains("No such file or directory"))
    }

    /// The example site with the first `text` of one of its files replaced.
    private func edited(_ name: String, _ text: String, _ other: String) throws -> String {
        let folder = try place().appendingPathComponent("site")
        try FileManager.default.copyItem(at: Place.exampleSite, to: folder)
        let file = folder.appendingPathComponent(name)
        var content = try String(contentsOf: file, encoding: .utf8)
        let range = try #require(content.range(of: text))
        content.replaceSubrange(range, with: other)
        try content.write(to: file, atomically: true, encoding: .utf8)
        return folder.path
    }

    @Test(
        "whatever stops a design names document, file and line",
        arguments: [
            ("networks.yaml", "cidr: 10.20.0.0/24", "cidr: 10.20.0.0/240", "Network/v1 - oob (networks.yaml:88)"),
            (
                "machines.yaml", "address: 10.20.1.11", "address: 10.20.999",
                "BaremetalNode/v1 - berth-1 (machines.yaml:17)"
            ),
            ("machines.yaml", "host_profile: ", "host_profile: no", "BaremetalNode/v1 - berth-1 (machines.yaml:12)"),
            ("networks.yaml", "name: oob", "name: pxe", "NetworkLink/v1 - pxe (networks.yaml:16, networks.yaml:37)"),
            (
                "networks.yaml", "storagePolicy: cleartext", "storagePolicy: no",
                "Region/v1 - harbour (networks.yaml:10)"
            ),
            ("networks.yaml", "layer: site", "layer: no", "Region/v1 - harbour (networks.yaml:9)"),
            ("networks.yaml", "metadata:", "metadta:", "'metadta', networks.yaml:4, is passed over"),
            ("secrets.yaml", "name: bmc-password", "name: other", "HostProfile/v1 - worker (type.yaml:"),
            ("machines.yaml", "host_profile: control\n", "dta: {}\n", "Additional properties"),
        ])
    func stopped(name: String, text: String, other: String, expected: String) throws {
        let site = try edited(name, text, other)
        let (status, output, error) = try run(site)
        #expect(status == 1)
        let told = (output + error).replacingOccurrences(of: site + "/", with: "")
        #expect(told.contains(expected), "\(told)")
    }

    @Test(
        "design refuses what a commit refuses of Shipyard's documents, without schemas of the site's own",
        arguments: [
            ("deploy_timeout", "deploy_timout", "global.yaml:"),
            ("name: deployment-configuration", "name: configuration", "Missing required document"),
            (
                "    - name: control\n      critical: true\n      depends_on: []",
                "    - name: control\n      critical: true\n      depends_on: [workers]", "form a cycle"
            ),
            ("deployment_strategy: deployment-strategy", "deployment_strategy: other", "Missing required document"),
        ])
    func shipyard(text: String, other: String, expected: String) throws {
        let site = try edited("global.yaml", text, other)
        try FileManager.default.removeItem(atPath: "\(site)/schemas.yaml")
        let (status, output, error) = try run(site)
        #expect(status == 1 && (output + error).contains(expected), "\(output + error)")
    }

    @Test("a key that means nothing is a warning")
    func unknownKey() throws {
        let (status, output, _) = try run(try edited("networks.yaml", "\ndata:", "\ndta:"))
        #expect(status == 0)
        #expect(output.contains("Warning: BY1010"))
        #expect(output.contains("networks.yaml:11"))
        #expect(output.contains("0 errors, 3 warnings"))
    }

    @Test("a document that is wrong ends with 1, and is told with its file and line")
    func wrong() throws {
        let network = """
            ---
            schema: drydock/Network/v1
            metadata: {name: a, schema: metadata/Document/v1}
            data: {cidr: 10.0.0.0/24, colour: blue}
            """
        let path = try file(network)
        let (status, output, _) = try run("--rendered", path)
        #expect(status == 1)
        #expect(output.contains("Network:v1 schema validation error: Additional properties are not allowed"))
        #expect(output.contains("\(path):"))
        let (unlayered, _, error) = try run(path)
        #expect(unlayered == 1)
        #expect(error.contains("layeringDefinition"))
        let (broken, _, syntax) = try run(try file("a: [\nb"))
        #expect(broken == 1)
        #expect(syntax.contains("site.yaml:"))
    }

    @Test(
        "what makes no sense is a usage error",
        arguments: [
            [], ["--frob"], ["a.yaml", "--action-id", "x"], ["a.yaml", "--action-key", "xyz"],
            ["a.yaml", "--output", "xml"],
        ])
    func usage(arguments: [String]) throws {
        let program = try Program("boatyard", ["design"] + arguments)
        #expect(program.wait() == 64)
    }

    @Test("a terminal is not told what to do by a document")
    func control() throws {
        let document = """
            {schema: drydock/BaremetalNode/v1, metadata: {name: "n\\e[2J"}, data: {hardware_profile: h, \
            addressing: [{network: a, address: dhcp}]}}
            """
        let (status, output, _) = try run("--rendered", "--verbose", try file(document))
        #expect(status == 1)
        #expect(!output.contains("\u{1B}"))
    }

    /// Recordings of Drydock.
    private static let recordings: [URL] = {
        guard let folder = Place.conformance("drydock")?.appendingPathComponent("goldens") else { return [] }
        return ["samples", "treasuremap"].flatMap { kind in
            let files =
                (try? FileManager.default.contentsOfDirectory(
                    at: folder.appendingPathComponent(kind), includingPropertiesForKeys: nil)) ?? []
            return files.filter { $0.pathExtension == "json" }.sorted { $0.path < $1.path }
        }
    }()
    /// Documents of the legacy format that the recording passed over.
    private static let passedOver: Set = ["fullsite_networks", "fullsite_nodes", "oob", "unknown_kind", "invalid"]

    /// Paths that may differ, and why: `docs/compatibility.md`.
    private static func mayDiffer(_ path: String, in name: String) -> Bool {
        // An interface that is merged keeps its SR-IOV settings (docs/reference/drydock.md §22.2).
        if name.hasPrefix("deckhand_fullsite") {
            return ["sriov", "trustedmode", "vf_count"].contains { path == "nodes/0/interfaces/1/\($0)" }
        }
        // The legacy format's reader leaves an absent map null, and names no documents in messages.
        if name == "fullsite" || name == "hardwareProfile" {
            let allowed = [
                "hardware_profiles/0/cpu_sets", "node_filters/103/result", "validation/messages/30/documents/0",
            ]
            if allowed.contains(where: path.hasPrefix) { return true }
        }
        // A filter that meets a node by two tags chooses it once.
        if path.hasPrefix("node_filters/108/result") { return true }
        // A key that YAML reads as a number is text by the time a document has been through Deckhand.
        return name == "deckhand_bootaction"
    }

    @Test("the program makes of every recorded design what was recorded", arguments: recordings)
    func recorded(golden: URL) throws {
        let value = try Value(json: [UInt8](Data(contentsOf: golden)))
        let name = golden.deletingPathExtension().lastPathComponent
        // Wrong documents of the legacy format were read without a schema.
        let isOld = value["ingester"] == "yaml"
        guard !Self.passedOver.contains(name), !(isOld && (name.hasPrefix("invalid_") || name == "hostprof")) else {
            return
        }
        let drydock = golden.deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let isSite = golden.deletingLastPathComponent().lastPathComponent == "treasuremap"
        let input =
            isSite
            ? drydock.deletingLastPathComponent().appendingPathComponent("sites/\(name).input.yaml")
            : drydock.appendingPathComponent("samples/\(name).yaml")
        let folder = try place()
        let filters = folder.appendingPathComponent("filters.json")
        let filterList = (value["node_filters"]?.arrayValue ?? []).map { $0["filter"] ?? .null }
        try Data(Value.array(filterList).json(.compact).utf8).write(to: filters)
        func text(_ key: String) -> String { value[key]?.stringValue ?? "" }
        let ours = folder.appendingPathComponent("ours.json")
        let program = try Program(
            "boatyard",
            ["design", input.path, "--output", "json", "--stub-locations", "--node-filters", filters.path]
                + ["--action-id", text("action_id_hex"), "--action-key", text("action_key_hex")]
                + ["--design-ref", text("design_ref_for_assets"), "--report-url", text("report_url")]
                + (isSite ? [] : ["--rendered"]), output: ours)
        let status = program.wait()
        #expect(status == (value["validation"]?["status"] == "Success" ? 0 : 1) || name == "deckhand_bootaction")
        let comparison = try Program(
            "/usr/bin/env",
            ["python3", drydock.appendingPathComponent("golden_diff.py").path, golden.path, ours.path])
        comparison.wait()
        let lines = comparison.standardOutput.split(separator: "\n")
        let last = try #require(lines.last, "\(comparison.standardError)")
        #expect(last.hasSuffix(" differences"))
        for line in lines.dropLast() {
            let path = line.split(separator: " ").first.map(String.init) ?? ""
            #expect(Self.mayDiffer(path, in: name), "\(name): \(line)")
        }
    }
}
