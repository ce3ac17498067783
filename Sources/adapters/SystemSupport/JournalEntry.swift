import CLibsystemd
import Glibc
import Logging
import Primitives

/// One record of the journal as its fields.
package struct JournalEntry: Hashable, Sendable {
    /// Names and values in the order in which they are sent.
    package var fields: [Field]

    /// A field of an entry.
    package struct Field: Hashable, Sendable {
        /// Capitals, digits and `_`, as the journal wants it.
        package var name: String
        /// Lines are kept, other control characters escaped: `journalctl` shows a field with some as binary data.
        package var value: String
    }

    package init(message: String, level: Logger.Level, identifier: String, metadata: Logger.Metadata) {
        let escaped = { (text: String) in ControlCharacters.escaped(text, keepsLines: true) }
        fields = [
            Field(name: "MESSAGE", value: escaped(message)), Field(name: "PRIORITY", value: "\(level.priority)"),
            Field(name: "SYSLOG_IDENTIFIER", value: identifier),
        ]
        fields += LogField.sorted(metadata).map { Field(name: LogField.journalName($0.key), value: escaped($0.value)) }
    }

    /// Writes the record; false if the journal does not take it.
    package func send() -> Bool {
        let assignments = fields.map { Array("\($0.name)=\($0.value)".utf8) }
        let bytes = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: assignments.reduce(0) { $0 + $1.count })
        defer { bytes.deallocate() }
        var vectors: [iovec] = []
        var offset = 0
        for assignment in assignments {
            let part = UnsafeMutableBufferPointer(rebasing: bytes[offset..<offset + assignment.count])
            _ = part.initialize(from: assignment)
            vectors.append(iovec(iov_base: part.baseAddress, iov_len: part.count))
            offset += assignment.count
        }
        return sd_journal_sendv(vectors, CInt(vectors.count)) == 0
    }
}
