import Glibc

/// What is typed or piped in.
enum StandardInput {
    /// In bytes: no password and no token is longer.
    private static let limit = 64 << 10

    /// The first line without its end; nil at the end of the input, and for a line that does not end within 64 KiB.
    static func line() -> String? {
        var line: [UInt8] = []
        var byte: UInt8 = 0
        while line.count <= limit {
            let count = read(STDIN_FILENO, &byte, 1)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return line.isEmpty ? nil : String(decoding: line, as: UTF8.self) }
            if byte == 0x0a {
                if line.last == 0x0d { line.removeLast() }
                return String(decoding: line, as: UTF8.self)
            }
            line.append(byte)
        }
        return nil
    }
}
