import Cryptography
import OrderedCollections
import Primitives

extension RedfishEngine {
    /// Who asks; nil for what nobody needs an account for.
    ///
    /// - Throws: 401.
    mutating func caller(of call: RedfishCall, to route: RedfishRoute?) throws(RedfishRequestError) -> RedfishCaller? {
        if let route {
            if route.isOpen, call.isRead { return nil }
            if route == .sessions, call.method == "POST" { return nil }
        }
        if let token = call.header("X-Auth-Token") {
            let bytes = Array(token.utf8)
            guard
                let (id, session) = sessions.first(where: { constantTimeEqual(Array($1.token.reveal().utf8), bytes) }),
                let account = accounts.first(where: { $0.id == session.account && $0.isEnabled })
            else { throw Self.unauthorized }
            let time = now
            sessions[id]?.lastActivity = time
            return RedfishCaller(account: account, session: id)
        }
        guard let credentials = call.header("Authorization"), credentials.lowercased().hasPrefix("basic "),
            let bytes = Base64.decode(Array(credentials.dropFirst(6).utf8)),
            let colon = bytes.firstIndex(of: UInt8(ascii: ":")),
            let account = account(String(decoding: bytes[..<colon], as: UTF8.self), Array(bytes[(colon + 1)...]))
        else { throw Self.unauthorized }
        return RedfishCaller(account: account, session: nil)
    }

    private static let unauthorized = RedfishRequestError(
        401, .noValidSession, headers: [("WWW-Authenticate", "Basic realm=\"BMC\"")])

    private func account(_ name: String, _ password: [UInt8]) -> RedfishAccount? {
        guard let account = accounts.first(where: { $0.name == name }), account.isEnabled, !faults.wrongPassword,
            constantTimeEqual(Array(account.password.reveal().utf8), password)
        else { return nil }
        return account
    }

    /// - Throws: 403.
    func authorize(_ caller: RedfishCaller, _ call: RedfishCall, _ route: RedfishRoute) throws(RedfishRequestError) {
        let account = caller.account
        let isOwnAccount = route == .account(account.id)
        let isOwnSession = caller.session.map { route == .session($0) } ?? false
        guard !account.mustChangePassword || isOwnSession || isOwnAccount && call.method != "DELETE" else {
            throw RedfishRequestError(403, .passwordChangeRequired(RedfishRoute.account(account.id).path))
        }
        let needed: RedfishAccount.Privilege =
            switch (call.method, route) {
            case ("GET", _), ("HEAD", _): .login
            case (_, .session): isOwnSession ? .configureSelf : .configureManager
            case ("PATCH", .account) where isOwnAccount && Self.isPasswordAlone(call): .configureSelf
            case (_, .account), (_, .accounts): .configureUsers
            case (_, .insertMedia), (_, .ejectMedia): .configureManager
            default: .configureComponents
            }
        guard account.role.privileges.contains(needed) else { throw RedfishRequestError(403, .insufficientPrivilege) }
    }

    private static func isPasswordAlone(_ call: RedfishCall) -> Bool {
        (try? call.object())?.keys.allSatisfy { $0 == "Password" || $0.hasPrefix("@") } ?? false
    }

    mutating func logIn(_ body: Value.Object) throws(RedfishRequestError) -> RedfishReply {
        countSessionRequest()
        for name in ["UserName", "Password"] where body[name]?.stringValue == nil {
            throw RedfishRequestError(400, .parameterMissing(name, "Create"))
        }
        guard let name = body["UserName"]?.stringValue, let password = body["Password"]?.stringValue,
            let account = account(name, Array(password.utf8))
        else { throw Self.unauthorized }
        guard sessions.count < configuration.sessionLimit else { throw RedfishRequestError(503, .sessionLimitExceeded) }
        let id = random(8).hex
        let token = random(16).hex
        sessions[id] = RedfishLogin(account: account.id, token: Secret(token), lastActivity: now)
        countOpenedSession()
        guard let resource = resource(.session(id)) else { throw RedfishRequestError(500, .internalError) }
        let messages: [BaseMessage] =
            account.mustChangePassword ? [.passwordChangeRequired(RedfishRoute.account(account.id).path)] : []
        return resource.reply(
            status: 201, headers: [("Location", RedfishRoute.session(id).path), ("X-Auth-Token", token)],
            messages: messages)
    }

    mutating func createAccount(_ body: Value.Object) throws(RedfishRequestError) -> RedfishReply {
        for name in ["UserName", "Password", "RoleId"] where body[name] == nil {
            throw RedfishRequestError(400, .parameterMissing(name, "Create"))
        }
        guard accounts.count < Self.accountLimit else { throw RedfishRequestError(400, .createLimitReached) }
        accountCount += 1
        var account = RedfishAccount(id: "\(accountCount)", name: "", password: Secret(""), role: .readOnly)
        var messages: [BaseMessage] = []
        for (name, value) in body where !name.hasPrefix("@") {
            if let message = account.set(name, value) { messages.append(message) }
        }
        if accounts.contains(where: { $0.name == account.name }) {
            messages.append(.propertyValue("UserName", .string(account.name)))
        }
        guard messages.isEmpty else { throw RedfishRequestError(400, messages) }
        account.mustChangePassword = body["PasswordChangeRequired"]?.boolValue ?? false
        accounts.append(account)
        guard let resource = resource(.account(account.id)) else { throw RedfishRequestError(500, .internalError) }
        return resource.reply(status: 201, headers: [("Location", RedfishRoute.account(account.id).path)])
    }

    /// - Returns: whether anything was changed, and what could not be.
    mutating func changeAccount(_ id: String, _ changes: Value.Object) -> (Bool, [BaseMessage]) {
        guard let place = accounts.firstIndex(where: { $0.id == id }) else { return (false, []) }
        var messages: [BaseMessage] = []
        for (name, value) in changes {
            let isTaken = name == "UserName" && accounts.contains { .string($0.name) == value && $0.id != id }
            if let message = isTaken ? .propertyValue(name, value) : accounts[place].set(name, value) {
                messages.append(message)
            }
        }
        guard messages.count < changes.count else { return (false, messages) }
        revisions[.account(id), default: 0] += 1
        return (true, messages)
    }

    mutating func removeAccount(_ id: String) {
        accounts.removeAll { $0.id == id }
        sessions = sessions.filter { $0.value.account != id }
        revisions[.account(id)] = nil
    }
}
