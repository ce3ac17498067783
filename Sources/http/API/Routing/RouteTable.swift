import HTTPTypes
import Primitives

/// The routes of all controllers.
///
/// A listener asks for a `Plan` once it has the head of a request, reads a body within the limit of the plan, and then
/// performs the call.
package struct RouteTable: Sendable {
    /// How a request is answered, by its head alone.
    package enum Plan: Sendable {
        /// The answer is there. The body of the request is not needed. `route` is nil where no route has the path and the
        /// method; `caller` is whoever was identified before the request was refused.
        case answer(APIResponse, route: Route? = nil, caller: Caller? = nil)
        case call(Call)
    }

    fileprivate final class Entry: Sendable {
        let controller: any Controller
        let route: Route
        let template: PathTemplate
        /// The names of the parameters of the query that the handler gets; nil for all of them.
        let parameters: Set<String>?

        init(controller: any Controller, route: Route) {
            self.controller = controller
            self.route = route
            template = PathTemplate(route.path)
            parameters = route.operation.map { Set(($0.query + controller.query).map(\.name)) }
        }
    }

    private let entries: [Entry]
    /// The same for each listener.
    private let served: [ListenerName: [Entry]]
    private let access: AccessControl
    private let page: PageAccess?

    /// Makes the table.
    ///
    /// - Parameter page: stands before what is below `/ui/`; nil where there is no page.
    /// - Throws: `BoatyardError` `route_conflict` where two routes on one listener have the same method and match the
    ///   same paths.
    package init(controllers: [any Controller], access: AccessControl = .administratorsOnly, page: PageAccess? = nil)
        throws
    {
        self.access = access
        self.page = page
        let entries = controllers.flatMap { controller in
            controller.routes.map { Entry(controller: controller, route: $0) }
        }
        for (index, entry) in entries.enumerated() {
            let duplicate = entries[..<index].first {
                $0.route.method == entry.route.method && $0.template.shape == entry.template.shape
                    && !$0.route.listeners.isDisjoint(with: entry.route.listeners)
            }
            if let duplicate {
                throw BoatyardError(
                    "route_conflict",
                    "\(entry.route.method) \(entry.route.path) is served by both \(duplicate.controller.name) and "
                        + "\(entry.controller.name); take it out of one of them")
            }
        }
        // A stable sort: among equals the controllers keep their order.
        let sorted = entries.enumerated().sorted { left, right in
            if left.element.template.precedes(right.element.template) { return true }
            if right.element.template.precedes(left.element.template) { return false }
            return left.offset < right.offset
        }.map(\.element)
        self.entries = sorted
        served = Dictionary(
            uniqueKeysWithValues: ListenerName.allCases.map { name in
                (name, sorted.filter { $0.route.listeners.contains(name) })
            })
    }

    /// Every route with the name of its controller, for audits.
    package var routes: [(controller: String, route: Route)] { entries.map { ($0.controller.name, $0.route) } }

    /// Decides on the head of a request. The body is not looked at.
    ///
    /// The caller is identified by its token only here, after the route is known and its controller has looked at the
    /// head.
    package func plan(for request: APIRequest) async -> Plan {
        guard let page else { return await route(request) }
        if let welcome = page.welcome(request) { return .answer(welcome) }
        guard page.guards(request) else { return await route(request) }
        do throws(PageError) {
            let plan = await route(try page.admit(request))
            guard case .answer(var response, let route, let caller) = plan else { return plan }
            PageHeaders.set(&response)
            return .answer(response, route: route, caller: caller)
        } catch {
            return .answer(PageFailure.response(refusing: request, error))
        }
    }

    /// Finds the route of a request, and asks what it asks.
    private func route(_ request: APIRequest) async -> Plan {
        // The routes of the most particular template that the path matches.
        var matches: [(entry: Entry, parameters: [String: String])] = []
        var path = RequestedPath(request.path)
        for entry in served[request.listener] ?? [] {
            if let first = matches.first, first.entry.template.shape != entry.template.shape { continue }
            // Firmware joins a base address and a path with any number of slashes.
            let slashes = request.listener == .node ? .any : entry.route.slashes
            if let parameters = entry.template.match(path.segments(slashes)) {
                matches.append((entry, parameters))
            }
        }
        var request = request
        request.authorizer = access.authorizer
        guard let first = matches.first else { return .answer(UnknownRoute.response(for: request)) }
        var match = matches.first { $0.entry.route.method == request.method }
        let answersHead = request.listener == .node
        if match == nil, answersHead, request.method == .head {
            match = matches.first { $0.entry.route.method == .get }
        }
        guard let match else {
            var methods = Set(matches.map(\.entry.route.method.rawValue))
            if answersHead, methods.contains("GET") { methods.insert("HEAD") }
            return .answer(otherMethod(methods, first.entry.controller, request))
        }
        request.parameters = match.parameters
        let route = match.entry.route
        do {
            try match.entry.controller.admit(request)
            switch route.policy {
            case .open, .nodeKey: break
            case .rule(let rule):
                let isKnown = request.caller != nil
                request.caller = try await caller(of: request)
                try request.require(rule)
                if !isKnown { request.watch = watch(of: request, rule) }
            case .targeted:
                request.caller = try await caller(of: request)
                guard request.caller != nil else { throw RequestError.unauthenticated }
            }
            if request.listener != .node { try ControlCharacter.refuse(inNames: match.parameters) }
            if let parameters = match.entry.parameters { request.query = request.query.only(parameters) }
            try await route.headCheck?(request)
            return .call(Call(controller: match.entry.controller, route: route, request: request))
        } catch {
            var response = Call(controller: match.entry.controller, route: route, request: request).refuse(error)
            if error as? RequestError == .unauthenticated, let uri = access.identityURI(request) {
                response.set("WWW-Authenticate", "Keystone uri=\"\(uri)\"")
            }
            return .answer(response, route: route, caller: request.caller)
        }
    }

    private func caller(of request: APIRequest) async throws -> Caller? {
        if let caller = request.caller { return caller }
        return try await access.authenticator(request)
    }

    /// Looks after the caller of a request, on whose behalf a rule was required.
    private func watch(of request: APIRequest, _ rule: String) -> (@Sendable ([String]) async throws -> Never)? {
        guard let watch = access.watch else { return nil }
        let watching: @Sendable ([String]) async throws -> Never = { more in
            let look: @Sendable (Caller?) throws -> Void = { caller in
                guard let caller else { throw RequestError.unauthenticated }
                for rule in [rule] + more where !request.authorizer(caller, rule, request.parameters) {
                    throw RequestError.forbidden(rule: rule)
                }
            }
            try await watch(request, look)
        }
        return watching
    }

    /// Answers a request whose body is there.
    package func respond(to request: APIRequest) async -> APIResponse {
        switch await plan(for: request) {
        case .answer(let response, _, _): response
        case .call(let call):
            if request.body.count > call.readLimit {
                call.refuse(RequestError.bodyTooLarge(limit: call.bodyLimit))
            } else {
                await call.perform(body: request.body)
            }
        }
    }

    /// `OPTIONS`, or 405 with the sorted methods of the path.
    private func otherMethod(_ methods: Set<String>, _ controller: any Controller, _ request: APIRequest) -> APIResponse
    {
        let allow = methods.union(["OPTIONS"]).sorted()
        let isOptions = request.method == .options
        var response =
            isOptions
            ? APIResponse(.ok) : controller.response(to: RequestError.methodNotAllowed(allow: allow), for: request)
        response.headers[.allow] = allow.joined(separator: ", ")
        controller.decorate(&response, for: request)
        return response
    }
}

