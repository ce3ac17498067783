import OrderedCollections
import Primitives

/// Texts that reach boot scripts, configuration of servers, kernel command lines and paths of root's files.
package enum UnsafeText {
    /// What a text must not have: ends of lines and other control characters, quotes, and what shells and iPXE expand.
    ///
    /// - Returns: how to name it in a message; nil where the text is harmless.
    package static func hazard(in text: String) -> String? {
        var previous: UInt8 = 0
        for byte in text.utf8 {
            switch byte {
            case 0..<0x20, 0x7F: return "a control character"
            case UInt8(ascii: "`"): return "a backquote"
            case UInt8(ascii: ";"): return "';'"
            case UInt8(ascii: "\""), UInt8(ascii: "'"): return "a quote"
            case UInt8(ascii: "\\"): return "a backslash"
            case UInt8(ascii: "{") where previous == UInt8(ascii: "$"): return "'${'"
            case UInt8(ascii: "(") where previous == UInt8(ascii: "$"): return "'$('"
            case UInt8(ascii: "&") where previous == UInt8(ascii: "&"): return "'&&'"
            default: previous = byte
            }
        }
        return nil
    }

    /// Why `path` cannot be the path of a file on a machine; nil where it can.
    package static func hazard(inPath path: String) -> String? {
        if !path.hasPrefix("/") { return "no leading '/'" }
        if path.utf8.count > 4096 { return "more than 4096 bytes" }
        if path.split(separator: "/").contains("..") { return "a '..'" }
        var previous: UInt8 = 0
        for byte in path.utf8 {
            if byte < 0x20 || byte == 0x7F { return "a control character" }
            if byte == UInt8(ascii: "{"), previous == UInt8(ascii: "$") { return "'${'" }
            previous = byte
        }
        return nil
    }
}

extension Validator {
    /// Names and parameters cannot say more than they are.
    static let unsafeTexts = Validator("BY1006", "Safe Texts", confirms: false) { site, findings in
        for node in site.nodes {
            func check(_ text: String, _ what: @autoclosure () -> String) {
                guard let hazard = UnsafeText.hazard(in: text) else { return }
                findings.error(
                    "\(what()) of BaremetalNode \(node.name) has \(hazard) in it",
                    "Such a text could change the meaning of a boot script or a kernel command line; remove it.",
                    node.reference)
            }
            check(node.name, "Name")
            check(node.domain, "Domain")
            if let image = node.image { check(image, "Image") }
            if let kernel = node.kernel { check(kernel, "Kernel") }
            for (name, value) in node.kernelParameters {
                check(name, "Kernel parameter")
                check(value, "Kernel parameter \(name)")
            }
            let fileSystems =
                node.storageDevices.flatMap { ($0.partitions ?? []).map(\.fileSystem) }
                + node.volumeGroups.flatMap { ($0.logicalVolumes ?? []).map(\.fileSystem) }
            for fileSystem in fileSystems {
                if let text = fileSystem.mountPoint { check(text, "Mount point") }
                if let text = fileSystem.mountOptions { check(text, "Mount options") }
                if let text = fileSystem.type { check(text, "File system type") }
                if let text = fileSystem.label { check(text, "File system label") }
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
            if let hazard = UnsafeText.hazard(in: action.name) {
                findings.error(
                    "Name of BootAction \(action.name.pythonRepr) has \(hazard) in it", "Rename it.",
                    DocumentReference(.bootAction, action.name))
            }
            for path in action.assets.lazy.compactMap(\.path) {
                guard let hazard = UnsafeText.hazard(inPath: path) else { continue }
                findings.error(
                    "Path of an asset of BootAction \(action.name) has \(hazard)",
                    "Write an absolute path without '..'.", DocumentReference(.bootAction, action.name))
            }
        }
    }
}
