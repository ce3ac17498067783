import Deckhand
import Drydock
import Logging
import MessageCatalog
import OrderedCollections
import Primitives
import SiteActions
import Workflow

extension ShipyardService {
    /// Creates an action and starts it, as `POST actions` does.
    ///
    /// - Parameter allowsIntermediateCommits: the parameter `allow-intermediate-commits`; nil where it was not given.
    /// - Returns: the body of the 201; its member `id` belongs into `Location`.
    /// - Throws: `ShipyardError` where nothing was stored; `RefusedAction` where a pre-run check failed, and the action
    ///   was stored as failed.
    package func createAction(
        _ request: ActionRequest, allowsIntermediateCommits: Bool?, caller: ShipyardCaller
    ) async throws -> Value {
        let parameters = request.input["parameters"] ?? [:]
        let graph = try dependencies.graph(request.kind)
        let roles = try await roles()
        let failures = try await failedChecks(request, roles, allowsIntermediateCommits)
        let created = dependencies.now()
        var generator = SystemRandomNumberGenerator()
        var run = WorkflowRun(graph)
        if !failures.isEmpty { _ = run.receive(.refused, at: created) }
        let planned = SiteAction(
            id: ULID(at: created, using: &generator).description, name: request.kind.rawValue, parameters: parameters,
            executionDate: dependencies.now(), user: caller.name, created: created, contextMarker: caller.contextMarker,
            committedRevision: roles.committed, allowsIntermediateCommits: allowsIntermediateCommits, run: run)
        let basis = roles.committed.map { "Configdoc revision \($0)" } ?? "No configdocs are committed"
        let action = try await actions.insert(
            planned, note: .action(planned.id, basis, at: created), failures: failures)
        var answer = request.input
        answer.merge(action.value.objectValue ?? [:]) { $1 }
        answer["dag_execution_date"] = .string(action.executionDate.toSeconds("T"))
        if let error = failures.first?.error {
            answer["dag_status"] = .string(run.state.rawValue)
            answer["action_lifecycle"] = .string(SiteAction.lifecycle(run.state.rawValue))
            answer["validations"] = .array(try await actions.validations(of: action.id))
            throw RefusedAction(entity: .object(answer), error: error)
        }
        // Where the program is ending the next start begins with it.
        try? await runners.obtain(action)?.receive(.start)
        answer["dag_status"] = "SCHEDULED"
        return .object(answer)
    }

    /// The pre-run checks that do not pass.
    ///
    /// - Throws: `ShipyardError` for malformed parameters and names of machines that the site does not have.
    private func failedChecks(
        _ request: ActionRequest, _ roles: RevisionRoles, _ allowsIntermediateCommits: Bool?
    ) async throws -> [FailedCheck] {
        let parameters = request.input["parameters"] ?? [:]
        var failures: [FailedCheck] = []
        let checks = request.kind.definition.checks
        for check in checks {
            do throws(ShipyardError) {
                switch check {
                case .targetNodes: break
                case .committedRevision: try PreRunCheck.checkCommitted(roles.committed)
                case .intermediateCommits:
                    let isRefused = allowsIntermediateCommits != true && roles.hasIntermediateCommit
                    try PreRunCheck.checkIntermediate(
                        roles, isAllowed: allowsIntermediateCommits,
                        commits: isRefused ? await unusedCommits() : [])
                case .deploymentActionFull, .deploymentActionBasic:
                    guard let revision = roles.committed else { continue }
                    let documents = await documentCheck(revision, full: check == .deploymentActionFull)
                    try PreRunCheck.checkDocuments(documents, parameters: parameters)
                }
            } catch {
                failures.append(FailedCheck(check, error))
            }
        }
        if checks.contains(.targetNodes) {
            let targets = try PreRunCheck.targets(parameters)
            if let revision = roles.committed { try await requireKnown(targets, revision) }
        }
        return failures
    }

