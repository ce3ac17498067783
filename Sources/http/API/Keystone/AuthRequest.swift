import Identity
import OrderedCollections
import Primitives

/// The body of `POST /v3/auth/tokens` (`docs/reference/keystone.md` §1).
struct AuthRequest: Sendable {
    let proof: LoginProof
    let scope: ScopeRequest

    /// - Throws: `IdentityError`: invalid for what cannot be read, unauthenticated for a method that is not there.
    init(_ body: [UInt8]) throws {
        guard let value = try? Value(json: body), value.objectValue != nil else {
            throw IdentityError.invalid("The body is no JSON object.")
        }
        let auth = try Self.object(value, "auth", in: "request body")
        let identity = try Self.object(auth, "identity", in: "auth")
        guard let methods = identity["methods"]?.arrayValue?.map(\.stringValue), !methods.isEmpty else {
            throw IdentityError.invalid("Expecting to find methods in identity.")
        }
        switch methods {
        case ["password"]: proof = try Self.password(Self.object(identity, "password", in: "identity"))
        case ["token"]:
            let token = try Self.object(identity, "token", in: "identity")
            guard let id = token["id"]?.stringValue else {
                throw IdentityError.invalid("Expecting to find id in token.")
            }
            proof = .token(id)
        default:
            throw IdentityError(.unauthenticated, "Attempted to authenticate with an unsupported method.")
        }
        scope = try Self.scope(auth["scope"])
    }

    private static func password(_ method: Value) throws -> LoginProof {
        let user = try object(method, "user", in: "password")
        guard let password = user["password"]?.stringValue else {
            throw IdentityError.invalid("Expecting to find password in user.")
        }
        let secret = Secret(password)
        if let id = user["id"]?.stringValue { return .password(user: .id(id), secret) }
        guard let name = user["name"]?.stringValue else {
            throw IdentityError.invalid("Expecting to find name in user.")
        }
        // A user of a domain that is not here is nobody, which takes as long to find out as a wrong password.
        return .password(user: try isHere(user["domain"]) ? .name(name) : .id(""), secret)
    }

    private static func scope(_ scope: Value?) throws -> ScopeRequest {
        switch scope {
        case nil, .null: return .unsaid
        case .string("unscoped"): return .unscoped
        case .object(let targets):
            guard targets.count == 1, let target = targets.elements.first else {
                throw IdentityError.invalid(
                    "Authentication cannot be scoped to multiple targets. Pick one of: project, domain, trust or "
                        + "unscoped.")
            }
            switch target.key {
            case "unscoped": return .unscoped
            case "domain": return try isHere(target.value) ? .domain : .elsewhere
            case "project": return try project(target.value)
            default: return .elsewhere
            }
        default: throw IdentityError.invalid("Expecting to find project, domain or unscoped in scope.")
        }
    }

    private static func project(_ project: Value) throws -> ScopeRequest {
        if let id = project["id"]?.stringValue { return .project(.id(id)) }
        guard let name = project["name"]?.stringValue else {
            throw IdentityError.invalid("Expecting to find id or name in project.")
        }
        return try isHere(project["domain"]) ? .project(.name(name)) : .elsewhere
    }

    /// Whether a domain is the one that there is. No domain at all means that one.
    private static func isHere(_ domain: Value?) throws -> Bool {
        guard let domain, !domain.isNull else { return true }
        guard domain.objectValue != nil else { throw IdentityError.invalid("Expecting to find id or name in domain.") }
        return Domain.matches(id: domain["id"]?.stringValue, name: domain["name"]?.stringValue)
    }

    private static func object(_ value: Value, _ key: String, in place: String) throws -> Value {
        guard let found = value[key], found.objectValue != nil else {
            throw IdentityError.invalid("Expecting to find \(key) in \(place).")
        }
        return found
    }
}
