import Archive
import ImageBuild
import Primitives
import Testing

@Suite("Members of root file systems")
struct RootCheckTests {
    private func entry(_ path: String, _ kind: TarEntry.Kind = .file, to target: String = "", size: Int = 0) -> TarEntry
    {
        TarEntry(kind: kind, path: Array(path.utf8), target: Array(target.utf8), mode: 0o755, size: size)
    }

    @Test(
        "what could reach out of the disk, or is a device, is refused with its name",
        arguments: [
            ("/etc/passwd", TarEntry.Kind.file, "", "begins with a slash"),
            ("./../etc/passwd", .file, "", "leads upwards with '..'"),
            ("usr/..", .folder, "", "leads upwards with '..'"),
            ("a", .hardLink, "/etc/shadow", "what it is a link to begins with a slash"),
            ("a", .hardLink, "../x", "what it is a link to leads upwards"),
            ("./dev/null", .characterDevice, "", "has a device node"), ("sda", .blockDevice, "", "has a device node"),
            ("", .file, "", "is empty"), (String(repeating: "a", count: 5000), .file, "", "longer than 4096 bytes"),
        ])
    func refuses(path: String, kind: TarEntry.Kind, target: String, reason: String) {
        var check = RootCheck()
        let error = #expect(throws: BoatyardError.self) { try check.take(entry(path, kind, to: target)) }
        #expect(error?.code == "image.unsafe")
        #expect(error?.kind == .invalid)
        #expect(error?.message.contains(reason) == true, "\(error?.message ?? "")")
        #expect(error?.message.contains("'\(path.prefix(300))'") == true)
    }

    @Test("what lies below a link of the archive is refused, unless a folder has taken its place")
    func throughLinks() throws {
        var check = RootCheck()
        try check.take(entry("./lib", .symbolicLink, to: "usr/lib"))
        try check.take(entry("./etc", .symbolicLink, to: "/var/etc"))
        let error = #expect(throws: BoatyardError.self) { try check.take(entry("./etc/passwd")) }
        #expect(error?.message.contains("below etc, which is a link in it") == true)
        try check.take(entry("./etc", .folder))
        try check.take(entry("etc/passwd"))
        // Links themselves may lead anywhere: on the machine they lead within its root.
        try check.take(entry("usr/x", .symbolicLink, to: "../../../etc/passwd"))
    }

    @Test("sizes are those of blocks, and what a machine needs is looked for")
    func needs() throws {
        var check = RootCheck()
        for path in ["./", "./etc", "./usr"] { try check.take(entry(path, .folder)) }
        try check.take(entry("./usr/sbin/lvm", size: 1))
        try check.take(entry("./boot/vmlinuz-6.1.0-57-cloud-amd64", size: 8192))
        try check.take(entry("./boot/x", .symbolicLink, to: "y"))
        #expect(check.unpackedSize == 3 * 4096 + 4096 + 8192)
        #expect(check.kernels == ["6.1.0-57-cloud-amd64"])
        try check.requireRoot()
        #expect(
            check.lacks == [
                "initramfs", "GRUB for BIOS (grub-pc-bin)", "GRUB for UEFI (grub-efi-amd64-bin)",
                "grub-install (grub2-common)", "systemd-networkd", "an SSH server",
            ])
        var disk = RootCheck()
        try disk.take(entry("disk.raw", size: 1 << 30))
        let error = #expect(throws: BoatyardError.self) { try disk.requireRoot() }
        #expect(error?.message.contains("no root file system: it has 1 members") == true)
    }
}
