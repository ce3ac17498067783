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
        #expect(error?.message.contains("below 'etc', which is a link in it") == true)
        try check.take(entry("./etc", .folder))
        try check.take(entry("etc/passwd"))
        let hard = #expect(throws: BoatyardError.self) {
            try check.take(entry("shadow", .hardLink, to: "./lib/shadow"))
        }
        #expect(hard?.message.contains("a link to what is below 'lib', which is a link in it") == true)
        try check.take(entry("passwd", .hardLink, to: "./etc/passwd"))
        // Links themselves may lead anywhere: on the machine they lead within its root.
        try check.take(entry("usr/x", .symbolicLink, to: "../../../etc/passwd"))
    }

    @Test("a pipe that nobody reads is taken")
    func pipe() throws {
        var check = RootCheck()
        try check.take(entry("var/spool/queue/wakeup", .pipe))
        #expect(check.count == 1)
    }

    @Test("names of symbolic links are kept to a bound")
    func manyLinks() throws {
        var check = RootCheck()
        let folder = String(repeating: "a", count: 4000)
        let error = #expect(throws: BoatyardError.self) {
            for number in 0..<100_000 { try check.take(entry("\(folder)/\(number)", .symbolicLink, to: "x")) }
        }
        #expect(error?.code == "image.unsafe" && error?.message.contains("more than 256 MiB") == true)
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
