import Cryptography
import NIOPosix
import Primitives
import Synchronization

/// Derives keys from passwords, on threads that may block. Few derivations run at once, since each takes much memory.
package final class PasswordChecker: Sendable {
    /// A password that was right a short while ago.
    private struct Known {
        var proof: [UInt8]
        var until: Double
    }

    private let scrypt: Scrypt
    private let derivations: KeyedSemaphore<Anything>
    private let uptime: @Sendable () -> Double
    private let known = Mutex<[String: Known]>([:])
    /// Lives as long as the process, and makes proofs worthless outside of it.
    private let proofKey = Random.bytes(32)
    private let nobody: PasswordHash?
    private let derived = Mutex(0)
    /// How many keys were derived: what logins cost.
    var derivationCount: Int { derived.withLock { $0 } }

    /// Seconds for which a password that was right is recognized without another derivation.
    private static let memory = 300.0
    private static let capacity = 1024
    /// The greatest length of a password, in bytes.
    package static let longest = 4096

    /// Makes a checker.
    ///
    /// - Parameters:
    ///   - scrypt: the parameters of new hashes.
    ///   - workers: how many derivations run at once; each takes 16 MiB with the standard parameters.
    ///   - queue: how many more may wait.
    ///   - uptime: the seconds of a monotonic clock.
    package init(
        scrypt: Scrypt = .standard, workers: Int = 2, queue: Int = 64, uptime: @escaping @Sendable () -> Double
    ) {
        self.scrypt = scrypt
        self.uptime = uptime
        derivations = KeyedSemaphore(limit: workers, queueLimit: queue)
        let length = String(repeating: "0", count: 64)
        let parameters = "ln=\(scrypt.logarithmicCost),r=\(scrypt.blockSize),p=\(scrypt.parallelism)"
        nobody = PasswordHash("$scrypt$\(parameters)$\(length.prefix(32))$\(length)")
    }

    /// The text to store for a password.
    ///
    /// - Throws: `IdentityError` of kind `invalid` for a password that is empty or too long, `busy` where too many
    ///   others wait.
    package func hash(_ password: Secret<String>) async throws -> String {
        let length = password.reveal().utf8.count
        guard (1...Self.longest).contains(length) else {
            throw IdentityError.invalid("A password has 1 to \(Self.longest) bytes.")
        }
        let scrypt = scrypt
        return try await derive(with: scrypt) { try PasswordHash.make(password, scrypt).text }
    }

    /// Whether `stored` was made from `password`. It takes as long where `stored` is nil.
    ///
    /// - Throws: `IdentityError` of kind `busy` where too many others wait.
    package func verify(
        _ password: Secret<String>, against stored: String?, isRemembered: Bool = true
    ) async throws -> Bool {
        guard password.reveal().utf8.count <= Self.longest else { return false }
        if isRemembered, let stored, isKnown(password, stored) { return true }
        guard let hash = stored.flatMap({ PasswordHash($0) }) ?? nobody else { return false }
        let isRight = try await derive(with: hash.scrypt) { try hash.matches(password) } && stored != nil
        if isRight, let stored { remember(password, stored) }
        return isRight
    }

    /// Whether `password` was verified for `stored` within the last five minutes. It derives nothing.
    package func isKnown(_ password: Secret<String>, _ stored: String) -> Bool {
        let now = uptime()
        let proof = known.withLock { known in known[stored].flatMap { $0.until > now ? $0.proof : nil } }
        guard let proof else { return false }
        return constantTimeEqual(proof, self.proof(password, stored))
    }

    private func remember(_ password: Secret<String>, _ stored: String) {
        let entry = Known(proof: proof(password, stored), until: uptime() + Self.memory)
        known.withLock { known in
            if known.count >= Self.capacity { known.removeAll() }
            known[stored] = entry
        }
    }

    private func proof(_ password: Secret<String>, _ stored: String) -> [UInt8] {
        HMAC.sha256(key: proofKey, message: Array("\(stored)\0\(password.reveal())".utf8))
    }

    private func derive<T: Sendable>(
        with scrypt: Scrypt, _ body: @escaping @Sendable () throws -> T
    ) async throws -> T {
        do {
            return try await derivations.withTurn(at: .anything) {
                derived.withLock { $0 += 1 }
                defer { Memory.noteWork(size: scrypt.workingSize) }
                return try await NIOThreadPool.singleton.runIfActive(body)
            }
        } catch is KeyedSemaphore<Anything>.WaitError {
            throw IdentityError(.busy, "Too many logins are going on; try again in some seconds.")
        }
    }
}
