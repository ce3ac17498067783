import Primitives
import Testing

@testable import BoatyardCLI

@Suite("The progress of an action as lines of a log")
struct ProgressLinesTests {
    private func view(
        _ machines: [(name: String, status: String)], waiting: String? = nil, lifecycle: String = "Processing",
        stages: Value = [:], parameters: Value = [:], state: Value = "failed", step: String = "deploy",
        changes: Value? = nil, heldBack: Value = [], problems: [String: String] = [:]
    ) -> ActionView {
        let nodes = machines.map { name, status -> Value in
            let wait: Value = [
                "event": .string("the BMC of \(name)"), "since": "2026-11-22T08:00:01.000000Z",
                "deadline": "2026-11-22T08:05:01.000000Z", "then": "the command fails",
            ]
            return [
                "hostname": .string(name), "status_name": .string(status),
                "problem": problems[name].map { ["message": .string($0), "task": "t"] } ?? .null,
                "waiting_for": name == waiting ? wait : Value.null,
            ]
        }
        let step: Value = [
            "id": .string(step), "index": 1, "state": state, "notes": [], "machine_stages": stages,
            "machine_changes": changes ?? [], "machines_held_back": heldBack,
        ]
        return ActionView(
            [
                "id": "01JD", "name": "deploy_site", "action_lifecycle": .string(lifecycle), "steps": [step],
                "parameters": parameters, "datetime": "2026-11-22 08:00:00+00:00",
            ], nodes: nodes)
    }

    @Test("a machine's message stays on its line, and commands no terminal")
    func problem() {
        let machine = MachineView([
            "hostname": "n1", "status_name": "Ready",
            "problem": ["message": "n1: \u{1b}[31mRED\r\nFORGED: all nodes Deployed\u{202e}", "task": "t"],
        ])
        #expect(machine.problem == "\\u001b[31mRED\\u000d\\nFORGED: all nodes Deployed\\u202e")
    }

    @Test("what machines were before is told as that, in one line, and later every change")
    func before() {
        var lines = ProgressLines()
        let machines = [("n10", "Deployed"), ("n2", "Missing"), ("n1", "Deployed")]
        #expect(lines.changedMachines(view(machines), at: 0) == ["before: 2 Deployed, 1 not seen"])
        #expect(lines.changedMachines(view(machines), at: 1) == [])
        let later = [("n10", "Deployed"), ("n2", "Ready"), ("n1", "Deploying")]
        #expect(lines.changedMachines(view(later), at: 2) == ["n1  Deploying", "n2  Ready"])
    }

    @Test("a wait is told once when it has lasted, and again when another one lasts")
    func waits() {
        var lines = ProgressLines()
        let machines = [("n1", "Missing")]
        let text =
            "n1  waits for the BMC of n1, since 08:00:01Z, until 08:05:01Z at the latest; then the command fails"
        _ = lines.changedMachines(view(machines, waiting: "n1"), at: 0)
        #expect(lines.changedMachines(view(machines, waiting: "n1"), at: 9) == [])
        #expect(lines.changedMachines(view(machines, waiting: "n1"), at: 10) == [text])
        #expect(lines.changedMachines(view(machines, waiting: "n1"), at: 60) == [])
        #expect(lines.changedMachines(view(machines), at: 61) == [])
        #expect(lines.changedMachines(view(machines, waiting: "n1"), at: 62) == [])
        #expect(lines.changedMachines(view(machines, waiting: "n1"), at: 73) == [text])
    }

    @Test("a wait without an end says no end, and what is none says nothing")
    func waitTexts() {
        let endless: Value = ["event": "unpause", "since": "2026-11-22T08:00:01.000000Z", "deadline": nil]
        #expect(WaitView(endless)?.text == "waits for unpause, since 08:00:01Z")
        #expect(WaitView(.null) == nil)
        #expect(WaitView(nil) == nil)
    }

