import Drydock
import HTTPTypes
import OrderedCollections
import Primitives

/// Installers and images (`docs/reference/netboot.md` §2, §3). What is built on this host is handed over on the socket for
/// administrators of the host alone.
extension DrydockController {
    var netbootRoutes: [Route] {
        [
            Route(
                .post, "/api/v1.0/netboot/incoming", policy: .rule("boatyard:build_netboot"), on: .admin,
                about: Operation(
                    "A folder for what is built",
                    answers: .json(.object(["id": .string, "folder": .string, "lock": .string]), .created))
            ) { _ in .json(try await service.netboot.makeIncoming(), status: .created) },
            Route(
                .post, "/api/v1.0/netboot/generations", policy: .rule("boatyard:build_netboot"), on: .admin,
                bodyLimit: 4 << 10,
                about: Operation(
                    "Takes over an installer", body: .json(DrydockSchemas.incomingRequest),
                    answers: .json(DrydockSchemas.generation, .created),
                    errors: [.notFound, .conflict, .unsupportedMediaType])
            ) { request in
                .json(try await service.netboot.takeGeneration(try Self.incoming(request)), status: .created)
            },
            Route(
                .get, "/api/v1.0/netboot/generations", policy: Self.rule("read_data"), on: .clients,
                about: Operation("Installers, the newest first", answers: .json(.list(DrydockSchemas.generation)))
            ) { _ in
                .json(.array(service.netboot.generations()))
            },
            Route(
                .post, "/api/v1.0/netboot/generations/{id}/use", policy: .rule("boatyard:use_generation"), on: .clients,
                about: Operation(
                    "Lets machines boot this installer", answers: .json(DrydockSchemas.generation),
                    errors: [.conflict])
            ) { request in .json(try await service.netboot.useGeneration(request.parameter("id"))) },
            Route(
                .post, "/api/v1.0/images", policy: .rule("boatyard:build_netboot"), on: .admin, bodyLimit: 4 << 10,
                about: Operation(
                    "Takes over an image", body: .json(DrydockSchemas.incomingRequest),
                    answers: .json(.object(["name": .string]), .created),
                    errors: [.notFound, .conflict, .unsupportedMediaType])
            ) { request in
                .json(try await service.netboot.takeImage(try Self.incoming(request)), status: .created)
            },
            Route(
                .get, "/api/v1.0/images", policy: Self.rule("read_data"), on: .clients,
                about: Operation("The images that can be installed", answers: .json(.list(DrydockSchemas.image)))
            ) { _ in
                .json(.array(service.netboot.images()))
            },
            Route(
                .get, "/api/v1.0/images/{name}", policy: Self.rule("read_data"), on: .clients,
                about: Operation("One image", answers: .json(DrydockSchemas.image))
            ) { request in
                .json(try service.netboot.image(request.parameter("name")))
            },
            Route(
                .delete, "/api/v1.0/images/{name}", policy: .rule("boatyard:remove_image"), on: .clients,
                about: Operation(
                    "Removes an image with its file", query: [DrydockQuery.force], answers: .nothing,
                    errors: [.conflict])
            ) { request in
                let name = request.parameter("name")
                if try request.query[DrydockQuery.force] != true {
                    let nodes = try await service.nodes(installedWith: name, committed: committedRevision())
                    guard nodes.isEmpty else {
                        let more = nodes.count > 5 ? " and \(nodes.count - 5) more" : ""
                        throw DrydockError(
                            .conflict,
                            "The image \(name) is that of \(nodes.prefix(5).joined(separator: ", "))\(more) in the committed documents: "
                                + "none of them could be installed without it. Remove it all the same with force=true (boatyard image remove --force)."
                        )
                    }
                }
                try await service.netboot.removeImage(name)
                return APIResponse(.noContent)
            },
        ]
    }

    /// The id of the folder that holds what is handed over.
    private static func incoming(_ request: APIRequest) throws -> String {
        guard let id = try request.ownBody(DrydockSchemas.incomingRequest)?["incoming"]?.stringValue else {
            throw DrydockError(
                .invalid, "The body must be {\"incoming\": \"ULID\"}, of POST /api/v1.0/netboot/incoming.")
        }
        return id
    }
}