    /// The commits since the last action, which none has used, with what each changed.
    private func unusedCommits() async -> [Value] {
        let limit = 20
        do {
            let revisions = try await dependencies.documents.newestRevisions(
                tagged: RevisionRoles.tags, each: limit + 1)
            let used = revisions.last {
                !$0.tags.isDisjoint(with: [RevisionRoles.successTag, RevisionRoles.failureTag])
            }
            let commits = revisions.filter { $0.tags.contains(RevisionRoles.committedTag) && $0.id > used?.id ?? 0 }
            var messages: [Value] = []
            var before = used?.id ?? 0
            for commit in commits.suffix(limit) {
                let changes = try await dependencies.documents.diff(before, commit.id).filter { $1 != .unmodified }
                let what = changes.map { "\($0) \($1.rawValue)" }.joined(separator: ", ")
                messages.append([
                    "message": .string(
                        "Revision \(commit.id) was committed and used by no action: "
                            + (what.isEmpty ? "nothing changed" : what)),
                    "error": false, "level": "Note",
                ])
                before = commit.id
            }
            if let newest = commits.last?.id {
                messages.append([
                    "message": .string(
                        "With allow-intermediate-commits the action takes revision \(newest), which has the changes of them "
                            + "all; nothing is undone or left out"),
                    "error": false, "level": "Note",
                ])
            }
            return messages
        } catch {
            dependencies.logger.warning(
                .commitsNotListed, "the commits that no action has used cannot be listed: \(error.inWords)")
            return []
        }
    }

    /// Nothing may be erased before every name is known to mean something.
    private func requireKnown(_ targets: [String], _ revision: Int) async throws {
        let known: [String]
        do {
            known = try await dependencies.provisioner.nodeNames(
                design: environment.designReference(revision), filter: .null)
        } catch {
            // Of a design that cannot be read the validation says what is wrong, and it comes before everything else.
            dependencies.logger.warning(
                .nodesNotListed, "the nodes of revision \(revision) cannot be listed: \(error.inWords)")
            return
        }
        let unknown = OrderedSet(targets).subtracting(known)
        guard !unknown.isEmpty else { return }
        let reason =
            "The committed site design has no node named \(unknown.joined(separator: ", ")). Nothing was started. "
            + "Check the names; GET nodes of Drydock and the BaremetalNode documents have them"
        throw ShipyardError(.invalidTargets, "Invalid target_nodes parameter", reason)
    }

    /// The newest actions, the oldest of them first, as `GET actions` returns them.
    ///
    /// - Parameters:
    ///   - verbosity: from 0 to 5.
    ///   - limit: the greatest number of actions.
    ///   - before: returns only actions with smaller ids, to continue a list.
    package func listActions(verbosity: Int, limit: Int = defaultPage, before: String? = nil) async throws -> Value {
        let page = try await actions.page(limit: limit, before: before)
        // Where the clock was set back, the ids are not in the order of the actions.
        guard let first = page.map(\.id).min(), let last = page.map(\.id).max() else { return [] }
        var found: [String: [Note]] = [:]
        do {
            found = try await notes.notes(from: "action/\(first)", through: "action/\(last)", verbosity: verbosity)
        } catch {
            dependencies.logger.warning(.notesNotRead, "notes cannot be read: \(error.inWords)")
        }
        return .array(page.map { ActionViews.summary($0, notes: found["action/\($0.id)"] ?? []) })
    }

    /// The number of elements of a list without a limit.
    package static let defaultPage = 1000

    /// One action with its steps, notes, validations and audit, as `GET actions/{id}` returns it.
    ///
    /// - Parameter verbosity: from 0 to 5.
    /// - Throws: `ShipyardError` for an unknown id.
    package func action(_ id: String, verbosity: Int, readsTasks: Bool = false) async throws -> Value {
        let detail = Detail(verbosity: verbosity, readsTasks: readsTasks)
        guard let action = try await actions.action(id) else {
            throw ShipyardError(.unknownAction, "Action not found", "Unknown Action: \(id)")
        }
        let notes = await notesOrNone(under: "", verbosity, exact: "action/\(id)")
        let stepNotes = await notesOrNone(under: "step/\(id)/", detail.listedNotes)
        let waits = await runners.runner(id)?.waits ?? [:]
        let tasks = try await tasksOfSteps(of: action, detail)
        var more: [String: Value.Object] = [:]
        for (step, record) in action.run.steps {
            let waiting = waits[step] ?? StepWait.inherent(to: step, of: action.run)
            more[step] = ActionViews.listed(record, waiting: waiting, tasks: tasks[step] ?? [], detail)
        }
        let summary = ActionViews.summary(
            ActionSummary(action), notes: notes["action/\(id)"] ?? [], stepNotes: stepNotes, more: more)
        var members = summary.objectValue ?? [:]
        members["validations"] = .array(try await actions.validations(of: id))
        members["command_audit"] = .array(try await actions.commands(of: id).map(\.value))
        return .object(members)
    }

