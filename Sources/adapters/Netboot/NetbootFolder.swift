/// What lies below `netboot/` of the state directory, where an operator puts it.
package struct NetbootFolder: Sendable, Hashable {
    /// The installer's kernel and ramdisk, by the names under which the node listener serves them.
    package enum InstallerFile: String, Sendable, CaseIterable {
        case kernel = "vmlinuz"
        case ramdisk = "initrd"

        /// Below the node listener's address.
        var location: String { "/netboot/\(rawValue)" }
    }

    private let path: String

    package init(stateDirectory: String) { path = "\(stateDirectory)/netboot" }

    /// The path of a file of the installer.
    package func path(of file: InstallerFile) -> String { "\(path)/http/\(file.rawValue)" }

    /// The catalogue of the images that can be installed.
    package var imageCatalog: String { "\(path)/catalogue.yaml" }
}
