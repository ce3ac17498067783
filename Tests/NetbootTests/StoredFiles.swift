import Cryptography
import Netboot
import OrderedCollections
import Primitives

/// Files as programs that build hand them over.
enum StoredFiles {
    /// Writes an image's file and description into a folder.
    static func image(
        in folder: String, name: String = "debian-12", contents: String,
        edit: (inout InstallableImage) -> Void = { _ in }
    ) throws -> InstallableImage {
        let bytes = Array(contents.utf8)
        var image = InstallableImage(
            name: name, kernels: ["generic"], architecture: "amd64", format: .zstd, file: "root.tar.zst",
            sha256: Hash.sha256(bytes).hex, size: bytes.count, unpackedSize: 4 * bytes.count,
            built: ["suite": "bookworm"])
        edit(&image)
        try FileContents.makeFolder(folder)
        try FileContents.write(bytes, to: "\(folder)/root.tar.zst")
        try FileContents.write(image.yaml, to: "\(folder)/image.yaml")
        return image
    }

    /// Writes an installer's files and manifest into a folder.
    static func generation(
        in folder: String, id: String, edit: (inout InstallerGeneration) -> Void = { _ in }
    ) throws -> InstallerGeneration {
        try FileContents.makeFolder("\(folder)/tftp/grub")
        var files: [InstallerGeneration.File] = []
        for path in ["initrd", "tftp/grub/grub.cfg", "tftp/ipxe.efi", "vmlinuz"] {
            let bytes = Array("\(path) of \(id)".utf8)
            try FileContents.write(bytes, to: "\(folder)/\(path)")
            files.append(.init(path: path, size: bytes.count, sha256: Hash.sha256(bytes).hex))
        }
        var generation = InstallerGeneration(
            id: id, suite: "trixie", kernel: "6.12.1-amd64", built: ["agent": "0.1.0"], files: files)
        edit(&generation)
        try FileContents.write(generation.manifest, to: "\(folder)/manifest.json")
        return generation
    }
}
