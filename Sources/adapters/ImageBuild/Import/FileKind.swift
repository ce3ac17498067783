import Glibc
import Netboot
import Primitives

/// What a file is that is to be imported, by its first bytes rather than by its name.
package enum FileKind: Sendable, Hashable {
    /// Perhaps a tar archive; how it is compressed.
    case archive(InstallableImage.Format)
    case squashfs
    /// A disk in QEMU's format.
    case qcow2
    /// A disk with partitions, byte by byte.
    case disk
    /// A file system without partitions around it.
    case fileSystem
    case unknown

    /// How many bytes have to be looked at.
    package static let length = 4096

    /// - Parameter bytes: the first ones of the file.
    package init(_ bytes: [UInt8]) {
        func has(_ magic: [UInt8], at offset: Int) -> Bool {
            bytes.count >= offset + magic.count && bytes[offset..<offset + magic.count].elementsEqual(magic)
        }
        if has([0x28, 0xB5, 0x2F, 0xFD], at: 0) {
            self = .archive(.zstd)
        } else if has([0x1F, 0x8B], at: 0) {
            self = .archive(.gzip)
        } else if has([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00], at: 0) {
            self = .archive(.xz)
        } else if has(Array("hsqs".utf8), at: 0) {
            self = .squashfs
        } else if has(Array("QFI".utf8) + [0xFB], at: 0) {
            self = .qcow2
        } else if has(Array("ustar".utf8), at: 257) {
            self = .archive(.tar)
        } else if has([0x53, 0xEF], at: 0x438) {
            self = .fileSystem
        } else if has([0x55, 0xAA], at: 510) {
            self = .disk
        } else {
            self = .unknown
        }
    }

    /// - Throws: `BoatyardError` where the file cannot be read.
    package init(of path: String) throws(BoatyardError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            throw BoatyardError("image.file", "Cannot read \(path): \(systemErrorText()).", kind: .missing)
        }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: Self.length)
        let count = read(descriptor, &bytes, bytes.count)
        guard count >= 0 else {
            throw BoatyardError("image.file", "Cannot read \(path): \(systemErrorText()).", kind: .invalid)
        }
        self.init(Array(bytes[..<count]))
    }
}
