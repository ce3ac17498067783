import Primitives

/// The ramdisk as a system to log in to.
struct RescueSystem: Sendable {
    /// `kind` of the plan of a machine that is to be looked at.
    static let planKind = "rescue"

    let log: InstallerLog
    private static let keyLimit = 256

    /// Lets those in whose keys the plan has (`authorized_keys`), by SSH as root.
    func start(_ plan: Value) async throws -> InstallationRun.Ending {
        let keys = (plan["authorized_keys"]?.arrayValue ?? []).compactMap(\.stringValue).filter(Self.isKey)
        guard !keys.isEmpty else {
            return .stop("the plan of this rescue has no keys: set 'authorized_keys' in the site's Region")
        }
        do {
            try FileContents.makeFolder("/root/.ssh", mode: 0o700)
            let text = keys.prefix(Self.keyLimit).map { $0 + "\n" }.joined()
            try FileContents.write(Array(text.utf8), to: "/root/.ssh/authorized_keys", mode: 0o600)
            try await ChildProcess.run(Command("ssh-keygen", "-A"))
            try await ChildProcess.run(Command("systemctl", "start", "ssh.service"))
            let addresses = try await ChildProcess.run(Command("ip", "-brief", "address")).text
            log.write("log in as root by SSH, with one of \(keys.count) keys; addresses:\n\(addresses)")
        } catch let failure as CommandFailure {
            return .stop("nobody can log in to this rescue: \(failure)")
        }
        return .stop("this machine waits in its rescue; restart it when you are done")
    }

    /// One line of printable characters, as authorized_keys has it.
    static func isKey(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= 16 << 10 && !text.unicodeScalars.contains(where: ControlCharacters.contains)
            && !text.hasPrefix("#")
    }
}
