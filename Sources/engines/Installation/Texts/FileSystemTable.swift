/// An entry of `/etc/fstab` (fstab(5)).
struct FileSystemTableEntry: Sendable, Hashable {
    /// `UUID=…`, or the node of a logical volume, whose snapshots have the same UUID.
    var source: String
    /// nil for swap space.
    var mountPoint: String?
    var type: FileSystemCreation.Kind
    var options: String
    /// Whether the system is to boot without it.
    var isOptional: Bool

    /// Seconds that are waited for the device of what is optional; disks that spin up one after the other, or share their
    /// machine with the synchronization of an array, come late.
    private static let patience = 30

    var line: String {
        let place = mountPoint.map(Self.escaped) ?? "none"
        var words = options.split(separator: ",").map(String.init)
        if isOptional {
            // systemd(5): without nofail a missing disk ends the boot in emergency mode; a failing fsck does so even
            // then.
            if !words.contains("nofail") { words.append("nofail") }
            if !words.contains(where: { $0.hasPrefix("x-systemd.device-timeout=") }) {
                words.append("x-systemd.device-timeout=\(Self.patience)s")
            }
        }
        return "\(source) \(place) \(type.rawValue) \(words.joined(separator: ",")) 0 \(pass)"
    }

    private var pass: Int {
        switch type {
        case .ext2, .ext3, .ext4: mountPoint == "/" ? 1 : isOptional || mountPoint == nil ? 0 : 2
        // Their fsck does nothing at boot, or (vfat) is left to whoever finds it dirty.
        case .xfs, .btrfs, .vfat, .swap: 0
        }
    }

    /// Blanks as `\040`.
    private static func escaped(_ text: String) -> String {
        text.split(separator: " ", omittingEmptySubsequences: false).joined(separator: "\\040")
    }
}
