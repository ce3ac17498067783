import Glibc
import Primitives

/// The installers below `netboot/generations`, and the link `netboot/current`, which names the one that machines boot
/// (`docs/reference/netboot.md` §2).
package struct GenerationStore: Sendable, Hashable {
    /// The folder `netboot`.
    package let netboot: String

    /// - Parameter netboot: the path of the folder, without a slash at the end.
    package init(netboot: String) { self.netboot = netboot }

    private var folder: String { "\(netboot)/generations" }
    private var link: String { "\(netboot)/current" }

    /// What one folder holds.
    package struct Entry: Sendable, Hashable {
        /// Of the folder.
        package var id: String
        /// Nil where the manifest cannot be used.
        package var generation: InstallerGeneration?
        /// Why it cannot be booted; nil where it can.
        package var problem: String?
        /// Whether machines boot it.
        package var isCurrent: Bool
        /// When it was taken over.
        package var taken: Timestamp
        /// When a boot script named it last; nil where none has.
        package var used: Timestamp?
    }

    /// How many generations are looked at.
    private static let limit = 64
    /// How many are kept, the current one among them.
    private static let kept = 2
    /// For how many seconds after a boot script has named it a generation stays whatever else there is: longer than a
    /// machine takes to load it.
    private static let patience = 86400.0
    /// In a generation's folder: when it was written a boot script named the generation. Exact to a minute.
    private static let usedFile = "used"

    /// The id of the generation that machines boot; nil where there is none.
    package var current: String? {
        var buffer = [CChar](repeating: 0, count: 512)
        let count = readlink(link, &buffer, buffer.count)
        guard count > 0, count < buffer.count else { return nil }
        let target = String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        guard let id = target.split(separator: "/").last.map(String.init), ServedName.isValid(id),
            access(path(of: .kernel, in: id), F_OK) == 0
        else { return nil }
        return id
    }

    /// The path of a file of a generation, whether it is there or not.
    package func path(of file: NetbootFolder.InstallerFile, in id: String) -> String {
        "\(folder)/\(id)/\(file.rawValue)"
    }

    /// All generations, the newest first.
    package func all() -> [Entry] {
        let current = current
        let names = (FolderContents.names(in: folder) ?? []).filter { ServedName.isValid($0) }.prefix(Self.limit)
        return names.map { id in
            var entry = Entry(
                id: id, isCurrent: id == current, taken: Self.time(of: manifestPath(id)) ?? Timestamp(microseconds: 0),
                used: Self.time(of: "\(folder)/\(id)/\(Self.usedFile)"))
            do throws(BoatyardError) {
                entry.generation = try generation(id)
            } catch {
                entry.problem = error.message
            }
            return entry
        }.sorted { ($0.taken, $0.id) > ($1.taken, $1.id) }
    }

    /// The image of a generation for the drive of a machine's BMC.
    ///
    /// - Returns: nil where there is no such generation, or it has no image.
    /// - Throws: `BoatyardError`: `netboot.invalid` for a damaged generation, `netboot.file`, `netboot.media`.
    package func media(
        of id: String, parameters: [(name: String, value: String)]
    ) throws(BoatyardError) -> InstallerMedia? {
        guard ServedName.isValid(id), FolderContents.isFolder("\(folder)/\(id)"),
            let layout = try generation(id).media
        else { return nil }
        return try InstallerMedia(
            "\(folder)/\(id)/\(InstallerMedia.file)", layout, parameters: parameters, generation: id)
    }

    /// Whether a generation has an image for the drives of BMCs.
    package func hasMedia(_ id: String) -> Bool { (try? generation(id))?.media != nil }

    /// In MiB: how much memory a machine needs for the installer that machines boot. Nil where there is none, where it is damaged, or
    /// where its manifest does not say.
    package var neededMemory: Int? { current.flatMap { try? generation($0) }?.neededMemory }

    private func manifestPath(_ id: String) -> String { "\(folder)/\(id)/\(InstallerGeneration.manifestFile)" }

    private func generation(_ id: String) throws(BoatyardError) -> InstallerGeneration {
        let path = manifestPath(id)
        let generation = try InstallerGeneration(
            manifest: NetbootError.description(path, limit: InstallerGeneration.manifestLimit), place: path)
        for file in generation.files {
            var status = stat()
            guard stat("\(folder)/\(id)/\(file.path)", &status) == 0, Int(status.st_size) == file.size else {
                throw NetbootError.invalid(
                    "The installer \(id) has lost its file \(file.path), or a part of it. Build it again: "
                        + "boatyard netboot build.")
            }
        }
        return generation
    }

    private static func time(of path: String) -> Timestamp? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        return Timestamp(
            microseconds: Int64(status.st_mtim.tv_sec) * 1_000_000 + Int64(status.st_mtim.tv_nsec) / 1000)
    }

    /// Notes that a boot script names a generation now. What cannot be noted is no reason not to boot.
    package func noteUse(of id: String, at now: Timestamp) {
        let path = "\(folder)/\(id)/\(Self.usedFile)"
        if let last = Self.time(of: path), abs(now.seconds(since: last)) < 60 { return }
        let descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o644)
        guard descriptor >= 0 else { return }
        Self.setTime(descriptor, now)
        close(descriptor)
    }

    private static func setTime(_ descriptor: CInt, _ time: Timestamp) {
        let moment = timespec(
            tv_sec: Int(time.microseconds / 1_000_000), tv_nsec: Int(time.microseconds % 1_000_000) * 1000)
        _ = futimens(descriptor, [moment, moment])
    }

    /// Looks through an installer that was handed over: its manifest, and the size and sum of every file. What is found good outlives a
    /// power cut.
    ///
    /// - Parameter incoming: the folder with `manifest.json` and the files that it names.
    /// - Throws: `BoatyardError` `netboot.invalid`, which says what is not as described.
    package static func check(_ incoming: String) async throws -> InstallerGeneration {
        let path = "\(incoming)/\(InstallerGeneration.manifestFile)"
        let generation = try InstallerGeneration(
            manifest: NetbootError.description(path, limit: InstallerGeneration.manifestLimit), place: path)
        for file in generation.files {
            let digest = try await FileDigest(of: "\(incoming)/\(file.path)", isKept: true)
            guard digest.size == file.size, digest.sha256 == file.sha256 else {
                throw NetbootError.invalid(
                    "\(file.path) has \(digest.size) bytes and the SHA-256 sum \(digest.sha256) where \(path) has "
                        + "\(file.size) and \(file.sha256).")
            }
        }
        _ = try await FileDigest(of: path, isKept: true)
        return generation
    }

    /// Takes over an installer that `check` has found good, and lets machines boot it from now on. One that is there
    /// already is used as it is.
    ///
    /// - Returns: whether it is new.
    /// - Throws: `BoatyardError` `netboot.file`, or as `FileContents` moves; machines then boot what they booted before, and nothing is
    ///   left of the new one.
    package func take(
        _ generation: InstallerGeneration, from incoming: String, at now: Timestamp
    ) throws(BoatyardError) -> Bool {
        try FileContents.makeFolder(folder)
        letOthersRead()
        let target = "\(folder)/\(generation.id)"
        if (try? self.generation(generation.id))?.files == generation.files {
            try use(generation.id, at: now)
            return false
        }
        // Of the same id and damaged, or half removed.
        FolderContents.remove(target)
        for folder in Set(generation.files.map { $0.path.split(separator: "/").dropLast().joined(separator: "/") }) {
            let path = folder.isEmpty ? incoming : "\(incoming)/\(folder)"
            guard chmod(path, 0o755) == 0 else { throw NetbootError.system("Cannot set the mode of", path) }
        }
        for file in generation.files.map(\.path) + [InstallerGeneration.manifestFile] {
            guard chmod("\(incoming)/\(file)", 0o644) == 0 else {
                throw NetbootError.system("Cannot set the mode of", "\(incoming)/\(file)")
            }
        }
        try FileContents.move(incoming, to: target)
        do throws(BoatyardError) {
            try use(generation.id, at: now)
        } catch {
            FolderContents.remove(target)
            throw error
        }
        return true
    }

    /// Lets the DHCP server's user in, which sends boot programs by TFTP and is in no group of the daemon's: whatever mask the
    /// folders were made with.
    package func letOthersRead() {
        for path in [netboot, folder] where FolderContents.isFolder(path) { chmod(path, 0o755) }
    }

    /// Lets machines boot a generation from now on.
    ///
    /// The link is replaced in one step: a machine gets one generation or the other.
    ///
    /// - Throws: `BoatyardError`: `netboot.missing` where there is none of this id, `netboot.invalid` where it is damaged,
    ///   `netboot.file`.
    package func use(_ id: String, at now: Timestamp) throws(BoatyardError) {
        guard ServedName.isValid(id), FolderContents.isFolder("\(folder)/\(id)") else {
            let known = all().map(\.id)
            throw NetbootError.missing(
                "There is no installer \(id). "
                    + (known.isEmpty
                        ? "Build one: boatyard netboot build." : "There are: \(known.joined(separator: ", "))."))
        }
        _ = try generation(id)
        let temporary = "\(link).\(UUIDv4())"
        guard symlink("generations/\(id)", temporary) == 0 else { throw NetbootError.system("Cannot make", temporary) }
        do throws(BoatyardError) {
            try FileContents.move(temporary, to: link)
        } catch {
            unlink(temporary)
            throw error
        }
        let descriptor = open(manifestPath(id), O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        Self.setTime(descriptor, now)
        close(descriptor)
    }

    /// Removes what a crash has left: generations that were being removed, and links that were being made. Only for somebody who knows
    /// that nobody does so now.
    func removeLeftovers() {
        for name in FolderContents.names(in: netboot) ?? [] {
            let parts = name.split(separator: ".", omittingEmptySubsequences: false)
            let isLink = parts.count == 2 && parts[0] == "current" && UUIDv4(String(parts[1])) != nil
            let isRemoved =
                name.hasSuffix(Self.gone) && parts.count > 2 && UUIDv4(String(parts[parts.count - 2])) != nil
            if isLink || isRemoved { FolderContents.remove("\(netboot)/\(name)") }
        }
    }

    /// How the name of a generation ends that is being removed.
    private static let gone = ".gone"

    /// Removes generations: all but the current one, the one before, and those that a boot script has named within a day.
    ///
    /// - Returns: the ids of those that were removed.
    package func prune(at now: Timestamp) -> [String] {
        var left = Self.kept
        var removed: [String] = []
        // The current one counts first, whatever its age.
        for entry in all().sorted(by: { $0.isCurrent && !$1.isCurrent }) {
            left -= 1
            let isNew = entry.used.map { now.seconds(since: $0) < Self.patience } ?? false
            if left >= 0 || entry.isCurrent || isNew { continue }
            // Out of sight in one step.
            let gone = "\(netboot)/\(entry.id).\(UUIDv4())\(Self.gone)"
            guard rename("\(folder)/\(entry.id)", gone) == 0 else { continue }
            FolderContents.remove(gone)
            removed.append(entry.id)
        }
        return removed
    }
}
