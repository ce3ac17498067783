import HTTPTypes
import Identity
import OrderedCollections
import Primitives

extension KeystoneController {
    /// What `openstack service list`, `endpoint list` and `domain list` ask for.
    var catalogRoutes: [Route] {
        [
            route(.get, "/services", "list_services") { request in
                let wanted = catalog.services.filter { service in
                    (request.query["name"].map { $0 == service.name } ?? true)
                        && (request.query["type"].map { $0 == service.type } ?? true)
                }
                return list("services", wanted.map { value($0, request) }, request)
            },
            route(.get, "/services/{service_id}", "get_service") { request in
                guard let service = catalog.services.first(where: { $0.id == request.parameter("service_id") }) else {
                    throw IdentityError.missing("service")
                }
                return .json(["service": value(service, request)])
            },
            route(.get, "/endpoints", "list_endpoints") { request in
                list("endpoints", catalog.services.flatMap { endpoints(of: $0, request) }, request)
            },
            route(.get, "/auth/domains", "get_auth_domains") { request in
                list("domains", [domainValue(request)], request)
            },
            route(.get, "/domains", "list_domains") { request in
                let isWanted = Domain.matches(id: nil, name: request.query["name"])
                return list("domains", isWanted ? [domainValue(request)] : [], request)
            },
            route(.get, "/domains/{domain_id}", "get_domain") { request in
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
