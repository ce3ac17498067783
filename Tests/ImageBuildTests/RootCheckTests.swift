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
            ("./etc/passwd", .pipe, "", "is a pipe where the installer reads a file"),
            ("", .file, "", "is empty"), (String(repeating: "a/", count: 2500), .folder, "", "longer than 4096 bytes"),
            (String(repeating: "a", count: 256), .file, "", "has a part of 256 bytes"),
            (".", .file, "", "is no folder in the place of the root"),
            ("./", .symbolicLink, "usr", "is no folder in the place of the root"),
            ("a", .hardLink, "etc/none", "a link to what is not in it before that"),
        ])
    func refuses(path: String, kind: TarEntry.Kind, target: String, reason: String) {
        var check = RootCheck()
        let error = #expect(throws: BoatyardError.self) { try check.take(entry(path, kind, to: target)) }
        #expect(error?.code == "image.unsafe")
        #expect(error?.kind == .invalid)
        #expect(error?.message.contains(reason) == true, "\(error?.message ?? "")")
        #expect(error?.message.contains("'\(path.prefix(300))'") == true)
    }

    @Test("what lies below a link of the archive is refused, and so is a folder in its place")
    func throughLinks() throws {
        var check = RootCheck()
        try check.take(entry("./lib", .symbolicLink, to: "usr/lib"))
        try check.take(entry("./etc", .symbolicLink, to: "/var/etc"))
        let error = #expect(throws: BoatyardError.self) { try check.take(entry("./etc/passwd")) }
        #expect(error?.message.contains("below 'etc', which is a link in it") == true)
        let folder = #expect(throws: BoatyardError.self) { try check.take(entry("./etc", .folder)) }
        #expect(folder?.message.contains("'./etc' twice, as a link and as a folder") == true)
        try check.take(entry("usr/lib/shadow"))
        let hard = #expect(throws: BoatyardError.self) {
            try check.take(entry("shadow", .hardLink, to: "./lib/shadow"))
        }
        #expect(hard?.message.contains("a link to what is") == true)
        try check.take(entry("passwd", .hardLink, to: "./usr/lib/shadow"))
        // Another name of a link is a link, too.
        try check.take(entry("other", .hardLink, to: "lib"))
        let below = #expect(throws: BoatyardError.self) { try check.take(entry("other/x")) }
        #expect(below?.message.contains("below 'other', which is a link in it") == true)
        // Links themselves may lead anywhere: on the machine they lead within its root.
        try check.take(entry("usr/x", .symbolicLink, to: "../../../etc/passwd"))
    }

    @Test("what cannot be unpacked is refused: below a file, a hard link to a folder, a pipe by another name")
    func unpackable() throws {
        var check = RootCheck()
        try check.take(entry("etc/fd"))
        let below = #expect(throws: BoatyardError.self) { try check.take(entry("etc/fd/x/y")) }
        #expect(below?.message.contains("'etc/fd/x/y' below 'etc/fd', which is no folder in it") == true)
        try check.take(entry("srv", .folder))
        let folder = #expect(throws: BoatyardError.self) { try check.take(entry("a", .hardLink, to: "./srv/")) }
        #expect(folder?.message.contains("a hard link to a folder") == true)
        try check.take(entry("etc/p", .pipe))
        let pipe = #expect(throws: BoatyardError.self) { try check.take(entry("etc/passwd", .hardLink, to: "etc/p")) }
        #expect(pipe?.message.contains("is a pipe where the installer reads a file") == true)
        // Archives need not have the folders of their files.
        try check.take(entry("opt/a/b/c"))
        try check.take(entry("opt/a/d"))
    }

    @Test("a pipe that nobody reads is taken")
    func pipe() throws {
        var check = RootCheck()
        try check.take(entry("var/spool/queue/wakeup", .pipe))
        #expect(check.count == 1)
    }

    @Test("sizes beyond any disk are refused with the member's name, and so is their sum")
    func sizes() throws {
        for size in [Int.max, 1 << 46 + 1, -1] {
            var check = RootCheck()
            let error = #expect(throws: BoatyardError.self) { try check.take(entry("huge", size: size)) }
            #expect(error?.code == "image.unsafe" && error?.message.contains("'huge' with \(size) bytes") == true)
        }
        var check = RootCheck()
        for number in 0..<8 { try check.take(entry("f\(number)", size: 1 << 46)) }
        let error = #expect(throws: BoatyardError.self) { try check.take(entry("last", size: 1)) }
        #expect(error?.code == "image.unsafe" && error?.message.contains("With 'last' the archive has") == true)
    }

    @Test("names in messages command no terminal and add no lines")
    func shown() throws {
        var check = RootCheck()
        let error = #expect(throws: BoatyardError.self) { try check.take(entry("/a\u{1b}[2J\nb")) }
        #expect(error?.message.contains("'/a\\u001b[2J\\nb'") == true, "\(error?.message ?? "")")
        try check.take(entry("l\n", .symbolicLink, to: "x"))
        let below = #expect(throws: BoatyardError.self) { try check.take(entry("l\n/a")) }
        #expect(below?.message.contains("below 'l\\n'") == true)
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
                "an initramfs", "GRUB for BIOS (grub-pc-bin)", "GRUB for UEFI (grub-efi-amd64-bin)",
                "grub-install (grub2-common)", "systemd-networkd", "an SSH server",
            ])
        var disk = RootCheck()
        try disk.take(entry("disk.raw", size: 1 << 30))
        let error = #expect(throws: BoatyardError.self) { try disk.requireRoot() }
        #expect(error?.message.contains("no root file system: it has 1 members") == true)
    }
}
