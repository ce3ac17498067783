import Primitives

/// What lies below `netboot/` of the state directory: installers and images.
package struct NetbootFolder: Sendable, Hashable {
    /// The installer's kernel and ramdisk, by the names under which the node listener serves them.
    package enum InstallerFile: String, Sendable, CaseIterable {
        case kernel = "vmlinuz"
        case ramdisk = "initrd"

        /// Below the node listener's address.
        var location: String { "/netboot/\(rawValue)" }
    }

    /// Without a slash at the end.
    package let path: String

    package init(stateDirectory: String) { path = "\(stateDirectory)/netboot" }

    /// The path of a file of the installer: of the generation in use, or where an operator puts it.
    package func path(of file: InstallerFile) -> String {
        if let current = generations.current { return generations.path(of: file, in: current) }
        return "\(path)/http/\(file.rawValue)"
    }

    /// The folder of the boot programs of the installer in use, which TFTP serves.
    package var bootPrograms: String { "\(path)/current/tftp" }

    /// The path of a boot program; nil for what is no name of a file: letters, digits, `.`, `_` and `-`, a dot not first.
    package func bootProgram(_ name: String) -> String? {
        let isName = (1...64).contains(name.utf8.count) && !name.hasPrefix(".")
        let allowed =
            isName
            && name.unicodeScalars.allSatisfy { scalar in
                scalar.isASCII
                    && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar)
                        || "._-".unicodeScalars.contains(scalar))
            }
        return allowed ? "\(bootPrograms)/\(name)" : nil
    }

    /// Where the node listener serves a file of a generation, below its address. Scripts name the generation, so that
    /// another one that comes into use does not reach a machine that is booting.
    package func location(of file: InstallerFile, in generation: String) -> String {
        "/netboot/\(generation)/\(file.rawValue)"
    }

    /// Where the node listener serves the image of a generation for the drive of a machine's BMC, below its address.
    package func location(ofMediaFor mac: MACAddress, in generation: String) -> String {
        let address = mac.description.split(separator: ":").joined(separator: "-")
        return "/netboot/media/\(generation)/\(address)/\(InstallerMedia.file)"
    }

    /// A catalogue of images whose files this daemon does not have, which an operator puts there.
    package var imageCatalog: String { "\(path)/catalogue.yaml" }

    /// The images whose files this daemon serves.
    package var images: ImageStore { ImageStore(folder: "\(path)/images") }

    /// The installers that were built.
    package var generations: GenerationStore { GenerationStore(netboot: path) }

    /// Removes what a crash has left of installers and images. Only for somebody who knows that nobody takes over or removes any now.
    package func removeLeftovers() {
        images.removeLeftovers()
        generations.removeLeftovers()
    }

    /// What a program that builds hands over lies there, each in a folder of its own.
    package var incoming: String { "\(path)/incoming" }

    /// Locked by the program that builds.
    package var buildLock: String { "\(path)/build.lock" }
}
