import Deckhand
import Drydock
import DrydockFake
import OrderedCollections
import Primitives
import SiteActions
import SiteDesign
import Store
import TestSupport
import Testing
import Workflow
import YAML

@testable import Shipyard

/// Steps one by one, each in an action of its own.
@Suite struct StepTests {
    /// - Returns: the state of the step, and what it failed with.
    private func run(
        _ stepOperator: StepOperator, _ fixture: Fixture, _ service: ShipyardService, id: String = "s",
        revision: Int? = nil, parameters: Value = [:]
    ) async throws -> (state: String?, message: String?) {
        let step = StepDefinition(id, stepOperator.rawValue)
        let action = try await fixture.run([step], service, revision: revision, parameters: parameters)
        let view = try await service.step(id, of: action, verbosity: 1)
        return (view["state"]?.stringValue, view["message"]?.stringValue)
    }

    /// Makes a revision of documents of a bucket of its own.
    private func revision(_ service: ShipyardService, _ bucket: String, _ yaml: String) async throws -> Int {
        let documents = try YAML.load(yaml).filter { !$0.isNull }
        return try #require(try await service.dependencies.documents.put(bucket: bucket, documents: documents).revision)
    }

    /// A revision without a layering policy, which cannot be rendered.
    private func brokenRevision(_ service: ShipyardService) async throws -> Int {
        try await revision(service, "alone", Fixture.document("example/Kind/v1", "x", "{}"))
    }

