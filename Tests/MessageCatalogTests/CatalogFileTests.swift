import Foundation
import MessageCatalog
import TestSupport
import Testing

/// The file that journalctl reads, as systemd.catalog(5) describes it.
private struct CatalogFile {
    struct Entry {
        var id: String
        /// The comment right above the entry.
        var name: String
        var headers: [String: String] = [:]
        var text: [String] = []
    }

    static let path = ExampleSite.package + "/systemd/boatyard.catalog"
    var entries: [Entry] = []

    init() throws {
        var comment = ""
        var isText = false
        for line in try String(contentsOfFile: Self.path, encoding: .utf8).components(separatedBy: "\n") {
            if line.hasPrefix("#") {
                comment = String(line.dropFirst(2))
            } else if line.hasPrefix("-- ") {
                entries.append(Entry(id: String(line.dropFirst(3)), name: comment))
                isText = false
            } else if !entries.isEmpty {
                if !isText, let colon = line.range(of: ": ") {
                    entries[entries.count - 1].headers[String(line[..<colon.lowerBound])] = String(
                        line[colon.upperBound...])
                } else {
                    isText = true
                    if !line.isEmpty { entries[entries.count - 1].text.append(line) }
                }
            }
        }
    }
}

@Suite("The catalog of messages")
struct CatalogFileTests {
    @Test("the file explains every message of the source under its id, and no other")
    func ids() throws {
        let file = try CatalogFile()
        let known = Dictionary(uniqueKeysWithValues: CatalogEntry.allCases.map { ($0.rawValue, "\($0)") })
        #expect(Dictionary(file.entries.map { ($0.id, $0.name) }, uniquingKeysWith: { $1 }) == known)
        #expect(file.entries.count == known.count, "an id stands in the file twice")
    }

    @Test("every id has the form of systemd's: 32 digits, lower case, and those of a random UUID")
    func forms() {
        for entry in CatalogEntry.allCases {
            #expect(entry.rawValue.wholeMatch(of: /[0-9a-f]{12}4[0-9a-f]{3}[89ab][0-9a-f]{15}/) != nil, "\(entry)")
        }
    }

    @Test("every explanation has a subject, says whose it is and where to read on, and is text of its own")
    func texts() throws {
        let entries = try CatalogFile().entries
        for entry in entries {
            #expect(entry.headers["Subject"]?.isEmpty == false, "\(entry.name)")
            #expect(entry.headers["Defined-By"] == "Boatyard", "\(entry.name)")
            #expect(entry.headers["Support"]?.hasPrefix("file:///usr/share/doc/boatyard/") == true, "\(entry.name)")
            #expect(entry.headers["Documentation"]?.isEmpty == false, "\(entry.name)")
            #expect(entry.text.joined(separator: " ").count >= 60, "\(entry.name)")
            #expect(entry.text.allSatisfy { $0.count <= 80 }, "\(entry.name) has lines that do not fit on a terminal")
        }
        #expect(Set(entries.map(\.text)).count == entries.count)
        #expect(Set(entries.compactMap { $0.headers["Subject"] }).count == entries.count)
    }

    @Test("what an explanation sends the reader to is there")
    func documentation() throws {
        for entry in try CatalogFile().entries {
            let text = ([entry.headers["Documentation"] ?? "", entry.headers["Support"] ?? ""] + entry.text).joined(
                separator: " ")
            for match in text.matches(of: /\/usr\/share\/doc\/boatyard\/([a-z\/-]+\.md)/) {
                #expect(
                    FileManager.default.fileExists(atPath: "\(ExampleSite.package)/\(match.1)"),
                    "\(entry.name): \(match.0)")
            }
        }
    }

    @Test(
        "journalctl compiles the file and shows every explanation", .enabled(if: Self.hasJournalctl))
    func journalctl() throws {
        try withTemporaryFolder { folder in
            let place = folder + "/usr/lib/systemd/catalog"
            let files = FileManager.default
            try files.createDirectory(atPath: place, withIntermediateDirectories: true)
            try files.createDirectory(atPath: folder + "/var/lib/systemd/catalog", withIntermediateDirectories: true)
            try files.copyItem(atPath: CatalogFile.path, toPath: place + "/boatyard.catalog")
            let update = try run(["--root=\(folder)", "--update-catalog"])
            #expect(update.status == 0 && update.output.isEmpty, "\(update.output)")
            let list = try run(["--root=\(folder)", "--list-catalog"])
            let shown = list.output.split(separator: "\n").map { String($0.prefix(32)) }
            #expect(shown.sorted() == CatalogEntry.allCases.map(\.rawValue).sorted())
            let subjects = try CatalogFile().entries.compactMap { $0.headers["Subject"] }
            #expect(subjects.allSatisfy { list.output.contains("Boatyard: \($0)\n") })
        }
    }

    private static let tool = ["/usr/bin/journalctl", "/bin/journalctl"].first {
        FileManager.default.isExecutableFile(atPath: $0)
    }
    private static var hasJournalctl: Bool {
        if tool == nil { print("skipped: there is no journalctl") }
        return tool != nil
    }

    private func run(_ arguments: [String]) throws -> (status: Int32, output: String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: Self.tool ?? "")
        process.arguments = arguments
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let bytes = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: bytes, as: UTF8.self))
    }
}
