import Drydock
import OrderedCollections
import Primitives
import Workflow

extension ShipyardService {
    /// How many actions there are in each state, by its name.
    package func actionCounts() async throws -> [(state: String, count: Int)] {
        let counts = try await actions.counts()
        return RunState.allCases.map { ($0.rawValue, counts[$0.rawValue] ?? 0) }
    }

    /// The newest runs, the oldest of them first, as `GET workflows` returns them.
    ///
    /// - Parameters:
    ///   - since: a date, a time, or a duration back from now. Nil, and a text that cannot be read, mean thirty days
    ///     ago.
    ///   - limit: the greatest number of runs.
    package func workflows(since: String?, limit: Int = defaultPage, verbosity: Int = 1) async throws -> Value {
        let now = dependencies.now()
        let start = since.flatMap { Timestamp($0) ?? ISODuration($0)?.before(now) } ?? now.adding(seconds: -30 * 86400)
        let detail = Detail(verbosity: verbosity)
        return .array(try await actions.page(since: start, limit: limit).map { .object(RunViews.run($0, detail)) })
    }

    /// One run, as `GET workflows/{id}` returns it; an empty object for an unknown id, as in Airship.
    ///
    /// - Throws: `ShipyardError` for an id that is not of the form.
    package func workflow(_ id: String, verbosity: Int = 1, readsTasks: Bool = false) async throws -> Value {
        guard let name = try WorkflowIdentifier.parse(id),
            let action = try await actions.action(workflow: name.action, executionDate: name.executionDate)
        else { return [:] }
        let detail = Detail(verbosity: verbosity, readsTasks: readsTasks)
        let groups = RunViews.groups(action)
        if let group = name.group, !groups.contains(group) { return [:] }
        var members = name.group.map { RunViews.subRun($0, of: action) } ?? RunViews.run(action, detail)
        let inner = groups.filter { group in name.group.map { group.hasPrefix($0 + ".") } ?? true }
        members["steps"] = .array(try await records(RunViews.steps(of: name.group, action), of: action, detail))
        members["sub_dags"] = .array(inner.map { .object(RunViews.subRun($0, of: action)) })
        return .object(members)
    }

    /// What `GET actions/{id}/steps/{step}` tells of several steps.
    private func records(_ steps: [String], of action: SiteAction, _ detail: Detail) async throws -> [Value] {
        let notes = await notesOrNone(under: "step/\(action.id)/", detail.verbosity)
        let waits = await runners.runner(action.id)?.waits ?? [:]
        let tasks = try await tasksOfSteps(of: action, detail)
        return steps.compactMap { step in
            ActionViews.step(
                action, step, notes: notes["step/\(action.id)/\(step)"] ?? [], errors: [],
                waiting: waits[step] ?? StepWait.inherent(to: step, of: action.run), tasks: tasks[step] ?? [], detail)
        }
    }

    /// The states of nodes and their power, as `GET site_statuses` returns them.
    ///
    /// - Parameter filters: the value of the parameter, names with commas; nil returns both.
    /// - Throws: `ShipyardError` for an unknown filter.
    package func siteStatuses(filters: String?, spelling: SiteStatusSpelling) async throws -> Value {
        let known = ["nodes-provision-status", "machines-power-state"]
        let wanted = filters.map { $0.split(separator: ",", omittingEmptySubsequences: false).map(\.trimmed) } ?? known
        if let unknown = wanted.first(where: { !known.contains($0) }) {
            throw ShipyardError(.invalidStatusFilter, "Not a valid status filter", "filter \(unknown) is not supported")
        }
        let nodes: [MachineStatus]
        do {
            let design = try await roles().committed.map(environment.designReference)
            nodes = try await dependencies.provisioner.siteNodes(design: design)
        } catch let error as ShipyardError {
            throw error
        } catch {
            throw ShipyardError(
                .drydockFailed, "Unable to retrieve nodes status",
                "Drydock has responded unexpectedly: \(error.inWords)",
                cause: error)
        }
        var answer: Value.Object = [:]
        if wanted.contains(known[0]) {
            answer[spelling.provisionStatus] = .array(
                nodes.map { ["hostname": .string($0.hostname), "status": .string($0.statusName)] })
        }
        if wanted.contains(known[1]) {
            answer[spelling.powerState] = .array(
                nodes.map { ["hostname": .string($0.hostname), "power_state": .string($0.power.word)] })
        }
        return .object(answer)
    }
}

extension Machine.Power {
    /// `On`, as the documentation of Shipyard has it.
    fileprivate var word: String { rawValue.prefix(1).uppercased() + rawValue.dropFirst() }
}

/// How the keys of `GET site_statuses` are spelled.
package enum SiteStatusSpelling: Sendable, Hashable {
    /// As the documentation has them, for `curl`.
    case documented
    /// As the reference's client reads them, which fails at any other key.
    case client

    var provisionStatus: String { self == .documented ? "nodes-provision-status" : "nodes_provision_status" }
    var powerState: String { self == .documented ? "machines-power-state" : "machines_powerstate" }
}
