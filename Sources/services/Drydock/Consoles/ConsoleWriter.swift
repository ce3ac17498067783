import Logging
import MessageCatalog
import Primitives

/// Writes what a console shows to the files of its node, in order and one piece at a time. Whoever gives it something does not
/// wait for the disk.
actor ConsoleWriter {
    private enum Beginning {
        case newBoot
        case resumption
    }

    private struct Job {
        /// Which file is taken before the bytes are written; nil for the present one.
        var beginning: Beginning?
        var bytes: [UInt8] = []
    }

    private let node: String
    private let context: ConsoleContext
    private var jobs: [Job] = []
    /// In bytes.
    private var waiting = 0
    private var missing = 0
    private var isWriting = false
    private var file: ConsoleFile?
    private var hasTrouble = false

    /// In bytes: what waits for a disk that is slow. What comes beyond it is left out.
    private static let limit = 256 << 10
    /// How many new files wait for it.
    private static let maximumJobs = 16

    init(node: String, context: ConsoleContext) {
        self.node = node
        self.context = context
    }

    /// - Parameter isNewBoot: else the newest boot is gone on with.
    func start(isNewBoot: Bool) {
        let isWaiting = jobs.contains { $0.beginning != nil }
        guard context.stores, isNewBoot || !isWaiting, jobs.count < Self.maximumJobs else { return }
        jobs.append(Job(beginning: isNewBoot ? .newBoot : .resumption))
        work()
    }

    func append(_ bytes: [UInt8]) {
        guard context.stores else { return }
        guard waiting + bytes.count <= Self.limit else {
            missing += bytes.count
            return
        }
        let remark = missing == 0 ? [] : Array("\r\n[\(missing) bytes are missing: the disk was too slow]\r\n".utf8)
        missing = 0
        waiting += remark.count + bytes.count
        if jobs.isEmpty { jobs.append(Job()) }
        jobs[jobs.count - 1].bytes += remark + bytes
        work()
    }

    private func work() {
        guard !isWriting else { return }
        isWriting = true
        Task { await self.write() }
    }

    private func write() async {
        while let job = jobs.first {
            jobs = Array(jobs.dropFirst())
            do {
                try await carryOut(job)
                hasTrouble = false
            } catch {
                if !hasTrouble {
                    context.logger.warning(
                        .consoleNotKept,
                        "\(node): what the console shows cannot be kept",
                        metadata: ["node": "\(node)", "error": "\(error.inWords)"])
                }
                hasTrouble = true
            }
        }
        isWriting = false
    }

    private func carryOut(_ job: Job) async throws {
        let (files, node) = (context.files, node)
        waiting -= job.bytes.count
        switch job.beginning {
        case .newBoot: file = try await ConsoleFiles.onThread { try files.begin(node) }
        // The present one may have been removed for its age.
        case .resumption: file = try await ConsoleFiles.onThread { try files.resume(node) }
        case nil: break
        }
        guard let file, !job.bytes.isEmpty else { return }
        try await ConsoleFiles.onThread { try file.append(job.bytes) }
    }
}
