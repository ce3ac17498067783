import Glibc
import Netboot
import Primitives
import Simulator
import Synchronization

/// dnsmasq as a child of this process, with the options of its unit.
final class ChildServerControl: DHCPServerControl {
    private let arguments: [String]
    private let environment: [String: String]
    private let log: String
    private let pidFile: String
    private let server = Mutex<LoggedProgram?>(nil)

    static let dnsmasq = "/usr/sbin/dnsmasq"

    /// - Parameters:
    ///   - active: the folder that dnsmasq reads.
    ///   - folder: of dnsmasq's own files; it belongs to dnsmasq's user.
    ///   - script: the program that dnsmasq tells of leases and transfers.
    ///   - events: the socket that the program sends to.
    ///   - programs: the folder that TFTP serves.
    init(active: DHCPFolder, folder: String, script: String, events: String, programs: String) {
        pidFile = "\(folder)/pid"
        log = "\(folder)/log"
        // As `systemd/boatyard-dhcp.service`, but in the foreground and as a user of the host.
        arguments = [
            "--keep-in-foreground", "--conf-file=\(active.main)", "--dhcp-hostsdir=\(active.hosts)",
            "--dhcp-leasefile=\(folder)/leases", "--dhcp-script=\(script)", "--enable-tftp", "--tftp-no-fail",
            "--tftp-root=\(programs)", "--pid-file=\(pidFile)", "--user=nobody", "--group=nogroup",
            "--log-facility=-",
        ]
        environment = ["BOATYARD_DHCP_EVENTS": events]
    }

    func isRunning() -> Bool { server.withLock { $0?.isRunning == true } }

    func reload() throws(BoatyardError) { server.withLock { $0?.send(SIGHUP) } }

    func restart() throws(BoatyardError) {
        try stop()
        do {
            let program = try LoggedProgram(Self.dnsmasq, arguments, environment: environment, log: log)
            server.withLock { $0 = program }
            // It writes the file once it answers, and ends before where it cannot.
            for _ in 0..<200 where program.isRunning && access(pidFile, F_OK) != 0 { usleep(50_000) }
            guard program.isRunning, access(pidFile, F_OK) == 0 else {
                program.stop()
                let text =
                    (try? FileContents.read(log, limit: 1 << 20)).map { String(decoding: $0, as: UTF8.self) } ?? ""
                throw RehearsalError(text.split(separator: "\n").suffix(2).joined(separator: "; "))
            }
        } catch {
            throw BoatyardError("dhcp.server", "dnsmasq does not start: \(error.inWords)")
        }
    }

    func stop() throws(BoatyardError) {
        let program = server.withLock { server in
            defer { server = nil }
            return server
        }
        program?.stop()
        unlink(pidFile)
    }
}
