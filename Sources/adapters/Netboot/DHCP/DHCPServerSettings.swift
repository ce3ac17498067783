/// How the DHCP server takes part in the provisioning network.
package enum DHCPMode: String, Sendable, CaseIterable {
    /// It is the only DHCP server there.
    case authoritative
    /// Another server gives the addresses; this one adds what to boot.
    case proxy
    /// Another server does both; this host serves the boot programs by TFTP alone.
    case off
}

/// What the settings say of DHCP and TFTP.
package struct DHCPServerSettings: Sendable, Hashable {
    /// Which iPXE machines with UEFI get.
    package enum UEFIProgram: String, Sendable, CaseIterable {
        /// Uses the network driver of the firmware.
        case snponly
        /// Has drivers of its own.
        case ipxe
    }

    package var mode: DHCPMode
    /// The interface of this host on the provisioning network. Nobody is answered while it is nil.
    package var interface: String?
    package var uefiProgram: UEFIProgram
    /// Whether machines with UEFI get the signed shim instead of iPXE.
    package var usesSecureBoot: Bool
    /// Whether IPv6 routers are announced, which iPXE waits for. Only where the mode is `authoritative`.
    package var announcesRouters: Bool

    package init(
        mode: DHCPMode = .authoritative, interface: String? = nil, uefiProgram: UEFIProgram = .snponly,
        usesSecureBoot: Bool = false, announcesRouters: Bool = true
    ) {
        self.mode = mode
        self.interface = interface
        self.uefiProgram = uefiProgram
        self.usesSecureBoot = usesSecureBoot
        self.announcesRouters = announcesRouters
    }
}
