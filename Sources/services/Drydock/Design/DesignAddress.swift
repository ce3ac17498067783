import Cryptography
import Primitives

/// Where a design is, as a client has written it (`docs/reference/drydock.md` §4).
///
/// User and password, or a token, in it are for whoever fetches it: they are not in what is printed, and are sealed where it
/// is stored.
struct DesignAddress: Sendable, Hashable, CustomStringConvertible {
    /// Without credentials: what clients, logs and machines get.
    let description: String
    /// Nil where it has no credentials.
    private let whole: Secret<String>?

    /// Keeps no credentials in the address of a revision of this daemon's Deckhand, which nobody fetches.
    init(_ text: String) {
        description = AddressCredentials.removed(from: text)
        if case .revision? = try? DesignReference(text) {
            whole = nil
        } else {
            whole = description == text ? nil : Secret(text)
        }
    }

    /// The whole address, to fetch it with.
    func reveal() -> String { whole?.reveal() ?? description }

    static func == (left: DesignAddress, right: DesignAddress) -> Bool { left.reveal() == right.reveal() }

    func hash(into hasher: inout Hasher) { hasher.combine(reveal()) }
}

/// An address with credentials is stored in two columns: without them, and sealed as a whole.
extension DesignAddress {
    /// What the address of a task is sealed for.
    static func taskContext(_ id: String) -> String { "design of task \(id)" }

    static func deploymentContext(_ id: String) -> String { "design of deployment \(id)" }

    /// Nil for an address without credentials.
    func sealed(by vault: Vault, for context: String) throws -> [UInt8]? {
        try whole.map { try vault.keys.seal(Array($0.reveal().utf8), for: context) }
    }

    /// - Parameters:
    ///   - text: without credentials.
    ///   - sealed: nil for an address without credentials.
    /// - Throws: `BoatyardError` `drydock.sealed` where no key opens it.
    init(stored text: String, sealed: [UInt8]?, by vault: Vault, for context: String) throws {
        description = text
        whole = try sealed.map {
            Secret(String(decoding: try vault.open($0, for: context).plaintext.reveal(), as: UTF8.self))
        }
    }
}
