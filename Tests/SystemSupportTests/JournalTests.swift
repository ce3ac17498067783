import Glibc
import Logging
import MessageCatalog
import Testing

@testable import SystemSupport

/// The journal's own end of its socket, on a host that has no journal.
private final class FakeJournal {
    private static let folder = "/run/systemd/journal"
    private static let path = folder + "/socket"

    /// Why a test cannot stand in for the journal here; nil where it can.
    static var obstacle: String? {
        if geteuid() != 0 { return "only root can stand in for the journal" }
        if access(folder, F_OK) == 0 { return "this host has a journal" }
        return access("/run/systemd", W_OK) == 0 ? nil : "there is no /run/systemd"
    }

    private let descriptor: CInt

    init() throws {
        mkdir(Self.folder, 0o755)
        descriptor = socket(AF_UNIX, CInt(SOCK_DGRAM.rawValue) | 0o2000000, 0)
        var timeout = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
        var name = sockaddr_un()
        name.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &name.sun_path) { $0.copyBytes(from: Self.path.utf8) }
        let result = withUnsafePointer(to: &name) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        try #require(result == 0)
    }

    deinit {
        close(descriptor)
        unlink(Self.path)
        rmdir(Self.folder)
    }

    /// The fields of the next record, by the native protocol: `NAME=value` lines, or a name, a length of eight bytes
    /// and a value that may contain anything.
    func next() throws -> [String: String] {
        var buffer = [UInt8](repeating: 0, count: 65536)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        try #require(count > 0)
        var rest = buffer[..<count]
        var fields: [String: String] = [:]
        while let newline = rest.firstIndex(of: 0x0a) {
            let line = rest[..<newline]
            rest = rest[(newline + 1)...]
            if let equals = line.firstIndex(of: UInt8(ascii: "=")) {
                let value = line[(equals + 1)...]
                fields[String(decoding: line[..<equals], as: UTF8.self)] = String(decoding: value, as: UTF8.self)
            } else {
                let length = rest.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
                let value = rest.dropFirst(8).prefix(length)
                fields[String(decoding: line, as: UTF8.self)] = String(decoding: value, as: UTF8.self)
                rest = rest.dropFirst(8 + length + 1)
            }
        }
        return fields
    }
}

@Suite("The journal")
struct JournalTests {
    private static let isFree: Bool = {
        guard let obstacle = FakeJournal.obstacle else { return true }
        print("skipped: \(obstacle)")
        return false
    }()

    @Test("a record arrives with its own fields, line breaks and all", .enabled(if: isFree))
    func record() throws {
        let journal = try FakeJournal()
        var logger = Logger(label: "test") { _ in SystemLog(identifier: "boatyardd", destination: .journal) }
        logger[metadataKey: "action"] = "01HXYZ"
        logger.warning(.stepFailed, "first\nsecond", metadata: ["step": "preflight", "node": "n1"])
        let fields = try journal.next()
        #expect(fields["MESSAGE"] == "first\nsecond")
        #expect(fields["PRIORITY"] == "4")
        #expect(fields["MESSAGE_ID"] == CatalogEntry.stepFailed.rawValue)
        #expect(!fields.keys.contains("BOATYARD_MESSAGE_ID"))
        #expect(fields["SYSLOG_IDENTIFIER"] == "boatyardd")
        #expect(fields["BOATYARD_ACTION"] == "01HXYZ")
        #expect(fields["BOATYARD_STEP"] == "preflight")
        #expect(fields["BOATYARD_NODE"] == "n1")
        logger.debug("not at this level")
        logger.info("next")
        let next = try journal.next()
        #expect(next["MESSAGE"] == "next")
        #expect(next["MESSAGE_ID"] == CatalogEntry.ofLibrary.rawValue, "a library has no entries of its own")
    }
}
