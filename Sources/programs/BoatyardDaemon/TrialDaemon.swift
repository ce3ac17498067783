import ArgumentParser
import Primitives
import RehearsalMap
import SystemSupport

/// A daemon inside of another program, for the machines of a rehearsal: on free ports of loopback, and without the configuration of
/// the host.
package struct TrialDaemon: Sendable {
    private let map: RehearsalMap
    private let folder: String
    private let log: CInt

    /// - Parameters:
    ///   - folder: for its state, in one that nobody else may enter.
    ///   - log: the file descriptor that its log is written to.
    package init(_ map: RehearsalMap, folder: String, log: CInt) {
        self.map = map
        self.folder = folder
        self.log = log
    }

    /// Serves until the task is cancelled.
    ///
    /// - Parameter ready: gets once every listener answers what the daemon prints then:
    ///   `{"api": URL, "node": URL, "socket": path, "state": path}`.
    package func run(ready: @escaping @Sendable (Value) -> Void) async throws {
        let options = try Boatyardd.parse(["--ephemeral", "--state-dir", folder])
        try await Daemon(options: options).runTrial(with: map, log: .file(log), ready: ready)
    }
}
