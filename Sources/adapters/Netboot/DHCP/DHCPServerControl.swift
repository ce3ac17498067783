import Primitives
import Processes

/// Starts and stops the DHCP server, and makes it read its files again.
package protocol DHCPServerControl: Sendable {
    /// Whether it runs now.
    func isRunning() -> Bool
    /// Has the machines' files read again. One that does not run stays so.
    func reload() throws(BoatyardError)
    /// Has everything read again, or starts it.
    ///
    /// - Throws: `BoatyardError` with what the server says where it does not run afterwards.
    func restart() throws(BoatyardError)
    /// Returns once it does not run.
    func stop() throws(BoatyardError)
}

/// The DHCP server as a unit of systemd.
package struct SystemdServerControl: DHCPServerControl {
    private let unit: String

    package init(unit: String = "boatyard-dhcp.service") { self.unit = unit }

    package func isRunning() -> Bool { (try? systemctl("is-active", "--quiet", unit).status) == 0 }

    package func reload() throws(BoatyardError) {
        try require(systemctl("kill", "--signal=HUP", "--kill-whom=main", unit))
    }

    package func restart() throws(BoatyardError) {
        // A unit that has failed often in a short time would not be started at all.
        _ = try systemctl("reset-failed", unit)
        let outcome = try systemctl("restart", unit)
        guard outcome.status == 0 else {
            let journal = try ShortProcess.run(
                ["/usr/bin/journalctl", "--unit=\(unit)", "--lines=5", "--output=cat", "--no-pager"], seconds: 10)
            let lines = journal.output.split(separator: "\n").filter { $0.contains("dnsmasq") || $0.contains("failed") }
            throw BoatyardError(
                "dhcp.server",
                "\(unit) does not start: \(LogRedactor.redact(lines.suffix(2).joined(separator: "; ")).prefix(400)). systemctl status \(unit) "
                    + "says more.")
        }
    }

    package func stop() throws(BoatyardError) { try require(systemctl("stop", unit)) }

    private func systemctl(_ arguments: String...) throws(BoatyardError) -> ShortProcess.Outcome {
        try ShortProcess.run(["/usr/bin/systemctl"] + arguments, seconds: 60)
    }

    private func require(_ outcome: ShortProcess.Outcome) throws(BoatyardError) {
        guard outcome.status != 0 else { return }
        throw BoatyardError(
            "dhcp.server", "systemctl could not reach \(unit): \(LogRedactor.redact(outcome.output).prefix(400))")
    }
}
