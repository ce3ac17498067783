import Foundation
import OrderedCollections
import Primitives
import TestSupport
import Testing

@Suite("boatyard rehearse", .serialized)
struct RehearseProgramTests {
    private static func run(_ arguments: [String]) throws -> (status: Int32, output: String, error: String) {
        let program = try Program("boatyard", ["rehearse"] + arguments)
        let status = program.wait()
        return (status, program.standardOutput, program.standardError)
    }

    private static func report(_ folder: String) throws -> Value {
        try Value(json: FileContents.read(folder + "/report.json", limit: 16 << 20))
    }

    @Test("deploys the example site, and leaves its report and nothing else")
    func example() throws {
        let folder = try TemporaryFolder(prefix: "boatyard-test")
        defer { FolderContents.remove(folder.path) }
        let temporary = folder.path + "/tmp"
        try FileManager.default.createDirectory(atPath: temporary, withIntermediateDirectories: true)
        let program = try Program(
            "boatyard", ["rehearse", ExampleSite.folder, "--report", folder.path + "/report"],
            environment: ["TMPDIR": temporary])
        #expect(program.wait() == 0, "\(program.standardOutput)\(program.standardError)")
        let output = program.standardOutput
        #expect(
            output.hasPrefix("4 machines of ") && output.contains("4 machines are as the documents ask."), "\(output)")
        #expect(output.contains("Complete: 4 machines installed"))
        #expect(try FileManager.default.contentsOfDirectory(atPath: temporary).isEmpty)
        #expect(FolderContents.names(in: folder.path + "/report") == ["boatyardd.log", "report.html", "report.json"])

