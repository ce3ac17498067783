import OutboundHTTP
import Primitives

/// What the boot script has put on the kernel's command line for the installer (`docs/reference/node-protocol.md` §1.3).
package struct BootParameters: Sendable {
    /// What the installer was booted for.
    package enum Mode: String, Sendable, Hashable {
        case install
        case rescue
        case test
    }

    /// The root of the listener `node`.
    package var url: RemoteAddress
    /// The address that the machine was booted from.
    package var mac: MACAddress
    /// The boot token; nil where the boot program could not ask for one, as the signed GRUB.
    package var token: Secret<String>?
    /// `install` where nothing is said.
    package var mode: Mode

    /// Reads the text of `/proc/cmdline`. Of a parameter that is given twice the last counts, as in the kernel.
    ///
    /// - Throws: `BoatyardError` `installer.parameters`, which names the parameter.
    package init(commandLine text: String) throws(BoatyardError) {
        let values = Self.values(in: text)
        guard let url = values["boatyard.url"], let address = RemoteAddress(url) else {
            throw Self.wrong("boatyard.url", values["boatyard.url"], "the address of the daemon, http://HOST:PORT")
        }
        guard let text = values["boatyard.mac"], let mac = MACAddress(text) else {
            throw Self.wrong("boatyard.mac", values["boatyard.mac"], "the Ethernet address that was booted from")
        }
        let token = values["boatyard.token"]
        if token?.isEmpty == true { throw Self.wrong("boatyard.token", token, "the boot token") }
        guard let mode = Mode(rawValue: values["boatyard.mode"] ?? "install") else {
            throw Self.wrong("boatyard.mode", values["boatyard.mode"], "'install', 'rescue' or 'test'")
        }
        self.url = address
        self.mac = mac
        self.token = token.map { Secret($0) }
        self.mode = mode
    }

    /// The parameters of ours.
    private static func values(in text: String) -> [String: String] {
        var values: [String: String] = [:]
        for word in text.split(whereSeparator: \.isWhitespace) where word.hasPrefix("boatyard.") {
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            values[String(parts[0])] = parts.count == 2 ? String(parts[1]) : ""
        }
        return values
    }

    private static func wrong(_ name: String, _ value: String?, _ wanted: String) -> BoatyardError {
        let seen =
            value.map { "is '\(ControlCharacters.escaped(String($0.prefix(100)), keepsLines: false))'" } ?? "is missing"
        return BoatyardError(
            "installer.parameters",
            "The kernel parameter \(name) \(seen), but it has to be \(wanted). The boot script of the daemon sets it: "
                + "boot this machine over the network from the daemon, not from other media.")
    }
}
