import Drydock
import DrydockFake
import OrderedCollections
import Primitives
import Store
import Testing
import Workflow

@testable import Shipyard
@testable import SiteActions

@Suite("What operators are told of actions")
struct TellingTests {
    @Test("a step that Drydock fails tells the cause, and not only that it failed")
    func rootCause() throws {
        var task = DrydockTask(
            id: "t", action: .verifySite, design: "", status: .complete, result: TaskResult(), created: .now(),
            createdBy: "t", updated: .now())
        task.result.fail()
        let missing = "The installer's vmlinuz is missing: put it at /var/lib/boatyard/netboot/http/vmlinuz."
        // As a child of the task says it.
        task.messages = [TaskMessage(missing, isError: true, time: .now()), TaskMessage("well", time: .now())]
        let error = #expect(throws: StepError.self) { try DrydockTasks.requireSuccess(task) }
        #expect(error?.message == "Failed to Execute/Complete Task! \(missing)")
        task.messages = (1...5).map { TaskMessage("cause \($0)", isError: true, time: .now()) }
        let several = #expect(throws: StepError.self) { try DrydockTasks.requireSuccess(task) }
        #expect(several?.message == "Failed to Execute/Complete Task! cause 1; cause 2; cause 3; and 2 more")
    }

    @Test("what a deployment did to each machine is one note, the last word for each")
    func changes() {
        let changes = [
            MachineChange(node: "n1", kind: .installed), MachineChange(node: "n2", kind: .unchanged),
            MachineChange(node: "n3", kind: .differs, fields: ["platform.kernel", "storage.a"]),
            MachineChange(node: "n2", kind: .installed),
        ]
        #expect(MachineChange.note(changes) == "INSTALLED: n1, n2; DIFFERS: n3 (platform.kernel storage.a)")
        #expect(MachineChange.note([]) == nil)
        #expect(
            MachineChange.result(changes) == [
                "machine_changes": [
                    ["node": "n1", "change": "installed", "fields": []],
                    ["node": "n2", "change": "installed", "fields": []],
                    ["node": "n3", "change": "differs", "fields": ["platform.kernel", "storage.a"]],
                ]
            ])
        #expect(MachineChange.result([]) == nil)
        #expect(MachineChange.result([], stages: ["FAILED": ["n1"]]) == ["machine_stages": ["FAILED": ["n1"]]])
        let held = DeploymentProgress.HeldBack(group: "a", failedGroup: "b", nodes: ["n2"])
        #expect(MachineChange.result([], heldBack: [held]) == ["machines_held_back": [held.value]])
    }

    @Test("a step says what it did to each machine as values, whether it succeeded or failed")
    func changeValues() async throws {
        try await Fixture.withSite { fixture, service in
            for outcome in ["well", "badly"] {
                let changes = [MachineChange(node: "n, 1; x: (y)", kind: .differs, fields: ["platform.kernel"])]
                let changing: StepOperation = { _ in
                    if outcome == "well" { return .success(MachineChange.result(changes)) }
                    throw StepError("no", result: MachineChange.result(changes))
                }
                let (other, database) = try fixture.open(path: "\(fixture.folder)/\(outcome).db") {
                    $0.operations["changing"] = changing
                }
                let id = try await fixture.run([StepDefinition("deploy", "changing")], other)
                let expected: Value = [
                    ["node": "n, 1; x: (y)", "change": "differs", "fields": ["platform.kernel"]]
                ]
                let listed = try await other.action(id, verbosity: 1)["steps"]?[0]
                #expect(listed?["machine_changes"] == expected)
                #expect(listed?["state"] == (outcome == "well" ? "success" : "failed"))
                #expect(try await other.step("deploy", of: id, verbosity: 1)["machine_changes"] == expected)
                #expect(try await other.action(id, verbosity: 0)["steps"]?[0]?["machine_changes"] == nil)
                await database.close()
            }
        }
    }

    @Test("what a later attempt has mended is no error of a machine; a boot action that failed at that attempt is")
    func mended() async throws {
        try await Fixture.withSite { fixture, service in
            let start = Timestamp(microseconds: 1_800_000_000_000_000)
            func message(_ text: String, _ node: String, at seconds: Double, isError: Bool, _ extra: Value = [:])
                -> TaskMessage
            {
                TaskMessage(
                    text, isError: isError, contextType: "node", context: node,
                    time: start.adding(seconds: seconds), extra: extra)
            }
            let installed: Value = ["change": "installed", "fields": []]
            var done = TaskResult()
            done.succeed("n3")
            var again: DrydockTask = .ended(
                done, id: "again", messages: [message("n3 is Ready.", "n3", at: 3, isError: false)])
            again.retry = 1
            let tasks: [DrydockTask] = [
                .ended(
                    TaskResult(), id: "first",
                    messages: [
                        message("n1 lost its power", "n1", at: 0, isError: true),
                        message("n2 lost its power", "n2", at: 0, isError: true),
                        message("n3 has no disk", "n3", at: 1, isError: true),
                        message("n4 has no disk", "n4", at: 1, isError: true),
                    ]),
                .ended(
                    TaskResult(), id: "second",
                    messages: [message("n1 is deployed.", "n1", at: 2, isError: false, installed)]),
                .ended(
                    TaskResult(), id: "third",
                    messages: [
                        message("Boot action a failed.", "n2", at: 2, isError: true),
                        message("n2 is deployed.", "n2", at: 3, isError: false, installed),
                    ]), again,
            ]
            let id = try await fixture.create(service, "deploy_site")
            let action = try #require(try await service.actions.action(id))
            let context = StepContext(
                action: action, step: "s", tryNumber: 1,
                log: StepLog(
                    folder: fixture.folder + "/logs", action: id, step: "s", tryNumber: 1, now: { .now() }),
                environment: service.environment, setWait: { _ in })
            await context.addNotes(tasks.flatMap { DrydockTasks.notes($0, context) })
            #expect(
                try await service.notes.machineErrors(of: "step/\(id)/s") == [
                    MachineError(node: "n2", message: "Boot action a failed."),
                    MachineError(node: "n4", message: "n4 has no disk"),
                ])
            await service.waitUntilFinished(id)
        }
    }

    @Test("what machines had failed at when their step is stopped is in its log and its notes")
    func stoppedWithFailures() async throws {
        try await Fixture.withSite { fixture, service in
            fixture.provisioner.hold([.prepareNodes])
            let id = try await fixture.create(service, "deploy_site")
            await fixture.provisioner.waitForStart(of: .prepareNodes)
            var task = try #require(fixture.provisioner.tasks.last { $0.action == .prepareNodes })
            let message = TaskMessage(
                "Node n2, power on: no answer from its BMC", isError: true, contextType: "node", context: "n2",
                time: .now())
            fixture.provisioner.keep(
                .ended(TaskResult(), id: "child", status: .running, messages: [message]))
            task.subtasks = ["child"]
            fixture.provisioner.keep(task)
            let step = "drydock_build.prepare_and_deploy_nodes"
            while try await service.step(step, of: id, verbosity: 1)["waiting_for"] == nil {
                try Task.checkCancellation()
                await Task.yield()
            }
            try await service.control("stop", of: id, caller: fixture.caller)
            await service.waitUntilFinished(id)
            let path = try await service.stepLog(step, of: id, tryNumber: nil)
            var log = ""
            while !log.contains("Interrupted") {
                log = String(decoding: try FileContents.read(path), as: UTF8.self)
                try Task.checkCancellation()
                await Task.yield()
            }
            let notes = try await service.step(step, of: id, verbosity: 3)["notes"]?.arrayValue ?? []
            #expect(notes.contains { $0["note_val"] == "node:n2:Node n2, power on: no answer from its BMC (error)" })
            let told = try await service.step(step, of: id, verbosity: 1)
            #expect(
                told["machine_errors"] == [["node": "n2", "message": "Node n2, power on: no answer from its BMC"]])
            #expect(try await service.step(step, of: id, verbosity: 0)["machine_errors"] == nil)
            #expect(log.contains("ERROR - node n2: Node n2, power on: no answer from its BMC"))
        }
    }

    @Test("unpause of a running action says that it is not paused")
    func unpause() async throws {
        try await Fixture.withSite { fixture, service in
            fixture.provisioner.hold([.verifySite])
            let id = try await fixture.create(service, "deploy_site")
            await fixture.provisioner.waitForStart(of: .verifySite)
            let error = await #expect(throws: ShipyardError.self) {
                try await service.control("unpause", of: id, caller: fixture.caller)
            }
            #expect(error?.reason == "The action is not paused: its dag_run state is running")
            #expect(error?.kind == .conflict)
            try await service.control("stop", of: id, caller: fixture.caller)
            fixture.provisioner.release()
            await service.waitUntilFinished(id)
        }
    }

    @Test("the log of a step that was stopped is in words")
    func stopped() async throws {
        try await Fixture.withSite { fixture, service in
            fixture.provisioner.hold([.verifySite])
            let id = try await fixture.create(service, "deploy_site")
            await fixture.provisioner.waitForStart(of: .verifySite)
            try await service.control("stop", of: id, caller: fixture.caller)
            await service.waitUntilFinished(id)
            let step = try #require(
                try await service.action(id, verbosity: 1)["steps"]?.arrayValue?.first { $0["state"] == "failed" }?[
                    "id"]?
                    .stringValue)
            let path = try await service.stepLog(step, of: id, tryNumber: nil)
            var log = ""
            while !log.contains("Interrupted") {
                log = String(decoding: try FileContents.read(path), as: UTF8.self)
                try Task.checkCancellation()
                await Task.yield()
            }
            #expect(log.contains("Interrupted: the action was stopped, or the step had no time left"))
            #expect(!log.contains("CancellationError"))
        }
    }

    @Test(
        "an action that is refused for intermediate commits names them, and says what each changed and what the option does"
    )
    func intermediateCommits() async throws {
        try await Fixture.withSite { fixture, service in
            for (collection, name) in [("extra", "one"), ("more", "two")] {
                _ = try await service.addCollection(
                    collection, body: Array(Fixture.document("x/Y/v1", name, "{a: 1}").utf8), bufferMode: "replace",
                    isEmptyCollection: false)
                _ = try await service.commit(force: true, dryRun: false)
            }
            let request = try ActionRequest(["name": "update_site"])
            let refused = await #expect(throws: RefusedAction.self) {
                _ = try await service.createAction(request, allowsIntermediateCommits: nil, caller: fixture.caller)
            }
            let told = (refused?.error.messages ?? []).compactMap { $0["message"]?.stringValue }
            #expect(told.count == 5)
            #expect(told.first == refused?.error.reason)
            #expect(told.dropFirst().first == "Revision 1 was committed and used by no action: design created")
            #expect(told.contains("Revision 2 was committed and used by no action: extra created"))
            #expect(told.contains("Revision 3 was committed and used by no action: more created"))
            #expect(told.last?.hasPrefix("With allow-intermediate-commits the action takes revision 3") == true)
            let details = refused?.entity["validations"]?[0]?["details"]?.stringValue ?? ""
            #expect(details.contains("Revision 2 was committed"))
            #expect(details.ranges(of: "please rerun").count == 1, "the reason is said once")
        }
    }
}
