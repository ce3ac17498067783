import CLinux
import Dispatch
import Glibc
import Installation
import Primitives
import Synchronization

/// Asks disks for their health, and reads pieces from all over them. Nothing is written.
struct DiskTester: Sendable {
    let limits: HardwareTestPlan.Limits
    /// Reads a piece of an open file as `pread` does; blocks as long as the disk does.
    var readPiece: PieceReader = { pread($0, $1, $2, off_t($3)) }

    typealias PieceReader =
        @Sendable (_ file: CInt, _ buffer: UnsafeMutableRawPointer, _ count: Int, _ place: Int) -> Int

    /// How many disks at a time.
    private static let width = 8
    /// In bytes: of one piece.
    private static let piece = 1 << 20
    /// In seconds: for a program that asks a disk.
    private static let patience = 45.0
    /// In seconds: a piece that takes longer is one that the disk does not give.
    private static let hang = 20.0

    /// - Parameter disks: of this machine; those without a medium are left out.
    func read(_ disks: [MachineFacts.Disk]) async throws -> [DiskReadings] {
        let present = disks.filter { $0.size > 0 }
        return try await withThrowingTaskGroup(of: DiskReadings.self) { group in
            var readings: [DiskReadings] = []
            for (place, disk) in present.enumerated() {
                if place >= Self.width, let ended = try await group.next() { readings.append(ended) }
                group.addTask {
                    DiskReadings(
                        name: disk.name, health: await health(disk.name),
                        reading: await reading("/dev/\(disk.name)", size: disk.size))
                }
            }
            for try await ended in group { readings.append(ended) }
            try Task.checkCancellation()
            return readings.sorted { $0.name < $1.name }
        }
    }

    /// By smartctl, or for an NVMe disk by nvme where that is not there.
    private func health(_ name: String) async -> Reading<DiskHealth> {
        let asked = Command(
            ["smartctl", "--json", "--all", "/dev/\(name)"], deadline: Self.patience, successes: Set(0...255))
        switch await Self.output(of: asked) {
        case .success(let text): return DiskHealth.smartctl(text)
        case .failure(let failure) where failure.code == "process.missing" && name.hasPrefix("nvme"):
            let other = Command(
                ["nvme", "smart-log", "--output-format=json", "/dev/\(name)"], deadline: Self.patience)
            switch await Self.output(of: other) {
            case .success(let text): return DiskHealth.nvme(text)
            case .failure(let failure): return .missing(failure.message)
            }
        case .failure(let failure) where failure.code == "process.missing":
            return .missing("smartctl is not in this installer, which is a small one")
        case .failure(let failure): return .missing(failure.message)
        }
    }

    private static func output(of command: Command) async -> Result<[UInt8], CommandFailure> {
        do {
            return .success(try await ChildProcess.run(command).output)
        } catch let failure as CommandFailure {
            return .failure(failure)
        } catch {
            return .failure(CommandFailure("process.cancelled", "'\(command.text)' was broken off"))
        }
    }

    private final class Progress: Sendable {
        struct State: Sendable {
            var test: DiskReadings.ReadTest
            /// Of the piece that is being read.
            var began = ContinuousClock.now
            var isStopped = false
        }

        let state: Mutex<State>

        init(wanted: Int) { state = Mutex(State(test: .init(read: 0, wanted: wanted))) }
    }

    /// - Parameters:
    ///   - path: of a disk, or of a file.
    ///   - size: in bytes.
    func reading(_ path: String, size: Int) async -> Reading<DiskReadings.ReadTest> {
        let places = Self.places(size: size, count: limits.readPlaces)
        let progress = Progress(wanted: places.count)
        let trouble = await Patience.outcome(within: Double(limits.diskSeconds)) {
            await withCheckedContinuation { (continuation: CheckedContinuation<String?, Never>) in
                ChildProcess.threads.async {
                    continuation.resume(returning: Self.read(path, places, progress, readPiece))
                }
            }
        }
        if let trouble, let reason = trouble { return .missing(reason) }
        return progress.state.withLock { state in
            state.isStopped = true
            let waited = (ContinuousClock.now - state.began) / .seconds(1)
            state.test.isHanging = trouble == nil && waited > min(Self.hang, Double(limits.diskSeconds) / 2)
            return .read(state.test)
        }
    }

    /// In bytes: the first piece, the last, and others in equal distances; multiples of 4096.
    static func places(size: Int, count: Int) -> [Int] {
        let last = (size - piece) / 4096 * 4096
        guard last > 0, count > 1 else { return [0] }
        let count = min(count, last / piece + 2)
        let distance = last / (count - 1)
        return (0..<count).map { $0 == count - 1 ? last : distance * $0 / 4096 * 4096 }
    }

    /// Blocks as long as the disk does.
    ///
    /// - Returns: why nothing could be read; nil where something was tried.
    private static func read(
        _ path: String, _ places: [Int], _ progress: Progress, _ readPiece: PieceReader
    ) -> String? {
        // Past the kernel's cache, where the file system of a test can do that.
        var file = open(path, O_RDONLY | O_CLOEXEC | clinux_direct)
        if file < 0, errno == EINVAL { file = open(path, O_RDONLY | O_CLOEXEC) }
        guard file >= 0 else { return "\(path) cannot be opened: \(systemErrorText())" }
        defer { close(file) }
        var buffer: UnsafeMutableRawPointer?
        guard posix_memalign(&buffer, 4096, piece) == 0, let buffer else { return "there is no memory for a piece" }
        defer { free(buffer) }
        // A disk that was at rest has to spin up first.
        progress.state.withLock { $0.began = .now }
        _ = readPiece(file, buffer, 4096, 0)
        for place in places {
            let began = ContinuousClock.now
            let isStopped = progress.state.withLock { state in
                state.began = began
                return state.isStopped
            }
            if isStopped { break }
            let count = readPiece(file, buffer, piece, place)
            let failure = count < 0 ? systemErrorText() : count == 0 ? "it ends here" : nil
            let seconds = (ContinuousClock.now - began) / .seconds(1)
            progress.state.withLock { state in
                guard !state.isStopped else { return }
                state.test.slowest = max(state.test.slowest, seconds)
                if let failure {
                    state.test.failures.append("at \(ByteCount.text(place)): \(failure)")
                } else {
                    state.test.read += 1
                }
            }
        }
        return nil
    }
}
