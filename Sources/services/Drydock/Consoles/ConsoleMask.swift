import Primitives

/// Masks in what a machine writes to its console the secrets of its BMC, and boot tokens: the kernel shows its command line,
/// on which the installer's token stands. What comes in pieces is masked as if it came at once.
struct ConsoleMask: Sendable {
    /// Before the secret.
    private static let key = Array("boatyard.token=".utf8)

    private var matched = 0
    private var isMasking = false
    private var secrets: ConsoleSecrets

    /// Whether one of the secrets is too short to be masked.
    var leavesOut: Bool { secrets.leavesOut }

    /// - Parameter secrets: of the machine's BMC.
    init(_ secrets: [Secret<String>]) { self.secrets = ConsoleSecrets(secrets) }

    mutating func masked(_ bytes: [UInt8]) -> [UInt8] { secrets.masked(withoutTokens(bytes)) }

    /// Whether `shownWhileQuiet` would give something.
    var hasBegun: Bool { secrets.hasBegun }

    /// What is held back, where nothing follows for a while.
    mutating func shownWhileQuiet() -> [UInt8] { secrets.shownWhileQuiet() }

    /// What is held back, once the console has ended.
    mutating func finished() -> [UInt8] { secrets.finished() }

    private mutating func withoutTokens(_ bytes: [UInt8]) -> [UInt8] {
        var shown: [UInt8] = []
        shown.reserveCapacity(bytes.count)
        for byte in bytes {
            // A token has letters and digits; whatever else comes ends it. The next one may follow at once.
            isMasking = isMasking && Self.isOfToken(byte)
            if !isMasking { shown.append(byte) }
            if byte == Self.key[matched] {
                matched += 1
            } else {
                // No other place of the key begins as its start does.
                matched = byte == Self.key[0] ? 1 : 0
            }
            guard matched == Self.key.count else { continue }
            matched = 0
            isMasking = true
            shown += Array(LogRedactor.mask.utf8)
        }
        return shown
    }

    private static func isOfToken(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}
