/// A regular file in a tar archive.
package struct TarMember: Hashable, Sendable {
    /// Kept verbatim, a leading `/` too: boot actions write absolute paths (`docs/reference/drydock.md` §15).
    package var name: String
    /// Permission bits, of which the lowest twelve are written.
    package var mode: Int
    /// The bytes of the file.
    package var contents: [UInt8]

    package init(name: String, mode: Int, contents: [UInt8]) {
        self.name = name
        self.mode = mode
        self.contents = contents
    }
}
