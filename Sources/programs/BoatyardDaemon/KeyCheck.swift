import Cryptography
import Primitives
import Store
import SystemSupport

/// The check value of the master key: something sealed under it in the database, by which another key is told at the
/// start rather than at the first secret that somebody needs.
struct KeyCheck: Sendable {
    let keys: Keyring
    /// Opens one secret of each service, where the service has any; throws where the key does not.
    let probes: [@Sendable (Connection) throws -> Bool]

    private static let fact = "master_key_check"
    static let context = "the check value of the master key"

    /// Whether the database has anything that needs the key it was made with.
    static func needsKey(_ connection: Connection, secrets: [@Sendable (Connection) throws -> Bool]) throws -> Bool {
        if try DaemonRecord.fact(fact, connection) != nil { return true }
        return try secrets.contains { try $0(connection) }
    }

    /// The check value as it is stored; nil where there is none yet.
    static func sealed(_ connection: Connection) throws -> [UInt8]? { try DaemonRecord.fact(fact, connection) }

    /// Whether everything in the database is sealed under `key`: the check value is renewed in the one transaction that
    /// renews everything else.
    static func isSealed(_ checkValue: [UInt8]?, under key: Secret<[UInt8]>) -> Bool {
        guard let checkValue else { return false }
        return (try? Keyring(key).open(checkValue, for: context)) != nil
    }

    /// Compares the key with the check value; a database that has none yet gets one, if the key opens its secrets.
    ///
    /// - Parameter place: of the key, for messages.
    /// - Throws: `BoatyardError` `master_key` where the key is another one.
    func verify(_ database: Database, place: String) async throws {
        // A disk that takes no writes keeps nobody from reading.
        let isKnown = try await database.read { try compare($0, place: place) }
        if !isKnown { _ = try await database.write { try renew($0) } }
    }

    private func compare(_ connection: Connection, place: String) throws -> Bool {
        do {
            if let sealed = try DaemonRecord.fact(Self.fact, connection) {
                _ = try keys.open(sealed, for: Self.context)
                return true
            }
            for probe in probes { _ = try probe(connection) }
            return false
        } catch let error as StoreError {
            throw error
        } catch {
            throw BoatyardError(
                "master_key",
                "the master key \(place) is not the one that the secrets of this database are sealed with. Restore the key "
                    + "and boatyard.db of the same backup", cause: error)
        }
    }

    /// Seals the check value under the current key, in the transaction that does so with everything else.
    ///
    /// - Returns: 0: it is nobody's secret.
    @discardableResult
    func renew(_ connection: Connection) throws -> Int {
        try DaemonRecord.setFact(Self.fact, try keys.seal(Array(Self.context.utf8), for: Self.context), connection)
        return 0
    }
}
