import Drydock
import DrydockFake
import Primitives
import SiteActions
import Store
import Testing

@testable import Shipyard

/// Machines that are ready while others of their group are prepared (`docs/reference/shipyard.md` §10.11.1).
@Suite struct WaveDeploymentTests {
    private static let step = "drydock_build.prepare_and_deploy_nodes"

    /// The action that deploys n1 to n4 in one group, of which n4 does not come to the end of its preparation.
    private func deploy(
        _ criteria: String, _ body: (Fixture, ShipyardService, String) async throws -> Void
    ) async throws {
        try await Fixture.with { fixture in
            let (service, database) = try fixture.open { $0.deploymentPause = .zero }
            let group = Fixture.document(
                "shipyard/DeploymentStrategy/v1", "all",
                """

                  groups:
                    - {name: all, critical: true, depends_on: [], selectors: [], success_criteria: \(criteria)}
                """)
            try await fixture.commitSite(service, group, strategy: "all")
            fixture.provisioner.hangPreparing(["n4"])
            let id = try await fixture.create(service, "deploy_site")
            try await body(fixture, service, id)
            await database.close()
        }
    }

    private func deployed(_ fixture: Fixture) -> [[String]] {
        fixture.provisioner.tasks.filter { $0.action == .deployNodes }.map(\.result.successes)
    }

    @Test(
        "machines that are ready are deployed while another hangs, as soon as the criteria are met whatever becomes of it",
        arguments: [
            "{}", "{percent_successful_nodes: 75}", "{minimum_successful_nodes: 3}", "{maximum_failed_nodes: 1}",
        ])
    func undisturbed(criteria: String) async throws {
        try await deploy(criteria) { fixture, service, id in
            await fixture.provisioner.waitForEnd(of: .deployNodes)
            #expect(deployed(fixture) == [["n1", "n2", "n3"]])
            #expect(fixture.provisioner.tasks.first { $0.action == .prepareNodes }?.isComplete == false)
            fixture.provisioner.release()
            await service.waitUntilFinished(id)
            #expect(deployed(fixture) == [["n1", "n2", "n3"], ["n4"]])
            let step = try await service.step(Self.step, of: id, verbosity: 1)
            let notes = step["notes"]?.arrayValue?.compactMap { $0["note_val"]?.stringValue } ?? []
            #expect(notes == ["Stage.DEPLOYED: n1, n2, n3, n4", "Stage.DEPLOYED: all(critical)"])
        }
    }

    @Test(
        "where the criteria need the machine that hangs nothing is deployed before it is ready",
        arguments: ["{percent_successful_nodes: 100}", "{minimum_successful_nodes: 4}", "{maximum_failed_nodes: 0}"])
    func heldBack(criteria: String) async throws {
        try await deploy(criteria) { fixture, service, id in
            await fixture.provisioner.waitUntilKnown(["n1", "n2", "n3"])
            #expect(deployed(fixture) == [])
            fixture.provisioner.release()
            await service.waitUntilFinished(id)
            #expect(deployed(fixture) == [["n1", "n2", "n3", "n4"]])
        }
    }

    @Test(
        "causes that are sentences are joined with one stop each",
        arguments: [
            (["n1 failed."], true, "n1 failed."), (["n1 failed."], false, "n1 failed"),
            (["n1 failed.", "n2 did"], true, "n1 failed; n2 did"),
            (["a.", "b.", "c.", "d.", "e."], true, "a; b; c; and 2 more"),
        ])
    func joined(causes: [String], isLast: Bool, text: String) {
        #expect(FailureCauses.joined(causes, isLast: isLast) == text)
    }

    @Test("after a restart what deployed goes on in its task, and no node is in two")
    func resumed() async throws {
        try await Fixture.with { fixture in
            let (first, database) = try fixture.open { $0.deploymentPause = .zero }
            try await fixture.commitSite(
                first,
                Fixture.document(
                    "shipyard/DeploymentStrategy/v1", "all",
                    "{groups: [{name: all, critical: true, depends_on: [], selectors: []}]}"), strategy: "all")
            fixture.provisioner.hold([.deployNodes])
            fixture.provisioner.hangPreparing(["n3", "n4"])
            let id = try await fixture.create(first, "deploy_site")
            await fixture.provisioner.waitForStart(of: .deployNodes)
            await first.runners.shutDown()
            await database.close()
            let (second, again) = try fixture.open { $0.deploymentPause = .zero }
            let running = Task { try await second.run() }
            fixture.provisioner.release()
            while try await second.action(id, verbosity: 0)["dag_status"] == "running" {
                try await Task.sleep(for: .milliseconds(2))
            }
            #expect(deployed(fixture) == [["n1", "n2"], ["n3", "n4"]])
            running.cancel()
            try await running.value
            await again.close()
        }
    }
}
