import OrderedCollections
import Primitives

/// One step of a workflow.
package struct StepDefinition: Sendable, Hashable {
    /// The step's name: `verify_site`.
    package var id: String
    /// The name by which the runner finds what to do.
    package var operatorName: String
    /// The steps that this one waits for.
    package var upstream: [String]
    package var triggerRule: TriggerRule
    /// How often a failed step is tried again.
    package var retries: Int
    /// Seconds between two tries.
    package var retryDelay: Double
    /// Seconds that one try may take; nil for no limit.
    package var timeout: Double?

    package init(
        _ id: String, _ operatorName: String, after upstream: [String] = [], rule: TriggerRule = .allSuccess,
        retries: Int = 0, retryDelay: Double = 30, timeout: Double? = nil
    ) {
        self.id = id
        self.operatorName = operatorName
        self.upstream = upstream
        triggerRule = rule
        self.retries = retries
        self.retryDelay = retryDelay
        self.timeout = timeout
    }
}

/// Why steps do not make a workflow.
package enum WorkflowGraphError: TypedError, Equatable {
    case repeatedStep(String)
    case unknownUpstream(step: String, upstream: String)
    /// The steps that wait for each other, sorted.
    case cycle([String])

    /// Always `invalid`.
    package var kind: ErrorKind { .invalid }

    /// Always `workflow.graph`.
    package var code: String { "workflow.graph" }

    package var message: String {
        switch self {
        case .repeatedStep(let step): "step \(step) is defined twice"
        case .unknownUpstream(let step, let upstream): "step \(step) waits for \(upstream), which is not there"
        case .cycle(let steps): "these steps wait for each other: \(steps.joined(separator: ", "))"
        }
    }
}

/// Steps and what each waits for, without a cycle.
package struct WorkflowGraph: Sendable, Hashable {
    /// The workflow's name: `deploy_site`.
    package let id: String
    /// In the order in which they are shown.
    package let steps: OrderedDictionary<String, StepDefinition>
    /// How many steps of one run may run at a time.
    package let activeLimit: Int
    /// Every step after all those that it waits for.
    let topologicalOrder: [String]
    /// 1 and the number of steps that directly or indirectly wait for it: what blocks most starts first.
    package let weights: [String: Int]
    private let downstream: [String: [String]]

    package init(id: String, steps: [StepDefinition], activeLimit: Int = 16) throws(WorkflowGraphError) {
        var table = OrderedDictionary<String, StepDefinition>()
        for step in steps {
            guard table.updateValue(step, forKey: step.id) == nil else { throw .repeatedStep(step.id) }
        }
        var downstream: [String: [String]] = [:]
        for step in steps {
            for upstream in step.upstream {
                guard table[upstream] != nil else { throw .unknownUpstream(step: step.id, upstream: upstream) }
                downstream[upstream, default: []].append(step.id)
            }
        }
        var waiting = table.mapValues(\.upstream.count)
        var order: [String] = []
        var ready = steps.filter(\.upstream.isEmpty).map(\.id)
        while !ready.isEmpty {
            order += ready
            var next: [String] = []
            for child in ready.flatMap({ downstream[$0] ?? [] }) {
                let left = (waiting[child] ?? 0) - 1
                waiting[child] = left
                if left == 0 { next.append(child) }
            }
            ready = next
        }
        guard order.count == table.count else {
            throw .cycle(waiting.filter { $0.value > 0 }.map(\.key).sorted())
        }
        self.id = id
        self.steps = table
        self.activeLimit = max(1, activeLimit)
        self.downstream = downstream
        topologicalOrder = order
        var descendants: [String: Set<String>] = [:]
        for step in order.reversed() {
            descendants[step] = (downstream[step] ?? []).reduce(into: []) { set, child in
                set.insert(child)
                set.formUnion(descendants[child] ?? [])
            }
        }
        weights = descendants.mapValues { $0.count + 1 }
    }

    /// The given steps and all that directly or indirectly wait for them.
    func closure(of seeds: Set<String>) -> Set<String> {
        var reached = seeds
        for step in topologicalOrder where reached.contains(step) { reached.formUnion(downstream[step] ?? []) }
        return reached
    }
}
