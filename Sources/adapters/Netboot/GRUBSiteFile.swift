import Primitives
import SiteDesign

/// What the signed GRUB of Secure Boot reads by TFTP beside its own configuration: where the daemon is, and on which consoles
/// machines write (`docs/reference/netboot.md` §5).
///
/// There is no secret in it: the installer asks the daemon for its token itself. Every value was parsed or is checked, so that
/// a document cannot bring a command in.
package enum GRUBSiteFile {
    /// Below the folder of boot programs.
    package static let path = "grub/site.cfg"

    /// - Throws: `BoatyardError` `dhcp.node_url` for an address that cannot stand in it.
    package static func text(nodeURL: String, site: EffectiveSite?) throws(BoatyardError) -> String {
        guard !nodeURL.isEmpty, nodeURL.utf8.allSatisfy(AddressCharacters.isOfBootScript) else {
            throw BoatyardError(
                "dhcp.node_url",
                "The address of the listener node, '\(nodeURL)', cannot stand in a configuration of GRUB. Set "
                    + "listeners.node.url to http://HOST:PORT.")
        }
        var lines = [
            "# Written by boatyardd from the committed site design. Changes are lost.", "set boatyard_url='\(nodeURL)'",
        ]
        for node in site?.nodes ?? [] {
            guard let mac = node.bootMACAddress, mac != .zero, !node.consoles.isEmpty else { continue }
            let consoles = node.consoles.map { "console=\($0)" }.joined(separator: " ")
            lines.append("if [ \"$net_default_mac\" = '\(mac)' ]; then set boatyard_consoles='\(consoles)'; fi")
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
