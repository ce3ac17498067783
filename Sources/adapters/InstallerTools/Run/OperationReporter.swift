import Synchronization

/// Reports operations in their order, beside the work: an installation does not wait for them.
final class OperationReporter: Sendable {
    private let log: InstallerLog
    private let reports: AsyncStream<OperationReport>
    private let queue: AsyncStream<OperationReport>.Continuation
    private let sequence: Mutex<Int>
    private let sending: Mutex<Task<Void, Never>?>

    /// How many reports may wait for a daemon that is away; older ones are dropped.
    private static let longest = 512
    /// In seconds: how long the end of a run waits for reports that are not sent yet.
    private static let patience = 10.0

    /// - Parameter sequence: of reports that were sent earlier in this boot.
    init(_ connection: NodeConnection, log: InstallerLog, after sequence: Int) {
        self.log = log
        self.sequence = Mutex(sequence)
        (reports, queue) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(Self.longest))
        let reports = reports
        sending = Mutex(
            Task {
                for await report in reports {
                    guard await Self.send(report, connection) else { return }
                }
            })
    }

    private static func send(_ report: OperationReport, _ connection: NodeConnection) async -> Bool {
        var backoff = Backoff(first: 1, longest: 15)
        while !Task.isCancelled {
            do {
                switch try await connection.report(report) {
                case .taken: return true
                case .unknownRoute: return false
                case .failed: try await backoff.rest()
                }
            } catch {
                return false
            }
        }
        return false
    }

    func begin(_ operation: String) {
        log.write("\(operation) begins")
        add(OperationReport(sequence: next(), operation: operation, status: .started))
    }

    func finish(_ operation: String, seconds: Double) {
        log.write("\(operation): \(Self.text(seconds)) s")
        add(OperationReport(sequence: next(), operation: operation, status: .finished, seconds: seconds))
    }

    func fail(_ operation: String, seconds: Double, output: String) {
        log.write("\(operation) FAILED after \(Self.text(seconds)) s")
        add(
            OperationReport(
                sequence: next(), operation: operation, status: .failed, seconds: seconds, output: log.redacted(output))
        )
    }

    /// Returns once all is sent, or after a while.
    func close() async {
        queue.finish()
        guard let task = sending.withLock({ $0 }) else { return }
        await withTaskGroup { group in
            group.addTask { await task.value }
            group.addTask { try? await Task.sleep(for: .seconds(Self.patience)) }
            _ = await group.next()
            task.cancel()
            group.cancelAll()
        }
    }

    private func next() -> Int {
        sequence.withLock { number in
            number += 1
            return number
        }
    }

    private func add(_ report: OperationReport) { queue.yield(report) }

    /// With two digits behind the point.
    private static func text(_ seconds: Double) -> String {
        let hundredths = Int(wholeSeconds: seconds * 100)
        let rest = hundredths % 100
        return "\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest)"
    }
}