        let report = try Self.report(folder.path + "/report")
        #expect(report["verdict"] == "as asked" && report["machines"]?.arrayValue?.count == 4)
        for machine in report["machines"]?.arrayValue ?? [] {
            #expect(machine["status"] == "Deployed" && machine["as_asked"] == true && machine["problem"] == .null)
            let operations = (machine["operations"]?.arrayValue ?? []).compactMap(\.stringValue)
            #expect(operations.count > 10, "\(operations)")
            #expect(machine["timeline"]?.arrayValue?.contains { $0["step"] == "booted" } == true)
        }
        let page = String(decoding: try FileContents.read(folder.path + "/report/report.html"), as: UTF8.self)
        #expect(page.contains("<title>4 machines are as the documents ask.</title>"))
        #expect(page.contains("default-src 'none'") && !page.contains("src=") && !page.contains("<link"))
        let shown = try Self.shown(page)
        #expect(shown["summary"] == report["summary"] && shown["machines"] == report["machines"])
        #expect(shown["action"]?["steps"]?[0]?["start_date"]?.stringValue?.isEmpty == false)
        for machine in report["machines"]?.arrayValue ?? [] {
            let details = shown["details"]?[machine["name"]?.stringValue ?? ""]
            #expect(details?["design"]?["storage"]?["devices"]?.arrayValue?.isEmpty == false, "\(machine)")
            #expect(details?["node"]?["hardware"]?["disks"]?.arrayValue?.isEmpty == false, "\(machine)")
        }
        try Self.checkModules(of: page)
    }

    @Test("a BMC whose password was changed in the course of it is told at the end, and fails nothing")
    func changedPassword() throws {
        let (status, output, error) = try Self.run([ExampleSite.folder, "--fault", "berth-1=password-changed"])
        #expect(status == 0, "\(output)\(error)")
        #expect(
            output.contains(
                "4 machines are as the documents ask.\nThe BMC of berth-1 does not let the daemon in any more. "))
    }

    /// The JSON of an element of the page's head. No text of a document can end the element.
    private static func element(_ opening: String, of page: String) throws -> Value {
        let rest = try #require(page.split(separator: opening, maxSplits: 1).last)
        let text = try #require(rest.split(separator: "</script>", maxSplits: 1).first)
        #expect(!text.contains("<"))
        return try Value(json: Array(text.utf8))
    }

    private static func shown(_ page: String) throws -> Value {
        try element("<script type=\"application/json\" id=\"report\">", of: page)
    }

    /// Every module that one imports is in the page, under the name that it is imported by.
    private static func checkModules(of page: String) throws {
        let map = try element("<script type=\"importmap\">", of: page)
        guard case .object(let modules)? = map["imports"] else {
            Issue.record("no import map")
            return
        }
        #expect(modules["boatyard/report.js"] != nil && modules["boatyard/parts/timeline.js"] != nil)
        for (name, address) in modules {
            let encoded = try #require(address.stringValue?.split(separator: "base64,").last)
            let text = String(decoding: try #require(Data(base64Encoded: String(encoded))), as: UTF8.self)
            for line in text.split(separator: "\n") where line.hasPrefix("import ") {
                let imported = line.split(separator: "\"")[1]
                #expect(modules[String(imported)] != nil, "\(name): \(line)")
            }
        }
    }

    @Test("ends with 1 and says why where a machine is not as the documents ask")
    func fault() throws {
        let folder = try TemporaryFolder(prefix: "boatyard-test")
        defer { FolderContents.remove(folder.path) }
        let (status, output, _) = try Self.run(
            [ExampleSite.folder, "--fault", "berth-3=disk-missing", "--report", folder.path, "--output", "json"])
        #expect(status == 1)
        let printed = try Value(json: Array(output.utf8))
        #expect(printed == (try Self.report(folder.path)))
        #expect(printed["summary"] == "Not as the documents ask: 1 of 4 machines (berth-3).")
        let machines = printed["machines"]?.arrayValue ?? []
        #expect(machines.filter { $0["as_asked"] == true }.count == 3)
        let failed = try #require(machines.first { $0["name"] == "berth-3" })
        #expect(failed["faults"] == ["disk-missing"] && failed["problem"]?.stringValue?.isEmpty == false, "\(failed)")
        let page = String(decoding: try FileContents.read(folder.path + "/report.html"), as: UTF8.self)
        #expect(page.contains("<title>Not as the documents ask: 1 of 4 machines (berth-3).</title>"))
        #expect(try Self.shown(page)["machines"] == printed["machines"])
    }

    @Test("documents that no machine could be made of are told with their places")
    func documents() throws {
        let folder = try TemporaryFolder(prefix: "boatyard-test")
        defer { FolderContents.remove(folder.path) }
        for name in FolderContents.names(in: ExampleSite.folder) ?? [] {
            var text = String(decoding: try FileContents.read("\(ExampleSite.folder)/\(name)"), as: UTF8.self)
            text = text.replacing("fstype: xfs", with: "fstype: zfs")
            try FileContents.write(Array(text.utf8), to: "\(folder.path)/\(name)", mode: 0o600)
        }
        let (status, output, error) = try Self.run([folder.path])
        #expect(status == 1)
        #expect(output.contains("BY1031") && output.contains("'zfs'; there are"), "\(output)\(error)")
        #expect(output.contains(folder.path) && output.contains("Not as the documents ask: they were not committed."))
    }

    @Test("what is no site, no fault or no folder is refused in a sentence")
    func refused() throws {
        let folder = try TemporaryFolder(prefix: "boatyard-test")
        defer { FolderContents.remove(folder.path) }
        for (arguments, status, text) in [
            ([folder.path], 1, "holds no .yaml or .yml file"),
            ([folder.path + "/none"], 1, "No such file or directory"),
            ([], 64, "Missing expected argument"),
            ([ExampleSite.folder, "--fault", "berth-1=on-fire"], 64, "the fault"),
            ([ExampleSite.folder, "--fault", "nobody=bmc-silent"], 1, "nobody"),
            ([ExampleSite.folder, "--report", "/proc/none"], 1, "cannot be made"),
        ] as [([String], Int32, String)] {
            let result = try Self.run(arguments)
            #expect(result.status == status, "\(arguments): \(result)")
            #expect(result.error.contains(text), "\(arguments): \(result)")
        }
    }
}
