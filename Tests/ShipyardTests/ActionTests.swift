import Drydock
import DrydockFake
import OrderedCollections
import Primitives
import Store
import Synchronization
import Testing
import Workflow

@testable import Shipyard

@Suite struct ActionTests {
    @Test("deploy_site runs to its end, skips what is not configured, and tags the revision")
    func deploySite() async throws {
        try await Fixture.withSite { fixture, service in
            let id = try await fixture.create(service, "deploy_site")
            await service.waitUntilFinished(id)
            let action = try await service.action(id, verbosity: 1)
            #expect(action["action_lifecycle"] == "Complete")
            #expect(action["dag_status"] == "success")
            let steps = action["steps"]?.arrayValue ?? []
            #expect(steps.count == 17)
            let skipped = steps.filter { $0["state"] == "skipped" }.compactMap { $0["id"]?.stringValue }
            #expect(
                skipped == [
                    "validate_site_design.promenade_validate_site_design",
                    "validate_site_design.armada_validate_site_design", "armada_build.armada_post_apply",
                    "armada_build.armada_get_releases",
                ])
            for step in steps where step["state"] == "skipped" {
                #expect(step["notes"]?[0]?["note_val"]?.stringValue?.contains("is not configured") == true)
            }
            #expect(fixture.provisioner.starts == [.verifySite, .prepareSite, .prepareNodes, .deployNodes])
            #expect(try await fixture.tags(service, 1) == ["committed", "site-action-success"])
            #expect(action["command_audit"]?[0]?["command"] == "invoke")
            #expect(action["notes"]?[0]?["note_val"] == "Configdoc revision 1")
        }
    }

    @Test("the answer to a creation has exactly the keys that clients read")
    func answer() async throws {
        try await Fixture.withService { fixture, service in
            let request = try ActionRequest(["name": "test_site", "comment": "mine"])
            let answer = try await service.createAction(
                request, allowsIntermediateCommits: true, caller: fixture.caller)
            #expect(
                answer.objectValue.map { Array($0.keys) } == [
                    "name", "comment", "id", "user", "timestamp", "context_marker", "dag_id", "committed_rev_id",
                    "allow_intermediate_commits", "parameters", "dag_execution_date", "dag_status",
                ])
            #expect(answer["dag_status"] == "SCHEDULED")
            #expect(answer["context_marker"] == .string(fixture.caller.requestID))
            #expect(answer["parameters"] == [:])
            await service.waitUntilFinished(answer["id"]?.stringValue ?? "")
        }
    }

    @Test("a failing critical group fails the action and what comes after it, and tags the revision so")
    func failing() async throws {
        try await Fixture.withSite { fixture, service in
            fixture.provisioner.failPreparing(["n2"])
            let id = try await fixture.create(service, "deploy_site")
            await service.waitUntilFinished(id)
            let action = try await service.action(id, verbosity: 5)
            #expect(action["action_lifecycle"] == "Failed")
            let step = try await service.step("drydock_build.prepare_and_deploy_nodes", of: id, verbosity: 5)
            #expect(step["state"] == "failed")
            #expect(step["try_number"] == 1)
            let notes = step["notes"]?.arrayValue ?? []
            #expect(notes.contains { $0["note_val"] == "Stage.FAILED: default(critical)" })
            #expect(notes.contains { $0["sub_type"] == "Task Message" })
            #expect(try await fixture.tags(service, 1).contains("site-action-failure"))
            let path = try await service.stepLog("drydock_build.prepare_and_deploy_nodes", of: id, tryNumber: nil)
            let log = String(decoding: try FileContents.read(path), as: UTF8.self)
            #expect(log.contains("ERROR - Failed: One or more deployment groups marked as critical have failed"))
            #expect(step["message"]?.stringValue?.contains(". Held back: ") == true, "\(step["message"] ?? .null)")
            let held = step["machines_held_back"]?.arrayValue ?? []
            #expect(held.count == 1 && held.first?["failed_group"] == "default", "\(held)")
        }
    }

    @Test("retry starts over from what failed and completes")
    func retry() async throws {
        try await Fixture.withSite { fixture, service in
            fixture.provisioner.failPreparing(["n2"])
            let id = try await fixture.create(service, "deploy_site")
            await service.waitUntilFinished(id)
            fixture.provisioner.failPreparing([])
            try await service.control("retry", of: id, caller: fixture.caller)
            await service.waitUntilFinished(id)
            let action = try await service.action(id, verbosity: 1)
            #expect(action["action_lifecycle"] == "Complete")
            #expect(
                action["command_audit"]?.arrayValue?.compactMap { $0["command"]?.stringValue } == ["invoke", "retry"])
            let step = try await service.step("drydock_build.prepare_and_deploy_nodes", of: id, verbosity: 1)
            #expect(step["try_number"] == 2)
            #expect(fixture.provisioner.starts.count { $0 == .verifySite } == 1)
            await #expect(throws: ShipyardError.self) {
                try await service.control("retry", of: id, caller: fixture.caller)
            }
        }
    }

    @Test("an action that is started over is not in the hands of the runner that it ended with")
    func otherRunner() async throws {
        try await Fixture.withSite { fixture, service in
            fixture.provisioner.failPreparing(["n2"])
            fixture.provisioner.hold([.verifySite])
            let id = try await fixture.create(service, "deploy_site")
            await fixture.provisioner.waitForStart(of: .verifySite)
            let first = try #require(await service.runners.runner(id))
            fixture.provisioner.release()
            await first.waitUntilFinished()
            let command = ActionRunner.Command(name: "retry", user: "shipyard") { _ in }
            await #expect(throws: ActionRunner.Ended.self) { try await first.receive(.rerun, from: command) }
            #expect(try await service.action(id, verbosity: 1)["action_lifecycle"] == "Failed")

            fixture.provisioner.failPreparing([])
            fixture.provisioner.hold([.prepareNodes])
            try await service.control("retry", of: id, caller: fixture.caller)
            let second = try #require(await service.runners.runner(id))
            #expect(second !== first)
            try await service.control("stop", of: id, caller: fixture.caller)
            #expect(try await service.action(id, verbosity: 1)["action_lifecycle"] == "Failed")
        }
    }

    @Test("stop interrupts the running step, fails the action, and is refused afterwards")
    func stop() async throws {
        try await Fixture.withSite { fixture, service in
            fixture.provisioner.hold([.verifySite])
            let id = try await fixture.create(service, "deploy_site")
            await fixture.provisioner.waitForStart(of: .verifySite)
            let step = "drydock_build.verify_site"
            while try await service.step(step, of: id, verbosity: 1)["waiting_for"] == nil {
                try Task.checkCancellation()
                await Task.yield()
            }
            try await service.control("pause", of: id, caller: fixture.caller)
            #expect(try await service.action(id, verbosity: 0)["action_lifecycle"] == "Paused")
            try await service.control("unpause", of: id, caller: fixture.caller)
            try await service.control("stop", of: id, caller: fixture.caller)
            let action = try await service.action(id, verbosity: 0)
            #expect(action["action_lifecycle"] == "Failed")
            #expect(
                action["command_audit"]?.arrayValue?.compactMap { $0["command"]?.stringValue } == [
                    "invoke", "pause", "unpause", "stop",
                ])
            // What runs elsewhere is reached too.
            let task = try #require(fixture.provisioner.tasks.first { $0.action == .verifySite })
            #expect(
                try await fixture.provisioner.awaitTask(task.id, until: .now().adding(seconds: 60)).status
                    == .terminated)
            let error = await #expect(throws: ShipyardError.self) {
                try await service.control("stop", of: id, caller: fixture.caller)
            }
            #expect(error?.kind == .conflict)
            #expect(error?.title == "Unable to stop action")
            #expect(error?.reason == "dag_run state must be running, but is failed")
        }
    }

    @Test("an action whose service ends in the middle goes on at the next start, and starts nothing twice")
    func restart() async throws {
        try await Fixture.with { fixture in
            let (service, database) = try fixture.open()
            try await fixture.commitSite(service)
            fixture.provisioner.hold([.prepareNodes])
            let id = try await fixture.create(service, "deploy_site")
            await fixture.provisioner.waitForStart(of: .prepareNodes)
            await service.runners.shutDown()
            await database.close()

            let (next, reopened) = try fixture.open()
            let running = Task { try await next.run() }
            fixture.provisioner.release()
            while try await next.action(id, verbosity: 0)["dag_status"] == "running" {
                try await Task.sleep(for: .milliseconds(2))
            }
            #expect(try await next.action(id, verbosity: 0)["action_lifecycle"] == "Complete")
            #expect(fixture.provisioner.starts == [.verifySite, .prepareSite, .prepareNodes, .deployNodes])
            running.cancel()
            try await running.value
            await reopened.close()
        }
    }

    @Test("of two actions that exclude each other the younger is aborted")
    func concurrency() async throws {
        try await Fixture.withSite { fixture, service in
            fixture.provisioner.hold([.verifySite])
            let first = try await fixture.create(service, "deploy_site")
            await fixture.provisioner.waitForStart(of: .verifySite)
            let second = try await fixture.create(service, "update_site")
            await service.waitUntilFinished(second)
            let step = try await service.step("dag_concurrency_check", of: second, verbosity: 1)
            #expect(step["state"] == "failed")
            #expect(step["message"] == "update_site conflicts with running deploy_site. Aborting run")
            fixture.provisioner.release()
            await service.waitUntilFinished(first)
            #expect(try await service.action(first, verbosity: 0)["action_lifecycle"] == "Complete")
        }
    }

    @Test("a deployment follows the strategy's groups")
    func strategy() async throws {
        try await Fixture.withService { fixture, service in
            let groups = Fixture.document(
                "shipyard/DeploymentStrategy/v1", "in-order",
                """

                  groups:
                    - {name: second, critical: true, depends_on: [first], selectors: [{node_names: [n2]}]}
                    - {name: first, critical: true, depends_on: [], selectors: [{node_names: [n1]}]}
                """)
            try await fixture.commitSite(service, groups, strategy: "in-order")
            let id = try await fixture.create(service, "deploy_site")
            await service.waitUntilFinished(id)
            let step = try await service.step("drydock_build.prepare_and_deploy_nodes", of: id, verbosity: 1)
            let notes = step["notes"]?.arrayValue?.compactMap { $0["note_val"]?.stringValue } ?? []
            #expect(
                notes == ["Stage.DEPLOYED: n1, n2", "Stage.DEPLOYED: first(critical), second(critical)"])
        }
    }

    @Test("groups that do not depend on each other are deployed together where the site wants it so")
    func concurrently() async throws {
        try await Fixture.with { fixture in
            let (service, database) = try fixture.open { $0.deploysGroupsConcurrently = true }
            let groups = Fixture.document(
                "shipyard/DeploymentStrategy/v1", "together",
                """

                  groups:
                    - {name: last, critical: true, depends_on: [left, right], selectors: [{node_names: [n3, n1]}]}
                    - {name: left, critical: true, depends_on: [], selectors: [{node_names: [n1]}]}
                    - {name: right, critical: false, depends_on: [], selectors: [{node_names: [n2]}]}
                """)
            try await fixture.commitSite(service, groups, strategy: "together")
            let id = try await fixture.create(service, "deploy_site")
            await service.waitUntilFinished(id)
            let nodes = fixture.provisioner.tasks.filter { $0.action == .deployNodes }.map(\.result.successes)
            #expect(nodes == [["n1", "n2"], ["n3"]])
            #expect(try await service.action(id, verbosity: 0)["action_lifecycle"] == "Complete")
            await database.close()
        }
    }

    @Test("target nodes are taken as a list and as a text with commas")
    func targets() async throws {
        try await Fixture.withSite { fixture, service in
            for targets in [["n1", "n2"], "n1, n2"] as [Value] {
                let id = try await fixture.create(service, "redeploy_server", ["target_nodes": targets])
                await service.waitUntilFinished(id)
                #expect(try await service.action(id, verbosity: 0)["action_lifecycle"] == "Complete")
                let tasks = fixture.provisioner.tasks.filter { $0.action == .destroyNodes }
                #expect(tasks.last?.result.successes == ["n1", "n2"])
            }
        }
    }

    @Test("update_site refuses to go on when Drydock knows no nodes, unless it is told to", arguments: [false, true])
    func updateSite(continues: Bool) async throws {
        try await Fixture.withSite { fixture, service in
            let id = try await fixture.create(service, "update_site", continues ? ["continue-on-fail": "true"] : [:])
            await service.waitUntilFinished(id)
            let lifecycle = try await service.action(id, verbosity: 0)["action_lifecycle"]
            #expect(lifecycle == (continues ? "Complete" : "Failed"))
        }
    }

    @Test(
        "update_software, relabel_nodes and test_site complete",
        arguments: ["update_software", "relabel_nodes", "test_site"])
    func others(name: String) async throws {
        try await Fixture.withSite { fixture, service in
            let id = try await fixture.create(service, name, ["target_nodes": "n1"])
            await service.waitUntilFinished(id)
            let lifecycle = try await service.action(id, verbosity: 0)["action_lifecycle"]
            #expect(lifecycle == "Complete")
        }
    }

    @Test("a chain of 20 steps that do nothing costs one commit a step")
    func chain() async throws {
        try await Fixture.with { fixture in
            let (service, database) = try fixture.open { $0.operations["nothing"] = { _ in .success() } }
            let steps = (0..<20).map { StepDefinition("s\($0)", "nothing", after: $0 == 0 ? [] : ["s\($0 - 1)"]) }
            let action = try await fixture.insert(steps, service)
            let commits = database.commitCount
            try await service.runners.obtain(action)?.receive(.start)
            await service.waitUntilFinished(action.id)
            #expect(database.commitCount - commits == 21)
            #expect(try await service.actions.action(action.id)?.run.state == .success)
            await database.close()
        }
    }

    @Test("a clock that jumps back an hour delays neither the next try nor the end of a step", .timeLimit(.minutes(5)))
    func clockBack() async throws {
        try await Fixture.with { fixture in
            let jump = Mutex(0.0)
            let (service, database) = try fixture.open { dependencies in
                dependencies.now = { Timestamp.now().adding(seconds: jump.withLock { $0 }) }
                dependencies.operations["flaky"] = { context in
                    jump.withLock { $0 -= 3600 }
                    if context.tryNumber == 1 { throw StepError("not yet") }
                    return .success()
                }
                dependencies.operations["endless"] = { _ in
                    jump.withLock { $0 -= 3600 }
                    try await Task.sleep(for: .seconds(3600))
                    return .success()
                }
            }
            let steps = [
                StepDefinition("a", "flaky", retries: 1, retryDelay: 1),
                StepDefinition("b", "endless", after: ["a"], timeout: 1),
            ]
            let id = try await fixture.run(steps, service)
            let run = try #require(try await service.actions.action(id)).run
            #expect(run.state == .failed)
            #expect(run.steps["a"]?.state == .success)
            #expect(run.steps["b"]?.state == .failed)
            await database.close()
        }
    }

    @Test("a step that fails is tried again in its own log")
    func tries() async throws {
        try await Fixture.with { fixture in
            let (service, database) = try fixture.open { dependencies in
                dependencies.operations["flaky"] = { context in
                    if context.tryNumber == 1 { throw StepError("not yet") }
                    return .success()
                }
            }
            let steps = [StepDefinition("s", "flaky", retries: 1, retryDelay: 0)]
            let id = try await fixture.run(steps, service)
            let first = String(
                decoding: try FileContents.read(try await service.stepLog("s", of: id, tryNumber: 1)),
                as: UTF8.self)
            #expect(first.contains("not yet"))
            let last = String(
                decoding: try FileContents.read(try await service.stepLog("s", of: id, tryNumber: nil)),
                as: UTF8.self)
            #expect(last.contains("Ended with success"))
            let late = await #expect(throws: ShipyardError.self) {
                _ = try await service.stepLog("s", of: id, tryNumber: 3)
            }
            #expect(late?.messages == [["message": "The step s has run 2 times: ask for a try from 1 to 2"]])
            await database.close()
        }
    }
}
