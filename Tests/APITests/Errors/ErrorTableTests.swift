import Documents
import HTTPTypes
import Primitives
import Testing

@testable import API
@testable import Identity
@testable import Shipyard

/// Each controller's one table of statuses and names.
@Suite("Tables of errors")
struct ErrorTableTests {
    /// What every table makes of the kinds that all services throw.
    private static let common: [ErrorKind: Int] = [.invalid: 400, .missing: 404, .conflict: 409, .failed: 500]

    @Test("every problem with documents has a name of its own in Deckhand, and the status of its kind")
    func deckhand() {
        let problems = DocumentError.Problem.allCases
        let exceptions = problems.map { DeckhandException($0) }
        #expect(Set(exceptions.map(\.name)).count == problems.count)
        for (problem, exception) in zip(problems, exceptions) {
            #expect(exception.status.code == Self.common[problem.kind], "\(problem)")
        }
    }

    @Test("every error of Shipyard has one of the reference's exceptions, and the status of its kind")
    func shipyard() {
        let common = Self.common.merging([.unavailable: 503]) { $1 }
        for problem in ShipyardError.Problem.allCases {
            let exception = ShipyardException(problem)
            #expect(exception.status.code == common[problem.kind], "\(problem)")
            #expect(["ApiError", "AppError", "InvalidFormatError"].contains(exception.errorType))
            #expect(exception.retry == [.nothingToCommit, .stopping].contains(problem), "\(problem)")
        }
    }

    @Test("a refused action is a conflict whatever the kind of the check's error")
    func refusedAction() {
        let check = ShipyardError(.nothingCommitted, "No committed configdocs", "none")
        let refused = RefusedAction(entity: ["id": "A"], error: check)
        #expect(check.kind == .invalid)
        #expect(refused.kind == .conflict)
        #expect(refused.code == "shipyard.nothing-committed")
        #expect(ShipyardFailure(refused).exception.status == .conflict)
    }

    @Test("each kind has its status in Drydock and in Keystone")
    func kinds() {
        let drydock: [ErrorKind: Int] = Self.common.merging([
            .unauthenticated: 401, .forbidden: 403, .tooMany: 503, .busy: 503, .unavailable: 503, .storage: 503,
            .unreachable: 503, .refused: 409,
        ]) { $1 }
        let keystone = drydock.merging([.tooMany: 429, .refused: 503]) { $1 }
        for kind in ErrorKind.allCases {
            #expect(DrydockFailure.status(kind).code == drydock[kind], "\(kind)")
            #expect(KeystoneFailure.status(kind).code == keystone[kind], "\(kind)")
        }
    }

    /// Each controller's answer to an error that is none of its own.
    private func answers(to error: any Error) -> [Int] {
        let request = APIRequest(method: .get, target: "/x")
        return [
            ShipyardFailure(error).response(for: request).status.code,
            DeckhandFailure(error).response(for: request).status.code,
            DrydockFailure.response(to: error).status.code, KeystoneFailure(error).response.status.code,
            LocalController(
                rotateMasterKey: { 0 }, dhcpStatus: { .null }, dhcpLeases: { .null }, makeBackup: { _ in .null },
                listBackups: { .null }, reload: { .null }
            ).response(to: error, for: request).status
                .code,
        ]
    }

