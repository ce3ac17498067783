import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import OrderedCollections
import Primitives
import Synchronization

/// What a BMC was asked.
package struct RedfishRequest: Sendable {
    package let method: String
    package let path: String
    package let headers: HTTPHeaders
    package let body: Value

    package func header(_ name: String) -> String? { headers.first(name: name) }

    /// `GET /redfish/v1/`
    package var line: String { "\(method) \(path)" }
}

/// What a BMC answers.
package struct RedfishResponse: Sendable {
    package var status: Int
    package var headers: [(String, String)] = []
    package var body = ""
    /// In the place of `body`.
    package var bytes: [UInt8]?
    /// Closes the connection before the last byte of the body.
    package var isTruncated = false

    package init(status: Int, headers: [(String, String)] = [], body: String = "", isTruncated: Bool = false) {
        self.status = status
        self.headers = headers
        self.body = body
        self.isTruncated = isTruncated
    }

    package static func json(_ value: Value, _ status: Int = 200, _ headers: [(String, String)] = []) -> RedfishResponse
    {
        RedfishResponse(status: status, headers: headers, body: value.json(.compact))
    }

    package static func error(_ status: Int, _ id: String, _ message: String, resolution: String? = nil)
        -> RedfishResponse
    {
        let info: Value = [
            "MessageId": .string("Base.1.8.\(id)"), "Message": .string(message), "Resolution": Value(resolution),
        ]
        return .json(["error": ["code": "Base.1.8.GeneralError", "@Message.ExtendedInfo": [info]]], status)
    }
}

