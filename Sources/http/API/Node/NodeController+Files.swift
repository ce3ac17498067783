import Drydock
import HTTPTypes
import Netboot
import Primitives

/// Files of installers and images (`docs/reference/netboot.md` §2, §3). Nothing in them is secret.
extension NodeController {
    var fileRoutes: [Route] {
        [
            Route(
                .get, "/netboot/{file}", policy: .open, on: .node,
                about: Operation("A file of the current installer", answers: Answer(.ok, content: NodeSchemas.bytes))
            ) { request in
                try await installerFile(service.netboot.installerFile(request.parameter("file")), request)
            },
            // What firmware fetches that boots by HTTP.
            Route(
                .get, "/netboot/boot/{file}", policy: .open, on: .node,
                about: Operation(
                    "A program that firmware boots by HTTP", answers: Answer(.ok, content: [("application/efi", nil)]))
            ) { request in
                guard let path = service.netboot.bootProgram(request.parameter("file")) else {
                    throw RequestError.notFound
                }
                return .file(path, contentType: "application/efi")
            },
            Route(
                .get, "/netboot/{generation}/{file}", policy: .open, on: .node,
                about: Operation("A file of a certain installer", answers: Answer(.ok, content: NodeSchemas.bytes))
            ) { request in
                try await installerFile(
                    service.netboot.installerFile(request.parameter("file"), of: request.parameter("generation")),
                    request)
            },
            // What a BMC puts into its drive.
            Route(
                .get, "/netboot/media/{generation}/{mac}/{file}", policy: .open, on: .node,
                about: Operation(
                    "What a BMC puts into its drive", path: ["mac": NodeSchemas.mac],
                    answers: Answer(.ok, content: NodeSchemas.bytes))
            ) { request in
                guard request.parameter("file") == InstallerMedia.file, let mac = MACAddress(request.parameter("mac")),
                    mac.isOfInterface,
                    let media = try await service.media(of: request.parameter("generation"), mac: mac)
                else { throw RequestError.notFound }
                var response = APIResponse(
                    .ok, headers: [.contentType: "application/octet-stream", .eTag: media.tag])
                response.body = .pieces(.init(length: media.length) { try media.piece(at: $0) })
                return response
            },
            Route(
                .get, "/images/{name}/{sha256}/{file}", policy: .open, on: .node,
                about: Operation(
                    "A file of an image", answers: Answer(.ok, content: NodeSchemas.bytes), errors: [.conflict])
            ) { request in
                try file(
                    service.netboot.imageFile(
                        request.parameter("name"), sha256: request.parameter("sha256"),
                        file: request.parameter("file")))
            },
        ]
    }

    /// A file of the installer, which the timeline of the machine tells of.
    private func installerFile(_ path: String?, _ request: APIRequest) async throws -> APIResponse {
        let answer = try file(path)
        if request.method == .get {
            try await service.noteDownload(request.parameter("file"), peer: request.peer)
        }
        return answer
    }

    private func file(_ path: String?) throws -> APIResponse {
        guard let path else { throw RequestError.notFound }
        return .file(path, contentType: "application/octet-stream")
    }
}
