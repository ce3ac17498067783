import Glibc
import OutboundHTTP
import Primitives

/// Reports from the installed system that it is up, once.
package struct BootedReportSender: Sendable {
    private let path: String
    private let log: InstallerLog

    /// - Parameter path: the file that the installer has left.
    package init(path: String = AgentExecutor.report, log: InstallerLog) {
        self.path = path
        self.log = log
    }

    /// Reports until the daemon has answered, and deletes the file with the token.
    ///
    /// - Parameter firstPause: in seconds; the pause before the second try is no longer.
    /// - Throws: `BoatyardError` `booted.report` where the file cannot be used; `installer.protocol`; `CancellationError`.
    package func run(firstPause: Double = 1) async throws {
        guard access(path, F_OK) == 0 else { return log.write("has reported already: there is no \(path)") }
        let value = try? Value(json: try FileContents.read(path, limit: 1 << 20))
        guard let text = value?["url"]?.stringValue, let url = RemoteAddress(text),
            let token = value?["token"]?.stringValue, let sequence = value?["sequence"]?.intValue
        else {
            throw BoatyardError(
                "booted.report",
                "\(path) cannot be read, so that this machine cannot report that it is up. Deploy it again.")
        }
        log.hide(Secret(token))
        let connection = NodeConnection(url: url, token: Secret(token), log: log, firstPause: firstPause)
        let event = InstallerEvent(phase: "booted", message: "The installed system is up.", sequence: sequence)
        do {
            _ = try await connection.report(event, to: text)
            log.write("reported that the installed system is up")
        } catch let refused as NodeConnection.BootAgain {
            log.write("the daemon does not take the report any more: \(refused)")
        }
        // The token is worth nothing any more.
        FolderContents.remove(path)
    }
}