    @Test("the end counts machines that were only prepared, names them in natural order, and tells the way on")
    func outcome() {
        let machines = [("n10", "Missing"), ("n2", "Ready"), ("n1", "Deployed"), ("n3", "Missing")]
        let failed = view(machines, lifecycle: "Failed", stages: ["DEPLOYED": ["n1"], "FAILED": ["n3", "n10"]])
        let reasons = FailureReasons(steps: [], machines: ["n3": "no power", "n10": "no BMC"])
        #expect(
            ActionOutcome(view: failed, reasons: reasons).lines == [
                "Failed: 2 of 4 machines failed:", "  n3   no power", "  n10  no BMC", "  not deployed: n2",
                "Once that is mended, run what failed again: boatyard retry action/01JD --wait",
            ])
        let targeted = view(
            machines, lifecycle: "Failed", stages: ["FAILED": ["n3"]], parameters: ["target_nodes": "n2, n3"])
        #expect(
            ActionOutcome(view: targeted, reasons: reasons).lines.first
                == "Failed: 1 of 2 machines failed: n3 (no power)")
        let complete = view(
            machines, lifecycle: "Complete", stages: ["DEPLOYED": ["n1", "n2"], "FAILED": ["n3", "n10"]])
        let lines = ActionOutcome(view: complete, reasons: reasons).lines
        #expect(lines.first == "Complete, but 2 of 4 machines failed:")
        #expect(
            lines.last == "Once that is mended, deploy what failed: boatyard create action redeploy_server "
                + "--param target_nodes=n3,n10 --wait")
        let refused = view(machines, lifecycle: "Failed", state: nil)
        #expect(
            ActionOutcome(view: refused, reasons: FailureReasons()).lines.last?.contains("create the action anew")
                == true)
    }

    @Test("machines that were held back with their group are named, with the reason and the way on")
    func heldBack() {
        let machines = [("n1", "Missing"), ("n2", "Ready"), ("n3", "Missing"), ("n10", "Missing")]
        let groups: Value = [
            ["group": "control", "failed_group": "control", "nodes": ["n2"]],
            ["group": "workers", "failed_group": "control", "nodes": ["n10", "n3"]], ["group": "nonsense"],
        ]
        let stages: Value = ["FAILED": ["n1"], "NOT_STARTED": ["n3", "n10"]]
        let failed = view(machines, lifecycle: "Failed", stages: stages, heldBack: groups)
        let reasons = FailureReasons(steps: [], machines: ["n1": "no power"])
        let lines = ActionOutcome(view: failed, reasons: reasons).lines
        let held = [
            "  held back, as group control failed: n2",
            "  held back, as group workers depends on control, which failed: n3, n10",
        ]
        #expect(
            lines == ["Failed: 1 of 4 machines failed: n1 (no power)"] + held + [
                "Once that is mended, run what failed again: boatyard retry action/01JD --wait"
            ])
        let complete = view(machines, lifecycle: "Complete", stages: stages, heldBack: groups)
        let others = ActionOutcome(view: complete, reasons: reasons).lines
        #expect(others.first == "Complete, but 1 of 4 machines failed: n1 (no power)" && Array(others[1...2]) == held)
        #expect(others.last?.hasSuffix("--param target_nodes=n1,n2,n3,n10 --wait") == true, "\(others)")
    }

    @Test("what an action did to each machine is taken from the step's values, not from its notes")
    func changes() {
        let changes: Value = [
            ["node": "n10", "change": "differs", "fields": ["a: b", "c; d", "e, f", "g", "h"]],
            ["node": "n2", "change": "differs", "fields": []], ["node": "n1", "change": "installed", "fields": []],
            ["node": "n3", "change": "repainted"],
        ]
        let machines = [("n1", "Deployed"), ("n2", "Deployed"), ("n3", "Deployed"), ("n10", "Deployed")]
        let complete = view(
            machines, lifecycle: "Complete", stages: ["DEPLOYED": ["n1", "n2", "n3", "n10"]], state: "success",
            changes: changes
        )
        #expect(
            ActionOutcome(view: complete, reasons: FailureReasons()).lines == [
                "Complete: 1 machine installed, 2 machines differing, which only redeploy_server changes",
                "  stays as it is, and differs from the documents: n2, n10 (a: b c; d e, f g …)",
                "  To install it anew, from an empty disk: boatyard create action redeploy_server "
                    + "--param target_nodes=n2,n10 --wait",
            ])
    }

    @Test(
        "machines whose boot action failed are told apart from those that are not installed, and none is counted twice")
    func failedBootActions() {
        let changes: Value = [
            ["node": "n1", "change": "installed"], ["node": "n2", "change": "installed"],
            ["node": "n3", "change": "installed"],
        ]
        let machines = [("n1", "Deployed"), ("n2", "Deployed"), ("n3", "Deployed"), ("n4", "Ready")]
        let complete = view(
            machines, lifecycle: "Complete", stages: ["DEPLOYED": ["n1"], "FAILED": ["n2", "n3", "n4"]],
            state: "success", changes: changes)
        let reasons = FailureReasons(steps: [], machines: ["n2": "a", "n3": "b", "n4": "c"])
        let lines = ActionOutcome(view: complete, reasons: reasons).lines
        #expect(
            lines.first
                == "Complete, but 3 of 4 machines failed: 1 not installed, 2 installed but their boot action failed:")
        #expect(lines.contains("  1 machine installed"), "\(lines)")
    }

    @Test("a node that the documents have no more is not counted, a machine that is nobody's is shown")
    func gone() {
        let nodes: [Value] = [
            ["hostname": "n1", "designed": true], ["hostname": "n2", "designed": false],
            ["hostname": "01m80t51jjgbg83gb8647m8x23", "designed": false],
        ]
        #expect(ActionView([:], nodes: nodes).machines.map(\.name) == ["n1", "01m80t51jjgbg83gb8647m8x23"])
    }

    @Test("after a stop what had failed stays on the screen, from the step's tasks and from the machines")
    func stopped() {
        let stopped = view(
            [("n1", "Deployed"), ("n2", "Ready"), ("n10", "Missing")], lifecycle: "Failed",
            step: "drydock_build.prepare_and_deploy_nodes", problems: ["n10": "no lease"])
        let reasons = FailureReasons(
            steps: [("drydock_build.prepare_and_deploy_nodes", "The action was stopped")],
            machines: ["n2": "power on: no answer from its BMC"])
        let lines = ActionOutcome(view: stopped, reasons: reasons).lines
        #expect(
            lines.prefix(3) == [
                "Failed: 2 of 3 machines failed:", "  n2   power on: no answer from its BMC", "  n10  no lease",
            ])
        #expect(lines.contains("Step drydock_build.prepare_and_deploy_nodes failed: The action was stopped"))
        #expect(lines.last == "Once that is mended, run what failed again: boatyard retry action/01JD --wait")
    }

    @Test("how many machines there were is not said where it is not known")
    func unknownSum() {
        let stopped = view([], lifecycle: "Failed", step: "drydock_build.prepare_and_deploy_nodes")
        let one = FailureReasons(steps: [], machines: ["n1": "no power"])
        #expect(ActionOutcome(view: stopped, reasons: one).lines.first == "Failed: 1 machine failed: n1 (no power)")
        let two = FailureReasons(steps: [], machines: ["n1": "no power", "n2": "no BMC"])
        #expect(ActionOutcome(view: stopped, reasons: two).lines.first == "Failed: 2 machines failed:")
    }

    @Test("machines that a failed action has erased and not installed are named")
    func erased() {
        let action: Value = [
            "id": "01JD", "name": "redeploy_server", "action_lifecycle": "Failed",
            "parameters": ["target_nodes": "n1,n2,n3"],
            "steps": [["id": "drydock_destroy.destroy_nodes", "index": 1, "state": "failed"]],
        ]
        let nodes: [Value] = [
            ["hostname": "n1", "status_name": "Missing", "erased": true],
            ["hostname": "n2", "status_name": "Failed disk erasing", "erased": false],
            ["hostname": "n3", "status_name": "New", "erased": true],
            ["hostname": "n4", "status_name": "Missing", "erased": true],
        ]
        let view = ActionView(action, nodes: nodes)
        #expect(view.machines.map(\.status) == ["erased", "Failed disk erasing", "erased", "erased"])
        let lines = ActionOutcome(
            view: view, reasons: FailureReasons(steps: [], machines: ["n2": "the disk is on fire"])
        ).lines
        #expect(lines.contains("  erased and not installed: n1, n3"), "\(lines)")
    }

    @Test("a step that is tried again says why, and until when it waits")
    func retry() throws {
        let view = view([], state: "up_for_retry", step: "validate")
        let detail: Value = [
            "message": "DryDock Site Design Validation Failed with status: failure!",
            "waiting_for": [
                "event": "the pause before try 2", "since": "2026-11-22T08:00:01.000000Z",
                "deadline": "2026-11-22T08:00:31.000000Z", "then": "the step is tried again",
            ],
        ]
        let line = ActionProgress.line(try #require(view.steps.first), detail)
        #expect(line.hasPrefix("up_for_retry"))
        #expect(
            line.hasSuffix(
                "validate  DryDock Site Design Validation Failed with status: failure!; it waits for the pause before try 2, since "
                    + "08:00:01Z, until 08:00:31Z at the latest; then the step is tried again"))
    }

    @Test("elapsed time is told in tenths, from an hour on in seconds, and never less than nothing")
    func clock() {
        #expect(Text.clock(0.04) == "00:00.0")
        #expect(Text.clock(187.25) == "03:07.2")
        #expect(Text.clock(3599.99) == "59:59.9")
        #expect(Text.clock(3787) == "1:03:07")
        #expect(Text.clock(-5) == "00:00.0")
        #expect(Text.clock(.infinity).hasSuffix(":40"))
    }

    @Test("machines that are nobody's come last, whatever their ids begin with")
    func nobodys() {
        let nodes: [Value] = ["01m80t51jjgbg83gb8647m8x23", "n10", "n9", "zz"].map { ["hostname": .string($0)] }
        #expect(MachineView.all(nodes).map(\.name) == ["n9", "n10", "zz", "01m80t51jjgbg83gb8647m8x23"])
    }
}
