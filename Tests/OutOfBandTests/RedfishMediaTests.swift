import IPMI
import Primitives
import Synchronization
import TestSupport
import Testing

@testable import OutOfBand

@Suite("Virtual media")
struct RedfishMediaTests {
    private static let image = "http://10.0.0.1/boot.iso"

    /// Runs `body` with the drive of the server's machine.
    private func with(
        _ change: (inout RedfishServer.State) -> Void = { _ in }, pauses: Pauses = Pauses(),
        fault: @escaping RedfishServer.Fault = { _, _ in nil },
        _ body: (RedfishServer, RedfishSession, RedfishDrive) async throws -> Void
    ) async throws {
        try await RedfishServer.with(change, fault: fault) { (server) async throws -> Void in
            try await RedfishClient.shared.withSession(
                endpoint: RedfishEndpoint(host: "127.0.0.1", port: server.port, trust: .none),
                credentials: BMCCredentials(user: "admin", password: Secret("password")),
                time: RedfishClient.Time(left: { .seconds(60) }, pause: { time, _ in try await pauses.take(time) })
            ) { (session) async throws -> Void in
                try await body(server, session, try await session.discDrive(of: try await session.system()))
            }
        }
    }

    @Test("an image is put into the drive in the place of another, read there, and taken out")
    func insertAndEject() async throws {
        try await with({ $0.image = "http://10.0.0.1/old.iso" }) { server, session, drive in
            #expect(drive.image == "http://10.0.0.1/old.iso")
            try await session.insert(Self.image, into: drive)
            #expect(server.state.withLock { $0.image } == .string(Self.image))
            let posts = server.requests.filter { $0.path.contains("VirtualMedia.") }
            #expect(posts.map { $0.path.hasSuffix("EjectMedia") } == [true, false])
            #expect(posts.last?.body == ["Image": .string(Self.image), "Inserted": true, "WriteProtected": true])
            let system = try await session.system()
            try await session.eject(try await session.discDrive(of: system))
            #expect(server.state.withLock { $0.image } == .null)
            // What is empty is not emptied.
            let count = server.requests.count
            try await session.eject(try await session.discDrive(of: system))
            #expect(!server.requests[count...].contains { $0.method == "POST" })
        }
    }

    @Test("bodies that a BMC refuses are followed by others, and the first error is told where none is taken")
    func bodies() async throws {
        let strict: RedfishServer.Fault = { request, _ in
            guard request.path.hasSuffix("InsertMedia"), request.body["TransferProtocolType"] != "HTTP" else {
                return request.path.hasSuffix("EjectMedia") && request.body != .null
                    ? .error(415, "UnsupportedMediaType", "No body, please") : nil
            }
            return .error(400, "ActionParameterMissing", "TransferProtocolType is missing")
        }
        try await with(fault: strict) { server, session, drive in
            try await session.insert(Self.image, into: drive)
            #expect(server.requests.last { $0.method == "POST" }?.body["TransferMethod"] == "Stream")
            try await session.eject(try await session.discDrive(of: try await session.system()))
            #expect(server.state.withLock { $0.image } == .null)
        }
        let never: RedfishServer.Fault = { request, count in
            request.path.hasSuffix("InsertMedia") ? .error(400, "ActionFailed", "Error \(count)") : nil
        }
        try await with(fault: never) { _, session, drive in
            let error = await #expect(throws: RedfishError.self) { try await session.insert(Self.image, into: drive) }
            #expect(error?.message.contains("Error 1;") == true)
        }
    }

    @Test("a BMC that takes the order and puts nothing in is an error, after a minute of reading")
    func ignored() async throws {
        let pauses = Pauses()
        let fault: RedfishServer.Fault = { request, _ in request.path.hasSuffix("InsertMedia") ? .json([:]) : nil }
        try await with(pauses: pauses, fault: fault) { _, session, drive in
            let error = await #expect(throws: RedfishError.self) { try await session.insert(Self.image, into: drive) }
            #expect(error?.message.contains("has not put \(Self.image) into its virtual drive") == true)
            #expect(pauses.all == [Duration](repeating: .seconds(5), count: 11))
        }
    }

    @Test("a drive without actions is changed as a resource")
    func withoutActions() async throws {
        let path = "/redfish/v1/Managers/bmc/VirtualMedia/Cd"
        let fault: RedfishServer.Fault = { request, count in
            guard request.path == path else { return nil }
            guard request.method == "GET" else { return RedfishResponse(status: 204) }
            return .json([
                "MediaTypes": ["DVD"], "Inserted": .bool(count > 1), "Image": count > 1 ? .string(Self.image) : "",
            ])
        }
        try await with(fault: fault) { server, session, drive in
            #expect(drive.image == nil)
            try await session.insert(Self.image, into: drive)
            #expect(server.requests.first { $0.method == "PATCH" }?.body["Image"] == .string(Self.image))
        }
    }

    @Test("a drive that cannot be read costs itself alone, and is told where there is no other")
    func oddDrive() async throws {
        let drives = "/redfish/v1/Managers/bmc/VirtualMedia"
        let both: RedfishServer.Fault = { request, _ in
            switch request.line {
            case "GET \(drives)":
                .json(["Members": [["@odata.id": .string(drives + "/Odd")], ["@odata.id": .string(drives + "/Cd")]]])
            case "GET \(drives)/Odd": RedfishResponse(status: 200, body: "{\"Slots\": }")
            default: nil
            }
        }
        try await with(fault: both) { _, session, drive in
            try await session.insert(Self.image, into: drive)
            #expect(drive.resource.path == drives + "/Cd")
        }
        let one: RedfishServer.Fault = { request, _ in
            request.line == "GET \(drives)/Cd" ? RedfishResponse(status: 200, body: "{\"Slots\": }") : nil
        }
        let error = await #expect(throws: RedfishError.self) { try await with(fault: one) { _, _, _ in } }
        #expect(error?.message.contains("Of these 1 cannot be read: BMC") == true, "\(error?.message ?? "")")
    }

    @Test("a BMC without a drive for discs is told so")
    func noDrive() async throws {
        let fault: RedfishServer.Fault = { request, _ in
            request.path.hasSuffix("/VirtualMedia") ? .json(["Members": 5]) : nil
        }
        let error = await #expect(throws: RedfishError.self) { try await with(fault: fault) { _, _, _ in } }
        #expect(error?.message.contains("no virtual drive for discs") == true)
    }
}
