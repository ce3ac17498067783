import Cryptography
import IPMI
import NIOHTTP1
import OrderedCollections
import Primitives

/// The managed system's end of Redfish (DSP0266 1.21): a request comes in, its answer goes out.
///
/// It is to Redfish what `BMCEngine` is to RMCP+: both switch a chassis. Memory is bounded by the limits on
/// sessions, accounts and tasks, and by that of a request's body, which is the connection's.
package struct RedfishEngine: Sendable {
    /// What has to be done outside of the engine.
    package enum Effect: Sendable, Hashable {
        /// See whether there is an image, and say so by `finish`.
        case find(image: String, task: Int)
    }

    static let accountLimit = 16
    /// As `SessionTimeout` has it, in seconds.
    static let sessionTimeout = 1800

    let configuration: BMCConfiguration
    var faults: BMCFaults
    let chassis: any ChassisModel
    let random: ClientSession.RandomSource
    var accounts: [RedfishAccount]
    /// By their identifiers.
    var sessions: [String: RedfishLogin] = [:]
    /// In the order in which they began.
    var tasks: [RedfishTask] = []
    var taskCount = 0
    var accountCount: Int
    /// How often something of a resource was changed that it does not show.
    var revisions: [RedfishRoute: Int] = [:]
    private(set) var statistics = BMCStatistics()
    /// The time of the request now being answered, since the engine began.
    private(set) var now = Duration.zero
    var effects: [Effect] = []

    private static let methods = ["GET", "HEAD", "POST", "PATCH", "PUT", "DELETE", "OPTIONS"]

    package init(
        configuration: BMCConfiguration, chassis: any ChassisModel, faults: BMCFaults = BMCFaults(),
        random: @escaping ClientSession.RandomSource
    ) {
        self.configuration = configuration
        self.chassis = chassis
        self.faults = faults
        self.random = random
        accounts = configuration.users.enumerated().map { RedfishAccount($1, id: "\($0 + 1)") }
        accountCount = accounts.count
    }

    /// - Parameter time: since the engine began; never goes back.
    /// - Returns: the answer, and what has to be done outside.
    package mutating func receive(_ call: RedfishCall, at time: Duration) -> (reply: RedfishReply, effects: [Effect]) {
        statistics.datagrams += 1
        now = max(now, time)
        let timeout = Duration.seconds(Int64(Self.sessionTimeout))
        sessions = sessions.filter { now - $0.value.lastActivity <= timeout }
        var reply: RedfishReply
        do throws(RedfishRequestError) {
            reply = try answer(call)
        } catch {
            if error.status == 401 { statistics.accountsRefused += 1 }
            reply = error.reply
        }
        reply.headers += [("OData-Version", "4.0"), ("Cache-Control", "no-cache"), ("Date", HTTPDate.text(clock))]
        if call.method == "HEAD" {
            reply.headers.append(("Content-Length", "\(reply.body.count)"))
            reply.body = []
        }
        defer { effects = [] }
        return (reply, effects)
    }

    private mutating func answer(_ call: RedfishCall) throws(RedfishRequestError) -> RedfishReply {
        guard Self.methods.contains(call.method) else { throw RedfishRequestError(501, .operationNotAllowed) }
        if let version = call.header("OData-Version"), version != "4.0" {
            throw RedfishRequestError(412, .headerInvalid("OData-Version: \(version.prefix(40))"))
        }
        let route = RedfishRoute(call.path)
        let caller = try caller(of: call, to: route)
        guard let route else { throw RedfishRequestError(404, .resourceMissing(call.path)) }
        guard route.methods.contains(call.method) else {
            throw RedfishRequestError(
                405, .operationNotAllowed, headers: [("Allow", route.methods.joined(separator: ", "))])
        }
        if let parameter = call.query.split(separator: "&").first(where: { $0.hasPrefix("$") }) {
            throw RedfishRequestError(501, .queryNotSupported(String(parameter.prefix { $0 != "=" })))
        }
        if let caller { try authorize(caller, call, route) }
        switch call.method {
        case "GET", "HEAD": return try read(route, call)
        case "PATCH": return try change(route, call)
        case "DELETE": return try delete(route, call)
        default: return try post(route, call, caller)
        }
    }

    private mutating func read(_ route: RedfishRoute, _ call: RedfishCall) throws(RedfishRequestError) -> RedfishReply {
        let allowed = [(name: "Allow", value: route.methods.joined(separator: ", "))]
        if route == .metadata {
            guard call.accepts("application/xml") else { throw RedfishRequestError(406, .headerInvalid("Accept")) }
            return RedfishReply(
                status: 200, headers: [("Content-Type", "application/xml;charset=utf-8")] + allowed,
                body: Array(RedfishSchema.metadata.utf8))
        }
        guard call.accepts("application/json") else { throw RedfishRequestError(406, .headerInvalid("Accept")) }
        if case .taskMonitor(let id) = route { return try monitor(id) }
        guard let resource = resource(route) else { throw RedfishRequestError(404, .resourceMissing(call.path)) }
        try Self.checkMatch(resource, call)
        if let tag = resource.entityTag, let known = call.header("If-None-Match"), Self.matches(known, tag) {
            return RedfishReply(status: 304, headers: [("ETag", tag)])
        }
        return resource.reply(headers: allowed)
    }

    private mutating func post(
        _ route: RedfishRoute, _ call: RedfishCall, _ caller: RedfishCaller?
    ) throws(RedfishRequestError) -> RedfishReply {
        let body = try call.object()
        switch route {
        case .sessions: return try logIn(body)
        case .accounts: return try createAccount(body)
        case .reset: return try reset(body)
        case .insertMedia: return try insertMedia(body)
        case .ejectMedia: return ejectMedia()
        default: throw RedfishRequestError(405, .operationNotAllowed)
        }
    }

    private mutating func change(_ route: RedfishRoute, _ call: RedfishCall) throws(RedfishRequestError) -> RedfishReply
    {
        try checkMatch(route, call)
        let body = try call.object()
        var changes = body
        changes.removeAll { $0.key.hasPrefix("@") }
        guard !changes.isEmpty else { throw RedfishRequestError(400, .noOperation) }
        let (isChanged, messages) =
            switch route {
            case .system: changeSystem(changes)
            case .account(let id): changeAccount(id, changes)
            default: (false, changes.keys.map { BaseMessage.propertyUnknown($0) })
            }
        guard isChanged, let resource = resource(route) else { throw RedfishRequestError(400, messages) }
        // What could not be changed is told beside what could (DSP0266 §7.7).
        return resource.reply(messages: messages)
    }

    private mutating func delete(_ route: RedfishRoute, _ call: RedfishCall) throws(RedfishRequestError) -> RedfishReply
    {
        try checkMatch(route, call)
        switch route {
        case .session(let id): sessions[id] = nil
        case .account(let id): removeAccount(id)
        default: throw RedfishRequestError(405, .operationNotAllowed)
        }
        return RedfishReply(status: 204)
    }

    /// Whether the resource is there, and as the client knows it (RFC 9110 §13.1.1).
    private func checkMatch(_ route: RedfishRoute, _ call: RedfishCall) throws(RedfishRequestError) {
        guard let resource = resource(route) else { throw RedfishRequestError(404, .resourceMissing(route.path)) }
        try Self.checkMatch(resource, call)
    }

    private static func checkMatch(_ resource: RedfishRepresentation, _ call: RedfishCall) throws(RedfishRequestError) {
        guard let wanted = call.header("If-Match"), let tag = resource.entityTag else { return }
        guard matches(wanted, tag) else { throw RedfishRequestError(412, .preconditionFailed) }
    }

    /// Weak comparison, as most services of Redfish do it.
    private static func matches(_ list: String, _ tag: String) -> Bool {
        list.split(separator: ",").contains { element in
            let element = element.trimmed
            return element == "*" || Self.opaque(element) == Self.opaque(tag)
        }
    }

    private static func opaque(_ tag: some StringProtocol) -> String {
        tag.hasPrefix("W/") ? String(tag.dropFirst(2)) : String(tag)
    }

    mutating func countSessionRequest() { statistics.sessionRequests += 1 }
    mutating func countOpenedSession() { statistics.sessionsOpened += 1 }
    mutating func countCommand() { statistics.commands += 1 }

    /// What the BMC takes for the present time.
    var clock: Timestamp {
        Timestamp(microseconds: Int64(configuration.epoch) * 1_000_000).adding(seconds: now / .seconds(1))
    }
}
