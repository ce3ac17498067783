import ArgumentParser
import BoatyardDaemon
import Documents
import Glibc
import NIOPosix
import Primitives
import Simulator
import Synchronization

/// A site's machines, simulated, and a daemon for them, all in this process.
package struct TrialRun: Sendable {
    private let site: RehearsedSite
    private let faults: [String: [Fault]]

    /// The names of the machines, in the order of the documents.
    package var machines: [String] { site.machines.map(\.name) }
    /// What is to be known before the run: about faults, and about machines that are left out.
    package var notes: [String] {
        site.remarks(on: faults) + site.leftOut.map { "\($0.name) is not rehearsed: \($0.reason)" }
    }

    /// What faults there are, one for each line of a help text.
    package static var faultSpellings: [String] { Fault.spellings }

    /// Makes machines of documents.
    ///
    /// - Parameters:
    ///   - documents: of the site, as they stand in its files.
    ///   - faults: as `--fault` has them, `berth-3=power-lost@60`.
    /// - Throws: `ValidationError` for a fault that there is not; `RehearsalError` for documents that cannot be rendered or made a
    ///   design of.
    package init(_ documents: DocumentSet, faults: [String]) throws {
        self.faults = try FaultOption.faults(faults)
        site = RehearsedSite(try RehearsedSite.compile(try SiteDocuments.rendered(documents)))
    }

    /// Checks what `--fault` was given.
    ///
    /// - Throws: `ValidationError`.
    package static func check(faults: [String]) throws { _ = try FaultOption.faults(faults) }

    /// Runs the machines and the daemon for as long as `body` takes, and leaves nothing of them.
    ///
    /// - Parameters:
    ///   - log: a file that the daemon's log is written to; nil throws it away.
    ///   - body: gets the path of the daemon's socket.
    /// - Returns: what it returns, and what the machines did, as `boatyard-rehearse --events` has it.
    /// - Throws: what `body` throws; `RehearsalError` where machines or daemon cannot be started, or were ended by a signal.
    package func run<Result: Sendable>(
        log: String?, _ body: @escaping @Sendable (_ socket: String) async throws -> Result
    ) async throws -> (result: Result, events: [Value]) {
        OpenFiles.raiseLimit()
        let folder = try TemporaryFolder(prefix: "boatyard-rehearsal")
        defer { FolderContents.remove(folder.path) }
        let descriptor = open(log ?? "/dev/null", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            throw RehearsalError("The log \(log ?? "") cannot be written: \(systemErrorText()).")
        }
        defer { close(descriptor) }
        let events = Mutex<[Value]>([])
        let readyFile = folder.path + "/ready.json"
        let rehearsal = try await Rehearsal.start(
            site, faults: faults, machines: .inMemory(BootServer(readyFile: readyFile)),
            log: RehearsalLog { event in events.withLock { $0.append(event) } },
            group: MultiThreadedEventLoopGroup.singleton)
        let daemon = TrialDaemon(rehearsal.map, folder: folder.path + "/state", log: descriptor)
        let (sockets, ready) = AsyncStream<String>.makeStream()
        let result = try await withThrowingTaskGroup(of: Result?.self) { group in
            group.addTask {
                try await rehearsal.run()
                return nil
            }
            group.addTask {
                defer { ready.finish() }
                try await daemon.run { line in
                    // Machines that read the first half of it wait for the other one.
                    try? FileContents.write(Array(line.json(.compact).utf8), to: readyFile, mode: 0o600)
                    ready.yield(line["socket"]?.stringValue ?? "")
                }
                try Task.checkCancellation()
                throw RehearsalError("The daemon ended before the rehearsal did.")
            }
            group.addTask {
                await TerminationSignals().wait()
                try Task.checkCancellation()
                throw RehearsalError("The rehearsal was interrupted.")
            }
            group.addTask {
                for await socket in sockets { return try await body(socket) }
                return nil
            }
            defer { group.cancelAll() }
            while let ended = try await group.next() {
                if let ended { return ended }
            }
            throw CancellationError()
        }
        return (result, events.withLock { $0 })
    }
}

/// `--fault MACHINE=FAULT`.
enum FaultOption {
    /// - Returns: by the machine's name.
    static func faults(_ texts: [String]) throws -> [String: [Fault]] {
        var faults: [String: [Fault]] = [:]
        for text in texts {
            guard let equals = text.firstIndex(of: "="), equals != text.startIndex else {
                throw ValidationError(
                    "--fault takes MACHINE=FAULT, not '\(text)'; faults are \(Fault.spellings.joined(separator: ", "))."
                )
            }
            let spelling = String(text[text.index(after: equals)...])
            guard let fault = Fault(spelling) else {
                throw ValidationError("--fault takes MACHINE=FAULT: the fault \(Fault.complaint(about: spelling)).")
            }
            faults[String(text[..<equals]), default: []].append(fault)
        }
        return faults
    }
}
