import API
import Foundation
import HTTPTypes
import Identity
import Listeners
import Logging
import OrderedCollections
import Primitives
import Settings
import Store
import SystemSupport
import Testing

@testable import BoatyardDaemon

/// Who gets through to which route, as the daemon wires them. What handlers ask for beyond that, once they know whom or
/// what a request is about, is tested with the handlers.
@Suite("Every route, and everybody who may come")
struct RouteAuditTests {
    /// Who asks, on which listener, and the token.
    private struct Asker {
        var listener: ListenerName
        var caller: Caller?
        var token: String?
    }

    private static func settings(policy: String) -> Settings {
        var settings = Settings()
        settings.identity.policy = policy
        return settings
    }

    @Test("each caller gets through to the routes of the table, and there are no others")
    func audit() async throws {
        let folder = try Place.temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let policy = folder.appendingPathComponent("policy.yaml")
        try Self.policy.write(to: policy, atomically: true, encoding: .utf8)
        let settings = Self.settings(policy: policy.path)
        let state = try StateDirectory(path: folder.path + "/state")
        let logger = Logger(label: "audit") { _ in SwiftLogNoOpLogHandler() }
        let listeners = try await HTTPListeners.bind([], logger: logger)
        let reload = try ConfigurationReload(
            settings, listeners: listeners, threshold: LogThreshold(.info), logger: logger
        ) { settings }
        let services = try await DaemonServices(
            settings: settings, state: state, rehearsal: nil, addresses: BoundAddresses([], settings),
            runtimeFolder: folder.path, dhcpEvents: nil, reload: reload, counts: listeners.counts, logger: logger)
        let table = try RouteTable(controllers: services.controllers, access: services.access, page: services.page)
        let askers = try await askers(services, logger)
        var lines: [String] = []
        for (controller, route) in table.routes {
            var verdicts = ""
            for asker in askers { verdicts += " " + (await verdict(table, route, asker)) }
            lines.append(
                "\(controller) \(route.method.rawValue) \(route.path) \(Self.text(route.policy))\(verdicts)")
            if let rule = Self.rule(of: route.policy) {
                #expect(PolicyEngine.names.contains(rule), "\(route.path) asks for a rule that nobody knows")
            }
        }
        let expected = AuditedRoutes.table.split(separator: "\n").map { line in
            line.split(separator: " ").joined(separator: " ")
        }
        let unknown = Set(lines).subtracting(expected).sorted()
        let missing = Set(expected).subtracting(lines).sorted()
        #expect(unknown.isEmpty, "not in AuditedRoutes:\n\(unknown.joined(separator: "\n"))")
        #expect(missing.isEmpty, "in AuditedRoutes, but not so:\n\(missing.joined(separator: "\n"))")
        #expect(lines.count == expected.count)
        checkDocuments(services.controllers, table)
        await services.database.close()
    }

    /// Beyond the built-in rules a role that may look, as the reference's chart has it.
    private static let policy: String = {
        let looking = [
            "list_actions", "get_action", "get_action_step", "get_action_step_logs", "get_action_validation",
            "get_configdocs_status", "get_configdocs", "get_renderedconfigdocs", "list_workflows", "get_workflow",
            "get_notedetails", "get_site_statuses",
        ]
        return "viewer: rule:admin_required or role:viewer\n"
            + looking.map { "\"workflow_orchestrator:\($0)\": rule:viewer\n" }.joined()
    }()

    /// Every route describes itself, and each listener's document has its routes and no others. Those of the web page are no part of the API.
    private func checkDocuments(_ controllers: [any Controller], _ table: RouteTable) {
        let routes = table.routes.filter { $0.route.path != "/ui" && !$0.route.path.hasPrefix("/ui/") }
        #expect(routes.count == table.routes.count - 7)
        for (_, route) in routes {
            guard let operation = route.operation else {
                Issue.record("\(route.method) \(route.path) does not describe itself")
                continue
            }
            for name in operation.path.keys {
                #expect(route.path.contains("{\(name)}"), "\(route.path) has no parameter \(name)")
            }
            #expect(
                operation.body == nil || route.bodyLimit > 0, "\(route.path) is described with a body, and takes none")
        }
        for listener in ListenerName.allCases {
            let paths = OpenAPIDocument(of: controllers, on: listener).value["paths"]?.objectValue ?? [:]
            let described = paths.flatMap { path, item in
                (item.objectValue ?? [:]).keys.map { "\($0.uppercased()) \(path)" }
            }
            let served = routes.filter { $0.route.listeners.contains(listener) }.map {
                "\($0.route.method.rawValue) \($0.route.path)"
            }
            #expect(described.sorted() == served.sorted())
        }
    }

    /// In the order of the columns of `AuditedRoutes`.
    private func askers(_ services: DaemonServices, _ logger: Logger) async throws -> [Asker] {
        let identity = IdentityService(database: services.database, tokenLifetime: 3600, logger: logger)
        func token(_ role: String?) async throws -> String {
            let name = role ?? "nobody"
            _ = try await identity.createUser(
                name: name, password: Secret(name), grants: role.map { [Grant(role: $0, project: "service")] } ?? [])
            return try await identity.login(
                .password(user: .name(name), Secret(name)), scope: .unsaid, source: nil
            ).text
        }
        let admin = try await token("admin")
        return [
            Asker(listener: .admin, caller: .administrator("root")), Asker(listener: .admin), Asker(listener: .api),
            Asker(listener: .api, token: (admin.first == "0" ? "1" : "0") + admin.dropFirst()),
            Asker(listener: .api, token: try await token(nil)),
            Asker(listener: .api, token: try await token("viewer")), Asker(listener: .api, token: admin),
            Asker(listener: .node), Asker(listener: .node, token: admin),
        ]
    }

    /// `+` for who gets to the handler, else the status.
    private func verdict(_ table: RouteTable, _ route: Route, _ asker: Asker) async -> String {
        var path = route.path
        while let open = path.firstIndex(of: "{"), let close = path[open...].firstIndex(of: "}") {
            path.replaceSubrange(open...close, with: "1")
        }
        var request = APIRequest(method: route.method, target: path, caller: asker.caller, listener: asker.listener)
        // From this host, as a browser asks: the page's token comes by its cookie, and nothing is changed without its CSRF token.
        request.isPrivate = true
        if let token = asker.token, let name = HTTPField.Name("X-Auth-Token") {
            request.headers[name] = token
            request.headers[.cookie] = "boatyard_session=\(token)"
        }
        switch await table.plan(for: request) {
        case .call: return "+"
        case .answer(let response, _, _): return "\(response.status.code)"
        }
    }

    private static func text(_ policy: Policy) -> String {
        switch policy {
        case .open: "open"
        case .nodeKey: "key"
        case .rule(let rule): rule
        case .targeted(let rule): "targeted:" + rule
        }
    }

    private static func rule(of policy: Policy) -> String? {
        switch policy {
        case .rule(let rule), .targeted(let rule): rule
        case .open, .nodeKey: nil
        }
    }
}
