/// A member of a tar archive that is read as a stream: everything but its contents.
package struct TarEntry: Sendable, Hashable {
    /// What a member is.
    package enum Kind: Sendable, Hashable {
        case file
        /// Another name of an earlier member.
        case hardLink
        case symbolicLink
        case characterDevice
        case blockDevice
        case folder
        case pipe
    }

    package var kind: Kind
    /// As it stands in the archive, in whatever encoding: `./usr/bin/env`.
    package var path: [UInt8]
    /// Where a link leads; empty for what is none.
    package var target: [UInt8]
    /// The twelve bits of permissions.
    package var mode: Int
    package var owner: Int
    package var group: Int
    /// Of the contents that follow, in bytes; 0 for all but files.
    package var size: Int
    /// In seconds since 1970.
    package var modified: Int
    /// The numbers of a device; 0 for what is none.
    package var major: Int
    package var minor: Int

    package init(
        kind: Kind, path: [UInt8], target: [UInt8] = [], mode: Int, owner: Int = 0, group: Int = 0, size: Int = 0,
        modified: Int = 0, major: Int = 0, minor: Int = 0
    ) {
        self.kind = kind
        self.path = path
        self.target = target
        self.mode = mode
        self.owner = owner
        self.group = group
        self.size = size
        self.modified = modified
        self.major = major
        self.minor = minor
    }

    /// The path for messages.
    package var name: String { String(decoding: path, as: UTF8.self) }

    /// The parts of a path, without those that are empty or a single dot.
    package static func parts(of path: some Sequence<UInt8>) -> [ArraySlice<UInt8>] {
        Array(path).split(separator: UInt8(ascii: "/")).filter { $0 != [UInt8(ascii: ".")] }
    }
}
