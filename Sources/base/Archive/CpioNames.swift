/// Reads the names of the members of archives in the format `newc` that follow each other, as they come in pieces.
///
/// Source: Documentation/driver-api/early-userspace, buffer-format, of Linux.
package struct CpioNames: Sendable {
    private static let headerLength = 110
    /// In bytes, as Linux takes them.
    private static let longestName = 4096

    private var pending: [UInt8] = []
    /// How many of the next bytes are contents.
    private var skipped = 0

    package init() {}

    /// - Returns: the names of the members whose headers end in this piece.
    /// - Throws: `ArchiveError.damaged`.
    package mutating func take(_ piece: [UInt8]) throws(ArchiveError) -> [[UInt8]] {
        let bytes = pending.isEmpty ? piece : pending + piece
        var at = 0
        var names: [[UInt8]] = []
        defer { pending = Array(bytes[at...]) }
        while true {
            let step = min(skipped, bytes.count - at)
            skipped -= step
            at += step
            guard skipped == 0 else { return names }
            // Zeros stand between archives.
            while at < bytes.count, bytes[at] == 0 { at += 1 }
            guard bytes.count - at >= Self.headerLength else { return names }
            let magic = bytes[at..<(at + 6)]
            guard magic.elementsEqual("070701".utf8) || magic.elementsEqual("070702".utf8),
                let size = Self.number(6, bytes, at), let length = Self.number(11, bytes, at),
                (1...Self.longestName).contains(length)
            else { throw .damaged("there is no header of a member where one has to be") }
            let end = at + Self.headerLength + length
            guard bytes.count >= end else { return names }
            names.append(Array(bytes[(at + Self.headerLength)..<(end - 1)]))
            // Header and name together, and the contents, end at a multiple of four.
            skipped = Self.padding(Self.headerLength + length) + size + Self.padding(size)
            at = end
        }
    }

    /// The field at `place`, counted from 0 behind the magic number: eight hexadecimal digits.
    private static func number(_ place: Int, _ bytes: [UInt8], _ header: Int) -> Int? {
        let begin = header + 6 + 8 * place
        var number = 0
        for byte in bytes[begin..<(begin + 8)] {
            guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue else { return nil }
            number = number << 4 | digit
        }
        return number
    }

    private static func padding(_ length: Int) -> Int { (4 - length % 4) % 4 }
}
