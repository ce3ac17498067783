import CLibsystemd
import Glibc
import Logging
import Primitives

/// A record of the systemd journal as its fields.
package struct JournalEntry: Hashable, Sendable {
    /// The fields in the order in which they are sent.
    package var fields: [Field]

    /// A field of a record.
    package struct Field: Hashable, Sendable {
        /// The name: capital letters, digits and `_`.
        package var name: String
        /// The value. Line feeds are kept, other control characters are escaped, as `journalctl` shows fields with them
        /// as binary data.
        package var value: String
    }

    /// - Parameter id: what the catalog knows the message by.
    package init(message: String, id: String, level: Logger.Level, identifier: String, metadata: Logger.Metadata) {
        let escaped = { (text: String) in ControlCharacters.escaped(text, keepsLines: true) }
        fields = [
            Field(name: "MESSAGE", value: escaped(message)), Field(name: "MESSAGE_ID", value: id),
            Field(name: "PRIORITY", value: "\(level.priority)"),
            Field(name: "SYSLOG_IDENTIFIER", value: identifier),
        ]
        fields += LogField.sorted(metadata).map { Field(name: LogField.journalName($0.key), value: escaped($0.value)) }
    }

    /// Sends the record to the journal.
    ///
    /// - Returns: whether the journal took it.
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
