import OrderedCollections
import Primitives

/// An installer that was built: kernel, ramdisk and boot programs, as `manifest.json` describes it
/// (`docs/reference/netboot.md` §2).
package struct InstallerGeneration: Sendable, Hashable {
    /// A file of the generation.
    package struct File: Sendable, Hashable {
        /// Below the folder of the generation: `vmlinuz`, `tftp/ipxe.efi`.
        package var path: String
        /// In bytes.
        package var size: Int
        /// In small hexadecimal digits.
        package var sha256: String

        package init(path: String, size: Int, sha256: String) {
            self.path = path
            self.size = size
            self.sha256 = sha256
        }
    }

    /// `trixie-0123456789ab`: the suite, and the beginning of a sum over all files. Equal files give an equal id.
    package var id: String
    /// Debian's, such as `trixie`.
    package var suite: String
    /// The version of its kernel, as `uname -r` says it.
    package var kernel: String
    /// By whom, of what and when it was made: whatever the program that made it has noted.
    package var built: Value.Object
    /// In the order of their paths.
    package var files: [File]
    /// Where its image for the drives of BMCs has blank sectors; nil where it has no image.
    package var media: InstallerMedia.Layout?

    package init(
        id: String, suite: String, kernel: String, built: Value.Object, files: [File],
        media: InstallerMedia.Layout? = nil
    ) {
        self.id = id
        self.suite = suite
        self.kernel = kernel
        self.built = built
        self.files = files
        self.media = media
    }

    /// In MiB: how much memory a machine needs for it; nil where that is not noted.
    var neededMemory: Int? { built["memory_mib"]?.intValue }

    /// The name of the description in a generation's folder.
    package static let manifestFile = "manifest.json"
    /// In bytes: how long a manifest may be.
    static let manifestLimit = 1 << 20

    /// Reads a manifest.
    ///
    /// - Parameter place: the name of the file in errors.
    /// - Throws: `BoatyardError` `netboot.invalid`, which names file and member.
    package init(manifest bytes: [UInt8], place: String) throws(BoatyardError) {
        let value: Value
        do {
            value = try Value(json: bytes)
        } catch {
            throw Self.unusable(place, "it is no JSON: \(error)")
        }
        guard let id = value["id"]?.stringValue, ServedName.isValid(id) else {
            throw Self.unusable(place, "'id' must be 1 to 64 letters, digits, '.', '_' and '-'")
        }
        guard let suite = value["suite"]?.stringValue, ServedName.isValid(suite) else {
            throw Self.unusable(place, "'suite' must be a name such as trixie")
        }
        guard let kernel = value["kernel"]?.stringValue, !kernel.isEmpty, kernel.utf8.count <= 200 else {
            throw Self.unusable(place, "'kernel' must be a version")
        }
        guard let list = value["files"]?.objectValue, (1...64).contains(list.count) else {
            throw Self.unusable(place, "'files' must be an object of 1 to 64 files")
        }
        self.init(id: id, suite: suite, kernel: kernel, built: value["built"]?.objectValue ?? [:], files: [])
        for (path, facts) in list.elements {
            let parts = path.split(separator: "/", omittingEmptySubsequences: false)
            guard (1...3).contains(parts.count), parts.allSatisfy({ ServedName.isValid($0) }) else {
                throw Self.unusable(place, "the path of a file has other parts than names: \(path.prefix(200))")
            }
            guard let size = facts["size"]?.intValue, (0...InstallableImage.sizeLimit).contains(size),
                let sum = facts["sha256"]?.stringValue,
                ServedName.isSHA256(sum)
            else { throw Self.unusable(place, "the file \(path) must have a 'size' and a 'sha256'") }
            files.append(File(path: path, size: size, sha256: sum))
        }
        files.sort { $0.path < $1.path }
        for file in NetbootFolder.InstallerFile.allCases where !files.contains(where: { $0.path == file.rawValue }) {
            throw Self.unusable(place, "the file \(file.rawValue) is missing")
        }
        guard let blank = value["media"], !blank.isNull else { return }
        guard let image = files.first(where: { $0.path == InstallerMedia.file }),
            let layout = InstallerMedia.Layout(blank, size: image.size)
        else {
            throw Self.unusable(place, "'media' must have the places of two sectors in the file \(InstallerMedia.file)")
        }
        media = layout
    }

    private static func unusable(_ place: String, _ what: String) -> BoatyardError {
        NetbootError.invalid("The installer's manifest \(place) cannot be used: \(what).")
    }

    /// The members of the manifest in their order; also what clients of the API get.
    package var value: Value {
        var list: Value.Object = [:]
        for file in files { list[file.path] = ["size": .int(file.size), "sha256": .string(file.sha256)] }
        var value: Value.Object = [
            "id": .string(id), "suite": .string(suite), "kernel": .string(kernel), "built": .object(built),
            "files": .object(list),
        ]
        if let media { value["media"] = media.value }
        return .object(value)
    }

    /// The manifest as a file.
    package var manifest: [UInt8] { value.jsonBytes(.pretty) }
}
