import Documents
import Primitives

/// Rendered revisions: each is rendered once, however many ask for it at the same time.
actor RenderCache {
    /// A rendering, and the state of the database that it depends on beside its revision.
    struct Entry: Sendable {
        let rendered: RenderedRevision
        /// The newest revision when it was validated: its DataSchemas apply to every revision.
        let latest: Int
        /// An estimate of what it holds in memory, in bytes.
        let cost: Int
    }

    private struct Running {
        let latest: Int
        let task: Task<Entry, any Error>
    }

    private let costLimit: Int
    private var entries: [(revision: Int, entry: Entry)] = []
    private var running: [Int: Running] = [:]
    /// Counts the times that everything was forgotten, so that nothing rendered before is kept after.
    private var generation = 0

    init(costLimit: Int = 24 << 20) { self.costLimit = costLimit }

    /// The rendering of `revision` as of the newest revision `latest`.
    ///
    /// - Parameter make: renders it, or renews `previous`, which was validated under an older newest revision.
    func rendering(
        of revision: Int, latest: Int, make: @escaping @Sendable (_ previous: Entry?) async throws -> Entry
    ) async throws -> RenderedRevision {
        let previous = entries.first { $0.revision == revision }?.entry
        if let previous, previous.latest == latest { return previous.rendered }
        if let current = running[revision], current.latest == latest { return try await current.task.value.rendered }

        let task = Task { try await make(previous) }
        running[revision] = Running(latest: latest, task: task)
        let started = generation
        let result = await task.result
        guard started == generation else { return try result.get().rendered }
        if running[revision]?.latest == latest { running[revision] = nil }
        let entry = try result.get()
        keep(entry, of: revision)
        return entry.rendered
    }

    func removeAll() {
        generation += 1
        entries = []
        running = [:]
    }

    private func keep(_ entry: Entry, of revision: Int) {
        entries.removeAll { $0.revision == revision }
        guard entry.cost <= costLimit else { return }
        entries.append((revision, entry))
        while entries.reduce(0, { $0 + $1.entry.cost }) > costLimit { entries.removeFirst() }
    }
}
