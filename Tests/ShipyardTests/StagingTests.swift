import Deckhand
import Documents
import HTTPTypes
import OrderedCollections
import Primitives
import Store
import Synchronization
import TestSupport
import Testing

@testable import API
@testable import Shipyard
@testable import SiteActions

private func body(_ name: String) -> [UInt8] {
    Array(Fixture.document("example/Kind/v1", name, "{a: 1}").utf8)
}

@Suite struct StagingTests {
    private func failure(_ body: () async throws -> Void) async -> ShipyardError? {
        do {
            try await body()
            return nil
        } catch {
            return error as? ShipyardError
        }
    }

    @Test("the buffer takes what its mode allows", .enabled(if: Conformance.has("shipyard/dags.json")))
    func recordedBuffers() async throws {
        for testCase in try #require(try Conformance.json("shipyard/configdocs/buffer.json")["cases"]?.arrayValue) {
            let roles = RevisionRoles(facts(testCase["revisions"]))
            let key = "\(roles.committed ?? 0)..\(roles.buffer ?? 0)"
            let changes = try (testCase["diffs"]?[key]?.objectValue ?? [:]).mapValues {
                try #require(BucketChange(rawValue: $0.stringValue ?? ""))
            }
            let contents = BufferContents(changes: changes)
            #expect(contents.isEmpty == testCase["buffer_empty"]?.boolValue)
            for (collection, isIn) in testCase["in_buffer"]?.objectValue ?? [:] {
                #expect(contents.holds(collection) == isIn.boolValue)
            }
            for (mode, collections) in testCase["writable"]?.objectValue ?? [:] {
                let mode = try #require(BufferMode(parameter: mode))
                for (collection, expected) in collections.objectValue ?? [:] {
                    #expect(contents.isWritable(collection, mode) == expected["ok"]?.boolValue)
                    let rolls = mode == .replace && !contents.isEmpty
                    #expect(rolls == !(expected["deckhand_rollback"]?.arrayValue ?? []).isEmpty)
                }
            }
        }
    }

    @Test("documents are staged, compared, committed and read back")
    func wholeWay() async throws {
        try await Fixture.withService { _, service in
            #expect(try await service.collectionStatus(versions: nil) == [])
            let report = try await service.addCollection(
                "design", body: body("one"), bufferMode: nil, isEmptyCollection: false)
            #expect(report.isSuccess)
            #expect(report.body(success: .created)["code"] == "201 Created")
            #expect(
                try await service.collectionStatus(versions: nil) == [
                    [
                        "collection_name": "design", "base_version": "committed", "base_revision": 0,
                        "new_version": "buffer", "new_revision": 1, "new_status": "created",
                        "base_status": "not present",
                    ]
                ])
            let text = String(
                decoding: try await service.collection("design", version: nil, cleartext: false), as: UTF8.self)
            #expect(text.contains("name: one"))
            let dry = try await service.commit(force: true, dryRun: true)
            #expect(dry.isAccepted)
            #expect(dry.body()["message"]?.stringValue?.hasSuffix(" DRYRUN") == true)
            #expect(try await service.roles().committed == nil)
        }
    }

    @Test("a commit without a deployment configuration fails, and is forced through with its errors listed")
    func forced() async throws {
        try await Fixture.withService { _, service in
            _ = try await service.addCollection(
                "design", body: Array(Fixture.layeringPolicy.utf8) + body("one"), bufferMode: nil,
                isEmptyCollection: false)
            let failed = try await service.commit(force: false, dryRun: false)
            #expect(!failed.isAccepted)
            #expect(failed.errorCount == 1)
            #expect(try await service.roles().committed == nil)
            let forced = try await service.commit(force: true, dryRun: false)
            #expect(forced.isAccepted)
            #expect(forced.body()["status"] == "Failure")
            #expect(forced.body()["message"] == "Validations failed FORCED SUCCESS")
            #expect(try await service.roles().committed == 1)
            let error = await failure { _ = try await service.commit(force: true, dryRun: true) }
            #expect(error?.kind == .conflict)
            #expect(error.map { ShipyardFailure($0).exception.retry } == true)
        }
    }

    @Test("each buffer mode does what it says, and replace gives the buffer up")
    func modes() async throws {
        try await Fixture.withService { _, service in
            func add(_ collection: String, _ name: String, _ mode: String?) async throws {
                _ = try await service.addCollection(
                    collection, body: body(name), bufferMode: mode, isEmptyCollection: false)
            }
            try await add("a", "one", nil)
            let rejected = await failure { try await add("b", "two", nil) }
            #expect(rejected?.kind == .conflict)
            #expect(rejected?.reason == "Buffermode : rejectoncontents")
            try await add("b", "two", "Append")
            let again = await failure { try await add("b", "three", "append") }
            #expect(again?.reason == "Buffermode : append")
            let unknown = await failure { try await add("c", "three", "sideways") }
            #expect(unknown?.kind == .invalid)
            try await add("c", "three", "replace")
            let status = try await service.collectionStatus(versions: ["buffer", "committed"])
            #expect(status.arrayValue?.compactMap { $0["collection_name"]?.stringValue } == ["c"])
        }
    }

    @Test("the same contents, no contents and no YAML are refused with their reasons")
    func errors() async throws {
        try await Fixture.withService { _, service in
            _ = try await service.addCollection("a", body: body("one"), bufferMode: nil, isEmptyCollection: false)
            let same = await failure {
                _ = try await service.addCollection(
                    "a", body: body("one"), bufferMode: "replace", isEmptyCollection: false)
                _ = try await service.addCollection(
                    "a", body: body("one"), bufferMode: "replace", isEmptyCollection: false)
            }
            #expect(same == nil)
            let empty = await failure {
                _ = try await service.addCollection("a", body: [], bufferMode: nil, isEmptyCollection: false)
            }
            #expect(empty?.title == "Content-Length is a required header")
            let broken = await failure {
                _ = try await service.addCollection(
                    "a", body: Array("a: [1,\nb: {".utf8), bufferMode: "replace", isEmptyCollection: false)
            }
            #expect(broken?.kind == .invalid)
            #expect(broken?.title == "Document(s) invalid syntax or otherwise unsuitable")
            #expect(broken?.reason.contains("The request body must be properly formatted YAML") == true)
            #expect((broken?.cause as? DocumentError)?.message.contains("line ") == true)
        }
    }

    @Test("an emptied collection reads as an empty text")
    func emptied() async throws {
        try await Fixture.withSite { _, service in
            let empty = await failure { _ = try await service.renderedDocuments(version: nil, cleartext: false) }
            #expect(empty?.reason == "buffer version does not exist")
            #expect(empty?.messages.last?["message"]?.stringValue?.contains("version=committed") == true)
            #expect(empty?.messages.last?["error"] == false)
            _ = try await service.addCollection("design", body: [], bufferMode: nil, isEmptyCollection: true)
            #expect(try await service.collection("design", version: "buffer", cleartext: false).isEmpty)
            #expect(try await service.collectionStatus(versions: nil)[0]?["new_status"] == "deleted")
            let unknown = await failure { _ = try await service.collection("x", version: "buffer", cleartext: false) }
            #expect(unknown?.kind == .missing)
            let version = await failure { _ = try await service.collection("x", version: "newest", cleartext: false) }
            #expect(version?.kind == .invalid)
            let none = await failure {
                _ = try await service.renderedDocuments(version: "last_site_action", cleartext: false)
            }
            #expect(none?.title == "This revision does not exist")
        }
    }

    @Test("while one caller changes the staged documents another is told to wait, and a lost lock expires")
    func lock() async throws {
        let clock = Mutex(Timestamp(microseconds: 0))
        let lock = CollectionLock { clock.withLock { $0 } }
        let lost = try lock.acquire()
        let error = await failure { _ = try lock.acquire() }
        #expect(error?.kind == .conflict)
        #expect(error?.title == "Blocked by another process")
        clock.withLock { $0 = $0.adding(seconds: 61) }
        let turn = try lock.acquire()
        lock.release(lost)
        #expect(await failure { _ = try lock.acquire() } != nil, "who lost the lock frees nobody else's")
        lock.release(turn)
        lock.release(try lock.acquire())
    }

    @Test("a missing deployment version is mentioned or refused as configured")
    func version() async throws {
        try await Fixture.with { fixture in
            let (service, database) = try fixture.open { $0.versionOnCreate = .warning }
            let report = try await service.addCollection(
                "a", body: body("one"), bufferMode: nil, isEmptyCollection: false)
            #expect(report.isSuccess)
            #expect(report.remarks.first?.severity == .warning)
            #expect(report.body()["details"]?["messageList"]?.arrayValue?.last?["level"] == "warning")
            await database.close()
            let (strict, reopened) = try fixture.open { $0.versionOnCreate = .error }
            let error = await failure {
                _ = try await strict.addCollection(
                    "a", body: body("two"), bufferMode: "replace", isEmptyCollection: false)
            }
            #expect(error?.title == "Deployment version document missing from collection")
            await reopened.close()
        }
    }

    @Test("a key that means nothing is a warning with document, file and line")
    func unknownKeys() async throws {
        try await Fixture.withService { _, service in
            let stream = """
                # boatyard-origin: site/kinds.yaml:1
                ---
                schema: example/Kind/v1
                metadata:
                  schema: metadata/Document/v1
                  name: typed
                  storagePolicy: cleartext
                  layeringDefinition: {layer: site}
                dta: {a: 1}
                id: 12
                status: {bucket: design, revision: 1}
                """
            let report = try await service.addCollection(
                "design", body: Array(stream.utf8), bufferMode: nil, isEmptyCollection: false)
            #expect(report.isSuccess)
            #expect(report.errorCount == 0)
            // That there is no LayeringPolicy yet is another, as a further collection may bring one.
            #expect(report.messages.compactMap { $0["name"]?.stringValue } == ["BY1010"])
            #expect(report.messages.allSatisfy { $0["error"] == false })
            let warning = report.messages.first { $0["name"] == "BY1010" }
            #expect(warning?["level"] == "Warning")
            #expect(warning?["error"] == false)
            #expect(warning?["name"] == "BY1010")
            #expect(warning?["message"] == "The key 'dta', site/kinds.yaml:8, is passed over")
            #expect(warning?["documents"]?[0]?["name"] == "typed")
            #expect(warning?["documents"]?[0]?["place"] == "site/kinds.yaml:8")
        }
    }

    @Test("Shipyard's own checks say what the reference's say", .enabled(if: Conformance.has("shipyard/dags.json")))
    func ownChecks() async throws {
        let path = "shipyard/validators/deployment_configuration.json"
        for testCase in try #require(try Conformance.json(path)["cases"]?.arrayValue) {
            let name = testCase["name"]?.stringValue ?? ""
            let documents: [RenderedDocument] = (testCase["documents"]?.arrayValue ?? []).map { value in
                let identity = DocumentIdentity(
                    schema: value["schema"]?.stringValue ?? "", layer: "site", name: value["name"]?.stringValue ?? "")
                let source = StoredDocument(
                    id: 1, bucket: "b", revision: 1, identity: identity, metadata: [:], data: value["data"] ?? .null)
                return RenderedDocument(source: source, data: value["data"] ?? .null)
            }
            let failure = testCase["deckhand_error"]?.stringValue
            let severity = testCase["config"]?["deployment_version_commit"]?.stringValue ?? ""
            var check = DocumentCheck(
                documents: failure.map { .failure(StepError($0)) } ?? .success(documents),
                versionSeverity: Severity(rawValue: severity.lowercased())
            ) { _ in
                guard name == "bad_lookup" else { return [] }
                throw DeploymentGroupError.lookup(
                    "The node lookup function supplied to the DeploymentGroup is not an iterable")
            }
            await check.checkConfiguration(full: testCase["full"] == true)
            let expected = testCase["expect"]
            // A parent that is not there is named here.
            if expected?["messages"]?[0]?["diagnostic"]?.stringValue?.hasPrefix("'") == true { continue }
            #expect(Value.array(check.messages) == expected?["messages"], "\(name)")
            #expect(check.hasErred == expected?["errored"]?.boolValue, "\(name)")
            do throws(ShipyardError) {
                try PreRunCheck.checkDocuments(check, parameters: testCase["action"]?["parameters"] ?? .null)
                #expect(expected?["action_result"]?["ok"] != nil, "\(name)")
            } catch {
                expectSame(error, expected?["action_result"])
            }
        }
    }

    @Test("the body of an action is refused with the words of its fault")
    func actionBodies() {
        let faults: [(String, String?, String, String)] = [
            ("", "application/json", "Json body is required", "/api/v1.0/actions: Bad input, no body provided"),
            ("{}", "text/plain", "Json body is required", "/api/v1.0/actions: Bad input, no body provided"),
            ("{}", nil, "Json body is required", "/api/v1.0/actions: Bad input, no body provided"),
            (
                "{}", "application/json", "JSON validation failed: 'name' is a required property",
                "Failed validator: required : ['name']"
            ),
            (
                "[]", "application/json", "JSON validation failed: [] is not of type 'object'",
                "Failed validator: type : object"
            ),
            (
                #"{"name": 1}"#, "application/json", "JSON validation failed: 1 is not of type 'string'",
                "Failed validator: type : string"
            ),
            (
                #"{"name": "sink_site"}"#, "application/json", "Unable to start action",
                "Unsupported Action: sink_site"
            ),
        ]
        for (text, type, title, reason) in faults {
            let error = #expect(throws: ShipyardError.self) {
                _ = try ActionRequest(body: Array(text.utf8), mediaType: type)
            }
            #expect(error?.title == title)
            #expect(error?.reason == reason)
        }
        let broken = #expect(throws: ShipyardError.self) {
            _ = try ActionRequest(body: Array("{".utf8), mediaType: "application/json")
        }
        #expect(broken?.title == "JSON could not be decoded")
        let deep = String(repeating: "[", count: 10_000)
        #expect(throws: ShipyardError.self) {
            _ = try ActionRequest(body: Array(deep.utf8), mediaType: "application/json")
        }
    }
}
