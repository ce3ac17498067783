import Cryptography
import Deckhand
import Drydock
import Logging
import Primitives
import Store
import SystemSupport

/// Replaces the master key, and stores every secret anew.
///
/// First the new key is written beside the old one, then sealed files are written anew, then one transaction renews all
/// other secrets, then the new file takes the old one's place. A process that dies in between finds both keys at its
/// start, and ends what was begun.
actor MasterKeyRotation {
    private let state: StateDirectory
    private let keys: Keyring
    private let database: Database
    private let renewals: [@Sendable (Connection) throws -> Int]
    private let files: @Sendable () throws -> Int
    private let logger: Logger
    /// The one that goes on.
    private(set) var running: Task<Int, any Error>?

    init(
        state: StateDirectory, keys: Keyring, database: Database, logger: Logger,
        renewals: [@Sendable (Connection) throws -> Int], files: @escaping @Sendable () throws -> Int
    ) {
        self.state = state
        self.keys = keys
        self.database = database
        self.renewals = renewals
        self.files = files
        self.logger = logger
    }

    /// - Returns: how many secrets there are.
    func rotate() async throws -> Int {
        try await alone { [keys, state] in keys.replace(with: try MasterKey.prepareNext(state: state)) }
    }

    /// Ends a rotation that an earlier process began, if there is one.
    func resume(_ found: MasterKey.Keys) async {
        guard !found.previous.isEmpty else { return }
        do {
            _ = try await alone {}
        } catch {
            logger.error(
                "The replacement of the master key could not be ended; both keys stay in use until it is",
                metadata: ["error": "\(error)"])
        }
    }

    /// Renews all secrets after `beginning`. Whoever comes while that goes on gets what it comes to: it ends with the key
    /// that lies beside the old one, whoever put it there.
    private func alone(_ beginning: @escaping @Sendable () throws -> Void) async throws -> Int {
        if let running { return try await running.value }
        let task = Task {
            try beginning()
            return try await self.renew()
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
        logger.notice("master key replaced", metadata: ["secrets": "\(count)", "files": "\(sealedFiles)"])
        return count + sealedFiles
    }
}
