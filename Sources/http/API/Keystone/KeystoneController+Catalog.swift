import HTTPTypes
import Identity
import OrderedCollections
import Primitives

extension KeystoneController {
    /// What `openstack service list`, `endpoint list` and `domain list` ask for.
    var catalogRoutes: [Route] {
        [
            route(
                .get, "/services", "list_services",
                about: Operation(
                    "The services of the catalog", query: [KeystoneQuery.name, KeystoneQuery.type],
                    answers: .json(KeystoneSchemas.list("services", KeystoneSchemas.service)))
            ) { request in
                let (name, type) = try (request.query[KeystoneQuery.name], request.query[KeystoneQuery.type])
                let wanted = catalog.services.filter { service in
                    (name.map { $0 == service.name } ?? true) && (type.map { $0 == service.type } ?? true)
                }
                return list("services", wanted.map { value($0, request) }, request)
            },
            route(
                .get, "/services/{service_id}", "get_service",
                about: Operation("One service", answers: .json(KeystoneSchemas.one("service", KeystoneSchemas.service)))
            ) { request in
                guard let service = catalog.services.first(where: { $0.id == request.parameter("service_id") }) else {
                    throw IdentityError.missing("service")
                }
                return .json(["service": value(service, request)])
            },
            route(
                .get, "/endpoints", "list_endpoints",
                about: Operation(
                    "The addresses of the services",
                    answers: .json(KeystoneSchemas.list("endpoints", KeystoneSchemas.endpoint)))
            ) { request in
                list("endpoints", catalog.services.flatMap { endpoints(of: $0, request) }, request)
            },
            route(
                .get, "/auth/domains", "get_auth_domains",
                about: Operation(
                    "The domains that the caller has a role on",
                    answers: .json(KeystoneSchemas.list("domains", KeystoneSchemas.domain)))
            ) { request in
                list("domains", [domainValue(request)], request)
            },
            route(
                .get, "/domains", "list_domains",
                about: Operation(
                    "The one domain", query: [KeystoneQuery.name],
                    answers: .json(KeystoneSchemas.list("domains", KeystoneSchemas.domain)))
            ) { request in
                let isWanted = try Domain.matches(id: nil, name: request.query[KeystoneQuery.name])
                return list("domains", isWanted ? [domainValue(request)] : [], request)
            },
            route(
                .get, "/domains/{domain_id}", "get_domain",
                about: Operation("The domain", answers: .json(KeystoneSchemas.one("domain", KeystoneSchemas.domain)))
            ) { request in
                guard request.parameter("domain_id") == Domain.id else { throw IdentityError.missing("domain") }
                return .json(["domain": domainValue(request)])
            },
        ]
    }

    private func value(_ service: ServiceCatalog.Service, _ request: APIRequest) -> Value {
        [
            "id": .string(service.id), "name": .string(service.name), "type": .string(service.type), "enabled": true,
            "links": ["self": .string(catalog.identityURL(request) + "/services/\(service.id)")],
        ]
    }

    private func endpoints(of service: ServiceCatalog.Service, _ request: APIRequest) -> [Value] {
        catalog.endpoints(of: service, request).map { endpoint in
            var endpoint = endpoint
            endpoint["service_id"] = .string(service.id)
            endpoint["enabled"] = true
            let id = endpoint["id"]?.stringValue ?? ""
            endpoint["links"] = ["self": .string(catalog.identityURL(request) + "/endpoints/\(id)")]
            return .object(endpoint)
        }
    }
}
