import Cryptography
import Deckhand
import Drydock
import Logging
import Primitives
import Store
import SystemSupport

/// Replaces the master key, and stores every secret anew.
///
/// First the new key is written beside the old one, then one transaction renews all secrets, then the new file takes
/// the old one's place. A process that dies in between finds both keys at its start, and ends what was begun.
actor MasterKeyRotation {
    private let state: StateDirectory
    private let keys: Keyring
    private let database: Database
    private let renewals: [@Sendable (Connection) throws -> Int]
    private let logger: Logger
    private var running: Task<Int, any Error>?

    init(
        state: StateDirectory, keys: Keyring, database: Database, logger: Logger,
        renewals: [@Sendable (Connection) throws -> Int]
    ) {
        self.state = state
        self.keys = keys
        self.database = database
        self.renewals = renewals
        self.logger = logger
    }

    /// - Returns: how many secrets there are.
    func rotate() async throws -> Int {
        if let running { return try await running.value }
        let task = Task {
            keys.replace(with: try MasterKey.prepareNext(state: state))
            return try await self.renew()
        }
        running = task
        defer { running = nil }
        return try await task.value
    }

    /// Ends a rotation that an earlier process began, if there is one.
    func resume(_ found: MasterKey.Keys) async {
        guard !found.previous.isEmpty else { return }
        do {
            _ = try await renew()
        } catch {
            logger.error(
                "The replacement of the master key could not be ended; both keys stay in use until it is",
                metadata: ["error": "\(error)"])
        }
    }

    private func renew() async throws -> Int {
        let renewals = renewals
        let count = try await database.write { connection in
            try renewals.reduce(0) { try $0 + $1(connection) }
        }
        try MasterKey.adoptNext(state: state)
        logger.notice("master key replaced", metadata: ["secrets": "\(count)"])
        return count
    }
}
