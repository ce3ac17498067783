import Foundation
import OrderedCollections
import Primitives
import Testing

/// Images as an operator makes them: the command line as root, the daemon, and machines that fetch.
@Suite("Images, from a file to a machine", .serialized, .enabled(if: HostTools.areThere("tar", "zstd", "gzip")))
struct ImageProgramTests {
    /// The tree of something like a root file system.
    private func tree(in folder: URL) throws -> URL {
        let root = folder.appendingPathComponent("tree")
        for path in ["etc/cloud", "usr/sbin", "boot"] {
            try FileManager.default.createDirectory(
                at: root.appendingPathComponent(path), withIntermediateDirectories: true)
        }
        for (path, text) in [
            ("etc/hostname", "n1\n"), ("usr/sbin/sshd", String(repeating: "x", count: 100_000)),
            ("boot/vmlinuz-6.1.0-1-amd64", "kernel"),
        ] {
            try text.write(to: root.appendingPathComponent(path), atomically: true, encoding: .utf8)
        }
        return root
    }

    private func pack(_ root: URL, _ name: String, _ options: [String]) throws -> String {
        let path = root.deletingLastPathComponent().appendingPathComponent(name).path
        try HostTools.run("tar", ["-C", root.path] + options + ["-cf", path, "."])
        return path
    }

    @Test("an archive is imported, fetched in parts and by its sum, and removed")
    func archive() async throws {
        let seed = try Seed()
        try await seed.startDaemon()
        let tree = try tree(in: seed.folder)
        let packed = try pack(tree, "root.tar.gz", ["--gzip"])
        #expect(try seed.boatyard("image", "list").output.contains("There is no image."))
        // The archive has a kernel, and nothing that loads it.
        let refused = try seed.boatyard("image", "import", "plain", packed, "--kernel", "amd64")
        #expect(refused.status == 1)
        #expect(refused.error.contains("No machine can boot from the image plain: it lacks grub-install"), "\(refused)")
        #expect(try seed.boatyard("image", "list").output.contains("There is no image."))
        let made = try seed.boatyard("image", "import", "plain", packed, "--kernel", "amd64", "--force")
        #expect(made.status == 0, "\(made)")
        #expect(made.output.contains("The image plain is there: "))
        #expect(made.error.contains("The image lacks lvm2, for a root on LVM."))
        #expect(made.output.contains("No machine can boot from the image plain: it lacks grub-install"))
        #expect(try seed.boatyard("image", "list").output.contains("No machine can boot from the image plain"))
        let image = try seed.json("images/plain")
        #expect(image["format"] == "tar.gz" && image["kernels"] == ["amd64"])
        #expect(image["built"]?["kernel"] == "6.1.0-1-amd64")
        let sum = try #require(image["sha256"]?.stringValue)
        let file = try #require(image["file"]?.stringValue)
        let bytes = try Data(contentsOf: URL(fileURLWithPath: packed))
        #expect(image["size"] == .int(bytes.count))
        let address = "\(seed.nodeURL)/images/plain/\(sum)/\(file)"
        func fetch(_ arguments: String...) throws -> Data {
            let target = seed.folder.appendingPathComponent("fetched")
            try? FileManager.default.removeItem(at: target)
            try HostTools.run("curl", ["-sS", "-f", "-o", target.path] + arguments + [address])
            return try Data(contentsOf: target)
        }
        #expect(try fetch() == bytes)
        #expect(try fetch("--range", "100-") == bytes[100...])
        let head = try fetch("--head")
        let text = String(decoding: head, as: UTF8.self)
        #expect(text.contains("Content-Length: \(bytes.count)") && text.contains("Accept-Ranges: bytes"), "\(text)")
        #expect(text.contains("ETag: \""))
        // What was built lies with the daemon, and with nobody else.
        #expect(try FileManager.default.contentsOfDirectory(atPath: seed.state.path + "/netboot/incoming") == [])

        try "n2\n".write(to: tree.appendingPathComponent("etc/hostname"), atomically: true, encoding: .utf8)
        let other = try pack(tree, "other.tar.zst", ["--zstd"])
        #expect(try seed.boatyard("image", "import", "plain", other, "--force").status == 0)
        let changed = try RawHTTP.get(seed.nodeURL, "/images/plain/\(sum)/\(file)")
        #expect(changed.contains(" 409 ") && changed.contains(sum))
        #expect(changed.contains(try seed.json("images/plain")["sha256"]?.stringValue ?? "?"))
        #expect(try seed.boatyard("image", "list").output.contains("tar.zst"))
        #expect(try seed.boatyard("image", "remove", "plain").status == 0)
        #expect(try RawHTTP.get(seed.nodeURL, "/images/plain/\(sum)/\(file)").contains(" 404 "))
        let gone = try seed.boatyard("image", "show", "plain")
        #expect(gone.status == 1 && gone.error.contains("There is no image plain. Build one: boatyard image build"))
    }

