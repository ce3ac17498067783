import Glibc
import Primitives

/// The image of an installer that a BMC puts into its drive, for one machine (`docs/reference/netboot.md` §2.14).
///
/// Image and machine are put together while the image is read: it has two blank sectors, and what stands in them says which
/// daemon the machine asks. There is no secret in it: the installer asks the daemon for its token itself.
package final class InstallerMedia: Sendable {
    /// Where the blank sectors are, in bytes from the begin of the image: one for each boot program.
    package struct Layout: Sendable, Hashable {
        /// Of GRUB, for UEFI.
        package var grub: Int
        /// Of ISOLINUX, for BIOS.
        package var isolinux: Int

        package init(grub: Int, isolinux: Int) {
            self.grub = grub
            self.isolinux = isolinux
        }

        /// - Parameter size: of the image.
        /// - Returns: nil for places that are none.
        init?(_ value: Value, size: Int) {
            guard let grub = value["grub"]?.intValue, let isolinux = value["isolinux"]?.intValue, grub != isolinux,
                [grub, isolinux].allSatisfy({
                    $0 >= 0 && $0.isMultiple(of: InstallerMedia.sectorSize) && $0 <= size - InstallerMedia.sectorSize
                })
            else { return nil }
            self.init(grub: grub, isolinux: isolinux)
        }

        package var value: Value { ["grub": .int(grub), "isolinux": .int(isolinux)] }
    }

    /// Of a generation's folder, and the end of its address: some BMCs take no other ending.
    package static let file = "boatyard.iso"
    /// In bytes: of ISO 9660.
    package static let sectorSize = 2048
    private static let pieceSize = 128 << 10

    /// In bytes.
    package let length: Int
    /// Another one for another image, machine or address: a strong entity tag.
    package let tag: String
    private let descriptor: CInt
    private let sectors: [(offset: Int, bytes: [UInt8])]

    /// Opens the image.
    ///
    /// - Parameter parameters: what the kernel is told.
    /// - Throws: `BoatyardError`: `netboot.file`; `netboot.media` for what cannot stand in a configuration.
    package init(
        _ path: String, _ layout: Layout, parameters: [(name: String, value: String)], generation: String
    ) throws(BoatyardError) {
        let configuration = try MediaConfiguration(parameters)
        descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { throw NetbootError.system("Cannot read", path) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            let error = NetbootError.system("Cannot read", path)
            close(descriptor)
            throw error
        }
        length = Int(status.st_size)
        sectors = [(layout.grub, configuration.grub), (layout.isolinux, configuration.isolinux)]
        tag = "\"\(generation)-\(configuration.digest)\""
    }

    deinit { close(descriptor) }

    /// The bytes from `offset` on, at most one piece; empty at the end.
    ///
    /// - Throws: `BoatyardError` `netboot.file`.
    package func piece(at offset: Int) throws(BoatyardError) -> [UInt8] {
        let size = min(Self.pieceSize, length - offset)
        guard offset >= 0, size > 0 else { return [] }
        var bytes = [UInt8](repeating: 0, count: size)
        var count = 0
        while count < size {
            let read = bytes.withUnsafeMutableBytes {
                pread(descriptor, $0.baseAddress?.advanced(by: count), size - count, off_t(offset + count))
            }
            if read > 0 {
                count += read
            } else if read == 0 || errno != EINTR {
                throw NetbootError.system("Cannot read", Self.file)
            }
        }
        for sector in sectors {
            let begin = max(sector.offset, offset)
            let end = min(sector.offset + sector.bytes.count, offset + size)
            guard begin < end else { continue }
            bytes.replaceSubrange(
                (begin - offset)..<(end - offset),
                with: sector.bytes[(begin - sector.offset)..<(end - sector.offset)])
        }
        return bytes
    }
}
