import Logging
import Primitives

/// Writes what a console shows to the files of its node, in order and one piece at a time. Whoever gives it something does not
/// wait for the disk.
actor ConsoleWriter {
    private enum Job {
        case begin
        case resume
        case append([UInt8])
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

    init(node: String, context: ConsoleContext) {
        self.node = node
        self.context = context
    }

    /// - Parameter isNewBoot: else the newest boot is gone on with.
    func start(isNewBoot: Bool) { add(isNewBoot ? .begin : .resume) }

    func append(_ bytes: [UInt8]) {
        guard waiting + bytes.count <= Self.limit else {
            missing += bytes.count
            return
        }
        let remark = missing == 0 ? [] : Array("\r\n[\(missing) bytes are missing: the disk was too slow]\r\n".utf8)
        missing = 0
        waiting += remark.count + bytes.count
        add(.append(remark + bytes))
    }

    private func add(_ job: Job) {
        guard context.stores else { return }
        jobs.append(job)
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
                        "a console cannot be kept", metadata: ["node": "\(node)", "error": "\(error.inWords)"])
                }
                hasTrouble = true
            }
        }
        isWriting = false
    }

    private func carryOut(_ job: Job) async throws {
        let (files, node) = (context.files, node)
        switch job {
        case .begin: file = try await ConsoleFiles.onThread { try files.begin(node) }
        case .resume: if file == nil { file = try await ConsoleFiles.onThread { try files.resume(node) } }
        case .append(let bytes):
            waiting -= bytes.count
            guard let file else { return }
            try await ConsoleFiles.onThread { try file.append(bytes) }
        }
    }
}
