import OrderedCollections
import Primitives

/// What became of documents on simulated machines.
struct RehearsedDeployment: Sendable {
    var started: Timestamp
    var ended = Timestamp.now()
    /// What the validations say, as the commit answers them.
    var findings: [Value] = []
    /// Why the documents were not committed; nil where they were.
    var commitError: String?
    /// As `GET actions/ID` has it; nil where nothing was deployed.
    var action: Value?
    /// As `GET actions/ID?verbosity=5` has it, for the report.
    var wholeAction: Value?
    /// As `GET nodes` has them, with what happened to them.
    var machines: [(node: Value, timeline: [Value])] = []
    /// By the name of a machine: as `GET nodes/NAME` has it, and the design that it was installed by, null where there is none.
    var details: [String: (node: Value, design: Value)] = [:]

    /// What is to be known of machines that are as the documents ask: a sentence each.
    var remarks: [String] = []

    var seconds: Double { ended.seconds(since: started) }
}

/// The report of a rehearsal, for people and for programs.
struct RehearsalReport {
    struct Machine {
        var name: String
        /// `Deployed`, …
        var status: String
        /// What went wrong with it.
        var problem: String?
        /// Faults that were ordered for it.
        var faults: [String]
        /// What the installer did on it, in order.
        var operations: [String]
        /// As `GET nodes/NAME/timeline` has it.
        var timeline: [Value]

        var isAsAsked: Bool { status == "Deployed" && problem == nil }
    }

    let site: [String]
    let deployment: RehearsedDeployment
    let machines: [Machine]

    /// - Parameters:
    ///   - faults: as `--fault` was given them.
    ///   - events: what the simulated machines did.
    init(site: [String], faults: [String], _ deployment: RehearsedDeployment, events: [Value]) {
        self.site = site
        self.deployment = deployment
        var operations: [String: [String]] = [:]
        for event in events {
            let machine = event["machine"]?.stringValue ?? ""
            switch event["event"]?.stringValue {
            // Of several attempts the last one counts.
            case "install-started": operations[machine] = []
            case "operation": operations[machine, default: []].append(event["operation"]?.stringValue ?? "")
            default: break
            }
        }
        let views = deployment.machines.map { (view: MachineView($0.node), timeline: $0.timeline) }
        machines = views.filter(\.view.isDesigned).inNaturalOrder(of: \.view.name).map { view, timeline in
            Machine(
                name: view.name, status: view.status, problem: view.problem ?? view.unattended,
                faults: faults.filter { $0.hasPrefix(view.name + "=") }.map {
                    String($0.dropFirst(view.name.count + 1))
                },
                operations: operations[view.name] ?? [], timeline: timeline)
        }
    }

    /// Whether everything is as the documents ask.
    var isAsAsked: Bool {
        deployment.commitError == nil && deployment.action?["action_lifecycle"] == "Complete"
            && machines.allSatisfy(\.isAsAsked)
    }

    /// In a sentence.
    var verdict: String {
        if deployment.commitError != nil { return "Not as the documents ask: they were not committed." }
        let count = ActionOutcome.machines(machines.count)
        let failed = machines.filter { !$0.isAsAsked }
        if !failed.isEmpty {
            let names = failed.prefix(5).map(\.name).joined(separator: ", ") + (failed.count > 5 ? ", …" : "")
            return "Not as the documents ask: \(failed.count) of \(count) (\(names))."
        }
        let lifecycle = deployment.action?["action_lifecycle"]?.stringValue ?? "Unknown"
        guard lifecycle == "Complete" else { return "Not as the documents ask: deploy_site ended \(lifecycle)." }
        return "\(count) \(machines.count == 1 ? "is" : "are") as the documents ask."
    }

    /// For programs.
    var value: Value {
        [
            "verdict": isAsAsked ? "as asked" : "not as asked", "summary": .string(verdict),
            "site": .array(site.map { .string($0) }), "started": .string(deployment.started.formatted(.iso)),
            "seconds": .double(deployment.seconds), "error": Value(deployment.commitError),
            "remarks": .array(deployment.remarks.map { .string($0) }),
            "findings": .array(deployment.findings), "action": deployment.action ?? .null,
            "machines": .array(
                machines.map {
                    [
                        "name": .string($0.name), "status": .string($0.status), "problem": Value($0.problem),
                        "as_asked": .bool($0.isAsAsked), "faults": .array($0.faults.map { .string($0) }),
                        "operations": .array($0.operations.map { .string($0) }), "timeline": .array($0.timeline),
                    ]
                }),
        ]
    }

    /// What the report's page shows: the same, and what the daemon had of each machine at the end.
    private var page: Value {
        guard case .object(var members) = value else { return value }
        if let action = deployment.wholeAction { members["action"] = action }
        members["version"] = .string(boatyardVersion)
        let details = machines.compactMap { machine in
            deployment.details[machine.name].map { (machine.name, ["node": $0.node, "design": $0.design] as Value) }
        }
        members["details"] = .object(Value.Object(details, uniquingKeysWith: { first, _ in first }))
        return .object(members)
    }

    /// Writes `report.json` and `report.html`.
    func write(into folder: String) throws {
        let html = ReportPage.html(title: verdict, report: page)
        do {
            try FileContents.write(Array((value.json(.pretty) + "\n").utf8), to: folder + "/report.json", mode: 0o666)
            try FileContents.write(Array(html.utf8), to: folder + "/report.html", mode: 0o666)
        } catch {
            throw Failure("Error: \(error.message)")
        }
    }
}
