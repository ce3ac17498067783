import Synchronization
import Testing

@testable import BoatyardCLI

@Suite("The console of a machine, on the command line")
struct ConsoleTextTests {
    @Test("escapes begin a line, and everything else goes to the machine")
    func escapes() {
        var keys = EscapeKeys()
        #expect(keys.take(Array("~~x~.".utf8)) == [.characters(Array("~x~.".utf8))])
        #expect(keys.take([0x0d]) == [.characters([0x0d])])
        #expect(keys.take(Array("~".utf8)).isEmpty)
        #expect(keys.take(Array("B~?a".utf8)) == [.sendBreak, .help, .characters(Array("a".utf8))])
        #expect(keys.take(Array("\r~d\r~.zzz".utf8)) == [.characters(Array("\r~d\r".utf8)), .leave])
    }

    /// Gives the pieces one after the other, and then the end.
    private func typed(_ pieces: String...) -> @Sendable () async -> [UInt8]? {
        let left = Recorded(pieces.map { Array($0.utf8) })
        return { left.takeFirst() }
    }

    private final class Recorded: Sendable {
        private let pieces: Mutex<[[UInt8]]>

        init(_ pieces: [[UInt8]] = []) { self.pieces = Mutex(pieces) }

        var all: [[UInt8]] { pieces.withLock { $0 } }

        func add(_ piece: [UInt8]) { pieces.withLock { $0.append(piece) } }

        func takeFirst() -> [UInt8]? { pieces.withLock { $0.isEmpty ? nil : $0.removeFirst() } }
    }

    @Test("the escape that ends waits for nothing that was typed before", .timeLimit(.minutes(1)))
    func leaving() async throws {
        let (never, continuation) = AsyncStream.makeStream(of: Void.self)
        // As of a BMC that acknowledges nothing: it ends as its task is cancelled.
        let console = RemoteConsole(follow: { _ in }, write: { _ in for await _ in never {} }, sendBreak: {})
        try await ConsoleTerminal.type(into: console, from: typed("ls\r", "~.", "lost"), report: { _ in })
        withExtendedLifetime(continuation) {}
    }

    @Test("what is typed before the end of the input is written, in its order")
    func endOfInput() async throws {
        let written = Recorded()
        let console = RemoteConsole(
            follow: { _ in }, write: { written.add($0) }, sendBreak: { written.add(Array("break".utf8)) })
        try await ConsoleTerminal.type(into: console, from: typed("a\r", "~B", "b"), report: { _ in })
        #expect(written.all == ["a\r", "break", "b"].map { Array($0.utf8) })
    }

    @Test("control characters are escaped, lines end with a line feed, and no character is cut")
    func text() {
        let bytes = Array("\u{1b}[1mKöln\r\nnext\rover\0\r\n".utf8)
        for size in 1...bytes.count {
            var text = ConsoleText()
            var shown = ""
            for start in stride(from: 0, to: bytes.count, by: size) {
                shown += text.take(Array(bytes[start..<min(start + size, bytes.count)]))
            }
            #expect(shown + text.end() == "\\u001b[1mKöln\nnext\nover\n")
        }
        var broken = ConsoleText()
        #expect(broken.take([0xff, 0xc3, 0x61, 0xc3]) == "\u{fffd}\u{fffd}a")
        #expect(broken.end() == "\u{fffd}")
    }
}
