import OrderedCollections
import Primitives

extension Validator {
    /// What `oob` says can be used by the driver of the node's type, and `redfish` has what DD4001 asks of `ipmi`.
    static let outOfBandParameters = Validator("BY1029", "Out-of-Band Parameters", confirms: false) { site, findings in
        for node in site.nodes {
            for problem in node.outOfBandProblems {
                findings.error(problem.message, problem.remedy, node.reference, at: problem.path)
            }
            if node.bootsFromMedia, node.bootMACAddress == nil {
                findings.error(
                    "BaremetalNode \(node.name) is to boot from media and has no boot MAC, by which its installer is known",
                    "Set metadata.boot_mac.", node.reference, at: ["metadata"])
            }
            switch node.outOfBandType {
            case "redfish": checkRedfish(node, &findings)
            case "ipmi": checkKey(node, &findings)
            default: break
            }
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

    private static func checkKey(_ node: BaremetalNode, _ findings: inout Findings) {
        guard let key = node.outOfBandKey?.reveal(), !BaremetalNode.isRedacted(key), key.hasPrefix("0x"),
            BaremetalNode.hexadecimalKey(key) == nil
        else { return }
        findings.warning(
            "oob.kg of BaremetalNode \(node.name) begins with 0x and is not hexadecimal: it is taken as text",
            "Write an even number of hexadecimal digits behind 0x, or a text that does not begin so.",
            node.reference, at: ["oob", "kg"])
    }
}