    @Test("what does not answer, is full or busy is a 503 of every controller, whoever threw it")
    func passing() {
        for kind in [ErrorKind.unreachable, .unavailable, .busy] {
            #expect(
                answers(to: BoatyardError("a.b", "later", kind: kind)) == Array(repeating: 503, count: 5), "\(kind)")
        }
        let cause = IdentityUnavailable(reason: "Keystone is asleep")
        #expect(answers(to: cause) == Array(repeating: 503, count: 5))
        for problem in [ShipyardError.Problem.deckhandFailed, .drydockFailed, .noteDetailsFailed] {
            let wrapped = ShipyardFailure(ShipyardError(problem, "t", "r", cause: cause))
            #expect(wrapped.exception == .unavailable, "\(problem)")
            #expect(wrapped.reason == "Keystone is asleep")
            #expect(ShipyardFailure(ShipyardError(problem, "t", "r")).exception.status.code == 500)
        }
    }

    @Test("another try is advised where it can help, and nowhere else, by every controller that has a word for it")
    func retries() async throws {
        let request = APIRequest(method: .get, target: "/x")
        for kind in ErrorKind.allCases {
            let helps = [.tooMany, .busy, .unreachable, .unavailable].contains(kind)
            #expect(kind.isWorthRetrying == helps, "\(kind)")
            let error = BoatyardError("a.b", "wrong", kind: kind)
            let response = try await RouteTable(controllers: [FailingController(error: error)]).respond(to: request)
            #expect((response.headers[.retryAfter] != nil) == helps, "\(kind)")
            // What nobody foresaw has a form without the word in Drydock, and is retried in Shipyard.
            guard kind != .failed else { continue }
            let drydock = try Value(json: text(response) ?? "")
            #expect(drydock["retry"] == .bool(helps), "\(kind)")
            let shipyard = try Value(json: text(ShipyardFailure(error).response(for: request)) ?? "")
            #expect(shipyard["retry"] == .bool(helps), "\(kind)")
            #expect(shipyard["code"] == .string(ShipyardException(kind).status.line))
        }
    }

    @Test("an error of documents or of a request is none of the daemon's, whichever controller meets it")
    func users() {
        let error = BoatyardError("a.b", "wrong", kind: .invalid)
        #expect(ShipyardFailure(error).response(for: APIRequest(method: .get, target: "/x")).status.code == 400)
        #expect(ShipyardFailure(error).title == "wrong")
        #expect(DrydockFailure.response(to: error).status.code == 400)
        #expect(KeystoneFailure(error).status.code == 400)
        #expect(answers(to: BoatyardError("a.b", "broken")) == Array(repeating: 500, count: 5))
    }

    @Test("what is logged of an answer is a sentence")
    func descriptions() {
        let failure = ShipyardFailure(
            .unavailable, "The daemon cannot work", "b.db: disk full",
            messages: [
                ["message": "b.db: disk full"], ["message": "b.db: 4 KiB left"],
            ])
        #expect(failure.inWords == "The daemon cannot work: b.db: disk full: b.db: 4 KiB left")
        #expect(DeckhandFailure(.notFound, "Revision 7 not found").inWords == "Revision 7 not found")
        #expect(RequestError.bodyTooLarge(limit: 0).inWords == "This path takes no body")
    }

    @Test("codes name the module and what happened")
    func codes() {
        let codes =
            DocumentError.Problem.allCases.map(\.rawValue) + ShipyardError.Problem.allCases.map(\.rawValue)
        #expect(codes.allSatisfy { $0.contains(/^(documents|shipyard)\.[a-z]+(-[a-z]+)*$/) })
        #expect(IdentityError.missing("user").code == "identity.missing")
    }

    @Test("Keystone tells those who try too often when to come back")
    func retryAfter() {
        let many = KeystoneFailure(IdentityError(.tooMany, "later", retryAfter: 30)).response
        #expect(many.status.code == 429)
        #expect(many.headers[.retryAfter] == "30")
        #expect(text(many) == #"{"error": {"code": 429, "message": "later", "title": "Too Many Requests"}}"#)
        let busy = KeystoneFailure(IdentityError(.busy, "soon")).response
        #expect(busy.status.code == 503)
        #expect(busy.headers[.retryAfter] == "5")
        let large = KeystoneFailure(RequestError.bodyTooLarge(limit: 3)).response
        #expect(text(large)?.hasSuffix(#""title": "Request Entity Too Large"}}"#) == true)
    }
}

/// The body of an answer in memory.
func text(_ response: APIResponse) -> String? {
    guard case .bytes(let bytes) = response.body else { return nil }
    return String(decoding: bytes, as: UTF8.self)
}
