import Glibc
import Primitives

/// The images below `netboot/images`: a folder for each, with its description and its file.
package struct ImageStore: Sendable, Hashable {
    /// Without a slash at the end; it need not be there.
    let folder: String

    /// What one folder holds.
    package struct Entry: Sendable, Hashable {
        /// Of the folder.
        package var name: String
        /// Nil where the description cannot be used.
        package var image: InstallableImage?
        /// Why the image cannot be installed; nil where it can.
        package var problem: String?
    }

    /// How many folders are looked into.
    private static let limit = 256

    /// All images by their names, with those that cannot be installed.
    package func all() -> [Entry] {
        (FolderContents.names(in: folder) ?? []).filter { ServedName.isValid($0) }.prefix(Self.limit).map { name in
            do throws(BoatyardError) {
                let image = try image(named: name)
                let absence = "There is no \(folder)/\(name)/\(InstallableImage.descriptionFile)."
                return Entry(name: name, image: image, problem: image.map(\.bootProblem) ?? absence)
            } catch {
                return Entry(name: name, image: try? description(of: name), problem: error.message)
            }
        }
    }

    /// An image that can be installed; nil where there is none of this name.
    ///
    /// - Throws: `BoatyardError` `netboot.invalid` where its description cannot be used or its file is not as described.
    package func image(named name: String) throws(BoatyardError) -> InstallableImage? {
        guard ServedName.isValid(name), access(descriptionPath(name), F_OK) == 0 else { return nil }
        let image = try description(of: name)
        var status = stat()
        guard stat(path(of: image), &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw NetbootError.invalid(
                "The image \(name) has lost its file \(path(of: image)). Build or import it again.")
        }
        guard Int(status.st_size) == image.size else {
            throw NetbootError.invalid(
                "The file of the image \(name), \(path(of: image)), has \(status.st_size) bytes where its description has "
                    + "\(image.size). Build or import it again.")
        }
        return image
    }

    /// The path of an image's file.
    package func path(of image: InstallableImage) -> String { "\(folder)/\(image.name)/\(image.file)" }

    private func descriptionPath(_ name: String) -> String {
        "\(folder)/\(name)/\(InstallableImage.descriptionFile)"
    }

    private func description(of name: String) throws(BoatyardError) -> InstallableImage {
        let path = descriptionPath(name)
        let image = try InstallableImage(
            yaml: NetbootError.description(path, limit: InstallableImage.descriptionLimit), place: path)
        guard image.name == name else {
            throw NetbootError.invalid("\(path) describes an image of the name \(image.name), not \(name).")
        }
        return image
    }

    /// Looks through an image that was handed over: its description, and its file's size and sum. What is found good outlives a power
    /// cut.
    ///
    /// - Parameter incoming: the folder with `image.yaml` and the file that it names.
    /// - Throws: `BoatyardError` `netboot.invalid`, which says what is not as described.
    package static func check(_ incoming: String) async throws -> InstallableImage {
        let path = "\(incoming)/\(InstallableImage.descriptionFile)"
        let image = try InstallableImage(
            yaml: NetbootError.description(path, limit: InstallableImage.descriptionLimit), place: path)
        let digest = try await FileDigest(of: "\(incoming)/\(image.file)", isKept: true)
        guard digest.size == image.size else {
            throw NetbootError.invalid(
                "\(image.file) has \(digest.size) bytes where \(path) has \(image.size).")
        }
        guard digest.sha256 == image.sha256 else {
            throw NetbootError.invalid(
                "\(image.file) has the SHA-256 sum \(digest.sha256) where \(path) has \(image.sha256).")
        }
        return image
    }

    /// Takes over an image that `check` has found good, in the place of the one of the same name.
    ///
    /// The file gets a name by its sum and moves first; the description decides which file counts. A reader of the old file
    /// that has it open reads it to its end.
    ///
    /// - Returns: the image as it is served from now on.
    /// - Throws: `BoatyardError` `netboot.file`, or as `FileContents` writes; the old image then stands, and nothing is left of the new one.
    package func take(_ image: InstallableImage, from incoming: String) throws(BoatyardError) -> InstallableImage {
        var image = image
        let given = "\(incoming)/\(image.file)"
        image.file = "root-\(image.sha256.prefix(16)).\(image.format.rawValue)"
        let target = path(of: image)
        // The same bytes may be served already.
        let isThere = access(target, F_OK) == 0
        do throws(BoatyardError) {
            try FileContents.makeFolder("\(folder)/\(image.name)")
            guard chmod(given, 0o644) == 0 else { throw NetbootError.system("Cannot set the mode of", given) }
            try FileContents.move(given, to: target)
            try FileContents.write(image.yaml, to: descriptionPath(image.name))
        } catch {
            if !isThere { unlink(target) }
            // Fails where there is an older one.
            rmdir("\(folder)/\(image.name)")
            throw error
        }
        for name in FolderContents.names(in: "\(folder)/\(image.name)") ?? []
        where name != image.file && name != InstallableImage.descriptionFile {
            FolderContents.remove("\(folder)/\(image.name)/\(name)")
        }
        return image
    }

    /// Removes what a crash has left of images that were being taken over, replaced or removed: files with the names that `take` gives
    /// which no description names. Only for somebody who knows that nobody does so now.
    func removeLeftovers() {
        for name in (FolderContents.names(in: folder) ?? []).filter({ ServedName.isValid($0) }).prefix(Self.limit) {
            // Where there is a description that cannot be read, whoever mends it has the files still.
            let isDescribed = access(descriptionPath(name), F_OK) == 0
            let file = isDescribed ? try? description(of: name).file : ""
            guard let file else { continue }
            for other in FolderContents.names(in: "\(folder)/\(name)") ?? [] where other != file && Self.isGiven(other)
            {
                unlink("\(folder)/\(name)/\(other)")
            }
            // Fails where anything is left.
            if !isDescribed { rmdir("\(folder)/\(name)") }
        }
    }

    /// Whether a name is one of those that `take` gives.
    private static func isGiven(_ name: String) -> Bool {
        let parts = name.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0] == "root" else { return false }
        return parts[1].prefix(16).allSatisfy(\.isHexDigit) && parts[1].dropFirst(16).hasPrefix(".")
    }

    /// Removes an image.
    ///
    /// - Throws: `BoatyardError` `netboot.missing` where there is none of this name.
    package func remove(_ name: String) throws(BoatyardError) {
        let path = "\(folder)/\(name)"
        guard ServedName.isValid(name), FolderContents.isFolder(path) else {
            throw NetbootError.missing("There is no image \(name).")
        }
        // Without its description it is none any more, whatever of it is left by a crash.
        unlink(descriptionPath(name))
        FolderContents.remove(path)
        guard !FolderContents.isFolder(path) else { throw NetbootError.system("Cannot remove", path) }
    }
}