/// A BMC with Redfish on loopback, of one machine. What it does is what a good one does, but for its faults.
package final class RedfishServer: Sendable {
    /// Answers in the place of the BMC, or leaves the request to it by nil. `count` is how many requests with this
    /// method and path there were, with this one.
    package typealias Fault = @Sendable (_ request: RedfishRequest, _ count: Int) -> RedfishResponse?

    package struct State: Sendable {
        package var user = "admin"
        package var password = "password"
        package var power = "Off"
        package var boot: Value.Object = [
            "BootSourceOverrideEnabled": "Disabled", "BootSourceOverrideTarget": "None",
            "BootSourceOverrideMode": "UEFI",
        ]
        package var image: Value = .null
        package var entityTag = 1
        package var hasSessions = true
        /// Further members of the system.
        package var system: Value.Object = [:]
        package var resetAction: Value.Object = [
            "ResetType@Redfish.AllowableValues": ["On", "ForceOff", "ForceRestart"]
        ]
        package fileprivate(set) var tokens: Set<String> = []
        fileprivate(set) var requests: [RedfishRequest] = []
        fileprivate var lastToken = 0
        /// Is told each change of the power, and the boot order.
        package var onPower: @Sendable (_ isOn: Bool, _ boot: Value.Object) -> Void = { _, _ in }
    }

    package let state: Mutex<State>
    private let fault: Fault
    private let channel: any Channel
    private let context: Context

    package var port: Int { channel.localAddress?.port ?? 0 }
    package var requests: [RedfishRequest] { state.withLock { $0.requests } }
    /// Without the steps of each session.
    package var lines: [String] {
        let steps = ["GET /redfish/v1/", "POST /redfish/v1/SessionService/Sessions", "GET /redfish/v1/Systems"]
        return requests.map(\.line).filter { line in
            !steps.contains(line) && !line.hasPrefix("DELETE /redfish/v1/SessionService")
        }
    }

    private init(_ state: State, _ fault: @escaping Fault, _ certificate: TestCertificate?, _ host: String) async throws
    {
        let relay = Relay()
        context = Context(try certificate?.context)
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { [context] channel in
                channel.eventLoop.makeCompletedFuture {
                    let tls = context.value
                    if let tls { try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls)) }
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(Handler(relay, staysOpen: tls == nil))
                }
            }
            .bind(host: host, port: 0).get()
        self.state = Mutex(state)
        self.fault = fault
        relay.set { [weak self] in self?.answer($0) ?? RedfishResponse(status: 503) }
    }

    /// - Parameter certificate: nil for a BMC without TLS.
    package static func start(
        _ change: (inout State) -> Void = { _ in }, certificate: TestCertificate? = nil, host: String = "127.0.0.1",
        fault: @escaping Fault = { _, _ in nil }
    ) async throws -> RedfishServer {
        var state = State()
        change(&state)
        return try await RedfishServer(state, fault, certificate, host)
    }

    package func stop() async { try? await channel.close() }

    /// From the next connection on it has another certificate.
    package func show(_ certificate: TestCertificate) throws { context.value = try certificate.context }

    package static func with<Result: Sendable>(
        _ change: (inout State) -> Void = { _ in }, certificate: TestCertificate? = nil,
        fault: @escaping Fault = { _, _ in nil }, _ body: (RedfishServer) async throws -> Result
    ) async throws -> Result {
        let server = try await start(change, certificate: certificate, fault: fault)
        let result: Swift.Result<Result, any Error>
        do { result = .success(try await body(server)) } catch { result = .failure(error) }
        await server.stop()
        return try result.get()
    }

    private func answer(_ request: RedfishRequest) -> RedfishResponse {
        let count = state.withLock { state in
            state.requests.append(request)
            return state.requests.count { $0.line == request.line }
        }
        return fault(request, count) ?? state.withLock { Self.answer(request, &$0) }
    }

    private static func answer(_ request: RedfishRequest, _ state: inout State) -> RedfishResponse {
        let sessions = "/redfish/v1/SessionService/Sessions"
        switch request.line {
        case "GET /redfish/v1/":
            var root: Value.Object = [
                "Systems": ["@odata.id": "/redfish/v1/Systems"], "Managers": ["@odata.id": "/redfish/v1/Managers"],
            ]
            if state.hasSessions { root["Links"] = ["Sessions": ["@odata.id": .string(sessions)]] }
            return .json(.object(root))
        case "POST \(sessions)" where state.hasSessions:
            guard request.body["UserName"] == .string(state.user), request.body["Password"] == .string(state.password)
            else {
                return .error(401, "InsufficientPrivilege", "Invalid username or password")
            }
            state.lastToken += 1
            state.tokens.insert("token-\(state.lastToken)")
            return .json(
                [:], 201,
                [("X-Auth-Token", "token-\(state.lastToken)"), ("Location", "\(sessions)/\(state.lastToken)")])
        default: break
        }
        let account = String(decoding: Base64.encode(Array("\(state.user):\(state.password)".utf8)), as: UTF8.self)
        let isKnown =
            request.headers.first(name: "X-Auth-Token").map { state.tokens.contains($0) }
            ?? (request.header("Authorization") == "Basic \(account)")
        guard isKnown else { return .error(401, "NoValidSession", "There is no valid session") }
        if request.method == "DELETE", request.path.hasPrefix(sessions + "/") {
            state.tokens.remove("token-" + request.path.dropFirst(sessions.count + 1))
            return RedfishResponse(status: 204)
        }
        return resource(request, &state)
    }

    private static func resource(_ request: RedfishRequest, _ state: inout State) -> RedfishResponse {
        let drive = "/redfish/v1/Managers/bmc/VirtualMedia/Cd"
        switch request.line {
        case "GET /redfish/v1/Systems": return .json(["Members": [["@odata.id": "/redfish/v1/Systems/1"]]])
        case "GET /redfish/v1/Systems/1":
            var action = state.resetAction
            action["target"] = "/redfish/v1/Systems/1/Actions/ComputerSystem.Reset"
            var system: Value.Object = [
                "Id": "1", "PowerState": .string(state.power), "Boot": .object(state.boot),
                "Actions": ["#ComputerSystem.Reset": .object(action)],
                "Links": ["ManagedBy": [["@odata.id": "/redfish/v1/Managers/bmc"]]],
            ]
            for (key, value) in state.system { system[key] = value }
            return .json(.object(system), 200, [("ETag", "W/\"\(state.entityTag)\"")])
        case "PATCH /redfish/v1/Systems/1":
            if let tag = request.headers.first(name: "If-Match"), tag != "W/\"\(state.entityTag)\"" {
                return .error(412, "PreconditionFailed", "The entity tag does not match")
            }
            for (key, value) in request.body["Boot"]?.objectValue ?? [:] { state.boot[key] = value }
            state.entityTag += 1
            return RedfishResponse(status: 204)
        case "POST /redfish/v1/Systems/1/Actions/ComputerSystem.Reset":
            state.power = request.body["ResetType"] == "ForceOff" ? "Off" : "On"
            state.onPower(state.power == "On", state.boot)
            return RedfishResponse(status: 204)
        case "GET /redfish/v1/Managers/bmc":
            return .json(["VirtualMedia": ["@odata.id": "/redfish/v1/Managers/bmc/VirtualMedia"]])
        case "GET /redfish/v1/Managers/bmc/VirtualMedia": return .json(["Members": [["@odata.id": .string(drive)]]])
        case "GET \(drive)":
            return .json([
                "MediaTypes": ["CD", "DVD"], "Image": state.image, "Inserted": .bool(state.image != .null),
                "Actions": [
                    "#VirtualMedia.InsertMedia": ["target": .string(drive + "/Actions/VirtualMedia.InsertMedia")],
                    "#VirtualMedia.EjectMedia": ["target": .string(drive + "/Actions/VirtualMedia.EjectMedia")],
                ],
            ])
        case "POST \(drive)/Actions/VirtualMedia.InsertMedia":
            state.image = request.body["Image"] ?? .null
            return RedfishResponse(status: 204)
        case "POST \(drive)/Actions/VirtualMedia.EjectMedia":
            state.image = .null
            return RedfishResponse(status: 204)
        default: return .error(404, "ResourceMissingAtURI", "There is nothing at \(request.path)")
        }
    }
}

