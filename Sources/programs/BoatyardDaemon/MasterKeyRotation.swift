import Cryptography
import Deckhand
import Drydock
import Logging
import MessageCatalog
import Primitives
import Store
import SystemSupport

/// Replaces the master key, and stores every secret anew.
///
/// First the new key is written beside the old one, then sealed files are written anew, then one transaction renews all
/// other secrets, then the new file takes the old one's place. A process that dies in between finds both keys at its
/// start, and ends what was begun. Nothing is begun on a disk that has no room for all of it.
actor MasterKeyRotation {
    private let state: StateDirectory
    private let keys: Keyring
    private let database: Database
    private let renewals: [@Sendable (Connection) throws -> Int]
    private let files: @Sendable () throws -> Int
    private let space: @Sendable (Connection) throws -> Int
    private let logger: Logger
    /// The one that goes on.
    private(set) var running: Task<Int, any Error>?

    /// Left besides, in bytes: for what else is written meanwhile.
    private static let reserve = 1 << 20

    /// - Parameters:
    ///   - renewals: each stores the secrets of a service under the current key, and returns how many there are.
    ///   - files: the same for sealed files.
    ///   - space: how many bytes of the disk all of that takes while it runs.
    init(
        state: StateDirectory, keys: Keyring, database: Database, logger: Logger,
        renewals: [@Sendable (Connection) throws -> Int], files: @escaping @Sendable () throws -> Int,
        space: @escaping @Sendable (Connection) throws -> Int
    ) {
        self.state = state
        self.keys = keys
        self.database = database
        self.renewals = renewals
        self.files = files
        self.space = space
        self.logger = logger
    }

    /// - Returns: how many secrets there are.
    /// - Throws: `BoatyardError` `store.full` where the disk has no room for it, and nothing has changed; and whatever keeps
    ///   the secrets from being stored, with the kind and code of that. Both keys are in use then, until it is asked for
    ///   again or the daemon starts again.
    func rotate() async throws -> Int {
        try await alone { [keys, state, database, space] in
            try Self.require(try await database.read(space), at: state.path)
            keys.replace(with: try MasterKey.prepareNext(state: state))
        }
    }

    /// Ends a rotation that an earlier process began, if there is one.
    func resume(_ found: MasterKey.Keys) async {
        guard !found.previous.isEmpty else { return }
        do {
            _ = try await alone {}
        } catch {
            logger.error(.masterKeyRotationFailed, "\(error.inWords)")
        }
    }

    /// Renews all secrets after `beginning`. Whoever comes while that goes on gets what it comes to: it ends with the key
    /// that lies beside the old one, whoever put it there.
    private func alone(_ beginning: @escaping @Sendable () async throws -> Void) async throws -> Int {
        if let running { return try await running.value }
        let task = Task {
            try await beginning()
            do {
                return try await self.renew()
            } catch {
                throw Self.unended(error)
            }
        }
        running = task
        defer { running = nil }
        return try await task.value
    }

    private func renew() async throws -> Int {
        let renewals = renewals
        let sealedFiles = try files()
        let count = try await database.write { connection in
            try renewals.reduce(0) { try $0 + $1(connection) }
        }
        try MasterKey.adoptNext(state: state)
        // Whoever began to read before that transaction may hold what is sealed under an older key.
        await database.settle()
        keys.dropPrevious()
        logger.notice(
            .masterKeyReplaced, "master key replaced", metadata: ["secrets": "\(count)", "files": "\(sealedFiles)"])
        return count + sealedFiles
    }

    private static func require(_ size: Int, at path: String) throws {
        let needed = UInt64(max(0, size)) + UInt64(reserve)
        guard let left = FolderContents.bytesLeft(at: path), left < needed else { return }
        throw BoatyardError(
            "store.full",
            "The master key is not replaced: the file system of \(path) has \(left >> 10) KiB left, and that takes "
                + "\((needed + 1023) >> 10) KiB. Free space and ask again; nothing has changed", kind: .unavailable)
    }

    /// What stopped it halfway: which is safe, and has to be ended.
    private static func unended(_ error: any Error) -> BoatyardError {
        let typed = error as? any TypedError
        return BoatyardError(
            typed?.code ?? "master_key",
            "The replacement of the master key has begun and could not be ended; both keys stay in use until it is. Ask for "
                + "it again once the cause is mended, or start the daemon again", kind: typed?.kind ?? .failed,
            cause: error)
    }
}
