/// Tar archives in GNU's format, byte for byte as Python's `tarfile` writes them with `GNU_FORMAT`.
package enum Tar {
    private static let regularFile = UInt8(ascii: "0")
    private static let longName = UInt8(ascii: "L")
    /// Archives are filled up to whole records of twenty blocks.
    private static let recordSize = 20 * TarHeader.blockSize

    /// The archive of `members` in their order, duplicates kept.
    package static func archive(_ members: [TarMember]) -> [UInt8] {
        var archive: [UInt8] = []
        archive.reserveCapacity(
            members.reduce(recordSize) { $0 + 3 * TarHeader.blockSize + $1.name.utf8.count + $1.contents.count })
        for member in members {
            let name = Array(member.name.utf8)
            if name.count > TarHeader.nameField.count {
                let link = Array("././@LongLink".utf8)
                archive += TarHeader(name: link[...], mode: 0, size: name.count + 1, type: longName).block
                archive += name
                archive.append(0)
                pad(&archive, to: TarHeader.blockSize)
            }
            let size = member.contents.count
            archive += TarHeader(name: name[...], mode: member.mode, size: size, type: regularFile).block
            archive += member.contents
            pad(&archive, to: TarHeader.blockSize)
        }
        archive += [UInt8](repeating: 0, count: 2 * TarHeader.blockSize)
        pad(&archive, to: recordSize)
        return archive
    }

    /// The regular files of an archive in `ustar` or GNU format.
    ///
    /// - Parameter limit: how many bytes names and contents may have together.
    /// - Throws: `ArchiveError` for truncation, a wrong checksum, a number that
    ///   is none, members that are no regular files, and names that are not UTF-8.
    package static func read(_ bytes: [UInt8], limit: Int) throws(ArchiveError) -> [TarMember] {
        var members: [TarMember] = []
        var position = 0
        var used = 0
        var pendingName: [UInt8]?
        while true {
            guard bytes.count - position >= TarHeader.blockSize else { throw .truncated("no end mark at \(position)") }
            let header = bytes[position..<position + TarHeader.blockSize]
            if header.allSatisfy({ $0 == 0 }) { break }
            func field(_ range: Range<Int>) -> ArraySlice<UInt8> {
                header[header.startIndex + range.lowerBound..<header.startIndex + range.upperBound]
            }
            guard TarHeader.number(in: field(TarHeader.checksumField)) == TarHeader.checksum(of: header) else {
                throw .damaged("checksum of the header at \(position)")
            }
            guard let size = TarHeader.number(in: field(TarHeader.sizeField)),
                let mode = TarHeader.number(in: field(TarHeader.modeField))
            else { throw .damaged("number in the header at \(position)") }
            let start = position + TarHeader.blockSize
            guard size <= bytes.count - start else { throw .truncated("member at \(position) has \(size) bytes") }
            used += size
            guard used <= limit else { throw .tooLarge(limit: limit) }
            let contents = bytes[start..<start + size]
            switch header[header.startIndex + TarHeader.typeField] {
            case longName:
                pendingName = Array(contents.prefix { $0 != 0 })
            case regularFile, 0, UInt8(ascii: "7"):
                let raw =
                    pendingName
                    ?? name(
                        field(TarHeader.nameField), field(TarHeader.prefixField), magic: field(TarHeader.magicField))
                guard let name = String(validating: raw, as: UTF8.self) else {
                    throw .damaged("name of the member at \(position) is not UTF-8")
                }
                members.append(TarMember(name: name, mode: mode & 0o7777, contents: Array(contents)))
                pendingName = nil
            case let type:
                throw .unsupported("member of type \(type) at \(position); only regular files are read")
            }
            let blocks = (size + TarHeader.blockSize - 1) / TarHeader.blockSize
            position = min(bytes.count, start + blocks * TarHeader.blockSize)
        }
        guard pendingName == nil else { throw .truncated("long name without its member") }
        return members
    }

    private static func name(
        _ name: ArraySlice<UInt8>, _ prefix: ArraySlice<UInt8>, magic: ArraySlice<UInt8>
    ) -> [UInt8] {
        let name = Array(name.prefix { $0 != 0 })
        let prefix = Array(prefix.prefix { $0 != 0 })
        // GNU's format has other things where POSIX has the prefix.
        return prefix.isEmpty || magic.elementsEqual(TarHeader.gnuMagic) ? name : prefix + [UInt8(ascii: "/")] + name
    }

    private static func pad(_ bytes: inout [UInt8], to size: Int) {
        let rest = bytes.count % size
        if rest > 0 { bytes += [UInt8](repeating: 0, count: size - rest) }
    }
}
