import OrderedCollections
import Primitives

extension Validator {
    /// What `oob` says can be used with the node's BMC: `redfish` needs what DD4001 asks of `ipmi`, and IPMI has limits of its
    /// own. Keys and credentials are not quoted.
    static let outOfBandParameters = Validator("BY1029", "Out-of-Band Parameters", confirms: false) { site, findings in
        for node in site.nodes {
            checkBoot(node, &findings)
            switch node.outOfBandType {
            case "redfish": checkRedfish(node, &findings)
            case "ipmi": checkIPMI(node, &findings)
            default: break
            }
        }
    }

    /// Where the installer comes from.
    private static func checkBoot(_ node: BaremetalNode, _ findings: inout Findings) {
        guard let boot = node.outOfBandParameters["boot"], boot != "network" else { return }
        guard node.bootsFromMedia else {
            return findings.error(
                "oob.boot of BaremetalNode \(node.name) is '\(boot.shownSafely)'",
                "It is network, or media for the type redfish.",
                node.reference, at: ["oob", "boot"])
        }
        if node.outOfBandType != "redfish" {
            findings.error(
                "BaremetalNode \(node.name) is to boot from media, and its out-of-band type is not redfish",
                "Set oob.type to redfish, or take oob.boot out.", node.reference, at: ["oob", "boot"])
        }
        if node.bootMACAddress == nil {
            findings.error(
                "BaremetalNode \(node.name) is to boot from media and has no boot MAC, by which its installer is known",
                "Set metadata.boot_mac.", node.reference, at: ["metadata"])
        }
    }

    private static func checkRedfish(_ node: BaremetalNode, _ findings: inout Findings) {
        for parameter in ["account", "credential", "network"]
        where node.outOfBandParameters[parameter]?.isEmpty ?? true {
            findings.error(
                "BaremetalNode \(node.name) is of the out-of-band type redfish and has no oob.\(parameter)",
                "Set oob.\(parameter) of the node or of its host profile, or substitute it there.", node.reference,
                at: ["oob", .key(parameter)])
        }
        if node.outOfBandAddress == nil {
            findings.error(
                "BaremetalNode \(node.name) is of the out-of-band type redfish and has no address of its BMC",
                "Add it to addressing, on the network \(node.outOfBandNetwork ?? "that oob.network names").",
                node.reference, at: ["addressing"])
        }
        if node.outOfBandKey != nil {
            findings.warning(
                "BaremetalNode \(node.name) has oob.kg, which means nothing to Redfish", "Take it out.", node.reference,
                at: ["oob", "kg"])
        }
    }

    /// What IPMI v2.0 has room for.
    private static func checkIPMI(_ node: BaremetalNode, _ findings: inout Findings) {
        if let account = node.outOfBandAccount, account.utf8.count > 16 {
            findings.error(
                "oob.account of BaremetalNode \(node.name) has \(account.utf8.count) bytes, and IPMI takes 16",
                "Make a shorter account on the BMC.", node.reference, at: ["oob", "account"])
        }
        guard let key = node.outOfBandKey?.reveal(), !isRedacted(key) else { return }
        let isMarked = key.hasPrefix("0x")
        let digits = Array(key.utf8.dropFirst(2))
        let isHexadecimal = isMarked && !digits.isEmpty && [UInt8](hex: digits) != nil
        if isMarked, !isHexadecimal {
            findings.warning(
                "oob.kg of BaremetalNode \(node.name) begins with 0x and is not hexadecimal: it is taken as text",
                "Write an even number of hexadecimal digits behind 0x, or a text that does not begin so.",
                node.reference, at: ["oob", "kg"])
        }
        let count = isHexadecimal ? digits.count / 2 : key.utf8.count
        if count > 20 {
            findings.error(
                "oob.kg of BaremetalNode \(node.name) has \(count) bytes, and IPMI takes 20",
                "Give the key of the BMC (K_G) as it is set there.", node.reference, at: ["oob", "kg"])
        }
    }

    /// Whether the documents are shown without their secrets: a digest stands in the place of each then.
    private static func isRedacted(_ text: String) -> Bool { text.utf8.count == 64 && [UInt8](hex: text) != nil }
}
