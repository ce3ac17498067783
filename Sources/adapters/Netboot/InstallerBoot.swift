import Primitives

/// Where the installer's kernel and ramdisk come from.
package enum InstallerSource: Sendable, Hashable {
    /// The node listener, which serves what lies in the `NetbootFolder`.
    case files
    /// Addresses of another server.
    case addresses(kernel: String, ramdisk: String)
}

/// One machine's boot into the installer (`docs/reference/node-protocol.md` §1).
package struct InstallerBoot: Sendable, Hashable {
    /// What the installer is booted for; its name stands on the kernel command line unless it is `install`.
    package enum Mode: String, Sendable, Hashable {
        case install
        case rescue
        case test
    }

    /// Where kernel and ramdisk come from.
    package var source: InstallerSource
    /// The address of the listener `node` as the machine reaches it, `http://192.0.2.1:8080`.
    package var nodeURL: String
    /// The MAC address of the interface that boots.
    package var mac: MACAddress
    /// The boot token, by which the installer authenticates.
    package var token: String
    /// Values of the kernel parameter `console`, in their order; the last one is the console of the messages.
    package var consoles: [String]
    /// What it is booted for. For `rescue` the agent carries out no other plan.
    package var mode: Mode

    package init(
        source: InstallerSource, nodeURL: String, mac: MACAddress, token: String, consoles: [String] = [],
        mode: Mode = .install
    ) {
        self.source = source
        self.nodeURL = nodeURL
        self.mac = mac
        self.token = token
        self.consoles = consoles
        self.mode = mode
    }

    /// What the installer reads from its kernel command line.
    package var parameters: [(name: String, value: String)] {
        [("boatyard.url", nodeURL), ("boatyard.mac", mac.description), ("boatyard.token", token)]
            + (mode == .install ? [] : [("boatyard.mode", mode.rawValue)])
            // In seconds: a kernel that has failed lets people read why, and then the machine boots again.
            + [("panic", "60")] + consoles.map { ("console", $0) }
    }

    /// What an installer that a BMC's drive holds reads from its kernel command line: it gets its token and what it is
    /// booted for from the daemon.
    package static func mediaParameters(
        nodeURL: String, mac: MACAddress, consoles: [String]
    ) -> [(name: String, value: String)] {
        [("boatyard.url", nodeURL), ("boatyard.mac", mac.description), ("panic", "60")]
            + consoles.map { ("console", $0) }
    }

    /// The boot script.
    ///
    /// - Throws: `IPXEScriptError` where an address cannot be written into one.
    package func script() throws(IPXEScriptError) -> String {
        let kernel: String
        let ramdisk: String
        switch source {
        case .files:
            kernel = nodeURL + NetbootFolder.InstallerFile.kernel.location
            ramdisk = nodeURL + NetbootFolder.InstallerFile.ramdisk.location
        case .addresses(let kernelAddress, let ramdiskAddress):
            kernel = kernelAddress
            ramdisk = ramdiskAddress
        }
        return try IPXEScript.installer(of: mac, kernel: kernel, ramdisk: ramdisk, parameters: parameters)
    }
}