    @Test("an image that the committed documents install nodes with is removed only by force")
    func used() async throws {
        let seed = try Seed()
        try await seed.startDaemon()
        let tree = try tree(in: seed.folder)
        #expect(
            try seed.boatyard("image", "import", "debian-12", try pack(tree, "plain.tar", []), "--force").status == 0)
        #expect(
            try seed.boatyard("create", "configdocs", "site", "--directory", Place.exampleSite.path).status == 0)
        // No machine can boot from it.
        let failed = try seed.boatyard("commit", "configdocs")
        #expect(failed.status == 1 && failed.error.contains("it lacks"), "\(failed)")
        #expect(try seed.boatyard("commit", "configdocs", "--force").status == 0)
        let refused = try seed.boatyard("image", "remove", "debian-12")
        #expect(
            refused.status == 1 && refused.error.contains("is that of berth-1, berth-2, berth-3, berth-4"), "\(refused)"
        )
        #expect(try seed.boatyard("image", "remove", "debian-12", "--force").status == 0)
    }

    @Test("an archive that could reach out of the disk is refused, and nothing of it is kept")
    func unsafe() async throws {
        let seed = try Seed()
        try await seed.startDaemon()
        let tree = try tree(in: seed.folder)
        func refused(_ path: String, _ reason: String) throws {
            let answer = try seed.boatyard("image", "import", "bad", path)
            #expect(answer.status == 1)
            #expect(answer.error.contains(reason), "\(answer.error)")
            #expect(answer.error.contains("Nothing of it was used."))
        }
        try HostTools.run("mknod", [tree.path + "/etc/null", "c", "1", "3"])
        try refused(try pack(tree, "device.tar", []), "The archive has a device node, './etc/null'.")
        try HostTools.run("rm", [tree.path + "/etc/null"])
        try refused(
            try pack(tree, "up.tar", ["--absolute-names", "--transform=s,^\\./etc/hostname,../evil,"]),
            "'../evil': its name leads upwards with '..'.")
        try refused(
            try pack(
                tree, "absolute.tar.gz", ["--gzip", "--absolute-names", "--transform=s,^\\./etc/hostname,/evil,"]),
            "'/evil': its name begins with a slash.")
        let text = seed.folder.appendingPathComponent("text").path
        try HostTools.run("cp", ["/etc/passwd", text])
        let other = try seed.boatyard("image", "import", "bad", text)
        #expect(other.status == 1 && other.error.contains("is none of what can be imported"), "\(other)")
        let missing = try seed.boatyard("image", "import", "bad", text + ".none")
        #expect(missing.status == 1 && missing.error.contains("No such file"), "\(missing)")
        #expect(try seed.json("images") == [])
        #expect(try FileManager.default.contentsOfDirectory(atPath: seed.state.path + "/netboot/incoming") == [])
    }

    @Test(
        "the root file system of a disk, a file system and a squashfs becomes an image",
        .enabled(if: HostTools.areThere("mke2fs", "mksquashfs", "qemu-img", "mount")))
    func disks() async throws {
        let seed = try Seed()
        try await seed.startDaemon()
        let tree = try tree(in: seed.folder)
        func path(_ name: String) -> String { seed.folder.appendingPathComponent(name).path }
        try HostTools.run("mke2fs", ["-q", "-t", "ext4", "-d", tree.path, path("root.ext4"), "16M"])
        try HostTools.run("mksquashfs", [tree.path, path("root.squashfs"), "-quiet", "-no-progress"])
        // A table of the old kind with one partition, from the first MiB on.
        var table = [UInt8](repeating: 0, count: 1 << 20)
        table.replaceSubrange(446..<462, with: [0, 0, 0, 0, 0x83, 0, 0, 0, 0, 8, 0, 0, 0, 0x80, 0, 0])
        table[510...511] = [0x55, 0xAA]
        let disk = Data(table) + (try Data(contentsOf: URL(fileURLWithPath: path("root.ext4"))))
        try disk.write(to: URL(fileURLWithPath: path("disk.raw")))
        try HostTools.run("qemu-img", ["convert", "-f", "raw", "-O", "qcow2", path("disk.raw"), path("disk.img")])
        for file in ["root.ext4", "root.squashfs", "disk.raw", "disk.img"] {
            let made = try seed.boatyard("image", "import", "x", path(file), "--force")
            #expect(made.status == 0, "\(file): \(made)")
            let image = try seed.json("images/x")
            #expect(image["format"] == "tar.zst")
            let listing = seed.folder.appendingPathComponent("listing")
            try HostTools.run(
                "sh",
                [
                    "-c", "tar -tf \"$1\" > \"$2\"", "sh",
                    "\(seed.state.path)/netboot/images/x/\(image["file"]?.stringValue ?? "")", listing.path,
                ])
            let names = try String(contentsOf: listing, encoding: .utf8).split(separator: "\n")
            #expect(names.contains("./etc/hostname") && names.contains("./etc/cloud/cloud-init.disabled"), "\(file)")
            #expect(!names.contains { $0.contains("lost+found") })
        }
        try HostTools.run(
            "qemu-img", ["create", "-q", "-f", "qcow2", "-b", path("disk.raw"), "-F", "raw", path("based.img")])
        let based = try seed.boatyard("image", "import", "y", path("based.img"), "--force")
        #expect(based.status == 1 && based.error.contains("The disk is based on another file"), "\(based)")
        let mounts = try String(contentsOfFile: "/proc/mounts", encoding: .utf8)
        #expect(!mounts.contains("boatyard-build"), "\(mounts)")
    }

    /// A disk of two partitions: the root file system that a folder holds, and `/boot`.
    private func disk(_ root: String, _ boot: String, in folder: URL) throws -> String {
        let script = """
            set -e
            cd "$1"
            rm -f disk root.part boot.part
            mke2fs -q -t ext4 -d "$2" root.part 16M
            mke2fs -q -t ext4 -d "$3" boot.part 8M
            truncate -s 40M disk
            printf 'label: gpt\\nstart=2048, size=32768, type=4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709\\nstart=34816, \
            size=16384, type=BC13C2FF-59E6-4262-A352-B275FD6F7172\\n' | sfdisk -q disk
            dd if=root.part of=disk bs=1M seek=1 conv=notrunc status=none
            dd if=boot.part of=disk bs=1M seek=17 conv=notrunc status=none
            """
        try HostTools.run("sh", ["-c", script, "sh", folder.path, root, boot])
        return folder.appendingPathComponent("disk").path
    }

    @Test(
        "no link of a disk makes this host mount or write anything elsewhere",
        .enabled(if: HostTools.areThere("mke2fs", "sfdisk", "mount", "unshare")))
    func links() async throws {
        let seed = try Seed()
        try await seed.startDaemon()
        let tree = try tree(in: seed.folder)
        let victim = seed.folder.appendingPathComponent("victim").path
        let boot = seed.folder.appendingPathComponent("boot").path
        try HostTools.run("mkdir", [victim, boot])
        try HostTools.run("sh", ["-c", "echo mine > \"$1/kept\"; echo kernel > \"$2/vmlinuz-9\"", "sh", victim, boot])
        /// With mounts of its own, so that whatever goes wrong ends with it.
        func importing(_ path: String) throws -> (status: Int32, error: String) {
            let program = try Program(
                "/usr/bin/unshare",
                [
                    "--mount", "--propagation", "private", Program.folder.appendingPathComponent("boatyard").path,
                    "--socket", seed.socket, "image", "import", "x", path, "--force",
                ])
            return (program.wait(), program.standardError)
        }
        func names() throws -> [String] {
            let file = try seed.json("images/x")["file"]?.stringValue ?? ""
            let listing = seed.folder.appendingPathComponent("listing")
            try HostTools.run(
                "sh",
                ["-c", "tar -tf \"$1\" > \"$2\"", "sh", "\(seed.state.path)/netboot/images/x/\(file)", listing.path])
            return try String(contentsOf: listing, encoding: .utf8).split(separator: "\n").map(String.init)
        }
        let good = try importing(try disk(tree.path, boot, in: seed.folder))
        #expect(good.status == 0, "\(good)")
        #expect(try names().contains("boot/vmlinuz-9") && names().contains("./etc/cloud/cloud-init.disabled"))
        #expect(try !names().contains("./boot/vmlinuz-6.1.0-1-amd64"))

        try HostTools.run("sh", ["-c", "rm -r \"$1/boot\"; ln -s \"$2\" \"$1/boot\"", "sh", tree.path, victim])
        let bad = try importing(try disk(tree.path, boot, in: seed.folder))
        #expect(bad.status == 1 && bad.error.contains("/boot of its root file system is a link or no folder"), "\(bad)")

        for place in ["etc/cloud", "etc"] {
            try HostTools.run(
                "sh",
                [
                    "-c", "rm -rf \"$1/boot\" \"$1/$3\"; mkdir \"$1/boot\"; ln -s \"$2\" \"$1/$3\"", "sh", tree.path,
                    place == "etc" ? seed.folder.path : victim, place,
                ])
            // Below /etc the link leads to a folder `cloud`, too.
            try HostTools.run("mkdir", ["-p", seed.folder.path + "/cloud"])
            let made = try importing(try disk(tree.path, boot, in: seed.folder))
            #expect(made.status == 0, "\(made)")
            #expect(try !names().contains { $0.hasSuffix("cloud-init.disabled") })
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: victim) == ["kept"])
        #expect(try FileManager.default.contentsOfDirectory(atPath: seed.folder.path + "/cloud") == [])
        let mounts = try String(contentsOfFile: "/proc/mounts", encoding: .utf8)
        #expect(!mounts.contains("boatyard-build") && !mounts.contains(victim))
    }

    @Test("what is no regular file is refused at once")
    func pipe() async throws {
        let seed = try Seed()
        try await seed.startDaemon()
        let pipe = seed.folder.appendingPathComponent("pipe").path
        try HostTools.run("mkfifo", [pipe])
        for path in [pipe, "/dev/zero", seed.folder.path] {
            let answer = try seed.boatyard("image", "import", "x", path)
            #expect(answer.status == 1 && answer.error.contains("\(path) is no regular file."), "\(answer)")
        }
    }

    @Test("images are made on the seed host itself, one at a time")
    func one() async throws {
        let seed = try Seed()
        try await seed.startDaemon()
        let remote = try Program("boatyard", ["image", "build", "debian-12", "--url", "http://127.0.0.1:9"])
        #expect(remote.wait() == 64)
        #expect(remote.standardError.contains("are made on the seed host itself"))
        let wrong = try seed.boatyard("image", "build", "debian-7")
        #expect(wrong.status == 64 && wrong.error.contains("debian-12 or debian-13, not of 'debian-7'"))
        let packed = try pack(try tree(in: seed.folder), "root.tar", [])
        let lock = try seed.curl("/api/v1.0/netboot/incoming", ["-X", "POST"])
        #expect(lock.status == 201)
        let path = try #require(try Value(json: lock.body)["lock"]?.stringValue)
        let held = open(path, O_RDWR)
        #expect(flock(held, LOCK_EX | LOCK_NB) == 0)
        let name = Array("\(getpid())\n".utf8)
        #expect(write(held, name, name.count) == name.count)
        let waiting = try Program("boatyard", ["--socket", seed.socket, "image", "import", "x", packed, "--force"])
        _ = try await eventually("the second build to wait") {
            waiting.standardError.contains("another build runs on this host (process \(getpid()): ") ? true : nil
        }
        #expect(try seed.json("images") == [])
        close(held)
        #expect(waiting.wait() == 0, "\(waiting.standardError)")
        let problem = try seed.json("images/x")["problem"]?.stringValue
        #expect(problem?.hasPrefix("No machine can boot from the image x: it lacks grub-install") == true)
    }
}
