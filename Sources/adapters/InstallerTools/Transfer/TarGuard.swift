import Primitives

/// Looks at the headers of a tar archive while it passes, and lets nothing through that leaves the folder it is unpacked
/// in, and no device but those that every system has.
///
/// Bytes come out in the pieces in which they came in; a piece with a header that is refused does not come out.
package struct TarGuard: Sendable {
    private static let block = 512
    /// Names of this length and extended headers of this length are refused.
    private static let longestExtension = 1 << 20

    /// What the archive is, for messages.
    private let title: String
    private var header: [UInt8] = []
    /// How many bytes of contents and padding are still to come.
    private var contents = 0
    /// Contents that are looked at: those of an extended header, and their length without padding.
    private var extended: (type: UInt8, bytes: [UInt8], length: Int)?
    /// What extended headers say of the next member.
    private var nextName: [UInt8]?
    private var nextLink: [UInt8]?
    private var nextSize: Int?
    private var hasEnded = false
    /// How many members were let through.
    package private(set) var members = 0
    /// The names of its regular files, the first `nameLimit` of them.
    package private(set) var names: [String] = []
    /// More than boot actions have.
    package static let nameLimit = 4096
    private let takesAbsoluteNames: Bool

    /// - Parameter takesAbsoluteNames: whether names may begin with a slash, since whoever unpacks takes them as relative.
    package init(title: String, takesAbsoluteNames: Bool = false) {
        self.title = title
        self.takesAbsoluteNames = takesAbsoluteNames
    }

    /// Looks at the next bytes.
    ///
    /// - Throws: `BoatyardError` `archive.entry` or `archive.damaged`, which name the archive and the member.
    package mutating func inspect(_ piece: [UInt8]) throws(BoatyardError) {
        var rest = piece[...]
        while !rest.isEmpty {
            if contents > 0 {
                let count = min(contents, rest.count)
                if extended != nil { extended?.bytes.append(contentsOf: rest.prefix(count)) }
                rest = rest.dropFirst(count)
                contents -= count
                if contents == 0 { try finishExtension() }
            } else {
                let count = min(Self.block - header.count, rest.count)
                header += rest.prefix(count)
                rest = rest.dropFirst(count)
                guard header.count == Self.block else { return }
                try readHeader()
                header.removeAll(keepingCapacity: true)
            }
        }
    }

    /// - Throws: `BoatyardError` `archive.damaged` where the archive has not ended with its end mark.
    package func finish() throws(BoatyardError) {
        guard hasEnded, contents == 0 else { throw damaged("it ends before its end mark, after \(members) members") }
    }

    private mutating func readHeader() throws(BoatyardError) {
        if header.allSatisfy({ $0 == 0 }) {
            hasEnded = true
            return
        }
        guard !hasEnded else { throw damaged("there is something behind its end mark") }
        guard TarField.number(header[148..<156]) == TarField.checksum(header) else {
            throw damaged("the header after \(members) members has a wrong checksum")
        }
        guard let size = TarField.number(header[124..<136]), size >= 0, size < 1 << 60 else {
            throw damaged("the header after \(members) members has no length")
        }
        let type = header[156]
        if [UInt8(ascii: "x"), UInt8(ascii: "g"), UInt8(ascii: "L"), UInt8(ascii: "K")].contains(type) {
            guard size <= Self.longestExtension else { throw damaged("an extended header has \(size) bytes") }
            extended = (type, [], size)
            contents = Self.padded(size)
            if contents == 0 { try finishExtension() }
            return
        }
        let name = try check(type)
        members += 1
        // Links and devices have no contents, whatever their headers say of a length.
        let isFile = !(UInt8(ascii: "1")...UInt8(ascii: "6")).contains(type)
        let length = isFile ? nextSize ?? size : 0
        if isFile, names.count < Self.nameLimit { names.append(String(decoding: name, as: UTF8.self)) }
        guard length >= 0, length < 1 << 60 else { throw damaged("a member has no length") }
        contents = Self.padded(length)
        (nextName, nextLink, nextSize) = (nil, nil, nil)
    }

    /// - Returns: the name of the member.
    private func check(_ type: UInt8) throws(BoatyardError) -> [UInt8] {
        let magic = header[257..<263]
        let prefix = magic.elementsEqual("ustar\0".utf8) ? TarField.text(header[345..<500]) : []
        let own = TarField.text(header[0..<100])
        let name = nextName ?? (prefix.isEmpty ? own : prefix + [UInt8(ascii: "/")] + own)
        let path = takesAbsoluteNames ? Array(name.drop { $0 == UInt8(ascii: "/") }) : name
        guard TarField.staysInside(path) else { throw refused(name, "leaves the folder that it is unpacked in") }
        switch type {
        case UInt8(ascii: "1"):
            let target = nextLink ?? TarField.text(header[157..<257])
            guard TarField.staysInside(target) else {
                throw refused(
                    name, "is a hard link to '\(Self.text(target))', outside of the folder that it is unpacked in")
            }
        case UInt8(ascii: "3"), UInt8(ascii: "4"):
            guard type == UInt8(ascii: "3"), isUsualDevice(name) else {
                throw refused(name, "is a device node, which an image has none of but the usual ones below /dev")
            }
        case 0, UInt8(ascii: "0"), UInt8(ascii: "2"), UInt8(ascii: "5"), UInt8(ascii: "6"), UInt8(ascii: "7"): break
        case let type: throw refused(name, "is of the unknown type \(type)")
        }
        return name
    }

    private static let usualDevices: [String: (Int, Int)] = [
        "dev/null": (1, 3), "dev/zero": (1, 5), "dev/full": (1, 7), "dev/random": (1, 8), "dev/urandom": (1, 9),
        "dev/tty": (5, 0), "dev/console": (5, 1), "dev/ptmx": (5, 2), "dev/pts/ptmx": (5, 2),
    ]

    private func isUsualDevice(_ name: [UInt8]) -> Bool {
        let parts = name.split(separator: UInt8(ascii: "/")).filter { !$0.elementsEqual(".".utf8) }
        let path = parts.map { String(decoding: $0, as: UTF8.self) }.joined(separator: "/")
        guard let usual = Self.usualDevices[path] else { return false }
        return TarField.number(header[329..<337]) == usual.0 && TarField.number(header[337..<345]) == usual.1
    }

    private mutating func finishExtension() throws(BoatyardError) {
        guard let (type, padded, length) = extended else { return }
        extended = nil
        let bytes = Array(padded.prefix(length))
        switch type {
        case UInt8(ascii: "L"): nextName = Array(bytes.prefix { $0 != 0 })
        case UInt8(ascii: "K"): nextLink = Array(bytes.prefix { $0 != 0 })
        case UInt8(ascii: "x"), UInt8(ascii: "g"):
            guard let records = TarField.records(bytes) else { throw damaged("an extended header cannot be read") }
            for (key, value) in records {
                guard type == UInt8(ascii: "x") else {
                    guard !["path", "linkpath", "size"].contains(key) else {
                        throw damaged("a global header names all members alike")
                    }
                    continue
                }
                switch key {
                case "path", "GNU.sparse.name": nextName = value
                case "linkpath": nextLink = value
                case "size": nextSize = Int(String(decoding: value, as: UTF8.self)) ?? -1
                default: break
                }
            }
        default: break
        }
    }

    private static func padded(_ size: Int) -> Int { (size + block - 1) / block * block }

    private static func text(_ name: [UInt8]) -> String {
        ControlCharacters.escaped(String(decoding: name.prefix(200), as: UTF8.self), keepsLines: false)
    }

    private func refused(_ name: [UInt8], _ reason: String) -> BoatyardError {
        BoatyardError(
            "archive.entry",
            "\(title): the member '\(Self.text(name))' \(reason). Nothing of it was written; make the archive without it."
        )
    }

    private func damaged(_ reason: String) -> BoatyardError {
        BoatyardError("archive.damaged", "\(title) is no whole tar archive: \(reason). Make or import it again.")
    }
}

