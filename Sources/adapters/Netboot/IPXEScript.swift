import SiteDesign

/// Boot scripts for iPXE (`docs/reference/node-protocol.md` §1).
///
/// iPXE expands `${…}`, splits commands at `;`, `&&` and `||`, and knows quotes and escapes. What is written into a
/// script comes from the configuration, from documents and from the network. Every piece is checked for the characters
/// that it may have, and refused otherwise. Nothing is escaped.
package enum IPXEScript {
    /// A script that boots a kernel and its ramdisk.
    ///
    /// - Parameter parameters: the kernel's command line in its order, without `initrd=`, which is added for UEFI.
    /// - Throws: `IPXEScriptError`, which names the piece that cannot be written.
    package static func installer(
        kernel: String, ramdisk: String, parameters: [(name: String, value: String)]
    ) throws(IPXEScriptError) -> String {
        try check(kernel, "the kernel's address", urlCharacters)
        try check(ramdisk, "the ramdisk's address", urlCharacters)
        var line = "kernel \(kernel)"
        for (name, value) in parameters {
            try check(name, "the name of a kernel parameter", nameCharacters)
            try check(value, "the kernel parameter \(name)", valueCharacters)
            line += " \(name)=\(value)"
        }
        // The EFI stub of Linux finds its ramdisk by this name, which is the last part of its address.
        let file = ramdisk.split(separator: "?", maxSplits: 1).first?.split(separator: "/").last.map(String.init) ?? ""
        try check(file, "the ramdisk's file name", nameCharacters)
        return "#!ipxe\n\(line) initrd=\(file)\ninitrd \(ramdisk)\nboot\n"
    }

    /// A script that boots from the disk.
    package static func localDisk(_ mode: BootMode) -> String {
        switch mode {
        // Firmware of the field often does not go on to the disk after a PXE boot has ended.
        case .bios: "#!ipxe\nsanboot --no-describe --drive 0x80\n"
        case .uefi: "#!ipxe\nexit\n"
        }
    }

    private static let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
    private static let nameCharacters = Set((letters + "-._").utf8)
    private static let valueCharacters = Set((letters + "-._~:/?@+,=%[]").utf8)
    private static let urlCharacters = valueCharacters

    private static func check(_ text: String, _ what: String, _ allowed: Set<UInt8>) throws(IPXEScriptError) {
        guard !text.isEmpty else { throw IPXEScriptError(what: what, character: nil) }
        guard let wrong = text.unicodeScalars.first(where: { !$0.isASCII || !allowed.contains(UInt8($0.value)) })
        else { return }
        throw IPXEScriptError(what: what, character: wrong)
    }
}

/// A piece of a boot script has a character that it may not have.
package struct IPXEScriptError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The piece, such as `the kernel's address`.
    package var what: String
    /// The first character that is not allowed; nil where the piece is empty.
    package var character: Unicode.Scalar?

    package var description: String {
        guard let character else { return "A boot script cannot be written: \(what) is empty." }
        let code = String(character.value, radix: 16, uppercase: true)
        return "A boot script cannot be written: \(what) contains the character U+"
            + String(repeating: "0", count: max(0, 4 - code.count)) + code + "."
    }
}
