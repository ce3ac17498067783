import Glibc
import Primitives
import TestSupport
import Testing

@testable import Installation
@testable import InstallerTools

/// Why tests that change owners, devices or mounts cannot run here; nil where they can.
let whyNotRoot: String? = geteuid() == 0 ? nil : "needs root"

/// Prints the reason once where there is one.
let isRoot: Bool = {
    if let whyNotRoot { print("InstallerToolsTests: some tests are skipped: \(whyNotRoot)") }
    return whyNotRoot == nil
}()

@Suite(.enabled(if: isRoot)) struct TargetRootTests {
    private func withRoot(_ body: (TargetRoot, String) async throws -> Void) async throws {
        try await withTemporaryFolder { folder in
            try FileContents.makeFolder("\(folder)/root/etc")
            try FileContents.makeFolder("\(folder)/outside")
            try await body(TargetRoot(path: "\(folder)/root"), folder)
        }
    }

    private func mode(_ path: String) -> mode_t {
        var status = stat()
        return lstat(path, &status) == 0 ? status.st_mode : 0
    }

    @Test("a file gets contents and mode, with the folders above it, and stays as it is the second time")
    func write() async throws {
        try await withRoot { target, folder in
            let file = TargetFile("/etc/a/b/file", "text\n", mode: 0o640)
            let isNew = try target.write(file)
            #expect(isNew)
            #expect(try target.text("/etc/a/b/file") == "text\n")
            #expect(mode("\(folder)/root/etc/a/b/file") == S_IFREG | 0o640)
            #expect(mode("\(folder)/root/etc/a") == S_IFDIR | 0o755)
            #expect(try !target.write(file))
            #expect(try target.write(TargetFile("/etc/a/b/file", "text\n", mode: 0o600)))
            #expect(try target.write(TargetFile("/etc/a/b/file", "other", mode: 0o600)))
            #expect(try target.names(in: "/etc/a/b") == ["file"])
            let link = TargetFile("/etc/link", linkTo: "../run/x")
            #expect(try target.write(link))
            #expect(try !target.write(link))
            #expect(try target.write(TargetFile("/etc/link", linkTo: "elsewhere")))
        }
    }

    @Test("no link of an image leads a write, a read or a deletion out of the new system")
    func links() async throws {
        try await withRoot { target, folder in
            try FileContents.write(Array("host".utf8), to: "\(folder)/outside/file")
            let links = [
                ("\(folder)/outside", "absolute"), ("../../outside", "climbing"), ("/etc", "etc-link"),
            ]
            for (text, name) in links { #expect(symlink(text, "\(folder)/root/\(name)") == 0) }
            // An absolute link leads to that path of the new system, which is not there.
            for name in ["absolute", "climbing"] {
                #expect(try target.text("/\(name)/file") == nil)
                #expect(!target.exists("/\(name)/file"))
                _ = try? target.write(TargetFile("/\(name)/file", "changed"))
                _ = try? target.remove("/\(name)/file")
            }
            #expect(try FileContents.read("\(folder)/outside/file") == Array("host".utf8))
            try target.write(TargetFile("/etc-link/inside", "x"))
            #expect(try FileContents.read("\(folder)/root/etc/inside") == [120])
            // The file itself may be a link: it is replaced, not followed.
            #expect(symlink("\(folder)/outside/file", "\(folder)/root/etc/hosts") == 0)
            try target.write(TargetFile("/etc/hosts", "own"))
            #expect(mode("\(folder)/root/etc/hosts") & S_IFMT == S_IFREG)
            #expect(try FileContents.read("\(folder)/outside/file") == Array("host".utf8))
        }
    }

    @Test("what names no file is refused, and what is missing is no error of a read or a deletion")
    func odd() async throws {
        try await withRoot { target, _ in
            for place in ["/", "", "/etc/", "/etc/.."] {
                #expect(throws: BoatyardError.self) { try target.write(TargetFile(place, "x")) }
            }
            let nothing = try target.read("/none")
            #expect(nothing == nil)
            #expect(try target.names(in: "/none") == [])
            #expect(try !target.remove("/none/x"))
        }
    }

    @Test("a pipe, socket or folder where a file is read is an error that says so, and holds nobody up")
    func noFiles() async throws {
        try await withRoot { target, folder in
            let etc = "\(folder)/root/etc"
            #expect(mkfifo("\(etc)/group", 0o644) == 0)
            #expect(symlink("group", "\(etc)/passwd") == 0)
            #expect(mknod("\(etc)/os-release", S_IFSOCK | 0o644, 0) == 0)
            for place in ["/etc/group", "/etc/passwd", "/etc/os-release", "/etc"] {
                let error = #expect(throws: BoatyardError.self) { _ = try target.text(place) }
                #expect(error?.code == "target.read", "\(place)")
                #expect(error?.message.hasPrefix("\(place) of the new system is no regular file") == true, "\(place)")
            }
            let names = try target.names(in: "/etc/group")
            #expect(names == [])
            #expect(try target.write(TargetFile("/etc/group", "root:x:0:\n")))
            #expect(try target.text("/etc/passwd") == "root:x:0:\n")
        }
    }

    @Test("an operation that was finished is known by what it did, not by its name alone")
    func progress() async throws {
        try await withRoot { target, folder in
            let first = InstallationOperation("units", "", .enableUnits(["a"]))
            var progress = InstallationProgress(of: target)
            #expect(!progress.has(first))
            try progress.note(first)
            #expect(InstallationProgress(of: target).has(first))
            #expect(!InstallationProgress(of: target).has(InstallationOperation("units", "", .enableUnits(["b"]))))
            #expect(mode("\(folder)/root\(InstallationProgress.folder)/progress.json") == S_IFREG | 0o600)
        }
    }

    @Test("package sources take the place of the image's own, and of others where the design says so")
    func sources() async throws {
        try await withRoot { target, _ in
            let system = SystemExecutor(target: target, log: InstallerLog { _ in })
            for name in ["debian.sources", "extra.list", "notes.txt"] {
                try target.write(TargetFile("/etc/apt/sources.list.d/\(name)", "x"))
            }
            try target.write(TargetFile("/usr/lib/os-release", "VERSION_CODENAME=bookworm\n"))
            try target.write(TargetFile("/etc/os-release", linkTo: "../usr/lib/os-release"))
            func repository(_ name: String, suites: [String] = []) -> PackageRepository {
                PackageRepository(
                    name: name, url: "http://mirror/debian", distributions: suites, pockets: [], components: ["main"],
                    architectures: ["amd64"], key: nil, options: [:])
            }
            try system.configure(.init(repositories: [repository("extra-archive")], removesOthers: false))
            #expect(
                try target.names(in: "/etc/apt/sources.list.d")
                    == ["debian.sources", "extra-archive.sources", "extra.list", "notes.txt"])
            #expect(
                try target.text("/etc/apt/sources.list.d/extra-archive.sources")?.contains("Suites: bookworm\n") == true
            )
            try system.configure(.init(repositories: [repository("main_archive")], removesOthers: true))
            #expect(try target.names(in: "/etc/apt/sources.list.d") == ["main_archive.sources", "notes.txt"])

            try target.remove("/etc/os-release")
            try target.remove("/usr/lib/os-release")
            let error = #expect(throws: BoatyardError.self) {
                try system.configure(.init(repositories: [repository("x")], removesOthers: false))
            }
            #expect(error?.code == "target.release")
            try system.configure(.init(repositories: [repository("x", suites: ["stable"])], removesOthers: false))
        }
    }

    @Test("an image whose kernel has no driver for the disk's controller is refused with the remedy")
    func drivers() async throws {
        try await withRoot { target, _ in
            let system = SystemExecutor(target: target, log: InstallerLog { _ in })
            let driver = DiskDriver(
                disk: "sda", device: "0000:00:1f.2", alias: "pci:v00008086d00002922", module: "ahci")
            // A kernel without any module has all that it has built in.
            #expect(try await system.modules(of: "6.1", for: [driver]).isEmpty)
            try target.write(TargetFile("/lib/modules/6.1/modules.alias", "alias pci:v00001AF4* virtio_pci\n"))
            let error = await #expect(throws: BoatyardError.self) {
                try await system.modules(of: "6.1", for: [driver])
            }
            #expect(error?.code == "image.driver")
            for part in ["6.1", "0000:00:1f.2", "sda", "ahci", "without --slim"] {
                #expect(error?.message.contains(part) == true, "\(part)")
            }
            try target.write(TargetFile("/lib/modules/6.1/modules.builtin", "kernel/drivers/ata/ahci.ko\n"))
            #expect(try await system.modules(of: "6.1", for: [driver]).isEmpty)
        }
    }

    @Test("an initramfs has a module whatever it is compressed with, and whichever way its name is written")
    func initramfs() {
        var contents = InitramfsContents()
        let names = [
            "usr/lib/modules/6.1/kernel/drivers/ata/ahci.ko", "a/virtio-scsi.ko.xz", "nvme_core.ko.zst", "x.koala",
            "usr/sbin/lvmdump",
        ]
        for name in names { contents.add(name) }
        #expect(contents == InitramfsContents(modules: ["ahci", "virtio_scsi", "nvme_core"]))
        #expect(contents.has(InitramfsContents(modules: ["ahci"])))
        #expect(!contents.has(InitramfsContents(hasLVM: true, modules: ["ahci"])))
        contents.add("usr/sbin/lvm")
        #expect(contents.has(InitramfsContents(hasLVM: true, modules: ["nvme_core"])))
        #expect(!contents.has(InitramfsContents(modules: ["nvme"])))
    }

    @Test("that modprobe was ended before it found a driver does not prove that there is none")
    func endedModprobe() throws {
        let query = Command("modprobe", "--resolve-alias", "pci:v1")
        func outcome(_ end: CommandOutcome.End, _ text: String = "") -> CommandOutcome {
            CommandOutcome(end: end, output: Array(text.utf8), isTruncated: false, tail: [])
        }
        #expect(try SystemExecutor.resolved(query, outcome(.exited(1))).isEmpty)
        #expect(try SystemExecutor.resolved(query, outcome(.exited(0), "ahci\n")) == ["ahci"])
        for end in [CommandOutcome.End.signalled(9), .late] {
            let error = #expect(throws: CommandFailure.self) { try SystemExecutor.resolved(query, outcome(end)) }
            #expect(error.map { InstallationRun.isPermanent($0) } == false)
        }
    }

    @Test("what cannot be looked up in the new system is not told as missing, and is worth another attempt")
    func lookups() async throws {
        try await withRoot { target, folder in
            let missing = BootLoaderExecutor(
                target: target, facts: FactsReader(), log: InstallerLog { _ in })
            let loader = BootLoader(
                firmware: .bios, hasSecureBoot: false, disks: ["none"], systemPartitions: [], bootFileSystem: "1",
                grubFolder: "/grub")
            let none = await #expect(throws: BoatyardError.self) { try await missing.install(loader) }
            #expect(none?.code == "image.grub" && none.map { InstallationRun.isPermanent($0) } == true)
            // A link to itself stands for what cannot be read: the kernel answers neither yes nor no.
            #expect(symlink("sbin", "\(folder)/root/sbin") == 0)
            try FileContents.makeFolder("\(folder)/root/usr")
            #expect(symlink("sbin", "\(folder)/root/usr/sbin") == 0)
            let unknown = await #expect(throws: BoatyardError.self) { try await missing.install(loader) }
            #expect(unknown?.code != "image.grub" && unknown.map { InstallationRun.isPermanent($0) } == false)
        }
    }

    @Test(
        "that the agent does not run on an image is the image's fault where its loader says so, and only there",
        arguments: [
            ("process.failed", "libc.so.6: version `GLIBC_2.36' not found (required by boatyard-agent)", true),
            (
                "process.failed",
                "error while loading shared libraries: libz.so.1: cannot open shared object file: No such file or directory",
                true
            ),
            ("process.failed", "chroot: failed to run command 'boatyard-agent': No such file or directory", true),
            (
                "process.failed",
                "boatyard-agent: error while loading shared libraries: libc.so.6: cannot read file data: Input/output error",
                false
            ),
            ("process.failed", "chroot: failed to run command 'boatyard-agent': Input/output error", false),
            ("process.failed", "chroot: failed to run command 'boatyard-agent': Cannot allocate memory", false),
            ("process.signal", "version `GLIBC_2.36' not found", false), ("process.failed", "", false),
        ])
    func agentFault(code: String, output: String, isOfImage: Bool) {
        #expect(CommandFailure(code, "'agent --version' failed", output: output).isOfImage == isOfImage)
    }

    @Test(
        "an image that does not fit is worth another attempt only where less on the file system would make room for it")
    func imageSpace() async throws {
        try await withRoot { target, _ in
            var status = statvfs()
            #expect(statvfs(target.path, &status) == 0)
            let used = Int(status.f_blocks - status.f_bfree)
            let (free, block) = (Int(status.f_bavail), Int(status.f_frsize))
            // Others write to the same file system meanwhile: half of what is used is far from both ends.
            for (blocks, isPermanent) in [(free + used / 2, false), (free + used + free / 2 + 1_000_000, true)] {
                let image = ImageSource(
                    name: "big", url: "http://127.0.0.1:1/", sha256: "", size: nil, unpackedSize: blocks * block,
                    format: .tar)
                let executor = ImageExecutor(
                    target: target, client: NodeConnection.sharedClient, log: InstallerLog { _ in })
                let error = await #expect(throws: BoatyardError.self) { try await executor.unpack(image) }
                #expect(error?.code == "image.space")
                #expect(error.map { InstallationRun.isPermanent($0) } == isPermanent, "\(error?.message ?? "")")
            }
        }
    }

    @Test("an image without a kernel is refused with the remedy, and the newest kernel is booted first")
    func kernels() async throws {
        try await withRoot { target, _ in
            let system = SystemExecutor(target: target, log: InstallerLog { _ in })
            let boot = BootConfiguration(
                root: "UUID=1", bootFileSystem: "1", kernelFolder: "/boot", modules: ["part_gpt"],
                kernelParameters: "quiet",
                serialPort: nil, preferredKernel: nil)
            let error = #expect(throws: BoatyardError.self) { try system.configure(boot) }
            #expect(error?.code == "image.kernel")
            for name in ["vmlinuz-6.1.0-9-amd64", "vmlinuz-6.1.0-10-amd64", "initrd.img-6.1.0-10-amd64", "config-6"] {
                try target.write(TargetFile("/boot/\(name)", "x"))
            }
            try system.configure(boot)
            let text = try #require(try target.text("/boot/grub/grub.cfg"))
            let lines = text.split(separator: "\n").filter { $0.hasPrefix("    linux ") || $0.hasPrefix("    initrd ") }
            #expect(lines.count == 3)
            #expect(lines.first?.contains("vmlinuz-6.1.0-10-amd64") == true)
        }
    }
}
