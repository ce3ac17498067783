import Cryptography
import OrderedCollections
import Primitives

/// The services of the catalog and their addresses (`docs/reference/keystone.md` §1).
package struct ServiceCatalog: Sendable {
    /// A service and its address.
    package struct Service: Sendable {
        /// The name of the service, such as `shipyard`.
        package var name: String
        /// Its type, such as `shipyard` or `physicalprovisioner`.
        package var type: String
        /// A path below the address of the API, or a whole address, without user and password.
        package let address: String

        package init(name: String, type: String, address: String) {
            self.name = name
            self.type = type
            self.address = AddressCredentials.removed(from: address)
        }

        var id: String { ServiceCatalog.identifier("service \(name)") }
    }

    private let apiURL: @Sendable () -> String
    private let isFixed: Bool
    let services: [Service]

    /// Makes a catalog.
    ///
    /// - Parameters:
    ///   - apiURL: the address of the listener `api`.
    ///   - isFixed: whether every client is told this address. Otherwise a client of the listener `api` is told the
    ///     host that it named itself.
    ///   - others: services that other programs provide.
    package init(apiURL: @escaping @Sendable () -> String, isFixed: Bool = false, others: [Service] = []) {
        self.apiURL = apiURL
        self.isFixed = isFixed
        services =
            [
                Service(name: "deckhand", type: "deckhand", address: "/api/v1.0"),
                Service(name: "drydock", type: "physicalprovisioner", address: "/api/v1.0"),
                Service(name: "keystone", type: "identity", address: "/v3"),
                Service(name: "shipyard", type: "shipyard", address: "/api/v1.0"),
            ] + others
    }

    /// The API as this client reaches it.
    func base(_ request: APIRequest) -> String {
        guard !isFixed, request.listener == .api, request.authority != nil else { return apiURL() }
        return request.absolute("")
    }

    /// The address at which a client logs in, with `/v3`.
    package func identityURL(_ request: APIRequest) -> String { base(request) + "/v3" }

    /// As tokens carry it.
    func value(_ request: APIRequest) -> Value {
        .array(
            services.map { service in
                [
                    "endpoints": .array(endpoints(of: service, request).map { .object($0) }),
                    "id": .string(service.id), "type": .string(service.type), "name": .string(service.name),
                ]
            })
    }

    func endpoints(of service: Service, _ request: APIRequest) -> [Value.Object] {
        let url = service.address.hasPrefix("/") ? base(request) + service.address : service.address
        return ["admin", "internal", "public"].map { interface in
            [
                "id": .string(Self.identifier("endpoint \(service.name) \(interface)")),
                "interface": .string(interface), "region_id": "RegionOne", "url": .string(url), "region": "RegionOne",
            ]
        }
    }

    /// The same at every start.
    private static func identifier(_ text: String) -> String {
        Hash.sha256(Array("boatyard \(text)".utf8)).prefix(16).hex
    }
}
