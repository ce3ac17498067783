import Glibc
import Primitives

/// The 32 bytes under which secrets are stored.
package enum MasterKey {
    package static let length = 32

    /// The systemd credential `master-key` if there is one, else `secrets/master.key`, which is made when missing.
    ///
    /// Throws `BoatyardError` `master_key` if it cannot be read or has another length. It is never replaced: what was
    /// encrypted under a lost key is lost.
    package static func load(state: StateDirectory) throws -> Secret<[UInt8]> {
        if let directory = environment("CREDENTIALS_DIRECTORY") {
            let file = directory + "/master-key"
            if access(file, F_OK) == 0 { return try read(file) }
        }
        let file = try state.directory("secrets") + "/master.key"
        if access(file, F_OK) != 0 { try create(file) }
        return try read(file)
    }

    private static func read(_ file: String) throws -> Secret<[UInt8]> {
        let bytes: [UInt8]
        do {
            bytes = try FileContents.read(file, limit: 4096)
        } catch {
            throw failure("cannot be read", cause: error)
        }
        guard bytes.count == length else {
            throw failure(
                "\(file) must hold exactly \(length) bytes; restore it from a backup, since secrets in the database "
                    + "cannot be read without it")
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

    private static func failure(_ message: String, cause: (any Error)? = nil) -> BoatyardError {
        BoatyardError("master_key", "the master key \(message)", cause: cause)
    }
}
