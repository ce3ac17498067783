import Logging
import Primitives
import Testing

@testable import SystemSupport

@Suite("Log records")
struct LogTests {
    private let metadata: Logger.Metadata = [
        "zone": "a b", "step": "deploy_site.preflight", "action": "01HXYZ", "request": "r\n1",
    ]

    @Test("journal fields are named after the metadata, the well-known ones first")
    func journalFields() {
        let entry = JournalEntry(
            message: "two\nlines", id: "0a", level: .error, identifier: "boatyardd", metadata: metadata)
        #expect(
            entry.fields.map { "\($0.name)=\($0.value)" } == [
                "MESSAGE=two\nlines", "MESSAGE_ID=0a", "PRIORITY=3", "SYSLOG_IDENTIFIER=boatyardd",
                "BOATYARD_ACTION=01HXYZ",
                "BOATYARD_STEP=deploy_site.preflight", "BOATYARD_REQUEST=r\n1", "BOATYARD_ZONE=a b",
            ])
    }

    @Test("field names keep to what the journal takes")
    func fieldNames() {
        #expect(LogField.journalName("peer-name.é") == "BOATYARD_PEER_NAME__")
        #expect(LogField.journalName(String(repeating: "a", count: 100)).count <= 64)
    }

    @Test("levels become syslog's severities")
    func priorities() {
        let levels: [Logger.Level] = [.trace, .debug, .info, .notice, .warning, .error, .critical]
        #expect(levels.map(\.priority) == [7, 7, 6, 5, 4, 3, 2])
    }

    @Test("a line on standard error cannot be forged")
    func line() {
        let line = LogLine.format(
            "went\nwrong\u{1b}[31m", level: .info, metadata: metadata,
            at: Timestamp(microseconds: 1_795_298_400_123_456))
        #expect(
            line == "2026-11-21T22:00:00Z info     action=01HXYZ step=deploy_site.preflight request=r\\n1 "
                + "zone=\"a b\" went\\nwrong\\u001b[31m")
    }
}
