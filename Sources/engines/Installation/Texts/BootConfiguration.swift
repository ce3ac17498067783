import Primitives

/// The boot loader's configuration, as far as it does not depend on the image's kernels.
package struct BootConfiguration: Sendable, Hashable {
    /// For `root=` of the kernel: `UUID=…`, `/dev/mapper/vg0-root`.
    package var root: String
    /// The UUID of the file system that has the kernels.
    package var bootFileSystem: String
    /// Before the names of kernels on that file system: empty where `/boot` is a file system of its own, else `/boot`.
    package var kernelFolder: String
    /// What GRUB needs to find that file system: `part_gpt`, `lvm`, `ext2`.
    package var modules: [String]
    /// Parameters of the kernel, after `root=` and `ro`.
    package var kernelParameters: String
    /// The serial port that GRUB talks to as well; nil for none.
    package var serialPort: SerialPort?
    /// A part of the version of the kernel to boot; nil for the newest.
    package var preferredKernel: String?

    package struct SerialPort: Sendable, Hashable {
        /// Of `ttyS0`: 0.
        package var unit: Int
        /// In bits a second.
        package var speed: Int

        /// The first serial port among values of `console=`: `ttyS1,57600n8`.
        static func first(among consoles: [String]) -> SerialPort? {
            for console in consoles where console.hasPrefix("ttyS") {
                let parts = console.dropFirst(4).split(separator: ",", omittingEmptySubsequences: false)
                guard let number = parts.first, let unit = Int(number), (0...31).contains(unit) else { continue }
                let speed = parts.dropFirst().first.flatMap { Int($0.prefix { $0.isASCII && $0.isNumber }) } ?? 9600
                guard (50...4_000_000).contains(speed) else { continue }
                return SerialPort(unit: unit, speed: speed)
            }
            return nil
        }
    }

    /// Seconds before the first entry is booted.
    private static let timeout = 2

    /// Kernels in the order of the menu: those that the design prefers first, of these the newest.
    ///
    /// - Parameter versions: the ends of the names `vmlinuz-VERSION` in `/boot`. What no kernel is called is left out.
    package func order(_ versions: [String]) -> [String] {
        let known = versions.filter(Self.isVersion).sorted { NaturalOrder.precedes($1, $0) }
        guard let preferred = preferredKernel else { return known }
        let isPreferred = { (version: String) in version.contains(preferred) }
        return known.filter(isPreferred) + known.filter { !isPreferred($0) }
    }

    private static func isVersion(_ text: String) -> Bool {
        (1...128).contains(text.utf8.count)
            && text.utf8.allSatisfy {
                (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0) || ".+~_-".utf8.contains($0)
            }
    }

    /// `grub.cfg`, which both kinds of firmware use.
    ///
    /// - Parameters:
    ///   - versions: as for `order`; not empty, else there is nothing to boot.
    ///   - hasInitramfs: whether `initrd.img-VERSION` is there.
    package func grub(versions: [String], hasInitramfs: (String) -> Bool = { _ in true }) -> String {
        var lines = ["# Written by Boatyard's installer; update-grub replaces it.", "set default=0"]
        lines.append("set timeout=\(Self.timeout)")
        if let port = serialPort {
            lines.append("serial --unit=\(port.unit) --speed=\(port.speed)")
            lines.append("terminal_input console serial")
            lines.append("terminal_output console serial")
        }
        for module in modules { lines.append("insmod \(module)") }
        lines.append("search --no-floppy --fs-uuid --set=root \(bootFileSystem)")
        for version in order(versions) {
            lines.append("menuentry 'Linux \(version)' --class gnu-linux --class os {")
            lines.append(Self.line("    linux \(kernelFolder)/vmlinuz-\(version)", "root=\(root) ro", kernelParameters))
            if hasInitramfs(version) { lines.append("    initrd \(kernelFolder)/initrd.img-\(version)") }
            lines.append("}")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func line(_ parts: String...) -> String {
        parts.filter { !$0.isEmpty }.joined(separator: " ")
    }

    /// `/etc/default/grub.d/boatyard.cfg`, so that `update-grub` comes to the same.
    var defaults: TargetFile {
        var lines = [
            "GRUB_TIMEOUT=\(Self.timeout)", "GRUB_RECORDFAIL_TIMEOUT=\(Self.timeout)", "GRUB_TIMEOUT_STYLE=menu",
            // Other systems' disks are none of ours, and looking at them can take minutes.
            "GRUB_DISABLE_OS_PROBER=true", "GRUB_CMDLINE_LINUX_DEFAULT=\"\"",
            "GRUB_CMDLINE_LINUX=\"\(kernelParameters)\"",
        ]
        if let port = serialPort {
            lines.append("GRUB_TERMINAL=\"console serial\"")
            lines.append("GRUB_SERIAL_COMMAND=\"serial --unit=\(port.unit) --speed=\(port.speed)\"")
        }
        return TargetFile("/etc/default/grub.d/boatyard.cfg", lines.joined(separator: "\n") + "\n")
    }
}
