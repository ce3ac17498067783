import Glibc
import Primitives

/// Unbuffered writing, so that a line is out when the call returns. Control characters are escaped but for line feeds.
enum StandardStreams {
    static func output(_ text: String) { write(text, to: 1) }
    static func error(_ text: String) { write(text, to: 2) }

    private static func write(_ text: String, to descriptor: CInt) {
        var rest = Array(ControlCharacters.escaped(text, keepsLines: true).utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 || errno == EINTR else { return }
            rest = rest.dropFirst(max(0, count))
        }
    }
}