    /// One step with its notes, as `GET actions/{id}/steps/{step}` returns it.
    ///
    /// - Parameter verbosity: from 0 to 5.
    /// - Throws: `ShipyardError` for an unknown id or step.
    package func step(
        _ step: String, of id: String, verbosity: Int, readsTasks: Bool = false
    ) async throws -> Value {
        guard let action = try await actions.action(id) else { throw ShipyardError.unknownAction(id) }
        let detail = Detail(verbosity: verbosity, readsTasks: readsTasks)
        let association = "step/\(id)/\(step)"
        let notes = await notesOrNone(under: association, verbosity, exact: association)[association] ?? []
        let waiting = await runners.runner(id)?.waits[step] ?? StepWait.inherent(to: step, of: action.run)
        let tasks = try await tasksOfSteps(of: action, only: step, detail)[step] ?? []
        let view = ActionViews.step(
            action, step, notes: notes, errors: await machineErrorsOrNone(of: association), waiting: waiting,
            tasks: tasks,
            detail)
        guard let view else {
            throw ShipyardError(.unknownStep, "Step not found", "Unknown step \(step)")
        }
        return view
    }

    /// The path of a step's log, for `GET actions/{id}/steps/{step}/logs`.
    ///
    /// - Parameter tryNumber: from 1; nil for the last try.
    /// - Throws: `ShipyardError` for an id that cannot be one, and for an unknown action, step or try.
    package func stepLog(_ step: String, of id: String, tryNumber: Int?) async throws -> String {
        guard id.utf8.count == 26 else {
            throw ShipyardError(.invalidActionID, "Invalid Action ID!", "An invalid action ID was specified")
        }
        guard let action = try await actions.action(id) else {
            throw ShipyardError(.unknownAction, "Action Not Found!", "Unknown Action \(id)")
        }
        guard !action.run.steps.isEmpty else {
            throw ShipyardError(.unknownStep, "Steps Not Found!", "Unable to retrieve Information on Steps")
        }
        let record = action.run.steps[step]
        guard let record, record.tryNumber > 0, (1...record.tryNumber).contains(tryNumber ?? record.tryNumber) else {
            throw ShipyardError(
                .unknownStep, "Step Not Found!", "Unable to retrieve Step",
                messages: [["message": .string(Self.unlogged(step, tries: record?.tryNumber))]])
        }
        return StepLog.path(
            folder: dependencies.logFolder, action: id, step: step, tryNumber: tryNumber ?? record.tryNumber)
    }

    /// - Parameter tries: how often the step has run; nil for a step that the action does not have.
    private static func unlogged(_ step: String, tries: Int?) -> String {
        switch tries {
        case nil: "The action has no step \(step.prefix(200))"
        case 0?: "The step \(step) has not run, and has no log"
        case 1?: "The step \(step) has run once: ask for try 1"
        case let tries?: "The step \(step) has run \(tries) times: ask for a try from 1 to \(tries)"
        }
    }

    /// One validation of an action, as `GET actions/{id}/validations/{vid}` returns it.
    ///
    /// - Throws: `ShipyardError` for an unknown action or validation.
    package func validation(_ validation: String, of id: String) async throws -> Value {
        guard try await actions.action(id) != nil else { throw ShipyardError.unknownAction(id) }
        guard let found = try await actions.validation(validation), found["action_id"]?.stringValue == id else {
            throw ShipyardError(.unknownValidation, "Validation not found", "Unknown validation \(validation)")
        }
        return found
    }

    /// The Drydock tasks of an action by the steps that started them; none where the answer does not tell of them.
    ///
    /// - Parameter only: a step; nil for all of them.
    func tasksOfSteps(
        of action: SiteAction, only step: String? = nil, _ detail: Detail
    ) async throws -> [String: [DrydockTask]] {
        guard detail.hasTasks else { return [:] }
        let found = try await dependencies.provisioner.tasks(
            keyPrefix: StepEnvironment.taskKey(action.id, of: step))
        return Dictionary(grouping: found) { StepEnvironment.step(ofTaskKey: $0.key) ?? "" }.mapValues {
            $0.map(\.value)
        }
    }

    private func machineErrorsOrNone(of association: String) async -> [MachineError] {
        do {
            return try await notes.machineErrors(of: association)
        } catch {
            dependencies.logger.warning(.notesNotRead, "notes cannot be read: \(error)")
            return []
        }
    }

    /// Notes by association; none where they cannot be read, since they only explain.
    func notesOrNone(under prefix: String, _ verbosity: Int, exact: String? = nil) async -> [String: [Note]] {
        do {
            if let exact { return [exact: try await notes.notes(of: exact, verbosity: verbosity)] }
            return try await notes.notes(under: prefix, verbosity: verbosity)
        } catch {
            dependencies.logger.warning(.notesNotRead, "notes cannot be read: \(error.inWords)")
            return [:]
        }
    }
}
