import IPMI
import Primitives

/// An account of the BMC, as Redfish shows it.
struct RedfishAccount: Sendable {
    /// The roles that every BMC has, with their privileges (DSP0266 §13.5.4).
    enum Role: String, Sendable, CaseIterable {
        case administrator = "Administrator"
        case `operator` = "Operator"
        case readOnly = "ReadOnly"

        var privileges: [Privilege] {
            switch self {
            case .administrator: [.login, .configureManager, .configureUsers, .configureComponents, .configureSelf]
            case .operator: [.login, .configureComponents, .configureSelf]
            case .readOnly: [.login, .configureSelf]
            }
        }
    }

    enum Privilege: String, Sendable {
        case login = "Login"
        case configureManager = "ConfigureManager"
        case configureUsers = "ConfigureUsers"
        case configureComponents = "ConfigureComponents"
        case configureSelf = "ConfigureSelf"
    }

    let id: String
    var name: String
    var password: Secret<String>
    var role: Role
    var isEnabled = true
    var mustChangePassword = false

    init(_ user: BMCConfiguration.User, id: String) {
        let role: Role =
            switch user.privilege {
            case .administrator: .administrator
            case .operator: .operator
            default: .readOnly
            }
        self.init(id: id, name: user.name, password: user.password, role: role)
    }

    init(id: String, name: String, password: Secret<String>, role: Role) {
        self.id = id
        self.name = name
        self.password = password
        self.role = role
    }

    /// In characters, of a password that is set over Redfish.
    static let passwordLength = 8...20

    /// Changes a member of the resource.
    ///
    /// - Returns: nil, or what is wrong with it.
    mutating func set(_ name: String, _ value: Value) -> BaseMessage? {
        switch (name, value) {
        case ("Password", .string(let text)) where Self.passwordLength.contains(text.count):
            password = Secret(text)
            mustChangePassword = false
        case ("UserName", .string(let text)) where !text.isEmpty && text.utf8.count <= 16: self.name = text
        case ("Enabled", .bool(let flag)): isEnabled = flag
        case ("PasswordChangeRequired", .bool(let flag)): mustChangePassword = flag
        case ("RoleId", .string(let text)):
            guard let role = Role(rawValue: text) else { return .propertyValue(name, value) }
            self.role = role
        case ("Password", _): return .propertyValue(name, .null)
        case ("UserName", _), ("Enabled", _), ("PasswordChangeRequired", _), ("RoleId", _):
            return .propertyValue(name, value)
        default: return .propertyUnknown(name)
        }
        return nil
    }
}

/// A session of the BMC.
struct RedfishLogin: Sendable {
    let account: String
    let token: Secret<String>
    var lastActivity: Duration
}

/// Who asks.
struct RedfishCaller: Sendable {
    let account: RedfishAccount
    /// nil where the request has the account itself.
    let session: String?
}
