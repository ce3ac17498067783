/// Reads a tar archive that comes in pieces of any size, in a memory that does not grow with it.
///
/// Understands `ustar`, GNU's long names and binary numbers, and the records of POSIX.1-2001 for one member. Refuses sparse
/// files, which no file system image needs, and archives in several volumes.
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
            case .ended: return
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
            guard longName == nil, longTarget == nil, records.isEmpty else {
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
        var size = try number(TarHeader.sizeField, "size")
        let type = block[block.startIndex + TarHeader.typeField]
        switch type {
        case UInt8(ascii: "L"), UInt8(ascii: "K"), UInt8(ascii: "x"), UInt8(ascii: "X"), UInt8(ascii: "g"):
            let limit = type == UInt8(ascii: "L") || type == UInt8(ascii: "K") ? Self.nameLimit : Self.recordLimit
            guard size <= limit else { throw ArchiveError.damaged("a description of \(size) bytes at \(start)") }
            state =
                size == 0 ? .header([]) : .description(type, left: size, padding: TarHeader.padding(after: size), [])
            return
        case UInt8(ascii: "V"):
            state = .header([])
            return
        default: break
        }
        let kind = try Self.kind(type, start)
        if let text = try record("size") { size = text }
        if kind != .file { size = 0 }
        let entry = TarEntry(
            kind: kind, path: records["path"] ?? longName ?? Self.name(block),
            target: kind == .hardLink || kind == .symbolicLink
                ? records["linkpath"] ?? longTarget ?? Array(field(TarHeader.linkField).prefix { $0 != 0 }) : [],
            mode: try number(TarHeader.modeField, "mode") & 0o7777,
            owner: try record("uid") ?? number(TarHeader.ownerField, "owner"),
            group: try record("gid") ?? number(TarHeader.groupField, "group"), size: size,
            // Before 1970 is as good as 1970.
            modified: TarHeader.number(in: field(TarHeader.timeField)) ?? 0)
        longName = nil
        longTarget = nil
        records = [:]
        count += 1
        try visit(.entry(entry))
        state = size == 0 ? .header([]) : .contents(left: size, padding: TarHeader.padding(after: size))
    }

    private static func kind(_ type: UInt8, _ start: Int) throws(ArchiveError) -> TarEntry.Kind {
        switch type {
        case 0, UInt8(ascii: "0"), UInt8(ascii: "7"): return .file
        case UInt8(ascii: "1"): return .hardLink
        case UInt8(ascii: "2"): return .symbolicLink
        case UInt8(ascii: "3"): return .characterDevice
        case UInt8(ascii: "4"): return .blockDevice
        case UInt8(ascii: "5"): return .folder
        case UInt8(ascii: "6"): return .pipe
        case UInt8(ascii: "S"): throw .unsupported("a sparse file at \(start)")
        default: throw .unsupported("a member of type \(type) at \(start)")
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
        guard let number = Int(String(decoding: text, as: UTF8.self)), number >= 0 else {
            throw .damaged("the record '\(key)' before \(position) is no number")
        }
        return number
    }

    private mutating func describe(_ type: UInt8, _ contents: [UInt8]) throws(ArchiveError) {
        switch type {
        case UInt8(ascii: "L"): longName = Array(contents.prefix { $0 != 0 })
        case UInt8(ascii: "K"): longTarget = Array(contents.prefix { $0 != 0 })
        case UInt8(ascii: "g"): break
        default: try readRecords(contents)
        }
    }

    /// `27 path=usr/share/a\n`, where 27 is the length of the whole record.
    private mutating func readRecords(_ contents: [UInt8]) throws(ArchiveError) {
        var rest = contents[...]
        while !rest.isEmpty, rest.first != 0 {
            let digits = rest.prefix { $0 != 0x20 }
            guard let length = Int(String(decoding: digits.prefix(20), as: UTF8.self)), length > digits.count + 2,
                length <= rest.count, rest[rest.startIndex + length - 1] == 0x0A
            else { throw .damaged("the records before \(position)") }
            let record = rest.prefix(length - 1).dropFirst(digits.count + 1)
            let key = record.prefix { $0 != UInt8(ascii: "=") }
            let name = String(decoding: key, as: UTF8.self)
            guard !name.hasPrefix("GNU.sparse") else { throw .unsupported("a sparse file before \(position)") }
            if ["path", "linkpath", "size", "uid", "gid"].contains(name) {
                records[name] = Array(record.dropFirst(key.count + 1))
            }
            rest = rest.dropFirst(length)
        }
    }
}
