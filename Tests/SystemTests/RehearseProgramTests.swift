import Foundation
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
        #expect(page.contains("<h1 class=\"good\">4 machines are as the documents ask.</h1>"))
        #expect(!page.contains("http://") && !page.contains("<script"), "it needs nothing else")
        // Machines and documents may have anything in their names.
        #expect(page.contains("<strong>berth-1</strong>"))
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
        #expect(
            page.contains("<h1 class=\"bad\">Not as the documents ask") && page.contains("with the fault disk-missing"))
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
