import Testing

@testable import boatyard

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
