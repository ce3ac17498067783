import OrderedCollections

/// Texts that reach boot scripts, configuration of servers, kernel command lines and paths of root's files.
package enum UnsafeText {
    /// What a text must not have: ends of lines and other control characters, quotes, and what shells and iPXE expand.
    ///
    /// - Returns: how to name it in a message; nil where the text is harmless.
    package static func hazard(in text: String) -> String? {
        if text.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F }) { return "a control character" }
        for (part, name) in hazards where text.contains(part) { return name }
        return nil
    }

    private static let hazards: [(String, String)] = [
        ("${", "'${'"), ("$(", "'$('"), ("`", "a backquote"), (";", "';'"), ("&&", "'&&'"), ("\"", "a quote"),
        ("'", "a quote"), ("\\", "a backslash"),
    ]

    /// Why `path` cannot be the path of a file on a machine; nil where it can.
    package static func hazard(inPath path: String) -> String? {
        if !path.hasPrefix("/") { return "no leading '/'" }
        if path.utf8.count > 4096 { return "more than 4096 bytes" }
        if path.split(separator: "/").contains("..") { return "a '..'" }
        if path.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F }) { return "a control character" }
        return path.contains("${") ? "'${'" : nil
    }
}

extension Validator {
    /// Names and parameters cannot say more than they are.
    static let unsafeTexts = Validator("BY1006", "Safe Texts", confirms: false) { site, findings in
        for node in site.nodes {
            var texts: [(what: String, text: String)] = [("Name", node.name), ("Domain", node.domain)]
            if let image = node.image { texts.append(("Image", image)) }
            if let kernel = node.kernel { texts.append(("Kernel", kernel)) }
            for (name, value) in node.kernelParameters {
                texts.append(("Kernel parameter", name))
                texts.append(("Kernel parameter \(name)", value))
            }
            for (what, text) in texts {
                guard let hazard = UnsafeText.hazard(in: text) else { continue }
                findings.error(
                    "\(what) of BaremetalNode \(node.name) has \(hazard) in it",
                    "Such a text could change the meaning of a boot script or a kernel command line; remove it.",
                    node.reference)
            }
        }
        for network in site.networks {
            for text in [network.name, network.dnsDomain, network.dnsServers ?? ""] {
                guard let hazard = UnsafeText.hazard(in: text) else { continue }
                findings.error(
                    "Name, domain or servers of Network \(network.name) have \(hazard) in them",
                    "Such a text could change the meaning of a configuration file; remove it.", network.reference)
            }
        }
        for action in site.bootActions {
            for path in action.assets.lazy.compactMap(\.path) {
                guard let hazard = UnsafeText.hazard(inPath: path) else { continue }
                findings.error(
                    "Path of an asset of BootAction \(action.name) has \(hazard)",
                    "Write an absolute path without '..'.", DocumentReference(.bootAction, action.name))
            }
        }
    }
}
