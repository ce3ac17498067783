import HTTPTypes
import Primitives

/// The routes that no other API has: of the host, on the Unix socket alone, and of network boot.
package struct LocalController: Controller {
    /// Always `local`.
    package let name = "local"
    private let rotateMasterKey: @Sendable () async throws -> Int
    private let dhcpStatus: @Sendable () async -> Value
    private let dhcpLeases: @Sendable () async throws -> Value
    private let makeBackup: @Sendable (Int?) async throws -> Value
    private let listBackups: @Sendable () async throws -> Value
    private let reload: @Sendable () async throws -> Value

    /// Makes the controller.
    ///
    /// - Parameters:
    ///   - rotateMasterKey: replaces the master key, and returns the number of secrets that were sealed again.
    ///   - dhcpStatus: how DHCP and TFTP stand, an object.
    ///   - dhcpLeases: the leases that have not ended, a list of objects.
    ///   - makeBackup: makes a backup, keeps as many as it is told, and returns what there is to say of it.
    ///   - listBackups: the backups that there are, the newest first.
    ///   - reload: reads the configuration anew, and returns what it changes.
    package init(
        rotateMasterKey: @escaping @Sendable () async throws -> Int, dhcpStatus: @escaping @Sendable () async -> Value,
        dhcpLeases: @escaping @Sendable () async throws -> Value,
        makeBackup: @escaping @Sendable (Int?) async throws -> Value,
        listBackups: @escaping @Sendable () async throws -> Value, reload: @escaping @Sendable () async throws -> Value
    ) {
        self.rotateMasterKey = rotateMasterKey
        self.dhcpStatus = dhcpStatus
        self.dhcpLeases = dhcpLeases
        self.makeBackup = makeBackup
        self.listBackups = listBackups
        self.reload = reload
    }

    /// The routes that rotate the master key, make and list backups, and show the state and the leases of DHCP.
    package var routes: [Route] {
        [
            Route(
                .post, "/api/v1.0/master-key/rotate", policy: .rule("boatyard:rotate_master_key"), on: .admin,
                about: Operation(
                    "Replaces the master key", answers: .json(.object(["secrets": .integer])), errors: [.conflict])
            ) { [rotateMasterKey] _ in
                .json(["secrets": .int(try await rotateMasterKey())])
            },
            Route(
                .post, "/api/v1.0/backups", policy: .rule("boatyard:make_backup"), on: .admin,
                about: Operation(
                    "Makes a backup and proves it", query: [Self.keep],
                    answers: .json(.object(["file": .string, "size": .integer]), .created), errors: [.conflict])
            ) { [makeBackup] request in
                .json(try await makeBackup(try request.query[Self.keep]), status: .created)
            },
            Route(
                .get, "/api/v1.0/backups", policy: .rule("boatyard:list_backups"), on: .admin,
                about: Operation(
                    "The backups, the newest first",
                    answers: .json(.list(.object(["file": .string, "size": .integer]))))
            ) { [listBackups] _ in
                .json(try await listBackups())
            },
            Route(
                .post, "/api/v1.0/reload", policy: .rule("boatyard:reload"), on: .admin,
                about: Operation(
                    "Reads configuration, policy and certificates anew",
                    answers: .json(.object(["applied": .list(.string), "at_restart": .list(.string)])),
                    errors: [.conflict])
            ) { [reload] _ in
                .json(try await reload())
            },
            Route(
                .get, "/api/v1.0/netboot/dhcp", policy: .rule("boatyard:show_netboot"), on: .clients,
                about: Operation(
                    "How DHCP and TFTP stand",
                    answers: .json(
                        .object([
                            "state": .string, "mode": .string, "message": .string, "machines": .integer,
                            "remarks": .list(.string),
                        ])))
            ) { [dhcpStatus] _ in
                .json(await dhcpStatus())
            },
            Route(
                .get, "/api/v1.0/netboot/leases", policy: .rule("boatyard:show_netboot"), on: .clients,
                about: Operation(
                    "The addresses that DHCP has given out, in their order", answers: .json(.list(Self.lease)))
            ) { [dhcpLeases] _ in
                .json(try await dhcpLeases())
            },
        ]
    }

    private static let lease = Schema.named(
        "Lease",
        .object([
            "address": .string, "mac": .string, "node": .string.orNull, "hostname": .string.orNull,
            "network": .string.orNull, "since": .time.orNull, "until": .time,
        ]))

    private static let keep = QueryParameter<Int?>.number(
        "keep", 1...10_000, "How many of the newest stay; all without it")

    package func errorForm(of route: Route) -> ErrorForm { LocalFailure.form }

    package func decorate(_ response: inout APIResponse, for request: APIRequest) {}

    package func response(to error: any Error, for request: APIRequest) -> APIResponse {
        LocalFailure.response(to: error, for: request)
    }
}

/// Errors of the routes that no other API has.
enum LocalFailure {
    /// The error as `{"code": "store.full", "message": "…"}`; Shipyard's form for a request that cannot be read.
    static func response(to error: any Error, for request: APIRequest) -> APIResponse {
        switch error {
        case let requestError as RequestError: ShipyardFailure(requestError).response(for: request)
        case let error as any TypedError:
            Self.failure(Self.status(error.kind), error.code, "\(error)")
        default: Self.failure(.internalServerError, "local.unexpected", "The daemon's log says why.")
        }
    }

    private static func status(_ kind: ErrorKind) -> HTTPResponse.Status {
        switch kind {
        case .conflict: .conflict
        case .tooMany, .busy, .unreachable, .refused, .unavailable, .storage: .serviceUnavailable
        case .invalid, .missing, .unauthenticated, .forbidden, .failed: .internalServerError
        }
    }

    private static func failure(_ status: HTTPResponse.Status, _ code: String, _ message: String) -> APIResponse {
        .json(["code": .string(code), "message": .string(message)], status: status)
    }
}
