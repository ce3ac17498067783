import OrderedCollections
import OutboundHTTP
import Primitives

/// What a machine boots, for a boot program that could not ask for it: the signed GRUB of Secure Boot knows no HTTP
/// (`docs/reference/node-protocol.md` §1.12).
package enum BootTicket: Sendable {
    /// The installer, with its boot token and what it was booted for.
    case installer(Secret<String>, mode: BootParameters.Mode)
    /// The disk: the machine is installed.
    case disk

    /// Where an agent that is started again finds the token of this boot. In memory, so that it goes with the boot.
    package static let file = "/run/boatyard-agent/token"

    /// Asks the daemon, until there is an answer; or takes the token that an agent before this one has got.
    ///
    /// - Throws: `BoatyardError` `installer.protocol`, `file.write`; `CancellationError`.
    package static func obtain(
        _ parameters: BootParameters, log: InstallerLog, file: String = file, firstPause: Double = 1
    ) async throws -> BootTicket {
        if let token = parameters.token { return .installer(token, mode: parameters.mode) }
        if let kept = try? FileContents.read(file, limit: 4096), let answer = try? Value(json: kept),
            let ticket = BootTicket(answer)
        {
            return ticket
        }
        let connection = NodeConnection(url: parameters.url, token: nil, log: log, firstPause: firstPause)
        let ticket = try await connection.boot(mac: parameters.mac)
        if case .installer(let token, let mode) = ticket {
            let answer: Value = [
                "boot": "installer", "token": .string(token.reveal()), "mode": .string(mode.rawValue),
            ]
            let folder = file.lastIndex(of: "/").map { String(file[..<$0]) } ?? "."
            try FileContents.makeFolder(folder, mode: 0o700)
            try FileContents.write(answer.jsonBytes(.compact), to: file, mode: 0o600)
        }
        return ticket
    }

    /// - Parameter answer: the daemon's; nil for what is none. A daemon that names no mode installs.
    fileprivate init?(_ answer: Value) {
        switch (answer["boot"]?.stringValue, answer["token"]?.stringValue) {
        case ("installer", let token?):
            guard let mode = BootParameters.Mode(rawValue: answer["mode"]?.stringValue ?? "install") else { return nil }
            self = .installer(Secret(token), mode: mode)
        case ("disk", _): self = .disk
        default: return nil
        }
    }
}

extension NodeConnection {
    /// What a machine boots.
    fileprivate func boot(mac: MACAddress) async throws -> BootTicket {
        let response = try await exchange("GET", "/agent/v1/boot?mac=\(mac)")
        guard response.status == 200, let answer = try? Value(json: response.body), let ticket = BootTicket(answer)
        else { throw unexpected("The question what to boot", response) }
        return ticket
    }
}
