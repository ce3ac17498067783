import HTTPTypes
import Primitives

extension KeystoneController {
    /// Clients look here before they log in.
    var versionRoutes: [Route] {
        [
            Route(
                .get, "/", policy: .open, on: .clients,
                about: Operation(
                    "The versions of the API, for clients that look for one",
                    answers: .json(
                        .object(["versions": .object(["values": .list(KeystoneSchemas.version)])]), .multipleChoices))
            ) { request in
                .json(["versions": ["values": [version(request)]]], status: .multipleChoices)
            },
            Route(
                .get, "/v3", policy: .open, on: .clients, slashes: .trailing,
                about: Operation(
                    "The version of the API", answers: .json(.object(["version": KeystoneSchemas.version])))
            ) { request in
                .json(["version": version(request)])
            },
        ]
    }

    private func version(_ request: APIRequest) -> Value {
        [
            "id": "v3.14", "status": "stable", "updated": "2020-04-07T00:00:00Z",
            "links": [["rel": "self", "href": .string(catalog.identityURL(request) + "/")]],
            "media-types": [
                ["base": "application/json", "type": "application/vnd.openstack.identity-v3+json"]
            ],
        ]
    }
}