/// A request whose route is known, and whose caller may use it.
package struct Call: Sendable {
    private let controller: any Controller
    package let route: Route
    private let request: APIRequest

    init(controller: any Controller, route: Route, request: APIRequest) {
        self.controller = controller
        self.route = route
        self.request = request
    }

    /// The greatest length of a body for the handler, in bytes; 0 where it takes none.
    package var bodyLimit: Int { route.bodyLimit }

    /// The greatest length of a body that is read at all, in bytes.
    package var readLimit: Int { bodyLimit == 0 ? Route.ignoredBody : bodyLimit }

    /// The caller; nil on a route that asks for none.
    package var caller: Caller? { request.caller }

    /// Runs the handler. Errors are answered in the form of the controller.
    ///
    /// - Parameter departure: returns once the client has gone; nil where that is not known.
    package func perform(body: [UInt8], departure: (@Sendable () async -> Void)? = nil) async -> APIResponse {
        var request = request
        request.departure = departure
        request.body = bodyLimit == 0 ? [] : body
        defer { Memory.noteWork(size: body.count) }
        do {
            var response = try await route.handler(request)
            decorate(&response)
            return response
        } catch {
            return refuse(error)
        }
    }

    /// Answers an error in the form of the controller, without the handler.
    package func refuse(_ error: any Error) -> APIResponse {
        var response = controller.response(to: error, for: request)
        decorate(&response)
        let isWorthRetrying = (error as? any TypedError)?.kind.isWorthRetrying ?? true
        if response.status.code == 503, isWorthRetrying, response.headers[.retryAfter] == nil {
            response.headers[.retryAfter] = "30"
        }
        response.cause = error
        return response
    }

    private func decorate(_ response: inout APIResponse) {
        controller.decorate(&response, for: request)
        if request.isOfPage { PageHeaders.set(&response) }
    }
}
