import Cryptography
import Glibc
import Primitives

/// Archives of boot data on disk: under the digest of their contents, and sealed, since keys and secrets stand in them.
///
/// A file is a row of pieces, each sealed by itself under the master key, so that of a large archive no more than one
/// has to be in memory. Which piece of how many it is belongs to what it is sealed for: none can be left out or moved.
struct SealedArchives: Sendable {
    /// Of the archive, in bytes.
    static let pieceSize = 256 << 10
    private static let overhead = AES256GCM.nonceLength + AES256GCM.tagLength
    private static let suffix = ".sealed"

    let folder: String
    let vault: Vault

    func path(_ name: String) -> String { "\(folder)/\(name)\(Self.suffix)" }

    func contains(_ name: String) -> Bool { access(path(name), R_OK) == 0 }

    /// - Parameter renews: seals again what is there already.
    /// - Returns: the archive's name.
    @discardableResult
    func store(_ bytes: [UInt8], renews: Bool = false) throws -> String {
        let name = "\(Hash.sha256(bytes).hex).tar.gz"
        // One that is there is as good as new, and shall be kept as long.
        if !renews, utimensat(AT_FDCWD, path(name), nil, 0) == 0 { return name }
        try FileContents.makeFolder(folder, mode: 0o700)
        while true {
            let keys = vault.keys.asOfNow
            try FileContents.write(try Self.sealed(bytes, name, keys), to: path(name), mode: 0o600)
            // A rotation that has begun meanwhile may have looked into the folder before this was there.
            if vault.keys.current.reveal() == keys.current.reveal() { return name }
        }
    }

    private static func sealed(_ bytes: [UInt8], _ name: String, _ keys: Keyring) throws -> [UInt8] {
        let starts = stride(from: 0, to: bytes.count, by: pieceSize)
        var sealed: [UInt8] = []
        sealed.reserveCapacity(bytes.count + starts.underestimatedCount * overhead)
        for (index, start) in starts.enumerated() {
            sealed += try keys.seal(
                Array(bytes[start..<min(start + pieceSize, bytes.count)]),
                for: context(name, index, of: (bytes.count + pieceSize - 1) / pieceSize))
        }
        return sealed
    }

    /// Of the file of the largest archive, in bytes.
    ///
    /// - Throws: `BoatyardError` `file.read` where the folder cannot be read.
    func largestSize() throws(BoatyardError) -> Int {
        try FolderContents.list(folder).reduce(0) { largest, name in
            var status = stat()
            return lstat("\(folder)/\(name)", &status) == 0 ? max(largest, Int(status.st_size)) : largest
        }
    }

    private static func context(_ name: String, _ index: Int, of count: Int) -> String {
        "boot data \(name) \(index)/\(count)"
    }

    /// - Throws: `BoatyardError` `drydock.archive` where there is no such file, or where it cannot be opened.
    func open(_ name: String) throws -> File { try File(path(name), name, vault) }

    func remove(_ name: String) { unlink(path(name)) }

    /// Removes archives that were written before `moment`, but those that are `used`.
    func prune(writtenBefore moment: Timestamp, used: Set<String>) -> AgedFiles.Removal {
        AgedFiles.remove(below: folder, writtenBefore: moment) { file in
            file.hasSuffix(Self.suffix) && used.contains(String(file.dropLast(Self.suffix.count)))
        }
    }

    /// Removes what is no sealed archive: half of one from a crash, and those in clear of earlier versions.
    func removeForeign() {
        _ = AgedFiles.remove(below: folder, writtenBefore: Timestamp(microseconds: .max)) { $0.hasSuffix(Self.suffix) }
    }

    /// Puts archives that are sealed under an older master key under the current one, and removes those that none opens and
    /// those that are damaged: they are rendered again when somebody asks for them.
    ///
    /// - Returns: how many there are.
    /// - Throws: where one cannot be opened or written: the disk is full, or too many files are open.
    func reseal() throws -> Int {
        var count = 0
        guard FolderContents.isFolder(folder) else { return 0 }
        for path in try FolderContents.files(in: folder, suffixes: [Self.suffix], recurse: false, limit: .max) {
            let name = String(path.dropFirst(folder.utf8.count + 1).dropLast(Self.suffix.count))
            // It may have gone with its deployment meanwhile.
            guard contains(name) else { continue }
            do {
                let archive = try open(name)
                let pieces = try (0..<archive.count).map { try archive.piece($0) }
                if pieces.contains(where: { !$0.isCurrent }) {
                    try store(pieces.flatMap { $0.plaintext.reveal() }, renews: true)
                }
                count += 1
            } catch let error as BoatyardError where Self.isDamage(error) {
                remove(name)
            }
        }
        return count
    }

    fileprivate static func cutOff(_ name: String) -> BoatyardError {
        BoatyardError(
            "drydock.archive_damaged",
            "The archive \(name) cannot be read to its end; it is made again when it is asked for.")
    }

    /// Whether an archive is not what was sealed, or nothing of it can be read any more.
    static func isDamage(_ error: BoatyardError) -> Bool {
        ["drydock.sealed", "drydock.archive_damaged"].contains(error.code)
    }
}

extension SealedArchives {
    /// An archive that is being read; it stays readable when its name is taken away, and when its key is forgotten: a
    /// client may take long.
    final class File: Sendable {
        private let descriptor: CInt
        private let name: String
        private let vault: Vault
        /// How many pieces there are.
        let count: Int
        /// Of the archive, in bytes.
        let length: Int

        fileprivate init(_ path: String, _ name: String, _ vault: Vault) throws {
            let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
            var status = stat()
            guard descriptor >= 0, fstat(descriptor, &status) == 0 else {
                throw BoatyardError(
                    "drydock.archive", "\(path) cannot be opened: \(systemErrorText()).", kind: .unavailable)
            }
            self.descriptor = descriptor
            self.name = name
            self.vault = Vault(keys: vault.keys.asOfNow)
            let size = Int(status.st_size)
            let sealedSize = pieceSize + overhead
            count = (size + sealedSize - 1) / sealedSize
            length = max(0, size - count * overhead)
            guard length > 0 else { throw SealedArchives.cutOff(name) }
        }

        deinit { close(descriptor) }

        /// - Throws: `BoatyardError` for which `isDamage` holds where it is damaged, or none of the keys opens it.
        func piece(_ index: Int) throws -> Keyring.Opened {
            let size = min(pieceSize, length - index * pieceSize) + overhead
            var isWhole = false
            let sealed = [UInt8](unsafeUninitializedCapacity: size) { bytes, count in
                count = max(0, pread(descriptor, bytes.baseAddress, size, off_t(index * (pieceSize + overhead))))
                isWhole = count == size
            }
            guard isWhole else { throw SealedArchives.cutOff(name) }
            return try vault.open(sealed, for: context(name, index, of: count))
        }
    }
}
