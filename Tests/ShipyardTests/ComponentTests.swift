import OrderedCollections
import Primitives
import Store
import Synchronization
import Testing

@testable import Shipyard

/// Armada and Promenade over real HTTP.
@Suite struct ComponentTests {
    private let design = "deckhand+http://127.0.0.1:9000/api/v1.0/revisions/3/rendered-documents"

    @Test("Armada is asked at its paths, with a token where there is one")
    func armada() async throws {
        let responder = try LocalResponder { request in
            if request.line.contains("/apply") { return (200, #"{"message": {"upgrade": ["a"], "install": []}}"#) }
            if request.line.contains("/releases") { return (200, #"{"releases": {"ucp": ["one", "two"]}}"#) }
            if request.line.contains("/test/one") { return (200, #"{"result": "PASSED: one", "message": ""}"#) }
            if request.line.contains("/test/") { return (200, #"{"result": "FAILED: two", "message": ""}"#) }
            if request.line.contains("/health") { return (503, "") }
            return (400, #"{"status": "Failure", "details": {"messageList": [{"message": "no", "error": true}]}}"#)
        }
        defer { responder.close() }
        let armada = ArmadaClient(endpoint: responder.endpoint, token: { _ in Secret("t0ken") })
        // Whatever it answers, it is there.
        try await armada.checkHealth()
        #expect(try await armada.designStatus(design)["status"] == "Failure")
        let message = try await armada.apply(design: design, manifest: "full site", timeout: 10)
        #expect(message["upgrade"] == ["a"])
        let releases = try await armada.releases(timeout: 10)
        #expect(releases.map(\.namespace) == ["ucp"])
        #expect(releases.flatMap(\.releases) == ["one", "two"])
        #expect(try await armada.test(release: "one"))
        #expect(try await armada.test(release: "two/../x") == false)
        let requests = responder.requests
        #expect(
            requests.map(\.line) == [
                "GET /api/v1.0/health HTTP/1.1", "POST /api/v1.0/validatedesign HTTP/1.1",
                "POST /api/v1.0/apply?target_manifest=full%20site HTTP/1.1", "GET /api/v1.0/releases HTTP/1.1",
                "GET /api/v1.0/test/one HTTP/1.1", "GET /api/v1.0/test/two%2F..%2Fx HTTP/1.1",
            ])
        #expect(requests.dropFirst().allSatisfy { $0.headers["x-auth-token"] == "t0ken" })
        #expect(requests[1].body == ["rel": "design", "href": .string(design), "type": "application/x-yaml"])
        #expect(requests[2].body == ["hrefs": [.string(design)], "overrides": []])
    }

    @Test("both are told on whose behalf they are asked, by an action and by a commit; what is no header is not sent")
    func origin() async throws {
        let responder = try LocalResponder { request in
            if request.line.contains("/apply") { return (200, #"{"message": {"upgrade": ["a"]}}"#) }
            if request.line.contains("/releases") { return (200, #"{"releases": {"ucp": ["one"]}}"#) }
            return (200, #"{"status": "Success", "details": {"errorCount": 0, "messageList": []}}"#)
        }
        defer { responder.close() }
        try await Fixture.with { fixture in
            let (service, database) = try fixture.open { dependencies in
                dependencies.armada = ArmadaClient(endpoint: responder.endpoint)
                dependencies.promenade = HTTPComponent(name: "Promenade", endpoint: responder.endpoint)
            }
            let text =
                Fixture.layeringPolicy
                + Fixture.document(
                    "shipyard/DeploymentConfiguration/v1", "deployment-configuration", "{armada: {manifest: full-site}}"
                )
            _ = try await service.addCollection(
                "design", body: Array(text.utf8), bufferMode: nil, isEmptyCollection: false)
            let caller = ShipyardCaller(name: "anne", requestID: "r", contextMarker: "my-marker")
            #expect(try await service.commit(force: false, dryRun: false, caller: caller).isAccepted)
            let committed = responder.requests
            #expect(committed.count == 2)
            let answer = try await service.createAction(
                try ActionRequest(["name": "update_software"]), allowsIntermediateCommits: nil,
                caller: ShipyardCaller(name: "Zoë\r\nX: y", requestID: "r", contextMarker: "another"))
            await service.waitUntilFinished(answer["id"]?.stringValue ?? "")
            for request in committed {
                #expect(request.headers["x-context-marker"] == "my-marker")
                #expect(request.headers["x-end-user"] == "anne")
            }
            let asked = responder.requests.dropFirst(committed.count).filter { !$0.line.contains("/health") }
            #expect(asked.contains { $0.line.contains("/apply") })
            for request in asked {
                #expect(request.headers["x-context-marker"] == "another", "\(request.line)")
                #expect(request.headers["x-end-user"] == nil && request.headers["x"] == nil)
            }
            await database.close()
        }
    }

    @Test("Armada is given the time of the deployment configuration to validate a design")
    func validationTimeout() async throws {
        let armada = PatientArmada()
        try await Fixture.with { fixture in
            let (service, database) = try fixture.open { $0.armada = armada }
            let text =
                Fixture.layeringPolicy
                + Fixture.document(
                    "shipyard/DeploymentConfiguration/v1", "deployment-configuration",
                    "{armada: {manifest: full-site, validate_design_timeout: 77}}")
            _ = try await service.addCollection(
                "design", body: Array(text.utf8), bufferMode: nil, isEmptyCollection: false)
            #expect(try await service.commit(force: false, dryRun: false).isAccepted)
            #expect(armada.timeouts.withLock { $0 } == [300])
            let id = try await fixture.create(service, "update_software")
            await service.waitUntilFinished(id)
            #expect(armada.timeouts.withLock { $0 } == [300, 77])
            await database.close()
        }
    }

    @Test("labels are put to Promenade, and what it refuses is an error")
    func labels() async throws {
        let responder = try LocalResponder { request in request.line.contains("n1") ? (200, "") : (403, "{}") }
        defer { responder.close() }
        let promenade = HTTPComponent(name: "Promenade", endpoint: responder.endpoint)
        try await promenade.setLabels(["role": "control"], ofNode: "n1")
        #expect(responder.requests.first?.line == "PUT /api/v1.0/node-labels/n1 HTTP/1.1")
        #expect(responder.requests.first?.body == ["role": "control"])
        #expect(responder.requests.first?.headers["x-auth-token"] == nil)
        let error = await #expect(throws: StepError.self) { try await promenade.setLabels([:], ofNode: "n2") }
        #expect(error?.description.hasPrefix("Promenade answers 403") == true)
    }

    @Test(
        "labels are set by 200 and 204; a token that is refused is replaced once; every other answer fails",
        arguments: [
            ([200], true), ([204], true), ([400], false), ([401, 200], true), ([401, 401], false), ([403], false),
            ([500], false),
        ])
    func labelAnswers(answers: [Int], areSet: Bool) async throws {
        let responder = try LocalResponder { request in
            let place = request.headers["x-auth-token"] == "first" ? 0 : 1
            return (answers[min(place, answers.count - 1)], "")
        }
        defer { responder.close() }
        let promenade = HTTPComponent(
            name: "Promenade", endpoint: responder.endpoint,
            token: { refused in
                if let refused { #expect(refused.reveal() == "first") }
                return Secret(refused == nil ? "first" : "second")
            })
        do {
            try await promenade.setLabels(["role": "control"], ofNode: "n1")
            #expect(areSet)
        } catch let error as StepError {
            #expect(!areSet)
            #expect(error.description.hasPrefix("Promenade answers \(answers.last ?? 0)"), "\(error)")
        }
        let tokens = responder.requests.map { $0.headers["x-auth-token"] ?? "" }
        #expect(tokens == Array(["first", "second"].prefix(answers.count)))
    }

    @Test("without a token a 401 is not asked again; a 400 is an answer of Armada to a design alone")
    func failures() async throws {
        let responder = try LocalResponder { request in
            request.line.contains("/validatedesign")
                ? (400, #"{"status": "Failure"}"#)
                : (request.line.contains("/node-labels/") ? 401 : 400, "{}")
        }
        defer { responder.close() }
        let promenade = HTTPComponent(name: "Promenade", endpoint: responder.endpoint)
        await #expect(throws: StepError.self) { try await promenade.setLabels([:], ofNode: "n1") }
        #expect(responder.requests.count == 1)
        let armada = ArmadaClient(endpoint: responder.endpoint)
        #expect(try await armada.designStatus(design, timeout: 10)["status"] == "Failure")
        await #expect(throws: StepError.self) {
            _ = try await armada.apply(design: design, manifest: "full-site", timeout: 10)
        }
        await #expect(throws: StepError.self) { _ = try await armada.releases(timeout: 10) }
        await #expect(throws: StepError.self) { _ = try await armada.test(release: "one") }
    }

    @Test("what components say of a design is in the answer to a commit, and what they cannot say too")
    func commit() async throws {
        let responder = try LocalResponder { request in
            request.headers["host"] == nil
                ? (500, "") : (200, #"{"details": {"messageList": [{"message": "old chart", "error": false}]}}"#)
        }
        defer { responder.close() }
        let gone = try LocalResponder { _ in (500, "") }
        defer { gone.close() }
        try await Fixture.with { fixture in
            let (service, database) = try fixture.open { dependencies in
                dependencies.armada = ArmadaClient(endpoint: responder.endpoint)
                dependencies.promenade = HTTPComponent(name: "Promenade", endpoint: gone.endpoint)
            }
            let text =
                Fixture.layeringPolicy
                + Fixture.document(
                    "shipyard/DeploymentConfiguration/v1", "deployment-configuration", "{armada: {manifest: full-site}}"
                )
            _ = try await service.addCollection(
                "design", body: Array(text.utf8), bufferMode: nil, isEmptyCollection: false)
            let report = try await service.commit(force: false, dryRun: true)
            let messages = report.messages.filter { ["Armada", "Promenade"].contains($0["source"]) }
            #expect(
                messages.map { $0["message"] } == [
                    "old chart", "Promenade unable to validate configdocs or an invalid response has been returned",
                ])
            #expect(messages.map { $0["level"] } == ["Info", "Error"])
            await database.close()
        }
    }

    @Test("of a component that is not configured a commit says so, once and as an information")
    func absent() async throws {
        try await Fixture.withService { fixture, service in
            let text =
                Fixture.layeringPolicy
                + Fixture.document(
                    "shipyard/DeploymentConfiguration/v1", "deployment-configuration", "{armada: {manifest: full-site}}"
                )
            _ = try await service.addCollection(
                "design", body: Array(text.utf8), bufferMode: nil, isEmptyCollection: false)
            let report = try await service.commit(force: false, dryRun: true)
            for name in ["Armada", "Promenade"] {
                let messages = report.messages.filter { $0["source"] == .string(name) }
                #expect(messages.count == 1)
                #expect(
                    messages.first?["message"]
                        == .string("\(name) is not configured and has not validated the documents"))
                #expect(messages.first?["level"] == "Info")
                #expect(messages.first?["error"] == false)
            }
        }
    }
}

/// An Armada that agrees with everything, and keeps how long it was given to look at designs.
private final class PatientArmada: SoftwareDeployer {
    let name = "Armada"
    let timeouts = Mutex<[Double]>([])

    func asked(by origin: RequestOrigin) -> Self { self }
    func checkHealth() async throws {}

    func designStatus(_ reference: String, timeout: Double) async throws -> Value {
        timeouts.withLock { $0.append(timeout) }
        return ["status": "Success", "details": ["errorCount": 0, "messageList": []]]
    }

    func apply(design: String, manifest: String, timeout: Double) async throws -> Value { ["upgrade": []] }
    func releases(timeout: Double) async throws -> [(namespace: String, releases: [String])] { [] }
    func test(release: String) async throws -> Bool { true }
}
