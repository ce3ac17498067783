import Installation
import Primitives

/// Installs GRUB from the new system itself, and puts its disk first in the firmware's order.
struct BootLoaderExecutor: Sendable {
    let target: TargetRoot
    let facts: FactsReader
    let log: InstallerLog

    func install(_ loader: BootLoader) async throws {
        let needed = "/usr/sbin/grub-install"
        guard try target.has(needed) else {
            throw BoatyardError(
                "image.grub",
                "The image has no \(needed). Make or import it with grub2-common, grub-pc-bin and grub-efi-amd64-bin.",
                kind: .invalid)
        }
        switch loader.firmware {
        case .bios: try await installBIOS(loader)
        case .uefi: try await installUEFI(loader)
        }
    }

    /// What Debian's GRUB, and Ubuntu's, calls the second copy of the loader in `EFI/BOOT`.
    private static let extraCopy = "--force-extra-removable"

    private func grubInstall(_ arguments: [String]) async throws {
        try await ChildProcess.run(
            Command(["grub-install", "--boot-directory=/boot", "--recheck"] + arguments, deadline: 300).inside(
                target.path))
    }

    private func installBIOS(_ loader: BootLoader) async throws {
        for disk in loader.disks { try await grubInstall(["--target=i386-pc", "/dev/\(disk)"]) }
        // Whoever updates grub-pc later is asked where to, and installs nowhere without an answer.
        guard target.exists("/var/lib/dpkg/info/grub-pc.list") else { return }
        let devices = loader.disks.map { disk in
            facts.kernelFacts(ofDisk: disk)?.links.first { !$0.hasPrefix("pci-") }.map { "/dev/disk/by-id/\($0)" }
                ?? "/dev/\(disk)"
        }
        let answer = "grub-pc grub-pc/install_devices multiselect \(devices.joined(separator: ", "))\n"
        try await ChildProcess.run(
            Command(["debconf-set-selections"], input: Array(answer.utf8)).inside(target.path))
    }

    // MARK: - UEFI

    private static let signedLoader = "/usr/lib/grub/x86_64-efi-signed/grubx64.efi.signed"
    private static let shim = "/usr/lib/shim/shimx64.efi.signed"

    private func installUEFI(_ loader: BootLoader) async throws {
        let isSigned = try target.has(Self.signedLoader) && target.has(Self.shim)
        guard isSigned || !loader.hasSecureBoot else {
            throw BoatyardError(
                "image.secure-boot",
                "The firmware has Secure Boot on, and the image has no signed boot loader. Make or import it with "
                    + "shim-signed and grub-efi-amd64-signed, or switch Secure Boot off in the machine's firmware.",
                kind: .invalid)
        }
        let vendor = try vendor()
        let signed = isSigned ? "--uefi-secure-boot" : "--no-uefi-secure-boot"
        let makesBoth = try await ChildProcess.run(Command(["grub-install", "--help"]).inside(target.path)).text
            .contains(Self.extraCopy)
        for mount in loader.systemPartitions {
            let common = ["--target=x86_64-efi", "--efi-directory=\(mount.mountPoint)", "--no-nvram", signed]
            // The copy in EFI/BOOT, where firmware looks by itself, boots whatever the variables say.
            if makesBoth {
                try await grubInstall(common + ["--bootloader-id=\(vendor)", Self.extraCopy])
            } else {
                try await grubInstall(common + ["--removable"])
                try await grubInstall(common + ["--bootloader-id=\(vendor)"])
            }
            // This one would add an entry of its own, and with a TPM reset the machine.
            try target.remove("\(mount.mountPoint)/EFI/BOOT/fbx64.efi")
            // A signed GRUB finds nothing but this.
            if isSigned {
                for folder in [vendor, "BOOT"] {
                    try target.write(
                        TargetFile(
                            "\(mount.mountPoint)/EFI/\(folder)/grub.cfg", loader.systemPartitionStub, mode: 0o644))
                }
            }
        }
        for file in loader.copying(vendor: vendor) { try target.write(file) }
        do {
            try await EFIEntries.putFirst(
                loader.systemPartitions.map(\.device), label: vendor,
                program: "\\EFI\\\(vendor)\\\(isSigned ? "shimx64.efi" : "grubx64.efi")", log: log)
        } catch let failure as CommandFailure {
            log.write(
                "warning: the firmware takes no boot entry (\(failure)). The machine boots by the copy at EFI/BOOT; if it "
                    + "does not, delete old entries in its firmware's setup")
        }
    }

