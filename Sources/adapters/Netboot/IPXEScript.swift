import Primitives
import SiteDesign

/// Boot scripts for iPXE (`docs/reference/node-protocol.md` §1).
///
/// iPXE expands `${…}`, splits commands at `;`, `&&` and `||`, and knows quotes and escapes. What is written into a
/// script comes from the configuration, from documents and from the network. Every piece is checked for the characters
/// that it may have, and refused otherwise. Nothing is escaped.
package enum IPXEScript {
    /// How often the installer is asked for before the machine stops with a message.
    static let attempts = 5
    /// In seconds, between two attempts.
    static let pause = 5
    /// In milliseconds: how long one file may take.
    static let patience = (kernel: 120_000, ramdisk: 900_000)
    /// In seconds: how long a message stays on the screen before the machine starts again or goes on to its next device.
    static let messageTime = 300

    /// A script that boots a kernel and its ramdisk.
    ///
    /// What cannot be fetched is tried again; a machine that had no success says so on its screen and, after five
    /// minutes, starts again.
    ///
    /// - Parameters:
    ///   - mac: the address that the machine boots from, for the people at its screen.
    ///   - parameters: the kernel's command line in its order, without `initrd=`, which is added for UEFI.
    /// - Throws: `IPXEScriptError`, which names the piece that cannot be written.
    package static func installer(
        of mac: MACAddress, kernel: String, ramdisk: String, parameters: [(name: String, value: String)]
    ) throws(IPXEScriptError) -> String {
        try check(kernel, "the kernel's address")
        try check(ramdisk, "the ramdisk's address")
        var arguments = ""
        for (name, value) in parameters {
            try check(name, "the name of a kernel parameter", isOfName)
            try check(value, "the kernel parameter \(name)")
            arguments += " \(name)=\(value)"
        }
        // The EFI stub of Linux finds its ramdisk by this name, which is the last part of its address.
        let file = ramdisk.split(separator: "?", maxSplits: 1).first?.split(separator: "/").last.map(String.init) ?? ""
        try check(file, "the ramdisk's file name", isOfName)
        return """
            #!ipxe
            echo Boatyard: \(mac) loads the installer
            set attempt:int32 1
            :load
            kernel --timeout \(patience.kernel) \(kernel)\(arguments) initrd=\(file) || goto failed
            initrd --timeout \(patience.ramdisk) \(ramdisk) || goto failed
            boot || goto failed
            :failed
            imgfree
            echo Boatyard: attempt ${attempt} of \(attempts) to load the installer has failed
            iseq ${attempt} \(attempts) && goto stop ||
            inc attempt
            sleep \(pause)
            goto load
            :stop
            echo Boatyard: \(mac) cannot load \(kernel)
            echo Boatyard: or cannot load \(ramdisk)
            echo Boatyard: see that this machine reaches the seed host, and that boatyard netboot list shows an installer.
            prompt --timeout \(messageTime * 1000) Boatyard: starting again in \(messageTime) seconds, or at a key. ||
            reboot

            """
    }

    /// A script that boots from the disk.
    package static func localDisk(_ mode: BootMode) -> String {
        switch mode {
        // Firmware of the field often does not go on to the disk after a PXE boot has ended. A system on a mirror boots from
        // the second disk where the first one is gone.
        case .bios:
            """
            #!ipxe
            echo Boatyard: this machine is installed; booting its disk
            sanboot --no-describe --drive 0x80 ||
            sanboot --no-describe --drive 0x81 ||
            sanboot --no-describe --drive 0x82 ||
            sanboot --no-describe --drive 0x83 ||
            echo Boatyard: the first four disks cannot be booted. See that the system is on one of the first in the order of the firmware.
            prompt --timeout \(messageTime * 1000) Boatyard: trying the next boot device in \(messageTime) seconds, or at a key. ||
            exit 1

            """
        // An exit with success makes firmware such as OVMF open its setup menu; a failure, its next boot device.
        case .uefi:
            """
            #!ipxe
            echo Boatyard: this machine is installed; going on to the next boot device
            exit 1

            """
        }
    }

    /// What iPXE takes for a name.
    private static func isOfName(_ byte: UInt8) -> Bool {
        AddressCharacters.isAlphanumeric(byte) || "-._".utf8.contains(byte)
    }

    private static func check(
        _ text: String, _ what: String, _ isAllowed: (UInt8) -> Bool = AddressCharacters.isOfBootScript
    ) throws(IPXEScriptError) {
        guard !text.isEmpty else { throw IPXEScriptError(what: what, character: nil) }
        guard let wrong = text.unicodeScalars.first(where: { !(UInt8(exactly: $0.value).map(isAllowed) ?? false) })
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
