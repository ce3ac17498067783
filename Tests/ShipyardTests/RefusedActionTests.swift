import Drydock
import DrydockFake
import OrderedCollections
import Primitives
import Store
import Synchronization
import Testing

@testable import Shipyard

@Suite struct RefusedActionTests {
    private func refuse(
        _ fixture: Fixture, _ service: ShipyardService, _ name: String, _ parameters: Value = [:]
    ) async throws -> RefusedAction {
        let request = try ActionRequest(["name": .string(name), "parameters": parameters])
        return try #require(
            await #expect(throws: RefusedAction.self) {
                _ = try await service.createAction(request, allowsIntermediateCommits: nil, caller: fixture.caller)
            })
    }

    @Test("an action whose pre-run check fails is kept with its validations, Failed, and never begins")
    func kept() async throws {
        try await Fixture.withService { fixture, service in
            let refused = try await refuse(fixture, service, "deploy_site")
            #expect(refused.kind == .conflict)
            #expect(refused.error.title == "No committed configdocs")
            #expect(refused.entity["action_lifecycle"] == "Failed")
            let id = try #require(refused.entity["id"]?.stringValue)
            let action = try await service.action(id, verbosity: 1)
            #expect(action["action_lifecycle"] == "Failed")
            #expect(action["dag_status"] == "failed")
            #expect(action["steps"]?.arrayValue?.allSatisfy { $0["state"] == .null } == true)
            let validation = try #require(action["validations"]?[0])
            #expect(validation["validation_name"] == "validate_committed_revision")
            #expect(
                validation["details"]
                    == "No committed configdocs: Unable to locate a committed revision in Deckhand")
            #expect(refused.entity["validations"] == action["validations"])
            let vid = try #require(validation["id"]?.stringValue)
            #expect(try await service.validation(vid, of: id) == validation)
            // Seed, "/v1.0/workflows": DAGs that are running or have run; of a 409, "the DAG will not begin execution".
            #expect(try await service.workflows(since: "1970-01-01") == [])
            let date = try #require(action["dag_execution_date"]?.stringValue)
            #expect(try await service.workflow("deploy_site__\(date)") == [:])
            let error = await #expect(throws: ShipyardError.self) {
                try await service.control("retry", of: id, caller: fixture.caller)
            }
            #expect(error?.kind == .conflict)
        }
    }

    @Test("every check that fails is recorded, and the messages of the documents are in the answer")
    func several() async throws {
        try await Fixture.withSite { fixture, service in
            for text in ["a: 1", "a: 2"] {
                let document = Fixture.layeringPolicy + Fixture.document("x/Y/v1", "n", "{\(text)}")
                _ = try await service.addCollection(
                    "design", body: Array(document.utf8), bufferMode: "replace", isEmptyCollection: false)
                _ = try await service.commit(force: true, dryRun: false)
            }
            let refused = try await refuse(fixture, service, "update_site")
            #expect(refused.error.title == "Intermediate commit detected")
            let names = refused.entity["validations"]?.arrayValue?.compactMap { $0["validation_name"]?.stringValue }
            #expect(names == ["validate_intermediate_commits", "validate_deployment_action_full"])
            let software = try await refuse(fixture, service, "redeploy_server", ["target_nodes": "n1"])
            #expect(software.error.title == "Document validation failed")
            #expect(software.error.messages.first?["name"] == "DocumentNotFoundError")
        }
    }

    @Test(
        "names of machines that the site does not have are refused before anything begins",
        arguments: ["redeploy_server", "relabel_nodes"])
    func unknownNodes(name: String) async throws {
        try await Fixture.withSite { fixture, service in
            let request = try ActionRequest(["name": .string(name), "parameters": ["target_nodes": "n1, n9,n8"]])
            let error = await #expect(throws: ShipyardError.self) {
                _ = try await service.createAction(request, allowsIntermediateCommits: nil, caller: fixture.caller)
            }
            #expect(error?.kind == .invalid)
            #expect(error?.title == "Invalid target_nodes parameter")
            #expect(error?.reason.contains("no node named n9, n8") == true)
            #expect(try await service.listActions(verbosity: 1) == [])
            #expect(fixture.provisioner.starts == [])
        }
    }

    @Test("names are not checked against a design that cannot be read, and the action fails before it does anything")
    func unreadableDesign() async throws {
        try await Fixture.withSite { fixture, service in
            fixture.provisioner.refuseDesigns(DrydockError(.unreachable, "the design is not there"))
            let id = try await fixture.create(service, "redeploy_server", ["target_nodes": "nobody"])
            let name = "validate_site_design.drydock_validate_site_design"
            var step = try await service.step(name, of: id, verbosity: 0)
            // It is tried once more, but not at once.
            while step["state"] != "up_for_retry", step["state"] != "failed" {
                try Task.checkCancellation()
                await Task.yield()
                step = try await service.step(name, of: id, verbosity: 0)
            }
            let log = try await service.stepLog(name, of: id, tryNumber: 1)
            let text = String(decoding: try FileContents.read(log), as: UTF8.self)
            #expect(text.contains("the design is not there"), "\(text)")
            try await service.control("stop", of: id, caller: fixture.caller)
            await service.waitUntilFinished(id)
            #expect(fixture.provisioner.starts.isEmpty)
        }
    }
}