    /// The folder of the distribution on EFI system partitions, which its signed GRUB has built in: `debian`.
    private func vendor() throws -> String {
        let text = try target.text("/etc/os-release") ?? target.text("/usr/lib/os-release") ?? ""
        let id = SystemExecutor.value("ID", in: text) ?? ""
        let isPlain = id.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) }
        return id.isEmpty || !isPlain ? "debian" : id
    }
}

/// The boot entries of UEFI firmware, by `efibootmgr`.
package struct EFIEntries: Sendable, Hashable {
    /// `Boot0001* debian`, and what it boots.
    package struct Entry: Sendable, Hashable {
        /// Four hexadecimal digits.
        package var number: String
        /// Whatever firmware or an installer called it.
        package var label: String
        /// The device and program, as far as they are shown.
        package var path: String
    }

    /// In the order in which they are listed.
    package var entries: [Entry] = []
    /// Numbers of entries, of which some may be gone.
    package var order: [String] = []

    /// Reads what `efibootmgr --verbose` writes. Labels are whatever firmware put there.
    package init(_ text: String) {
        for line in text.split(whereSeparator: \.isNewline) {
            if line.hasPrefix("BootOrder: ") {
                order = line.dropFirst(11).split(separator: ",").map { $0.trimmed }
                continue
            }
            let number = line.dropFirst(4).prefix(4)
            guard line.hasPrefix("Boot"), number.utf8.count == 4, [UInt8](hex: Array(number.utf8)) != nil else {
                continue
            }
            let rest = line.dropFirst(8)
            guard rest.first == "*" || rest.first == " " else { continue }
            let parts = rest.dropFirst().split(separator: "\t", maxSplits: 1)
            entries.append(
                Entry(
                    number: String(number), label: parts.first.map { $0.trimmed } ?? "",
                    path: parts.count > 1 ? String(parts[1]) : ""))
        }
    }

    /// The order with some entries first. Entries that are not there any more are left out.
    package func order(first: [String]) -> [String] {
        let known = Set(entries.map(\.number))
        return first + order.filter { known.contains($0) && !first.contains($0) }
    }

    /// The first entry of the order that boots from a disk; nil where there is none.
    package var firstDisk: Entry? {
        order.lazy.compactMap { number in entries.first { $0.number == number } }.first { $0.path.hasPrefix("HD(") }
    }

    static func read() async throws -> EFIEntries {
        EFIEntries(try await ChildProcess.run(Command("efibootmgr", "--verbose")).text)
    }

    /// Makes an entry for each partition, in place of those with the same label, and puts them first.
    static func putFirst(
        _ partitions: [BlockDevice], label: String, program: String, log: InstallerLog
    ) async throws {
        var present = try await read()
        let wanted = partitions.enumerated().map { index, device in
            (label: index == 0 ? label : "\(label) (\(index + 1))", device: device)
        }
        if present.has(wanted.map(\.device), labels: wanted.map(\.label), program: program) { return }
        // Own entries first: they pile up, and some firmware drops those that are alike.
        for entry in present.entries where entry.label == label || entry.label.hasPrefix("\(label) (") {
            try await ChildProcess.run(Command("efibootmgr", "--quiet", "--bootnum", entry.number, "--delete-bootnum"))
        }
        let old = Set(present.entries.map(\.number))
        var made: [String] = []
        for (label, device) in wanted {
            guard case .partition(_, let number, let disk) = device else { continue }
            let before = try await read()
            try await ChildProcess.run(
                Command(
                    "efibootmgr", "--quiet", "--create", "--disk", "/dev/\(disk)", "--part", "\(number)", "--label",
                    label,
                    "--loader", program))
            present = try await read()
            let known = Set(before.entries.map(\.number))
            made += present.entries.map(\.number).filter { !known.contains($0) }
        }
        log.write("boot entries \(made.joined(separator: ", ")) are new, of \(old.count) that were there")
        let order = present.order(first: made)
        if order != present.order, !order.isEmpty {
            try await ChildProcess.run(Command("efibootmgr", "--quiet", "--bootorder", order.joined(separator: ",")))
        }
    }

    /// Whether the entries are there, and the first in the order.
    func has(_ devices: [BlockDevice], labels: [String], program: String) -> Bool {
        guard !devices.isEmpty, order.count >= devices.count else { return false }
        return zip(devices, labels).enumerated().allSatisfy { index, wanted in
            guard case .partition(let uuid, _, _) = wanted.0,
                let entry = entries.first(where: { $0.number == order[index] })
            else { return false }
            let path = entry.path.lowercased()
            return entry.label == wanted.1 && path.contains(uuid) && path.contains(program.lowercased())
        }
    }
}
