import OrderedCollections
import OutboundHTTP
import Primitives

/// What a machine boots, for a boot program that could not ask for it: the signed GRUB of Secure Boot knows no HTTP
/// (`docs/reference/node-protocol.md` §1.12).
package enum BootTicket: Sendable {
    /// The installer, with its boot token.
    case installer(Secret<String>)
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
        if let token = parameters.token { return .installer(token) }
        if let kept = try? FileContents.read(file, limit: 4096) {
            return .installer(Secret(String(decoding: kept, as: UTF8.self).trimmed))
        }
        let connection = NodeConnection(url: parameters.url, token: nil, log: log, firstPause: firstPause)
        let ticket = try await connection.boot(mac: parameters.mac)
        if case .installer(let token) = ticket {
            let folder = file.lastIndex(of: "/").map { String(file[..<$0]) } ?? "."
            try FileContents.makeFolder(folder, mode: 0o700)
            try FileContents.write(Array(token.reveal().utf8), to: file, mode: 0o600)
        }
        return ticket
    }
}

extension NodeConnection {
    /// What a machine boots.
    fileprivate func boot(mac: MACAddress) async throws -> BootTicket {
        let response = try await exchange("GET", "/agent/v1/boot?mac=\(mac)")
        guard response.status == 200, let answer = try? Value(json: response.body) else {
            throw unexpected("The question what to boot", response)
        }
        switch (answer["boot"]?.stringValue, answer["token"]?.stringValue) {
        case ("installer", let token?): return .installer(Secret(token))
        case ("disk", _): return .disk
        default: throw unexpected("The question what to boot", response)
        }
    }
}
