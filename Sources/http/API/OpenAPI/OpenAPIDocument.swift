import HTTPTypes
import OrderedCollections
import Primitives

/// The OpenAPI 3.1 document of the routes of one listener.
package struct OpenAPIDocument {
    private let listener: ListenerName
    private var schemas: Value.Object = [:]
    private var paths: Value.Object = [:]

    /// - Parameter controllers: whose routes are described. A route that does not describe itself is left out.
    package init(of controllers: [any Controller], on listener: ListenerName) {
        self.listener = listener
        for controller in controllers {
            for route in controller.routes where route.listeners.contains(listener) {
                guard let operation = route.operation else { continue }
                let value = describe(operation, of: route, controller)
                var item = paths[route.path]?.objectValue ?? [:]
                item[route.method.rawValue.lowercased()] = value
                paths[route.path] = .object(item)
            }
        }
    }

    /// The whole document.
    package var value: Value {
        [
            "openapi": "3.1.0",
            "info": [
                "title": .string("Boatyard, listener \(listener.rawValue)"), "version": "1.0",
                "description":
                    "The APIs of Airship's Shipyard, Deckhand and Drydock and of Keystone, and Boatyard's own.",
            ],
            "paths": .object(paths),
            "components": ["schemas": .object(schemas), "securitySchemes": securitySchemes],
        ]
    }

    private var securitySchemes: Value {
        switch listener {
        case .admin: [:]
        case .api: [Self.token: ["type": "apiKey", "in": "header", "name": "X-Auth-Token"]]
        case .node:
            [
                Self.bootToken: ["type": "http", "scheme": "bearer"],
                Self.actionKey: ["type": "apiKey", "in": "header", "name": "X-Bootaction-Key"],
            ]
        }
    }

    private static let token = "token"
    private static let bootToken = "bootToken"
    private static let actionKey = "bootActionKey"

    private mutating func describe(_ operation: Operation, of route: Route, _ controller: any Controller) -> Value {
        var value: Value.Object = [
            "operationId": .string(Self.identifier(route)), "tags": [.string(controller.name)],
            "summary": .string(operation.summary),
        ]
        if let rule = Self.rule(of: route.policy) { value["description"] = .string("Rule: `\(rule)`.") }
        let parameters = parameters(operation, route, controller)
        if !parameters.isEmpty { value["parameters"] = .array(parameters) }
        if let body = operation.body {
            var content: Value.Object = [
                "required": .bool(body.isRequired),
                "content": .object([body.mediaType: ["schema": body.schema.value(&schemas)]]),
            ]
            if !body.about.isEmpty { content["description"] = .string(body.about) }
            value["requestBody"] = .object(content)
        }
        value["responses"] = .object(responses(operation, route, controller))
        value["security"] = security(route)
        return .object(value)
    }

    private mutating func parameters(
        _ operation: Operation, _ route: Route, _ controller: any Controller
    ) -> [Value] {
        var parameters: [Value] = PathTemplate(route.path).parameters.map { name in
            [
                "name": .string(name), "in": "path", "required": true,
                "schema": (operation.path[name] ?? .name).value(&schemas),
            ]
        }
        for parameter in controller.query + operation.query {
            parameters.append(
                [
                    "name": .string(parameter.name), "in": "query", "required": .bool(parameter.isRequired),
                    "description": .string(parameter.about), "schema": parameter.schema.value(&schemas),
                ])
        }
        for header in operation.headers {
            parameters.append(
                [
                    "name": .string(header.name), "in": "header", "required": .bool(header.isRequired),
                    "description": .string(header.about), "schema": header.schema.value(&schemas),
                ])
        }
        return parameters
    }

    /// Each status once: answers of one status are alternatives.
    private mutating func responses(
        _ operation: Operation, _ route: Route, _ controller: any Controller
    ) -> Value.Object {
        var answers = operation.answers
        let form = controller.errorForm(of: route)
        for status in errors(operation, route, controller) {
            let unknown = status == .notFound && !PathTemplate(route.path).parameters.isEmpty
            let schemas = unknown && listener != .node ? [form.schema, ShipyardFailure.schema] : [form.schema]
            for schema in schemas {
                answers.append(Answer(status, content: form.mediaTypes.map { ($0, schema) }))
            }
            if unknown, !form.mediaTypes.contains("application/json") {
                answers.append(.json(ShipyardFailure.schema, status))
            }
        }
        var responses: Value.Object = [:]
        for status in answers.map(\.status.code).sorted() where responses["\(status)"] == nil {
            let alike = answers.filter { $0.status.code == status }
            responses["\(status)"] = response(alike, isHead: route.method == .head, controller)
        }
        return responses
    }

    private mutating func response(_ answers: [Answer], isHead: Bool, _ controller: any Controller) -> Value {
        var alternatives: OrderedDictionary<String, [Value]> = [:]
        var headers: Value.Object = [:]
        for answer in answers {
            for (type, schema) in answer.content where !isHead {
                let schema = schema?.value(&schemas)
                if alternatives[type, default: []].contains(where: { $0 == schema }) { continue }
                alternatives[type, default: []] += schema.map { [$0] } ?? []
            }
            for header in answer.headers {
                headers[header.name] = [
                    "description": .string(header.about), "required": .bool(header.isRequired && answers.count == 1),
                    "schema": header.schema.value(&schemas),
                ]
            }
        }
        for name in controller.answerHeaders {
            headers[name] = ["description": "", "required": true, "schema": ["type": "string"]]
        }
        let status = answers.first?.status ?? .ok
        let about = answers.lazy.map(\.about).first { !$0.isEmpty } ?? status.reasonPhrase
        var response: Value.Object = ["description": .string(about)]
        if !headers.isEmpty { response["headers"] = .object(headers) }
        if !alternatives.isEmpty {
            response["content"] = .object(
                alternatives.mapValues { schemas in
                    switch schemas.count {
                    case 0: [:]
                    case 1: ["schema": schemas[0]]
                    default: ["schema": ["anyOf": .array(schemas)]]
                    }
                })
        }
        return .object(response)
    }

    /// What the route table, the listener and the readers of parameters refuse.
    private func errors(
        _ operation: Operation, _ route: Route, _ controller: any Controller
    ) -> [HTTPResponse.Status] {
        var statuses = operation.errors + [.contentTooLarge, .serviceUnavailable, .badRequest]
        if !PathTemplate(route.path).parameters.isEmpty { statuses.append(.notFound) }
        if route.policy != .open { statuses.append(.unauthorized) }
        switch route.policy {
        case .open: break
        case .nodeKey, .rule, .targeted: statuses.append(.forbidden)
        }
        if operation.body != nil, controller.refusesMediaTypes { statuses.append(.unsupportedMediaType) }
        return statuses
    }

    private func security(_ route: Route) -> Value {
        switch (route.policy, listener) {
        case (.open, _), (_, .admin): []
        case (.nodeKey, _): route.path.hasPrefix("/agent") ? [[Self.bootToken: []]] : [[Self.actionKey: []]]
        case (.rule, _), (.targeted, _): [[Self.token: []]]
        }
    }

    private static func rule(of policy: Policy) -> String? {
        switch policy {
        case .rule(let rule), .targeted(let rule): rule
        case .open, .nodeKey: nil
        }
    }

    /// `get_actions_id_steps_step`.
    private static func identifier(_ route: Route) -> String {
        let path = route.path.split { !$0.isLetter && !$0.isNumber && $0 != "_" }.filter {
            $0 != "api" && $0 != "v1" && $0 != "0"
        }
        return ([route.method.rawValue.lowercased()] + path.map(String.init)).joined(separator: "_")
    }
}

extension Schema {
    /// A name in a path: not empty, without slashes and control characters.
    static let name = Schema.named("Name", .text("^[^/\\u0000-\\u001f\\u007f-\\u009f]+$"))
}
