import Glibc
import Netboot
import Primitives
import Processes

/// Makes the image of an installer that a BMC puts into its drive: for UEFI with Debian's signed shim and GRUB, which Secure
/// Boot takes, for BIOS with ISOLINUX (`docs/reference/netboot.md` §2.14).
package struct MediaBuilder {
    /// The folder with `vmlinuz` and `initrd`, which gets the image.
    let output: String
    /// A folder for temporary files, which is made.
    let work: String
    /// The time of every file in it, in seconds since 1970: equal contents make equal images.
    let modified: Int
    /// Finds the first of some files in the packages of boot programs.
    let find: ([String]) throws -> String

    package init(output: String, work: String, modified: Int, find: @escaping ([String]) throws -> String) {
        self.output = output
        self.work = work
        self.modified = modified
        self.find = find
    }

    /// The Debian packages whose programs are not on this host; empty where an image can be made.
    package static var missingPackages: [String] {
        [("xorriso", "xorriso"), ("mformat", "mtools")].filter { SpawnedProcess.path(of: $0.0) == nil }.map(\.1)
    }

    /// In sectors of 512 bytes: the file system for UEFI, which holds three programs.
    private static let systemPartition = 24 << 10

    /// Of that file system; mformat would draw one.
    private static let serial = "b0a70000"

    /// The programs of UEFI, by their names in its file system.
    private static let programs: [(name: String, places: [String])] = [
        ("BOOTX64.EFI", ["usr/lib/shim/shimx64.efi.signed"]),
        ("grubx64.efi", ["usr/lib/grub/x86_64-efi-signed/gcdx64.efi.signed"]),
        ("mmx64.efi", ["usr/lib/shim/mmx64.efi.signed"]),
    ]

    /// Makes it.
    ///
    /// - Returns: where its blank sectors are.
    /// - Throws: `BoatyardError` with what has failed and a remedy.
    package func run() throws -> InstallerMedia.Layout {
        let tree = "\(work)/tree"
        for folder in [work, tree, "\(tree)/.disk", "\(tree)/boot", "\(tree)/boot/grub", "\(tree)/isolinux"] {
            try FileContents.makeFolder(folder, mode: 0o755)
        }
        // By this file the signed GRUB finds its disc.
        for (path, contents) in [
            (".disk/info", Array("Boatyard installer\n".utf8)), ("boot/grub/grub.cfg", Array(Self.grub.utf8)),
            ("boot/grub/site.cfg", MediaConfiguration.blank("GRUB")),
            ("isolinux/isolinux.cfg", Array(Self.isolinux.utf8)),
            ("isolinux/site.cfg", MediaConfiguration.blank("ISOLINUX")),
        ] { try FileContents.write(contents, to: "\(tree)/\(path)", mode: 0o644) }
        try copy(["usr/lib/ISOLINUX/isolinux.bin"], to: "\(tree)/isolinux/isolinux.bin")
        try copy(["usr/lib/syslinux/modules/bios/ldlinux.c32"], to: "\(tree)/isolinux/ldlinux.c32")
        for file in NetbootFolder.InstallerFile.allCases {
            guard link("\(output)/\(file.rawValue)", "\(tree)/\(file.rawValue)") == 0 else {
                throw BoatyardError("build.file", "Cannot link \(file.rawValue) into \(tree): \(systemErrorText()).")
            }
        }
        let partition = "\(tree)/boot/efi.img"
        try run(
            "mformat",
            [
                "-C", "-i", partition, "-T", "\(Self.systemPartition)", "-h", "16", "-s", "32", "-N", Self.serial, "::",
            ])
        try run("mmd", ["-i", partition, "::/EFI", "::/EFI/BOOT"])
        for program in Self.programs {
            try run("mcopy", ["-i", partition, try find(program.places), "::/EFI/BOOT/\(program.name)"])
        }
        try run("find", [tree, "-exec", "touch", "--no-dereference", "--date=@\(modified)", "{}", "+"])
        let image = "\(output)/\(InstallerMedia.file)"
        try run(
            "xorriso",
            [
                "-as", "mkisofs", "-quiet", "-R", "-V", "BOATYARD", "-o", image, "-b", "isolinux/isolinux.bin", "-c",
                "isolinux/boot.cat", "-no-emul-boot", "-boot-load-size", "4", "-boot-info-table", "-eltorito-alt-boot",
                "-e", "boot/efi.img", "-no-emul-boot", tree,
            ])
        let places = try Self.sectors(
            [MediaConfiguration.blank("GRUB"), MediaConfiguration.blank("ISOLINUX")], in: image)
        return InstallerMedia.Layout(grub: places[0], isolinux: places[1])
    }

    private func run(_ program: String, _ arguments: [String]) throws {
        try ToolProcess.run(
            Tool(
                program, arguments, environment: ["MTOOLS_SKIP_CHECK": "1", "SOURCE_DATE_EPOCH": "\(modified)"]))
    }

    private func copy(_ places: [String], to path: String) throws {
        try ToolProcess.run(Tool("install", ["-m", "644", "--", try find(places), path]))
    }

    /// Where in a file sectors with certain contents are: in the order of the contents.
    ///
    /// - Throws: `BoatyardError` `build.media` where one is not there exactly once.
    static func sectors(_ contents: [[UInt8]], in path: String) throws -> [Int] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw BoatyardError("build.file", "Cannot read \(path): \(systemErrorText()).") }
        defer { close(descriptor) }
        let size = InstallerMedia.sectorSize
        var places = contents.map { _ in [Int]() }
        var piece = [UInt8](repeating: 0, count: 512 * size)
        var offset = 0
        while true {
            let count = pread(descriptor, &piece, piece.count, off_t(offset))
            guard count > 0 else { break }
            for begin in stride(from: 0, to: count - size + 1, by: size) where piece[begin] == UInt8(ascii: "#") {
                for (number, wanted) in contents.enumerated() where piece[begin..<begin + size].elementsEqual(wanted) {
                    places[number].append(offset + begin)
                }
            }
            offset += count - count % size
            if count < piece.count { break }
        }
        return try places.map { found in
            guard let place = found.first, found.count == 1 else {
                throw BoatyardError(
                    "build.media", "\(path) has \(found.count) of the blank sectors where it should have one.")
            }
            return place
        }
    }

    /// What the signed GRUB reads from the disc.
    private static let grub = """
        set timeout=0
        source /boot/grub/site.cfg
        if [ -n "$boatyard_parameters" ]; then
            echo "Boatyard: the installer is loaded from the image"
            linux /vmlinuz $boatyard_parameters
            initrd /initrd
            boot
        fi
        echo "Boatyard: this image is nobody's. It is for the drive of a BMC, which gets it from the daemon."
        echo "This machine starts again in a minute."
        sleep 60
        reboot

        """

    /// What ISOLINUX reads from the disc.
    private static let isolinux = """
        DEFAULT boatyard
        PROMPT 0
        SAY Boatyard: the installer is loaded from the image
        INCLUDE /isolinux/site.cfg

        """
}
