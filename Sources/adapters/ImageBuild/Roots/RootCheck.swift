import Archive
import Netboot
import Primitives

/// Looks through the members of a root file system while they pass: nothing in it may reach out of the folder that it is
/// unpacked in, and it should have what a machine needs to boot.
package struct RootCheck: Sendable {
    /// In bytes: what its files take, each rounded up to blocks of 4 KiB, and folders one block each.
    package private(set) var unpackedSize = 0
    package private(set) var count = 0
    /// Of the kernel, as its file in `/boot` is named; empty where there is none.
    package private(set) var kernels: [String] = []
    private var found: Set<String> = []
    /// What the members so far are, by the hash of their paths, which differs in each process: nobody can make two equal.
    private var kinds: [Int: TarEntry.Kind] = [:]

    /// More than any system has.
    private static let limit = 4_000_000
    private static let pathLimit = 4096
    /// In bytes, of all contents together: more than any disk has.
    private static let sizeLimit = 1 << 49

    package init() {}

    /// What a machine needs, and where it would be.
    private static let needs: [(what: String, places: [String])] = [
        (ImageNeed.kernel.rawValue, ["boot/vmlinuz-"]),
        (ImageNeed.initramfs.rawValue, ["boot/initrd.img-", "boot/initramfs-"]),
        (ImageNeed.grubForBIOS.rawValue, ["usr/lib/grub/i386-pc/"]),
        (ImageNeed.grubForUEFI.rawValue, ["usr/lib/grub/x86_64-efi/"]),
        (ImageNeed.grubInstall.rawValue, ["usr/sbin/grub-install"]),
        ("lvm2, for a root on LVM", ["usr/sbin/lvm", "sbin/lvm"]),
        ("systemd-networkd", ["usr/lib/systemd/systemd-networkd", "lib/systemd/systemd-networkd"]),
        ("an SSH server", ["usr/sbin/sshd"]),
    ]

    /// What the installer reads of the new system.
    private static let read: Set<String> = ["etc/os-release", "usr/lib/os-release", "etc/passwd", "etc/group"]

    /// Takes the next member.
    ///
    /// - Throws: `BoatyardError` `image.unsafe`, which names the member.
    package mutating func take(_ entry: TarEntry) throws(BoatyardError) {
        count += 1
        guard count <= Self.limit else {
            throw Self.unsafe("The archive has more than \(Self.limit) members.")
        }
        try Self.check(entry.path, entry, "its name")
        let target = Self.normal(entry.target)
        switch entry.kind {
        case .characterDevice, .blockDevice:
            throw Self.unsafe("The archive has a device node, \(Self.shown(entry)). Leave /dev out of it.")
        case .hardLink:
            try Self.check(entry.target, entry, "what it is a link to")
            switch kinds[target.hashValue] {
            case nil:
                throw Self.unsafe(
                    "The archive has \(Self.shown(entry)), a link to what is not in it before that, so that it cannot be unpacked."
                )
            case .folder?:
                throw Self.unsafe(
                    "The archive has \(Self.shown(entry)), a hard link to a folder, which no system makes.")
            default: break
            }
            if let (above, kind) = obstacle(above: target), kind == .symbolicLink {
                throw Self.unsafe(
                    "The archive has \(Self.shown(entry)), a link to what is below \(Self.shown(above)), which is a link in it and "
                        + "may lead elsewhere.")
            }
        default: break
        }
        let path = Self.normal(entry.path)
        if let (above, kind) = obstacle(above: path) {
            throw Self.unsafe(
                "The archive has \(Self.shown(entry)) below \(Self.shown(above)), which is "
                    + (kind == .symbolicLink
                        ? "a link in it and may lead elsewhere." : "no folder in it: it cannot be unpacked."))
        }
        noteFolder(of: path)
        if path.isEmpty, entry.kind != .folder {
            throw Self.unsafe(
                "The archive has \(Self.shown(entry)), which is no folder in the place of the root itself.")
        }
        // A hard link is what it is a link to.
        let kind = entry.kind == .hardLink ? kinds[target.hashValue] ?? .file : entry.kind
        if kind == .pipe, Self.read.contains(String(decoding: path, as: UTF8.self)) {
            throw Self.unsafe("The archive has \(Self.shown(entry)), which is a pipe where the installer reads a file.")
        }
        let former = kinds.updateValue(kind, forKey: path.hashValue)
        if let former, former != kind, [former, kind].contains(.symbolicLink), [former, kind].contains(.folder) {
            throw Self.unsafe(
                "The archive has \(Self.shown(entry)) twice, as a link and as a folder: what is below it may lead elsewhere."
            )
        }
        guard (0...TarStream.sizeLimit).contains(entry.size) else {
            throw Self.unsafe("The archive has \(Self.shown(entry)) with \(entry.size) bytes, more than any disk.")
        }
        unpackedSize += entry.kind == .file ? (entry.size + 4095) / 4096 * 4096 : entry.kind == .folder ? 4096 : 0
        guard unpackedSize <= Self.sizeLimit else {
            throw Self.unsafe(
                "With \(Self.shown(entry)) the archive has \(unpackedSize) bytes unpacked, more than any disk.")
        }
        note(String(decoding: path, as: UTF8.self), entry.kind)
    }

    /// Without blank parts and `.`.
    private static func normal(_ path: [UInt8]) -> [UInt8] {
        Array(TarEntry.parts(of: path).joined(separator: [UInt8(ascii: "/")]))
    }

    /// The member of the archive that a path leads through and that is no folder, with its kind; nil where there is none. What is above
    /// a folder was looked at when the folder was taken.
    private func obstacle(above path: [UInt8]) -> (path: [UInt8], kind: TarEntry.Kind)? {
        for place in path.indices.reversed() where path[place] == UInt8(ascii: "/") {
            let above = Array(path[..<place])
            switch kinds[above.hashValue] {
            case .folder?: return nil
            case nil: continue
            case let kind?: return (above, kind)
            }
        }
        return nil
    }

    /// Archives need not have the folders of their files.
    private mutating func noteFolder(of path: [UInt8]) {
        guard let slash = path.lastIndex(of: UInt8(ascii: "/")) else { return }
        let folder = Array(path[..<slash]).hashValue
        if kinds[folder] == nil { kinds[folder] = .folder }
    }

    private mutating func note(_ path: String, _ kind: TarEntry.Kind) {
        for need in Self.needs
        where !found.contains(need.what) && need.places.contains(where: { path.hasPrefix($0) }) {
            found.insert(need.what)
        }
        for folder in ["etc", "usr"] where path == folder || path.hasPrefix(folder + "/") { found.insert(folder) }
        let begin = "boot/vmlinuz-"
        if path.hasPrefix(begin), kind == .file { kernels.append(String(path.dropFirst(begin.count))) }
    }

    /// Whether it is a root file system at all.
    ///
    /// - Throws: `BoatyardError` `image.contents`.
    package func requireRoot() throws(BoatyardError) {
        guard found.contains("etc"), found.contains("usr") else {
            throw BoatyardError(
                "image.contents",
                "That is no root file system: it has \(count) members, but not both etc and usr at its top.",
                kind: .invalid)
        }
    }

    /// What a machine may need and the image does not have.
    package var lacks: [String] { Self.needs.map(\.what).filter { !found.contains($0) } }

    private static func check(_ path: [UInt8], _ entry: TarEntry, _ what: String) throws(BoatyardError) {
        if path.first == UInt8(ascii: "/") {
            throw unsafe("The archive has \(shown(entry)): \(what) begins with a slash.")
        }
        if let part = path.split(separator: UInt8(ascii: "/")).first(where: { $0.count > 255 }) {
            throw unsafe(
                "The archive has \(shown(entry)): \(what) has a part of \(part.count) bytes, and no file system takes more than 255."
            )
        }
        if path.split(separator: UInt8(ascii: "/")).contains(where: { $0 == [0x2E, 0x2E] }) {
            throw unsafe("The archive has \(shown(entry)): \(what) leads upwards with '..'.")
        }
        if path.isEmpty || path.count > pathLimit || path.contains(0) {
            throw unsafe("The archive has \(shown(entry)): \(what) is empty, or longer than \(pathLimit) bytes.")
        }
    }

    private static func shown(_ entry: TarEntry) -> String { shown(entry.path) }

    private static func shown(_ path: [UInt8]) -> String {
        let text = String(String(decoding: path, as: UTF8.self).prefix(300))
        return "'\(ControlCharacters.escaped(text, keepsLines: false))'"
    }

    private static func unsafe(_ message: String) -> BoatyardError {
        BoatyardError("image.unsafe", "\(message) Nothing of it was used.", kind: .invalid)
    }
}
