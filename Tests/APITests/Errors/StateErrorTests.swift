import Drydock
import HTTPTypes
import Primitives
import Testing

@testable import API
@testable import Identity
@testable import Store

/// What clients are told while the daemon's own state cannot be written or read.
@Suite("Errors of the database")
struct StateErrorTests {
    private let full = StoreError(problem: .full, message: "b.db: disk full. Free space")
    private let damaged = StoreError(problem: .corrupt, message: "b.db: malformed. Restore it")

    private func request(_ path: String, json: Bool = false) -> APIRequest {
        APIRequest(method: .get, target: path, headers: json ? [.accept: "application/json"] : [:])
    }

    @Test("only what passes, or a person can mend at once, counts as unavailable")
    func kinds() {
        for problem in StoreError.Problem.allCases {
            let error = StoreError(problem: problem, message: "")
            #expect(error.kind == ([.full, .readOnly, .busy].contains(problem) ? .unavailable : .storage))
            #expect(error.code == problem.rawValue)
        }
    }

    @Test("Deckhand answers 503 for what passes, 500 for all else")
    func deckhand() {
        let response = DeckhandFailure(full).response(for: request("/api/v1.0/revisions", json: true))
        #expect(response.status.code == 503)
        let message = #""The documents cannot be stored now. b.db: disk full. Free space""#
        #expect(
            text(response)
                == #"{"apiVersion": "v1.0", "code": "503 Service Unavailable", "details": {"errorCount": 1, "#
                + #""errorType": "ServiceUnavailable", "messageList": [{"error": true, "message": \#(message)}]}, "#
                + #""kind": "Status", "message": \#(message), "metadata": {}, "reason": "Unspecified", "#
                + #""retry": false, "status": "Failure"}"#)
        let failure = DeckhandFailure(damaged)
        #expect(failure.exception.status.code == 500)
        #expect(failure.exception.name == "StoreError")
        #expect(
            failure.message == "The daemon failed at this request: store.corrupt: b.db: malformed. Restore it")
    }

    @Test("Drydock answers 503 with code and message, and says whether another try may succeed")
    func drydock() {
        for error in [full, damaged] {
            let response = DrydockFailure.response(to: error)
            #expect(response.status.code == 503)
            let isFull = error.problem == .full
            #expect(text(response) == #"{"type": "error", "message": "\#(error)", "retry": \#(isFull)}"#)
        }
        let unreachable = DrydockFailure.response(to: DrydockError(.unreachable, "x"))
        #expect(unreachable.status.code == 503)
        #expect(text(unreachable) == #"{"type": "error", "message": "x", "retry": true}"#)
        #expect(text(DrydockFailure.response(to: CancellationError())) == #"{"title": "500 Internal Server Error"}"#)
    }

    @Test("a 503 of any API says when to try again")
    func retryAfter() async throws {
        let response = try await RouteTable(controllers: [FailingController(error: full)]).respond(to: request("/x"))
        #expect(response.status.code == 503)
        #expect(response.headers[.retryAfter] == "30")
    }

    @Test("an unforeseen error is a 500 that names its code or its type")
    func unforeseen() throws {
        let coded = DeckhandFailure(BoatyardError("deckhand.vault", "no key opens it"))
        #expect(coded.exception.status.code == 500)
        #expect(coded.exception.name == "deckhand.vault")
        #expect(coded.message == "The daemon failed at this request: no key opens it")
        #expect(DeckhandFailure(CancellationError()).exception.name == "CancellationError")
        let response = ShipyardFailure(CancellationError()).response(for: request("/api/v1.0/actions"))
        #expect(response.status.code == 500)
        let body = try Value(json: Array((text(response) ?? "").utf8))
        #expect(body["message"] == "The daemon failed at this request: it was ended from outside before it was done")
        #expect(body["reason"] == "")
        #expect(body["details"]?["errorType"] == "CancellationError")
        #expect(
            body["details"]?["messageList"]
                == [["message": "An error occurred, but was not specified", "error": true]])
        #expect(body["retry"] == true)
    }

    @Test("where nobody can say whose token it is, every API answers 503")
    func identity() {
        let error = RequestError.identityUnavailable("Keystone is asleep.")
        #expect(RequestError.overloaded.status == .serviceUnavailable)
        let deckhand = DeckhandFailure(error)
        #expect(deckhand.exception == .unavailable)
        #expect(deckhand.message == "Keystone is asleep.")
        let drydock = DrydockFailure.response(to: error)
        #expect(drydock.status.code == 503)
        #expect(text(drydock) == #"{"type": "error", "message": "Keystone is asleep.", "retry": true}"#)
        let shipyard = ShipyardFailure(error)
        #expect(shipyard.exception == .unavailable)
        #expect(shipyard.title == "Service Unavailable")
        #expect(shipyard.reason == "Keystone is asleep.")
        #expect(KeystoneFailure(error).status.code == 503)
        #expect(KeystoneFailure(error).message == "Keystone is asleep.")
    }

    @Test("Shipyard answers 503 with the message")
    func shipyard() throws {
        for error in [full, damaged] {
            let response = ShipyardFailure(error).response(for: request("/api/v1.0/actions"))
            #expect(response.status.code == 503)
            let body = try Value(json: Array((text(response) ?? "").utf8))
            #expect(body["message"] == "The state cannot be written or read")
            #expect(body["reason"] == .string(error.message))
            #expect(body["details"]?["errorType"] == "ApiError")
            #expect(body["details"]?["messageList"] == [["message": .string(error.message), "error": true]])
            #expect(body["retry"] == .bool(error.problem == .full))
        }
    }

    @Test("Keystone answers 503 with code and message")
    func keystone() {
        for error in [full, damaged] {
            let response = KeystoneFailure(error).response
            #expect(
                text(response)
                    == #"{"error": {"code": 503, "message": "\#(error)", "title": "Service Unavailable"}}"#)
        }
        #expect(KeystoneFailure(IdentityUnavailable(reason: "x")).status.code == 503)
    }

    @Test("machines and the host's administrators are answered 503")
    func nodeAndLocal() async throws {
        let local = LocalController(
            rotateMasterKey: { 0 }, dhcpStatus: { .null }, dhcpLeases: { .null }, makeBackup: { _ in .null },
            listBackups: { .null }, reload: { .null })
        for error in [full, damaged] {
            let response = local.response(to: error, for: request("/api/v1.0/master-key/rotate"))
            #expect(response.status.code == 503)
            #expect(text(response) == #"{"code": "\#(error.code)", "message": "\#(error)"}"#)
        }
        try await DrydockFixture.run { [full] fixture in
            let node = NodeController(service: fixture.service)
            let agent = node.response(to: full, for: request("/agent/v1/plan"))
            #expect(agent.status.code == 503)
            #expect(text(agent) == #"{"error": "The daemon cannot write or read its state now; ask again later."}"#)
            let data = node.response(to: full, for: request("/api/v1.0/bootactions/nodes/n1/files"))
            #expect(data.status.code == 503)
            #expect(text(data) == #"{"title": "503 Service Unavailable"}"#)
        }
    }

    @Test("whose token it is cannot be said while the authority cannot say, and all else passes")
    func tokens() async throws {
        struct Authority<Failure: Error>: TokenAuthority {
            var failure: Failure

            func caller(of token: String) async throws -> Caller? { throw failure }
            func follow(callerOf token: String, _ look: @Sendable (Caller?) throws -> Void) async throws -> Never {
                try look(nil)
                throw failure
            }
            static func explanation(_ reason: String) -> String { "Not now: \(reason)" }
        }
        var asking = request("/v3/users")
        asking.headers = [try #require(HTTPField.Name("X-Auth-Token")): "t"]
        func answer(_ failure: some Error) async throws -> Caller? {
            try await Authority(failure: failure).authenticator(asking)
        }
        for unavailable: any TypedError in [full, damaged, IdentityUnavailable(reason: "asleep")] {
            await #expect(throws: RequestError.identityUnavailable("Not now: \(unavailable.message)")) {
                _ = try await answer(unavailable)
            }
        }
        await #expect(throws: CancellationError.self) { _ = try await answer(CancellationError()) }
        #expect(IdentityService.explanation("x") == "Tokens cannot be looked up now. x")
        #expect(ExternalKeystone.explanation("x") == "The token cannot be validated. x.")
        await #expect(throws: RequestError.unauthenticated) {
            try await Authority(failure: full).watch(asking) { _ in throw RequestError.unauthenticated }
        }
        await #expect(throws: RequestError.identityUnavailable("Not now: \(full.message)")) {
            try await Authority(failure: full).watch(asking) { _ in }
        }
    }
}