/// The fields of tar headers (POSIX.1-2001 pax, GNU).
enum TarField {
    static func text(_ field: ArraySlice<UInt8>) -> [UInt8] { Array(field.prefix { $0 != 0 }) }

    /// Octal digits between blanks, or GNU's binary numbers; nil for anything else.
    static func number(_ field: ArraySlice<UInt8>) -> Int? {
        if let first = field.first, first & 0x80 != 0 {
            guard first == 0x80 else { return nil }
            var value = 0
            for byte in field.dropFirst() {
                let (shifted, overflow) = value.multipliedReportingOverflow(by: 256)
                guard !overflow else { return nil }
                value = shifted | Int(byte)
            }
            return value
        }
        let digits = field.drop { $0 == 0x20 }.prefix { $0 != 0x20 && $0 != 0 }
        guard digits.count <= 12, digits.allSatisfy({ (48...55).contains($0) }) else { return nil }
        return digits.reduce(0) { $0 << 3 | Int($1 - 48) }
    }

    /// The sum of all bytes, those of the checksum itself counted as blanks.
    static func checksum(_ header: [UInt8]) -> Int {
        var sum = 0
        for (offset, byte) in header.enumerated() { sum += (148..<156).contains(offset) ? 0x20 : Int(byte) }
        return sum
    }

    /// Whether a path is relative and never climbs.
    static func staysInside(_ path: [UInt8]) -> Bool {
        guard !path.isEmpty, path.first != UInt8(ascii: "/"), !path.contains(0) else { return false }
        return !path.split(separator: UInt8(ascii: "/")).contains { $0.elementsEqual("..".utf8) }
    }

    /// `LENGTH KEY=VALUE\n` each; nil where one is not like that.
    static func records(_ bytes: [UInt8]) -> [(key: String, value: [UInt8])]? {
        var records: [(String, [UInt8])] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            let digits = rest.prefix { $0 != UInt8(ascii: " ") }
            guard digits.count <= 8, let length = Int(String(decoding: digits, as: UTF8.self)),
                length > digits.count + 1, length <= rest.count
            else { return nil }
            let record = rest.prefix(length).dropFirst(digits.count + 1)
            guard record.last == UInt8(ascii: "\n"), let equals = record.firstIndex(of: UInt8(ascii: "=")) else {
                return nil
            }
            records.append(
                (String(decoding: record[..<equals], as: UTF8.self), Array(record[(equals + 1)...].dropLast())))
            rest = rest.dropFirst(length)
        }
        return records
    }
}
