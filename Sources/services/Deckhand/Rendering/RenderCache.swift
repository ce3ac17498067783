import Documents
import Primitives

/// Rendered revisions: each is rendered once, however many ask for it at the same time.
actor RenderCache {
    /// A rendering, and the state of the database that it depends on beside its revision.
    struct Entry: Sendable {
        /// Nil where it is too large to be kept; what was made of it may be kept nevertheless.
        var rendered: RenderedRevision?
        /// A rendering that is too large to be kept, for as long as somebody uses it.
        fileprivate(set) weak var inUse: RenderedRevision?
        /// The newest revision when it was validated: its DataSchemas apply to every revision.
        var latest: Int
        /// An estimate of what `rendered` holds in memory, in bytes.
        let cost: Int
        /// Whole answers made of it, by their form.
        var answers: [CachedRendering.Form: CachedRendering] = [:]

        init(rendered: RenderedRevision, latest: Int, cost: Int) {
            self.rendered = rendered
            self.latest = latest
            self.cost = cost
        }

        /// The rendering, where there is one still.
        var present: RenderedRevision? { rendered ?? inUse }

        fileprivate var keptCost: Int {
            (rendered == nil ? 0 : cost) + answers.values.reduce(0) { $0 + $1.bytes.count }
        }
    }

    private struct Running {
        let latest: Int
        let task: Task<(Entry, RenderedRevision), any Error>
    }

    private let costLimit: Int
    /// The one that was asked for last comes last.
    private var entries: [(revision: RevisionKey, entry: Entry)] = []
    private var running: [RevisionKey: Running] = [:]
    /// Counts the times that everything was forgotten, so that nothing rendered before is kept after.
    private var generation = 0

    init(costLimit: Int = 20 << 20) { self.costLimit = costLimit }

    /// The rendering of `revision` as of the newest revision `latest`.
    ///
    /// - Parameter make: renders it, or renews `previous`, which was validated under an older newest revision.
    func rendering(
        of revision: RevisionKey, latest: Int,
        make: @escaping @Sendable (_ previous: Entry?) async throws -> (Entry, RenderedRevision)
    ) async throws -> RenderedRevision {
        let previous = entry(of: revision)
        if let previous, previous.latest == latest, let rendered = previous.present { return rendered }
        if let current = running[revision], current.latest == latest {
            return try await current.task.value.1
        }
        let task = Task { try await make(previous) }
        running[revision] = Running(latest: latest, task: task)
        let started = generation
        let result = await task.result
        guard started == generation else { return try result.get().1 }
        if running[revision]?.latest == latest { running[revision] = nil }
        let (entry, rendered) = try result.get()
        keep(entry, of: revision)
        return rendered
    }

    /// What is known of `revision`, which may be out of date.
    func entry(of revision: RevisionKey) -> Entry? { entries.first { $0.revision == revision }?.entry }

    /// Notes that what is known of `revision` holds as of the newest revision `latest` too.
    func renew(_ revision: RevisionKey, latest: Int) {
        guard var entry = entry(of: revision) else { return }
        entry.latest = latest
        keep(entry, of: revision)
    }

    /// Keeps an answer that was made of `revision` as of the newest revision `latest`.
    func keep(_ answer: CachedRendering, _ form: CachedRendering.Form, of revision: RevisionKey, latest: Int) {
        guard var entry = entry(of: revision), entry.latest == latest else { return }
        entry.answers[form] = answer
        keep(entry, of: revision)
    }

    func removeAll() {
        generation += 1
        entries = []
        running = [:]
    }

    private func keep(_ new: Entry, of revision: RevisionKey) {
        var entry = new
        if entry.cost > costLimit / 2 {
            entry.inUse = entry.present
            entry.rendered = nil
        }
        entries.removeAll { $0.revision == revision }
        entries.append((revision, entry))
        while let first = entries.first, entries.reduce(0, { $0 + $1.entry.keptCost }) > costLimit {
            entries.removeFirst()
            if first.revision == revision { break }
        }
        if entries.count > Self.countLimit { entries.removeFirst(entries.count - Self.countLimit) }
    }

    private static let countLimit = 64
}
