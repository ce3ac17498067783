import SiteDesign

/// The designs that machines were installed with, beside the one of a task.
///
/// What the machines of a design have in common is worked out once for it, however many machines the task has.
actor InstalledDesigns {
    /// The site of a design; nil where there is none.
    typealias Compile = @Sendable (String) async -> EffectiveSite?

    private let design: EffectiveSite
    private let compile: Compile
    private lazy var later = DescribedSite(design)
    private var earlier: [String: Task<DescribedSite?, Never>] = [:]
    private static let capacity = 8

    /// - Parameter design: of the task.
    init(beside design: EffectiveSite, compile: @escaping Compile) {
        self.design = design
        self.compile = compile
    }

    /// What the task's design would change of a machine.
    ///
    /// - Parameter reference: the design that it was installed with.
    /// - Returns: nil where that design cannot be had, or does not have it.
    func plan(of node: BaremetalNode, installedWith reference: String) async -> DesignPlan.Machine? {
        guard let before = await described(reference), let machine = before.site.node(named: node.name) else {
            return nil
        }
        return DesignPlan.machine(machine, in: before, to: node, in: later)
    }

    private func described(_ reference: String) async -> DescribedSite? {
        if let task = earlier[reference] { return await task.value }
        if earlier.count >= Self.capacity { earlier = [:] }
        let task = Task { [compile] in await compile(reference).map { DescribedSite($0) } }
        earlier[reference] = task
        let described = await task.value
        // What cannot be had now may be had for the next machine.
        if described == nil { earlier[reference] = nil }
        return described
    }
}