    @Test("every task names the design of the committed revision at the daemon's own API")
    func designReference() async throws {
        try await Fixture.withSite { fixture, service in
            let id = try await fixture.create(service, "deploy_site")
            await service.waitUntilFinished(id)
            let designs = fixture.provisioner.tasks.map(\.design)
            #expect(!designs.isEmpty)
            #expect(
                Set(designs) == ["deckhand+http://127.0.0.1:9000/api/v1.0/revisions/1/rendered-documents"])
        }
    }

    @Test(
        "without a committed revision a step that needs one fails and says so",
        arguments: [
            StepOperator.render, .configure, .validateDeckhand, .validateDrydock, .verifySite, .prepareSite,
            .deployNodes, .tagRevision,
        ])
    func noRevision(stepOperator: StepOperator) async throws {
        try await Fixture.withService { fixture, service in
            let (state, message) = try await run(stepOperator, fixture, service)
            #expect(state == "failed")
            #expect(
                message
                    == "Design_revision is not set. Cannot proceed with retrieval of the design configuration")
            #expect(fixture.provisioner.starts.isEmpty)
        }
    }

    @Test("get_rendered_doc succeeds where the revision renders, and fails where it does not")
    func render() async throws {
        try await Fixture.withService { fixture, service in
            let broken = try await run(.render, fixture, service, revision: try await brokenRevision(service))
            #expect(broken.state == "failed")
            #expect(broken.message?.hasPrefix("Failed to Retrieve Rendered Document! ") == true)
            #expect(broken.message?.contains("LayeringPolicy") == true, "\(broken)")
            let whole = try await revision(service, "policy", Fixture.layeringPolicy)
            #expect(try await run(.render, fixture, service, revision: whole).state == "success")
            #expect(try await run(.render, fixture, service, revision: whole + 1).state == "failed")
        }
    }

    @Test("deployment_configuration leaves the configuration, or says that there is none or that it cannot be read")
    func configuration() async throws {
        try await Fixture.withService { fixture, service in
            let broken = try await brokenRevision(service)
            let unread = try await run(.configure, fixture, service, revision: broken)
            #expect(
                unread.message?.hasPrefix(
                    "Failed to retrieve deployment-configuration yaml using url: "
                        + "deckhand+http://127.0.0.1:9000/api/v1.0/revisions/\(broken)/rendered-documents! ") == true)
            func document(_ data: String, name: String = "deployment-configuration") -> String {
                Fixture.layeringPolicy + Fixture.document("shipyard/DeploymentConfiguration/v1", name, data)
            }
            for yaml in [Fixture.layeringPolicy, document("{}"), document("{armada: {}}", name: "other")] {
                let made = try await revision(service, "site", yaml)
                let missing = try await run(.configure, fixture, service, revision: made)
                #expect(missing.state == "failed")
                #expect(
                    missing.message
                        == "A valid deployment-configuration is required: there must be one document "
                        + "shipyard/DeploymentConfiguration/v1 deployment-configuration, with data")
            }
            let made = try await revision(service, "site", document("{armada: {manifest: mine}}"))
            let steps = [StepDefinition("s", StepOperator.configure.rawValue)]
            let action = try await fixture.run(steps, service, revision: made)
            let left = try await service.actions.action(action)?.run.result(of: "s")
            #expect(left?["armada.manifest"] == "mine")
            #expect(left?["physical_provisioner.deploy_timeout"] == 3600)
        }
    }

    @Test("a stored validation that failed fails Deckhand's validation of the design")
    func storedValidation() async throws {
        try await Fixture.withSite { fixture, service in
            let documents = service.dependencies.documents
            let validator: Value = ["name": "tester", "version": "1"]
            _ = try await documents.addValidation(
                revision: 1, name: "good", payload: ["status": "success", "validator": validator])
            #expect(try await run(.validateDeckhand, fixture, service, revision: 1).state == "success")
            _ = try await documents.addValidation(
                revision: 1, name: "bad", payload: ["status": "failure", "validator": validator])
            let failed = try await run(.validateDeckhand, fixture, service, revision: 1)
            #expect(failed.state == "failed")
            #expect(
                failed.message == "DeckHand Site Design Validation Failed! bad: it failed, and tells no errors")
            let error: Value = ["message": "too few disks", "name": "n1", "schema": "drydock/BaremetalNode/v1"]
            _ = try await documents.addValidation(
                revision: 1, name: "disks",
                payload: ["status": "failure", "validator": validator, "errors": [error, error]])
            let told = try await run(.validateDeckhand, fixture, service, revision: 1)
            #expect(told.message?.contains("; n1 (drydock/BaremetalNode/v1 n1): too few disks. ") == true, "\(told)")
            #expect(told.message?.matches(of: /too few disks/).count == 1)
        }
    }

    @Test("what Drydock says of the design fails the step, whatever the case of its word")
    func drydockValidation() async throws {
        try await Fixture.withSite { fixture, service in
            for verdict in [CompiledDesign.Status.invalid, .failure] {
                fixture.provisioner.judgeDesigns(verdict)
                let failed = try await run(.validateDrydock, fixture, service, revision: 1)
                #expect(failed.state == "failed")
                #expect(
                    failed.message == "DryDock Site Design Validation Failed with status: \(verdict.rawValue)!")
            }
            fixture.provisioner.judgeDesigns(.success)
            #expect(try await run(.validateDrydock, fixture, service, revision: 1).state == "success")
        }
    }

    @Test("a status of Promenade or Armada other than success fails the step, whatever its case")
    func componentValidation() async throws {
        try await Fixture.with { fixture in
            for (status, isGood) in [("Success", true), ("SUCCESS", true), ("Failure", false), ("warned", false)] {
                let component = Judge(status: status)
                let (service, database) = try fixture.open(path: fixture.folder + "/\(status).db") {
                    $0.promenade = component
                    $0.armada = component
                }
                let steps: [(StepOperator, String)] = [
                    (.validatePromenade, "Promenade Site"), (.validateArmada, "Site"),
                ]
                for (stepOperator, subject) in steps {
                    let (state, message) = try await run(stepOperator, fixture, service, revision: 1)
                    #expect(state == (isGood ? "success" : "failed"))
                    #expect(
                        message
                            == (isGood ? nil : "\(subject) Design Validation Failed with status: \(status)!"))
                }
                await database.close()
            }
        }
    }

    @Test("continue-on-fail lets no component be passed over that cannot be reached, and Drydock is not asked")
    func health() async throws {
        try await Fixture.with { fixture in
            for value: Value in ["true", "false"] {
                let parameters: Value = ["continue-on-fail": value]
                let (service, database) = try fixture.open(path: fixture.folder + "/\(value.pythonText).db") {
                    $0.armada = Judge(status: "success", healthError: Trouble("nobody is there"))
                }
                let (state, message) = try await run(.checkHealth, fixture, service, parameters: parameters)
                #expect(state == "failed")
                #expect(
                    message == "Health check failed for Armada component on dag_id=test. Details: nobody is there")
                await database.close()
            }
            fixture.provisioner.refuseDesigns(DrydockError(.unavailable, "no database"))
            let (service, database) = try fixture.open()
            #expect(try await run(.checkHealth, fixture, service).state == "success")
            await database.close()
        }
    }

    @Test(
        "the steps of the deployment's status need a concurrency check that succeeded",
        arguments: ["deployment_status", SiteSteps.finalStatus])
    func deploymentStatus(id: String) async throws {
        try await Fixture.withSite { fixture, service in
            let unchecked = try await run(.deploymentStatus, fixture, service, id: id, revision: 1)
            #expect(unchecked.state == "failed")
            #expect(
                unchecked.message
                    == "Concurrency check did not pass, so the deployment status will not be updated")
            let steps = [
                StepDefinition(SiteSteps.concurrency, StepOperator.checkConcurrency.rawValue),
                StepDefinition(id, StepOperator.deploymentStatus.rawValue, after: [SiteSteps.concurrency]),
            ]
            let action = try await fixture.run(steps, service, revision: 1)
            #expect(try await service.step(id, of: action, verbosity: 1)["state"] == "success")
        }
    }
}

/// An Armada, or a Promenade, that has one opinion of every design.
private struct Judge: SoftwareDeployer {
    let name = "Armada"
    var status: String
    var healthError: Trouble?

    func asked(by origin: RequestOrigin) -> Self { self }
    func checkHealth() async throws { if let healthError { throw healthError } }
    func designStatus(_ reference: String, timeout: Double) async throws -> Value { ["status": .string(status)] }
    func apply(design: String, manifest: String, timeout: Double) async throws -> Value { [:] }
    func releases(timeout: Double) async throws -> [(namespace: String, releases: [String])] { [] }
    func test(release: String) async throws -> Bool { true }
}
