import Glibc
import Logging
import MessageCatalog
import Netboot
import OrderedCollections
import Primitives
import SiteDesign

/// Installers and images: what there is, what is served, and what programs that build hand over
/// (`docs/reference/netboot.md` §2, §3).
package actor NetbootService {
    private nonisolated let folder: NetbootFolder
    private nonisolated let logger: Logger
    private nonisolated let now: @Sendable () -> Timestamp
    /// Folders that are being looked through.
    private var busy: Set<ULID> = []

    init(folder: NetbootFolder, logger: Logger, now: @escaping @Sendable () -> Timestamp) {
        self.folder = folder
        self.logger = logger
        self.now = now
    }

    /// Mends the modes of folders that an earlier version has made, and removes what a crash has left.
    func mend() {
        folder.generations.letOthersRead()
        folder.removeLeftovers()
    }

    /// For how many seconds an abandoned folder of a build stays: longer than a build takes.
    private static let abandoned = 86400.0

    /// Makes a folder for what a program is going to build, and removes those that others have left behind.
    ///
    /// - Returns: the body of the answer: `id`, `folder`, and `lock`, the file that a program locks while it builds.
    package func makeIncoming() throws -> Value {
        let id = ULID()
        let path = "\(folder.incoming)/\(id)"
        try Self.translated {
            for name in FolderContents.names(in: folder.incoming) ?? [] {
                guard let old = ULID(name), !busy.contains(old),
                    now().seconds(since: old.time) > Self.abandoned
                else { continue }
                FolderContents.remove("\(folder.incoming)/\(name)")
            }
            try FileContents.makeFolder(path)
            if access(folder.buildLock, F_OK) != 0 { try FileContents.write([], to: folder.buildLock, mode: 0o600) }
        }
        return ["id": .string(id.description), "folder": .string(path), "lock": .string(folder.buildLock)]
    }

    /// Takes over an image that was built in a folder of `makeIncoming`.
    ///
    /// - Throws: `DrydockError`: `.missing` where there is no such folder, `.invalid` where its contents are not as
    ///   described, `.unavailable` where the disk is full.
    package func takeImage(_ incoming: String) async throws -> Value {
        try await handedOver(incoming) { path in
            let image = try await ImageStore.check(path)
            let taken = try folder.images.take(image, from: path)
            logger.notice(
                .imageTaken,
                "an image was taken over", metadata: ["image": "\(taken.name)", "sha256": "\(taken.sha256)"])
            var value: Value.Object = taken.value.objectValue ?? [:]
            value["problem"] = Value(taken.bootProblem)
            return .object(value)
        }
    }

    /// Takes over an installer that was built in a folder of `makeIncoming`, and lets machines boot it.
    ///
    /// - Returns: the body of the answer: the manifest, and `is_new`.
    /// - Throws: as `takeImage`.
    package func takeGeneration(_ incoming: String) async throws -> Value {
        try await handedOver(incoming) { path in
            let generation = try await GenerationStore.check(path)
            let isNew = try folder.generations.take(generation, from: path, at: now())
            logger.notice(
                .installerChanged, "machines boot another installer", metadata: ["installer": "\(generation.id)"])
            prune()
            var answer: Value.Object = ["is_new": .bool(isNew)]
            for (name, value) in generation.value.objectValue ?? [:] { answer[name] = value }
            return .object(answer)
        }
    }

    private func handedOver(_ incoming: String, _ take: (String) async throws -> Value) async throws -> Value {
        guard let id = ULID(incoming), FolderContents.isFolder("\(folder.incoming)/\(id)") else {
            throw DrydockError(.missing, "There is no folder \(incoming.prefix(64)) in \(folder.incoming).")
        }
        guard busy.insert(id).inserted else {
            throw DrydockError(.conflict, "The folder \(id) is being taken over already.")
        }
        defer { busy.remove(id) }
        let path = "\(folder.incoming)/\(id)"
        defer { FolderContents.remove(path) }
        do {
            return try await take(path)
        } catch let error as BoatyardError {
            throw DrydockError(error.kind, error.message)
        }
    }

    /// Lets machines boot another installer that is there.
    ///
    /// - Throws: `DrydockError` `.missing` or `.invalid`, with the installers that there are.
    package func useGeneration(_ id: String) throws -> Value {
        try Self.translated { try folder.generations.use(id, at: now()) }
        logger.notice(.installerChanged, "machines boot another installer", metadata: ["installer": "\(id)"])
        return ["id": .string(id)]
    }

    private func prune() {
        for id in folder.generations.prune(at: now()) {
            logger.info(.installerRemoved, "an old installer is removed", metadata: ["installer": "\(id)"])
        }
    }

    /// All installers, the newest first, as clients get them.
    package nonisolated func generations() -> [Value] {
        folder.generations.all().map { entry in
            var value: Value.Object = entry.generation?.value.objectValue ?? ["id": .string(entry.id)]
            value["current"] = .bool(entry.isCurrent)
            value["taken_at"] = .string(entry.taken.formatted(.iso))
            value["used_at"] = Value(entry.used?.formatted(.iso))
            value["problem"] = Value(entry.problem)
            return .object(value)
        }
    }

    /// All images, as clients get them: those whose files are here, then those that the catalogue of the operator names.
    package nonisolated func images() -> [Value] {
        let stored = folder.images.all()
        var values = stored.map { Self.value(of: $0) }
        guard case .catalog(let catalog) = ImageCatalogSource(contentsOf: folder.imageCatalog) else { return values }
        for (name, kernels) in catalog.images where !stored.contains(where: { $0.name == name }) {
            values.append(["name": .string(name), "kernels": Value(kernels), "file": nil, "problem": nil])
        }
        return values
    }

    /// One image, as clients get it.
    ///
    /// - Throws: `DrydockError` `.missing`.
    package nonisolated func image(_ name: String) throws -> Value {
        guard let image = images().first(where: { $0["name"]?.stringValue == name }) else { throw unknownImage(name) }
        return image
    }

    /// - Parameter stored: whether only those count whose files are here.
    private nonisolated func unknownImage(_ name: String, stored: Bool = false) -> DrydockError {
        let known = stored ? folder.images.all().map(\.name) : images().compactMap { $0["name"]?.stringValue }
        let remedy =
            known.isEmpty
            ? stored ? "There are none." : "Build one: boatyard image build debian-12."
            : "There are: \(known.joined(separator: ", "))."
        return DrydockError(.missing, "There is no image \(name.prefix(64)). \(remedy)")
    }

    private static func value(of entry: ImageStore.Entry) -> Value {
        var value: Value.Object = entry.image?.value.objectValue ?? ["name": .string(entry.name)]
        value["problem"] = Value(entry.problem)
        return .object(value)
    }

    /// Removes an image.
    ///
    /// - Throws: `DrydockError` `.missing`.
    package func removeImage(_ name: String) throws {
        guard folder.images.all().contains(where: { $0.name == name }) else {
            throw unknownImage(name, stored: true)
        }
        try Self.translated { try folder.images.remove(name) }
        logger.notice(.imageRemoved, "an image was removed", metadata: ["image": "\(name)"])
    }

    /// The path of a file of the installer.
    ///
    /// - Parameters:
    ///   - id: of its generation; nil for the one that machines boot.
    ///   - name: `vmlinuz` or `initrd`.
    /// - Returns: nil for other names; the file need not be there.
    package nonisolated func installerFile(_ name: String, of id: String? = nil) -> String? {
        guard let file = NetbootFolder.InstallerFile(rawValue: name) else { return nil }
        guard let id else { return folder.path(of: file) }
        return ServedName.isValid(id) ? folder.generations.path(of: file, in: id) : nil
    }

    /// The path of a boot program of the installer in use; nil for a name that no file has.
    package nonisolated func bootProgram(_ name: String) -> String? { folder.bootProgram(name) }

    /// The path of an image's file.
    ///
    /// - Parameter sha256: what the machine's plan says of it.
    /// - Throws: `DrydockError`: `.missing` for an image that is not there, `.conflict`, which names both sums, for one that
    ///   has changed since the plan was made.
    package nonisolated func imageFile(_ name: String, sha256: String, file: String) throws -> String {
        guard let image = try Self.translated({ try folder.images.image(named: name) }) else {
            throw DrydockError(.missing, "There is no image \(name.prefix(64)) any more.")
        }
        guard image.sha256 == sha256 else {
            throw DrydockError(
                .conflict,
                "The image \(name) has changed since this plan was made: its SHA-256 sum is \(image.sha256), the plan has "
                    + "\(sha256.prefix(64)). Deploy the machine again.")
        }
        guard image.file == file else {
            throw DrydockError(.missing, "The image \(name) has no file \(file.prefix(64)).")
        }
        return folder.images.path(of: image)
    }

    private static func translated<T>(_ body: () throws -> T) throws -> T {
        do {
            return try body()
        } catch let error as BoatyardError {
            throw DrydockError(error.kind, error.message)
        }
    }
}