/// The server answers, which is not there before its channel.
/// The TLS of new connections.
private final class Context: Sendable {
    private let context: Mutex<NIOSSLContext?>

    init(_ context: NIOSSLContext?) { self.context = Mutex(context) }

    var value: NIOSSLContext? {
        get { context.withLock { $0 } }
        set { context.withLock { $0 = newValue } }
    }
}

extension TestCertificate {
    fileprivate var context: NIOSSLContext {
        get throws {
            try NIOSSLContext(
                configuration: .makeServerConfiguration(
                    certificateChain: NIOSSLCertificate.fromPEMBytes(Array(certificate.utf8)).map { .certificate($0) },
                    privateKey: .privateKey(NIOSSLPrivateKey(bytes: Array(key.utf8), format: .pem))))
        }
    }
}

private final class Relay: Sendable {
    private let answer = Mutex<(@Sendable (RedfishRequest) -> RedfishResponse)?>(nil)

    func set(_ answer: @escaping @Sendable (RedfishRequest) -> RedfishResponse) {
        self.answer.withLock { $0 = answer }
    }

    func callAsFunction(_ request: RedfishRequest) -> RedfishResponse {
        answer.withLock { $0 }?(request) ?? RedfishResponse(status: 503)
    }
}

private final class Handler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let relay: Relay
    private let staysOpen: Bool
    private var head: HTTPRequestHead?
    private var body: [UInt8] = []

    /// - Parameter staysOpen: false has the client open a connection for each request.
    init(_ relay: Relay, staysOpen: Bool) {
        self.relay = relay
        self.staysOpen = staysOpen
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
            body = []
        case .body(let piece): body += piece.readableBytesView
        case .end:
            guard let head else { return }
            let value = (try? Value(json: body)) ?? .null
            answer(
                relay(RedfishRequest(method: head.method.rawValue, path: head.uri, headers: head.headers, body: value)),
                context)
        }
    }

    private func answer(_ response: RedfishResponse, _ context: ChannelHandlerContext) {
        var headers = HTTPHeaders(response.headers)
        if !staysOpen { headers.add(name: "Connection", value: "close") }
        let body = response.bytes ?? Array(response.body.utf8)
        if response.status != 204 { headers.add(name: "Content-Length", value: "\(body.count)") }
        let head = HTTPResponseHead(
            version: .http1_1, status: HTTPResponseStatus(statusCode: response.status), headers: headers)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        let sent = response.isTruncated ? body.dropLast() : body[...]
        if !sent.isEmpty { context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: sent)))), promise: nil) }
        if response.isTruncated {
            context.flush()
            context.close(promise: nil)
        } else {
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        }
    }
}
