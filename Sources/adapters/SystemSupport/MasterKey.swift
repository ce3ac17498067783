import Glibc
import Primitives

/// The key of 32 bytes under which secrets are stored.
///
/// While it is replaced there are two files. Whenever the process is killed, the keys in the files open every secret.
package enum MasterKey {
    /// The length of the key in bytes.
    package static let length = 32

    /// The keys under which secrets may be stored.
    package struct Keys: Sendable {
        /// The key for new secrets.
        package let current: Secret<[UInt8]>
        /// Keys under which secrets may still be stored; empty where the key is not being replaced.
        package let previous: [Secret<[UInt8]>]
    }

    /// The key, and the one before it where its replacement has not ended.
    ///
    /// Where `master.key` is missing and `master.key.next` opens everything, that takes its place: the replacement had
    /// come to its last step.
    ///
    /// - Parameters:
    ///   - mayMake: whether nothing is sealed yet, so that any key will do.
    ///   - opensAll: whether everything that is sealed is sealed under a key.
    /// - Throws: as `load(state:)`.
    package static func keys(
        state: StateDirectory, mayMake: Bool, opensAll: (Secret<[UInt8]>) throws -> Bool = { _ in false }
    ) throws -> Keys {
        let next = try nextFile(state)
        let hasNext = credential("master-key") == nil && access(next, F_OK) == 0
        let file = try place(state: state)
        if hasNext, access(file, F_OK) != 0 {
            guard try mayMake || opensAll(readNext(next)) else {
                throw failure(
                    "\(file) is missing. \(next) is there, the new key of a replacement that has not ended, but what the "
                        + "database has is sealed with the missing one. Restore \(file) from a backup from before the "
                        + "replacement, leave \(next) where it is, and start again, which ends the replacement")
            }
            try adoptNext(state: state)
            return Keys(current: try read(file), previous: [])
        }
        let key = try load(state: state, mayMake: mayMake)
        if let file = credential("master-key.previous") { return Keys(current: key, previous: [try read(file)]) }
        return hasNext
            ? Keys(current: try readNext(next), previous: [key]) : Keys(current: key, previous: [])
    }

    /// The key that replaces the present one. It is made and written where there is none.
    ///
    /// - Throws: `BoatyardError` `master_key` where the key is a credential of systemd, which only the host can
    ///   replace.
    package static func prepareNext(state: StateDirectory) throws -> Secret<[UInt8]> {
        guard credential("master-key") == nil else {
            throw failure(
                "is a credential of systemd; give the service the new key as the credential master-key and the present "
                    + "one as master-key.previous, and start it again")
        }
        let file = try nextFile(state)
        if access(file, F_OK) != 0 { try create(file) }
        return try readNext(file)
    }

    /// Ends the replacement of the key, once nothing is stored under the old one. It does nothing where the key is not
    /// being replaced.
    ///
    /// - Throws: `BoatyardError` `master_key`.
    package static func adoptNext(state: StateDirectory) throws {
        let next = try nextFile(state)
        guard access(next, F_OK) == 0 else { return }
        do {
            try FileContents.move(next, to: try state.directory("secrets") + "/master.key")
        } catch let error as BoatyardError {
            throw failure("cannot be replaced", cause: error)
        }
    }

    private static func readNext(_ file: String) throws -> Secret<[UInt8]> {
        try read(
            file,
            remedy:
                "It is the new key of a replacement that has not ended. Restore it; without it move it away, which loses "
                + "what was sealed since that replacement began")
    }

    private static func nextFile(_ state: StateDirectory) throws -> String {
        try state.directory("secrets") + "/master.key.next"
    }

    /// The file of a systemd credential, if the service was given it.
    private static func credential(_ name: String) -> String? {
        guard let directory = environment("CREDENTIALS_DIRECTORY") else { return nil }
        let file = directory + "/" + name
        return access(file, F_OK) == 0 ? file : nil
    }

    /// The systemd credential `master-key`, or else the file `secrets/master.key`, which is made where it is missing.
    ///
    /// - Throws: `BoatyardError` `master_key` where the key cannot be read or has another length, and `file.full` and its
    ///   like where it cannot be made. It is never replaced then, as what was stored under a lost key is lost.
    package static func load(state: StateDirectory, mayMake: Bool) throws -> Secret<[UInt8]> {
        let file = try place(state: state)
        if credential("master-key") == nil, access(file, F_OK) != 0 {
            guard mayMake else {
                throw failure(
                    "\(file) is missing, and the database has secrets that are sealed with it. Restore it from the backup "
                        + "that belongs to this database; no other key opens them")
            }
            try create(file)
        }
        return try read(file)
    }

    /// Where the key is looked for.
    package static func place(state: StateDirectory) throws -> String {
        try credential("master-key") ?? state.directory("secrets") + "/master.key"
    }

    private static func read(
        _ file: String,
        remedy: String = "Restore it from the backup that belongs to this database; no other key opens its secrets"
    ) throws -> Secret<[UInt8]> {
        let bytes: [UInt8]
        do {
            bytes = try FileContents.read(file, limit: 4096)
        } catch {
            throw failure("cannot be read", cause: error)
        }
        guard bytes.count == length else {
            throw failure("\(file) must hold exactly \(length) bytes. \(remedy)")
        }
        return Secret(bytes)
    }

    private static func create(_ file: String) throws {
        var generator = SystemRandomNumberGenerator()
        let key = (0..<length).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
        do {
            try FileContents.write(key, to: file, mode: 0o400)
        } catch {
            throw failure("cannot be made", cause: error)
        }
    }

    /// A full disk under it stays one, in kind and code.
    private static func failure(_ message: String, cause: BoatyardError? = nil) -> BoatyardError {
        let own = cause.flatMap { $0.kind.concernsState ? $0 : nil }
        return BoatyardError(
            own?.code ?? "master_key", "the master key \(message)", kind: own?.kind ?? .failed, cause: cause)
    }
}
