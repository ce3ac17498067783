import Drydock
import HTTPTypes
import OrderedCollections
import OutOfBand
import Primitives

/// The BMCs of nodes: what is known of them, what they answer, and what they are told.
extension DrydockController {
    var bmcRoutes: [Route] {
        let base = "/api/v1.0/nodes/{hostname}/bmc"
        return [
            Route(
                .get, base, policy: Self.rule("read_data"), on: .clients,
                about: Operation(
                    "What is known of the BMC of a node, without asking it",
                    answers: .json(
                        DrydockSchemas.bmc(["type": .string.orNull, "bmc": .string.orNull, "known": .anyObject.orNull]))
                )
            ) { request in
                .json(try await service.bmcReport(of: request.parameter("hostname"), committed: committedRevision()))
            },
            Route(
                .delete, base, policy: Self.control, on: .clients,
                about: Operation(
                    "Forgets what is known: the certificate that the BMC shows next is taken",
                    answers: .json(DrydockSchemas.bmc(["forgotten": .boolean])))
            ) { request in
                let name = request.parameter("hostname")
                let wasKnown = try await service.forgetBMC(of: name, committed: committedRevision())
                return .json(["node": .string(name), "forgotten": .bool(wasKnown)])
            },
            Route(
                .get, "\(base)/power", policy: Self.read, on: .clients,
                about: Operation(
                    "Whether the machine is powered on",
                    answers: .json(DrydockSchemas.bmc(["power": .choice(["on", "off", "unknown"])])),
                    errors: [.conflict])
            ) { try await ask(.powerStatus, $0) },
            Route(
                .get, "\(base)/info", policy: Self.read, on: .clients,
                about: Operation(
                    "What the BMC tells of itself", answers: .json(DrydockSchemas.bmc()), errors: [.conflict])
            ) { try await ask(.information, $0) },
            Route(
                .get, "\(base)/clock", policy: Self.read, on: .clients,
                about: Operation(
                    "What time it is by the BMC's clock",
                    answers: .json(
                        DrydockSchemas.bmc(["time": .string.orNull, "seconds_ahead": .number.orNull])),
                    errors: [.conflict])
            ) { try await ask(.clock, $0) },
            Route(
                .get, "\(base)/sel", policy: Self.read, on: .clients,
                about: Operation(
                    "The event log of the BMC", answers: .json(DrydockSchemas.bmc(["entries": .list(.anyObject)])),
                    errors: [.conflict])
            ) {
                try await ask(.eventLog(clears: false), $0)
            },
            Route(
                .delete, "\(base)/sel", policy: Self.control, on: .clients,
                about: Operation(
                    "Empties the event log of the BMC; the entries that were in it",
                    answers: .json(DrydockSchemas.bmc(["entries": .list(.anyObject)])), errors: [.conflict])
            ) {
                try await ask(.eventLog(clears: true), $0)
            },
            Route(
                .get, "\(base)/sensors", policy: Self.read, on: .clients,
                about: Operation(
                    "The sensors of the BMC", query: [DrydockQuery.thresholds],
                    answers: .json(DrydockSchemas.bmc(["sensors": .list(.anyObject)])), errors: [.conflict])
            ) { request in
                try await ask(.sensors(thresholds: try request.query[DrydockQuery.thresholds] ?? false), request)
            },
            Route(
                .post, "\(base)/power", policy: Self.control, on: .clients, bodyLimit: 4 << 10,
                about: Operation(
                    "Switches the machine, and looks until that is seen", body: .json(DrydockSchemas.powerRequest),
                    answers: .json(DrydockSchemas.bmc(["power": .string])), errors: [.conflict, .unsupportedMediaType]),
                handler: switchPower
            ),
            Route(
                .post, "\(base)/boot", policy: Self.control, on: .clients, bodyLimit: 4 << 10,
                about: Operation(
                    "Sets what the machine boots next", body: .json(DrydockSchemas.bootRequest),
                    answers: .json(DrydockSchemas.bmc(["boot": .string, "persistent": .boolean, "uefi": .boolean])),
                    errors: [.conflict, .unsupportedMediaType]), handler: boot),
            Route(
                .post, "\(base)/identify", policy: Self.control, on: .clients, bodyLimit: 4 << 10,
                about: Operation(
                    "Lights the lamp of the machine", body: .json(DrydockSchemas.identifyRequest),
                    answers: .json(DrydockSchemas.bmc(["identify": .integer])),
                    errors: [.conflict, .unsupportedMediaType]),
                handler: identify),
        ]
    }

    private static let read = Policy.rule("boatyard:read_bmc")
    private static let control = Policy.rule("boatyard:control_bmc")

    private func ask(_ bmcRequest: BMCRequest, _ request: APIRequest) async throws -> APIResponse {
        .json(
            try await service.askBMC(
                of: request.parameter("hostname"), bmcRequest, user: request.caller?.name,
                committed: committedRevision()))
    }

    @Sendable private func switchPower(_ request: APIRequest) async throws -> APIResponse {
        let body = try request.ownBody(DrydockSchemas.powerRequest)
        guard let power = body?["power"]?.stringValue.flatMap({ BMCRequest.Power(rawValue: $0) }) else {
            throw DrydockError(.invalid, "The body must be {\"power\": \"on\"}, with \"on\", \"off\" or \"cycle\".")
        }
        return try await ask(.power(power), request)
    }

    @Sendable private func boot(_ request: APIRequest) async throws -> APIResponse {
        let body = try request.ownBody(DrydockSchemas.bootRequest)
        guard let target = body?["boot"]?.stringValue.flatMap({ BMCRequest.BootTarget(rawValue: $0) }),
            let persistent = (body?["persistent"] ?? false).boolValue,
            body?["uefi"] == nil || body?["uefi"]?.boolValue != nil
        else {
            throw DrydockError(
                .invalid,
                "The body must be {\"boot\": \"network\", \"persistent\": false, \"uefi\": true}, with \"network\", \"disk\", \"bios\" "
                    + "or \"cdrom\". Without \"uefi\" it is as the firmware of the node.")
        }
        let name = request.parameter("hostname")
        let uefi: Bool
        if let given = body?["uefi"]?.boolValue {
            uefi = given
        } else {
            uefi = try await service.bootsByUEFI(name, committed: committedRevision())
        }
        return try await ask(.boot(target, persistent: persistent, uefi: uefi), request)
    }

    @Sendable private func identify(_ request: APIRequest) async throws -> APIResponse {
        let body = try request.ownBody(DrydockSchemas.identifyRequest)
        guard let seconds = body?["identify"]?.doubleValue.flatMap({ UInt8(exactly: $0) }) else {
            throw DrydockError(.invalid, "The body must be {\"identify\": 60}, with 0 to 255 seconds.")
        }
        return try await ask(.identify(seconds: seconds), request)
    }
}
