import Glibc
import Primitives

/// Standard output and standard error. What machines, documents and servers say reaches them escaped, on a terminal and in a
/// pipe alike.
enum Console {
    static func print(_ text: String, terminator: String = "\n") {
        Swift.print(ControlCharacters.escaped(text, keepsLines: true), terminator: terminator)
        // Into a pipe or a file it would go later, and not at all where a signal ends the program.
        fflush(nil)
    }

    /// - Parameter text: one line, whatever is in it.
    static func printLine(_ text: String) { print(Text.line(text)) }

    static func printError(_ text: String) {
        let bytes = Array((ControlCharacters.escaped(text, keepsLines: true) + "\n").utf8)
        // A closed standard error leaves nobody to tell.
        _ = bytes.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}
