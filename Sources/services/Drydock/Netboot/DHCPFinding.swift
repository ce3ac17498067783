import Netboot
import Primitives

/// What the state of DHCP and TFTP means to machines that are to boot, as a message of `validate_node_services`
/// (`docs/reference/drydock.md` §13.4).
struct DHCPFinding: Sendable, Hashable {
    var message: String
    /// Whether machines would wait for answers that nobody gives. Where no interface is named another server may give them.
    var isError: Bool

    init(_ status: DHCPStatus) {
        let mode = status.settings.mode
        guard let interface = status.settings.interface else {
            message =
                mode == .off
                ? "Another server answers DHCP and TFTP, as netboot.mode is off: boatyard netboot dhcp-snippet has what it must be "
                    + "told."
                : "This host answers no DHCP and no TFTP, as netboot.interface is not set: machines boot only where another server "
                    + "has what boatyard netboot dhcp-snippet prints."
            isError = false
            return
        }
        isError = status.state != .active
        switch status.state {
        case .active:
            message =
                switch mode {
                case .authoritative: "DHCP and TFTP answer on \(interface)."
                case .proxy:
                    "TFTP answers on \(interface), and DHCP adds what to boot to the answers of another server."
                case .off: "TFTP answers on \(interface), and another server DHCP, as netboot.mode is off."
                }
        case .waiting:
            message =
                "DHCP and TFTP answer nobody on \(interface), as nothing is committed: boatyard commit configdocs, then run this "
                + "again."
        case .off, .pending:
            message =
                "DHCP and TFTP do not answer on \(interface) by the committed documents, which have not been taken over yet. Look "
                + "at systemctl status boatyard-dhcp-apply.path boatyard-dhcp-apply.service, then run this again."
        case .refused:
            message =
                "DHCP and TFTP do not answer on \(interface) by the committed documents: \(status.message.asClause). Mend that until boatyard "
                + "netboot status says active, then run this again."
        }
    }
}
