import Primitives

/// What a machine has written, piece by piece, for whatever reads it: its control characters are escaped, and its lines end
/// with a line feed alone.
struct ConsoleText: Sendable {
    private var rest: [UInt8] = []

    /// What can be shown now: a character that is not whole, or a return that a line feed may follow, waits.
    mutating func take(_ bytes: [UInt8]) -> String {
        rest += bytes.filter { $0 != 0 }
        let count = rest.count - Self.open(rest)
        defer { rest = Array(rest.dropFirst(count)) }
        return Self.text(rest.prefix(count))
    }

    /// What waits still, at the end.
    mutating func end() -> String {
        defer { rest = [] }
        return Self.text(rest[...])
    }

    private static func text(_ bytes: ArraySlice<UInt8>) -> String {
        var lines: [UInt8] = []
        for (place, byte) in bytes.enumerated() {
            // A return alone goes back in the line: what follows is another one here.
            let next = bytes.dropFirst(place + 1).first
            if byte == 0x0d {
                if next != 0x0a { lines.append(0x0a) }
            } else {
                lines.append(byte)
            }
        }
        return ControlCharacters.escaped(String(decoding: lines, as: UTF8.self), keepsLines: true)
    }

    /// How many bytes at the end may go on.
    private static func open(_ bytes: [UInt8]) -> Int {
        if bytes.last == 0x0d { return 1 }
        for back in 1...3 where back <= bytes.count {
            let byte = bytes[bytes.count - back]
            if byte & 0xc0 == 0x80 { continue }
            let length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1
            return length > back ? back : 0
        }
        return 0
    }
}
