import Cryptography
import Primitives

/// What the boot programs of an image read from its blank sectors.
///
/// Every value is checked, so that a document cannot bring a command in.
package struct MediaConfiguration: Sendable, Hashable {
    /// Exactly one sector each.
    let grub: [UInt8]
    let isolinux: [UInt8]

    /// - Throws: `BoatyardError` `netboot.media` for a value that cannot stand in a configuration.
    init(_ parameters: [(name: String, value: String)]) throws(BoatyardError) {
        for (name, value) in parameters
        where value.isEmpty || !(name + value).utf8.allSatisfy(AddressCharacters.isOfBootScript) {
            throw BoatyardError(
                "netboot.media",
                "The parameter \(name) cannot stand in the configuration of a boot program: '\(value)'. Check "
                    + "listeners.node.url and the kernel parameters of the node.")
        }
        let words = parameters.map { "\($0.name)=\($0.value)" }.joined(separator: " ")
        grub = try Self.sector("set boatyard_parameters='\(words)'\n")
        isolinux = try Self.sector("LABEL boatyard\n  KERNEL /vmlinuz\n  INITRD /initrd\n  APPEND \(words)\n")
    }

    /// For the entity tag.
    var digest: String { Hash.sha256(grub + isolinux).prefix(8).hex }

    /// What stands in a sector of an image that is nobody's yet; the builder finds its place by it.
    package static func blank(_ program: String) -> [UInt8] {
        let mark = "# Boatyard: what stands here is the machine's own (\(program)).\n"
        return filled(Array(mark.utf8))
    }

    private static func sector(_ text: String) throws(BoatyardError) -> [UInt8] {
        guard text.utf8.count <= InstallerMedia.sectorSize else {
            throw BoatyardError(
                "netboot.media", "The kernel parameters of an image are longer than a sector: \(text.utf8.count) bytes."
            )
        }
        return filled(Array(text.utf8))
    }

    /// Empty lines mean nothing to either program.
    private static func filled(_ bytes: [UInt8]) -> [UInt8] {
        bytes + [UInt8](repeating: UInt8(ascii: "\n"), count: max(0, InstallerMedia.sectorSize - bytes.count))
    }
}
