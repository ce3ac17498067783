import Foundation
import HTTPTypes
import Identity
import Logging
import Primitives
import Store
import Synchronization
import TestSupport
import Testing

@testable import API

/// A user `shipyard` with three roles, and whoever may come with its tokens.
private final class Gatekeeper: Sendable {
    let service: IdentityService
    let user: User
    let text: String
    private let database: Database
    private let folder: OwnedFolder

    init() async throws {
        folder = try OwnedFolder()
        database = try Database.open(path: folder.path + "/test.db", migrations: IdentityMigration.all.withoutGaps)
        service = IdentityService(
            database: database, tokenLifetime: 3600, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        user = try await service.createUser(
            name: "shipyard", password: Secret("password"),
            grants: ["reader", "member", "guest"].map { Grant(role: $0, project: "service") })
        text = try await service.login(
            .password(user: .name("shipyard"), Secret("password")), scope: .unsaid, source: nil
        ).text
    }

    func end() async {
        await database.close()
    }

    func table(_ routes: [Route]) throws -> RouteTable {
        try RouteTable(
            controllers: [SampleController(routes: routes)],
            access: AccessControl(
                authorizer: { caller, rule, _ in caller.roles.contains(rule) }, authenticator: service.authenticator,
                watch: service.watch))
    }

    func request(_ target: String) -> APIRequest {
        APIRequest(
            method: .get, target: target, headers: [HTTPField.Name("X-Auth-Token") ?? .accept: text], listener: .api)
    }

    func takeRole(_ name: String) async throws {
        try await service.revoke(
            try await service.role(.name(name)).id, from: user.id, on: try await service.project(.name("service")).id)
    }
}

@Suite("Requests that outlast what they were let in by", .timeLimit(.minutes(1)))
struct LastingRequestTests {
    private static func with(_ body: (Gatekeeper) async throws -> Void) async throws {
        let keeper = try await Gatekeeper()
        do { try await body(keeper) } catch {
            await keeper.end()
            throw error
        }
        await keeper.end()
    }

    /// A route that is held until its client is not let in any more, and says when it began to wait.
    private static func waiting(_ held: HeldRequests, _ begin: AsyncStream<Void>.Continuation) -> Route {
        Route(.get, "/wait", policy: .rule("reader"), on: .clients) { request in
            try await request.wait(in: held) { _ in
                begin.yield()
                try await Task.sleep(for: .seconds(3600))
            }
            return .text("over")
        }
    }

    /// What a request that waits is answered once `change` has happened.
    private static func answer(
        _ keeper: Gatekeeper, departure: (@Sendable () async -> Void)? = nil, after change: () async throws -> Void
    ) async throws -> APIResponse {
        let (beginnings, begin) = AsyncStream<Void>.makeStream()
        let held = HeldRequests(limit: 1, limitForEach: 1)
        let table = try keeper.table([waiting(held, begin)])
        let request = keeper.request("/wait?wait=5m")
        async let response = { () -> APIResponse in
            guard case .call(let call) = await table.plan(for: request) else {
                return APIResponse(.notFound)
            }
            return await call.perform(body: [], departure: departure)
        }()
        var began = beginnings.makeAsyncIterator()
        await began.next()
        try await change()
        let answer = await response
        await held.hold(for: "") { #expect($0, "the place is free again") }
        return answer
    }

    @Test("whoever waits with a token that is revoked is answered 401")
    func revoked() async throws {
        try await Self.with { keeper in
            let answer = try await Self.answer(keeper) { _ = try await keeper.service.revoke(keeper.text) }
            #expect(answer.status == .unauthorized)
        }
    }

    @Test("whoever waits as a user that is deleted is answered 401")
    func deleted() async throws {
        try await Self.with { keeper in
            let answer = try await Self.answer(keeper) { try await keeper.service.deleteUser(keeper.user.id) }
            #expect(answer.status == .unauthorized)
        }
    }

    @Test("whoever waits and loses the role for it is answered 403; the loss of another is none of its business")
    func roles() async throws {
        try await Self.with { keeper in
            let answer = try await Self.answer(keeper) {
                try await keeper.takeRole("member")
                try await keeper.takeRole("reader")
            }
            #expect(answer.status == .forbidden)
        }
    }

    @Test("a client that goes while it waits frees its place; one that only stops sending is answered")
    func departed() async throws {
        try await Self.with { keeper in
            let (departures, leave) = AsyncStream<Never>.makeStream()
            let answer = try await Self.answer(keeper, departure: { for await _ in departures {} }, after: leave.finish)
            #expect(answer.text == "over")
        }
    }

    @Test("a stream of events ends whole with the token of its client, or with what else it takes", arguments: [0, 1])
    func stream(_ kind: Int) async throws {
        try await Self.with { keeper in
            let (events, _) = AsyncStream<ServerSentEvent>.makeStream()
            let table = try keeper.table([
                Route(.get, "/events", policy: .rule("reader"), on: .clients) { request in
                    .events(events, greeting: ServerSentEvent(nil, id: "7"), to: request, by: ["member"])
                }
            ])
            let response = await table.respond(to: keeper.request("/events"))
            guard case .stream(let body) = response.body else {
                Issue.record("the answer is \(response.status)")
                return
            }
            let (pieces, piece) = AsyncStream<[UInt8]>.makeStream()
            let sending = Task { try await body.produce { piece.yield($0) } }
            var sent = pieces.makeAsyncIterator()
            #expect(await sent.next().map { String(decoding: $0, as: UTF8.self) } == "id: 7\n\n")
            if kind == 0 {
                try await keeper.takeRole("member")
            } else {
                _ = try await keeper.service.revoke(keeper.text)
            }
            try await sending.value
        }
    }

    @Test("whom the listener knows stays who that is")
    func local() async throws {
        try await Self.with { keeper in
            let table = try keeper.table([
                Route(.get, "/", policy: .rule("admin"), on: .clients) { .text("\($0.watch == nil)") }
            ])
            let response = await table.respond(
                to: APIRequest(method: .get, target: "/", caller: .administrator("root"), listener: .admin))
            #expect(response.text == "true")
        }
    }
}
