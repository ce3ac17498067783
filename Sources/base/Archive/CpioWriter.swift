/// Writes an archive in the format `newc`, which Linux unpacks as its first root (Documentation/driver-api/early-userspace,
/// buffer-format).
///
/// Inodes are numbered as members come, so that equal members give equal bytes and none is taken for another's link.
package struct CpioWriter: Sendable {
    private var inode = 0

    package init() {}

    /// The header of a member. Its contents follow, and then as many zeros as `padding(after:)` says.
    ///
    /// - Parameters:
    ///   - path: without a slash at the begin.
    ///   - type: of the file mode: 0o100000 for a file, 0o040000 for a folder, 0o120000 for a symbolic link, whose
    ///     contents are its target.
    ///   - device: major and minor number of a device.
    /// - Throws: `ArchiveError.unsupported` for contents of 4 GiB or more.
    package mutating func header(
        path: [UInt8], type: Int, mode: Int, owner: Int = 0, group: Int = 0, size: Int = 0, modified: Int = 0,
        device: (major: Int, minor: Int) = (0, 0)
    ) throws(ArchiveError) -> [UInt8] {
        inode += 1
        return try Self.header(
            path: path,
            fields: [
                inode, type | mode, owner, group, type == 0o040000 ? 2 : 1, modified, size, 0, 0, device.major,
                device.minor, path.count + 1, 0,
            ])
    }

    /// What ends an archive.
    package static func trailer() throws(ArchiveError) -> [UInt8] {
        let name = Array("TRAILER!!!".utf8)
        return try header(path: name, fields: [0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, name.count + 1, 0])
    }

    /// How many zeros follow contents of this size.
    package static func padding(after size: Int) -> Int { (4 - size % 4) % 4 }

    private static func header(path: [UInt8], fields: [Int]) throws(ArchiveError) -> [UInt8] {
        var bytes = Array("070701".utf8)
        for field in fields {
            guard let number = UInt32(exactly: field) else {
                throw .unsupported("\(String(decoding: path, as: UTF8.self)) has a number beyond 32 bits")
            }
            let digits = Array(String(number, radix: 16).utf8)
            bytes += [UInt8](repeating: UInt8(ascii: "0"), count: 8 - digits.count) + digits
        }
        bytes += path + [0]
        bytes += [UInt8](repeating: 0, count: padding(after: bytes.count))
        return bytes
    }
}
