/// Reads a tar archive that comes in pieces of any size, in a memory that does not grow with it.
///
/// Understands `ustar`, GNU's long names and binary numbers, and the records of POSIX.1-2001 for one member. Refuses archives
/// in several volumes, and what would let GNU's tar see other members than are seen here: sparse files, whose maps say how much
/// of the archive is read, two descriptions of one member, of which it forgets the first, contents of what it makes a folder
/// of by its name, and global records that name members.
package struct TarStream: Sendable {
    package enum Event: Sendable {
        /// The next member.
        case entry(TarEntry)
        /// The next bytes of its contents.
        case contents(ArraySlice<UInt8>)
    }

    /// Of one name, in bytes: the system's paths are shorter.
    private static let nameLimit = 64 << 10
    /// Of the records of one member, in bytes: they may have extended attributes.
    private static let recordLimit = 1 << 20
    /// Of the contents of one member, in bytes: more than any disk has.
    package static let sizeLimit = 1 << 46

    private enum State: Sendable {
        case header([UInt8])
        /// A member that describes the next one; the type, how much is to come, how much fills it up to whole blocks.
        case description(UInt8, left: Int, padding: Int, [UInt8])
        case contents(left: Int, padding: Int)
        case padding(Int)
        case ended
    }

    private var state = State.header([])
    /// In bytes: where the next one stands.
    private var position = 0
    private var longName: [UInt8]?
    private var longTarget: [UInt8]?
    private var records: [String: [UInt8]] = [:]
    /// The types of the descriptions that came for the next member.
    private var described: Set<UInt8> = []
    /// How many members there were.
    package private(set) var count = 0

    package init() {}

    /// Takes the next piece.
    ///
    /// - Parameter visit: is called for each member and for its contents, in their order.
    /// - Throws: `ArchiveError`; what `visit` throws.
    package mutating func feed(_ piece: ArraySlice<UInt8>, _ visit: (Event) throws -> Void) throws {
        var rest = piece
        while !rest.isEmpty {
            switch state {
            case .header(var block):
                let taken = rest.prefix(TarHeader.blockSize - block.count)
                block += taken
                advance(&rest, taken.count)
                state = .header(block)
                if block.count == TarHeader.blockSize { try header(block[...], visit) }
            case .description(let type, let left, let padding, var contents):
                let taken = rest.prefix(left)
                contents += taken
                advance(&rest, taken.count)
                state = .description(type, left: left - taken.count, padding: padding, contents)
                if left == taken.count {
                    try describe(type, contents)
                    state = padding > 0 ? .padding(padding) : .header([])
                }
            case .contents(let left, let padding):
                let taken = rest.prefix(left)
                try visit(.contents(taken))
                advance(&rest, taken.count)
                state =
                    left > taken.count
                    ? .contents(left: left - taken.count, padding: padding)
                    : padding > 0 ? .padding(padding) : .header([])
            case .padding(let left):
                let taken = rest.prefix(left)
                advance(&rest, taken.count)
                state = left > taken.count ? .padding(left - taken.count) : .header([])
            case .ended:
                guard rest.allSatisfy({ $0 == 0 }) else {
                    throw ArchiveError.damaged("there is something behind its end mark")
                }
                return
            }
        }
    }

    /// Says that nothing follows.
    ///
    /// - Throws: `ArchiveError.truncated` where the archive has not come to its end.
    package func finish() throws(ArchiveError) {
        guard case .ended = state else { throw .truncated("it ends at byte \(position), before its end mark") }
    }

    private mutating func advance(_ rest: inout ArraySlice<UInt8>, _ count: Int) {
        rest = rest.dropFirst(count)
        position += count
    }

    private mutating func header(_ block: ArraySlice<UInt8>, _ visit: (Event) throws -> Void) throws {
        let start = position - TarHeader.blockSize
        if block.allSatisfy({ $0 == 0 }) {
            guard described.isEmpty else {
                throw ArchiveError.truncated("a description at \(start) without its member")
            }
            state = .ended
            return
        }
        func field(_ range: Range<Int>) -> ArraySlice<UInt8> {
            block[block.startIndex + range.lowerBound..<block.startIndex + range.upperBound]
        }
        func number(_ range: Range<Int>, _ what: String) throws(ArchiveError) -> Int {
            guard let number = TarHeader.number(in: field(range)), number >= 0 else {
                throw .damaged("the \(what) in the header at \(start) is no number")
            }
            return number
        }
        guard TarHeader.number(in: field(TarHeader.checksumField)) == TarHeader.checksum(of: block) else {
            throw ArchiveError.damaged(
                position == TarHeader.blockSize ? "it is no tar archive" : "checksum of the header at \(start)")
        }
        let size = try number(TarHeader.sizeField, "size")
        let type = block[block.startIndex + TarHeader.typeField]
        switch type {
        case UInt8(ascii: "L"), UInt8(ascii: "K"), UInt8(ascii: "x"), UInt8(ascii: "g"):
            try description(type, size, start)
        default:
            let entry = try entry(block, type, size, start, number)
            (longName, longTarget, records, described) = (nil, nil, [:], [])
            count += 1
            try visit(.entry(entry))
            state =
                entry.size == 0
                ? .header([]) : .contents(left: entry.size, padding: TarHeader.padding(after: entry.size))
        }
    }

    /// Begins what describes the next member, or all of them.
    private mutating func description(_ type: UInt8, _ size: Int, _ start: Int) throws(ArchiveError) {
        let isName = type == UInt8(ascii: "L") || type == UInt8(ascii: "K")
        guard size <= (isName ? Self.nameLimit : Self.recordLimit) else {
            throw .damaged("a description of \(size) bytes at \(start)")
        }
        guard type == UInt8(ascii: "g") || described.insert(type).inserted else {
            throw .damaged("two descriptions of one member, the second at \(start)")
        }
        if size == 0 {
            try describe(type, [])
            state = .header([])
        } else {
            state = .description(type, left: size, padding: TarHeader.padding(after: size), [])
        }
    }

    private func entry(
        _ block: ArraySlice<UInt8>, _ type: UInt8, _ size: Int, _ start: Int,
        _ number: (Range<Int>, String) throws(ArchiveError) -> Int
    ) throws(ArchiveError) -> TarEntry {
        let path = records["path"] ?? longName ?? Self.name(block)
        let name = String(decoding: path.prefix(200), as: UTF8.self)
        var kind = try Self.kind(type, name)
        var length = 0
        if kind == .file { length = if let given = try record("size") { given } else { size } }
        guard length <= Self.sizeLimit else {
            throw .damaged("the member '\(name)' has \(length) bytes, more than any disk")
        }
        if kind == .file, path.last == UInt8(ascii: "/") {
            guard length == 0 else { throw .damaged("the member '\(name)' has the name of a folder, and contents") }
            kind = .folder
        }
        // Not behind `??`, which forgets the type of the error.
        let owner = if let owner = try record("uid") { owner } else { try number(TarHeader.ownerField, "owner") }
        let group = if let group = try record("gid") { group } else { try number(TarHeader.groupField, "group") }
        let isDevice = kind == .characterDevice || kind == .blockDevice
        let link = block[
            block.startIndex + TarHeader.linkField.lowerBound..<block.startIndex + TarHeader.linkField.upperBound]
        return TarEntry(
            kind: kind, path: path,
            target: kind == .hardLink || kind == .symbolicLink
                ? records["linkpath"] ?? longTarget ?? Array(link.prefix { $0 != 0 }) : [],
            mode: try number(TarHeader.modeField, "mode") & 0o7777,
            owner: owner, group: group, size: length,
            // Before 1970 is as good as 1970.
            modified: (try? number(TarHeader.timeField, "time")) ?? 0,
            major: isDevice ? try number(TarHeader.majorField, "device") : 0,
            minor: isDevice ? try number(TarHeader.minorField, "device") : 0)
    }

    private static func kind(_ type: UInt8, _ name: String) throws(ArchiveError) -> TarEntry.Kind {
        switch type {
        case 0, UInt8(ascii: "0"), UInt8(ascii: "7"): return .file
        case UInt8(ascii: "1"): return .hardLink
        case UInt8(ascii: "2"): return .symbolicLink
        case UInt8(ascii: "3"): return .characterDevice
        case UInt8(ascii: "4"): return .blockDevice
        case UInt8(ascii: "5"): return .folder
        case UInt8(ascii: "6"): return .pipe
        case UInt8(ascii: "S"): throw .unsupported("the member '\(name)' is a sparse file")
        default: throw .unsupported("the member '\(name)' is of the unknown type \(type)")
        }
    }

    private static func name(_ block: ArraySlice<UInt8>) -> [UInt8] {
        func text(_ range: Range<Int>) -> ArraySlice<UInt8> {
            block[block.startIndex + range.lowerBound..<block.startIndex + range.upperBound].prefix { $0 != 0 }
        }
        let prefix = text(TarHeader.prefixField)
        let magic = block[
            block.startIndex + TarHeader.magicField.lowerBound..<block.startIndex + TarHeader.magicField.upperBound]
        // GNU's format has other things where POSIX has the prefix, and the oldest one has nothing.
        let isPOSIX = magic.starts(with: [0x75, 0x73, 0x74, 0x61, 0x72, 0])
        return prefix.isEmpty || !isPOSIX
            ? Array(text(TarHeader.nameField)) : prefix + [UInt8(ascii: "/")] + text(TarHeader.nameField)
    }

    private func record(_ key: String) throws(ArchiveError) -> Int? {
        guard let text = records[key] else { return nil }
        guard let number = Self.decimal(text) else {
            throw .damaged("the record '\(key)' before \(position) is no number")
        }
        return number
    }

    /// Digits alone, at least one; nil for what no Int holds.
    private static func decimal(_ text: some Collection<UInt8>) -> Int? {
        guard !text.isEmpty, text.allSatisfy({ (48...57).contains($0) }) else { return nil }
        return Int(String(decoding: text, as: UTF8.self))
    }

    private mutating func describe(_ type: UInt8, _ contents: [UInt8]) throws(ArchiveError) {
        switch type {
        case UInt8(ascii: "L"): longName = Array(contents.prefix { $0 != 0 })
        case UInt8(ascii: "K"): longTarget = Array(contents.prefix { $0 != 0 })
        default: try readRecords(contents, isGlobal: type == UInt8(ascii: "g"))
        }
    }

    /// `27 path=usr/share/a\n`, where 27 is the length of the whole record.
    private mutating func readRecords(_ contents: [UInt8], isGlobal: Bool) throws(ArchiveError) {
        var rest = contents[...]
        while !rest.isEmpty {
            let digits = rest.prefix { $0 != 0x20 }
            guard digits.count <= 8, let length = Self.decimal(digits), length > digits.count + 2,
                length <= rest.count, rest[rest.startIndex + length - 1] == 0x0A
            else { throw .damaged("the records before \(position)") }
            let record = rest.prefix(length - 1).dropFirst(digits.count + 1)
            let key = record.prefix { $0 != UInt8(ascii: "=") }
            guard key.count < record.count else { throw .damaged("the records before \(position)") }
            let name = String(decoding: key, as: UTF8.self)
            guard !name.hasPrefix("GNU.") else {
                throw .unsupported(
                    "the member at \(position) is a sparse file, or one of several volumes (\(name.prefix(40)))")
            }
            if isGlobal {
                guard !["path", "linkpath", "size"].contains(name) else {
                    throw .damaged("a global header has the record '\(name)' for all members alike")
                }
            } else if ["path", "linkpath", "size", "uid", "gid"].contains(name) {
                records[name] = Array(record.dropFirst(key.count + 1))
            }
            rest = rest.dropFirst(length)
        }
    }
}
