import Archive
import Cryptography
import Glibc
import Netboot
import OrderedCollections
import Primitives

/// Makes an installer: kernel, ramdisk and boot programs of one suite.
package struct InstallerBuilder {
    package var recipe: InstallerRecipe
    package var mirror: String?
    /// The program `boatyard-agent`.
    package var agent: String
    /// A folder whose contents are copied over the root (`packaging/installer/root`).
    package var files: String
    /// A folder for temporary files, and the one that is handed over.
    package var work: String
    package var output: String
    package var report: (String) -> Void

    package init(
        recipe: InstallerRecipe, mirror: String?, agent: String, files: String, work: String, output: String,
        report: @escaping (String) -> Void
    ) {
        self.recipe = recipe
        self.mirror = mirror
        self.agent = agent
        self.files = files
        self.work = work
        self.output = output
        self.report = report
    }

    /// Makes it, and its manifest beside it.
    ///
    /// - Throws: `BoatyardError` with what has failed and a remedy.
    package func run() async throws -> InstallerGeneration {
        let maker = RootMaker(recipe: recipe.root, mirror: mirror, work: work, report: report)
        let staged = try stage(maker)
        let downloads = "\(work)/downloads"
        try FileContents.makeFolder(downloads, mode: 0o755)
        // With the lists, keys and sources of the root, not those of the host.
        let download =
            "cd \"\(downloads)\" && APT_CONFIG=\"$MMDEBSTRAP_APT_CONFIG\" apt-get -q -y download "
            + InstallerRecipe.bootPackages.joined(separator: " ")
        // An agent that does not run on this suite would be noticed on the first machine.
        let check = "chroot \"$1\" /usr/lib/boatyard/boatyard-agent --version >&2"
        let ramdisk = try CompressedFile("\(work)/initrd.zst")
        let kernelPath = "\(output)/vmlinuz"
        let kernel = open(kernelPath, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o644)
        guard kernel >= 0 else {
            throw BoatyardError("build.file", "Cannot make \(kernelPath): \(systemErrorText()).")
        }
        defer { close(kernel) }
        var stream = TarStream()
        var writer = RamdiskWriter(modified: recipe.suite.epoch, leavesOut: InstallerRecipe.leavesOut)
        report("making a root of Debian packages, which takes a minute or two")
        let packages = try maker.run(files: staged, firstCommands: [download, check]) { piece in
            try stream.feed(piece) { event in
                try writer.take(event, ramdisk: { try ramdisk.write($0) }, kernel: { try Self.write($0, to: kernel) })
            }
        }
        try stream.finish()
        try writer.finish { try ramdisk.write($0) }
        try ramdisk.finish()
        report("unpacking the boot programs")
        let unpacked = try unpack(downloads)
        let memory = RamdiskStart.memory(unpacked: writer.unpacked)
        let start = try RamdiskStart.archive(
            busybox: FileContents.read(try find(InstallerRecipe.busybox, in: unpacked), limit: 16 << 20),
            memory: memory,
            modified: recipe.suite.epoch)
        try join(start, ramdisk.path)
        try await bootPrograms(unpacked)
        let media = try makeMedia(unpacked)
        let built: Value.Object = [
            "by": .string("boatyard \(boatyardVersion)"), "at": .string(Timestamp.now().formatted(.iso)),
            "small": .bool(recipe.isSmall), "memory_mib": .int(memory),
            "agent_sha256": .string(try await FileDigest(of: agent).sha256),
            "sources": Value(maker.sources.map { "\($0.uri) \($0.suite)" }), "packages": Value(packages),
        ]
        return try await describe(kernel: writer.kernel ?? "", built: built, media: media)
    }

    /// Makes the image for the drives of BMCs.
    ///
    /// - Returns: nil where this host lacks the programs for it: machines that boot from the network do without.
    private func makeMedia(_ unpacked: String) throws -> InstallerMedia.Layout? {
        let missing = MediaBuilder.missingPackages
        guard missing.isEmpty else {
            report(
                "no image for the drives of BMCs (oob.boot: media): apt-get install \(missing.joined(separator: " "))")
            return nil
        }
        report("making the image for the drives of BMCs")
        return try MediaBuilder(
            output: output, work: "\(work)/media", modified: recipe.suite.epoch, find: { try find($0, in: unpacked) }
        ).run()
    }

    /// The files that are copied into the root.
    private func stage(_ maker: RootMaker) throws -> String {
        guard access(agent, X_OK) == 0 else {
            throw BoatyardError(
                "build.agent", "There is no program \(agent). Name the agent that the installer runs: --agent PATH.",
                kind: .missing)
        }
        guard FolderContents.isFolder(files) else {
            throw BoatyardError(
                "build.files",
                "There is no folder \(files) with the installer's units and settings. It comes with the package boatyard; "
                    + "in a checkout it is packaging/installer/root. Name it: --files FOLDER.",
                kind: .missing)
        }
        let staged = try maker.stage([])
        try ToolProcess.run(Tool("cp", ["-dR", "--preserve=mode,links", "--", "\(files)/.", staged]))
        try FileContents.makeFolder("\(staged)/usr/lib/boatyard", mode: 0o755)
        try ToolProcess.run(
            Tool("install", ["-m", "755", "--", agent, "\(staged)/usr/lib/boatyard/boatyard-agent"]))
        return staged
    }

    private static func write(_ bytes: ArraySlice<UInt8>, to descriptor: CInt) throws {
        var rest = bytes
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count >= 0 {
                rest = rest.dropFirst(count)
            } else if errno != EINTR {
                throw BoatyardError("build.file", "Cannot write the kernel: \(systemErrorText()).")
            }
        }
    }

    /// Unpacks what was downloaded beside the root.
    private func unpack(_ downloads: String) throws -> String {
        let unpacked = "\(work)/boot-programs"
        try FileContents.makeFolder(unpacked, mode: 0o755)
        for name in try FolderContents.list(downloads) where name.hasSuffix(".deb") {
            try ToolProcess.run(Tool("dpkg-deb", ["-x", "\(downloads)/\(name)", unpacked]))
        }
        return unpacked
    }

    /// The first of some files that is there.
    private func find(_ places: [String], in unpacked: String) throws -> String {
        guard let place = places.first(where: { access("\(unpacked)/\($0)", R_OK) == 0 }) else {
            throw BoatyardError(
                "build.boot-program",
                "The packages \(InstallerRecipe.bootPackages.joined(separator: ", ")) of \(recipe.suite.rawValue) do not "
                    + "have \(places.joined(separator: " or ")).")
        }
        return "\(unpacked)/\(place)"
    }

    /// Makes the ramdisk of its two archives.
    private func join(_ start: [UInt8], _ rest: String) throws {
        let head = "\(work)/start.cpio"
        try FileContents.write(start, to: head, mode: 0o644)
        let path = "\(output)/initrd"
        let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o644)
        guard file >= 0 else { throw BoatyardError("build.file", "Cannot make \(path): \(systemErrorText()).") }
        defer { close(file) }
        try ToolProcess(Tool("cat", ["--", head, rest]), input: .nothing, output: .descriptor(file)).finish()
        guard fsync(file) == 0 else {
            throw BoatyardError("build.file", "Cannot write \(path): \(systemErrorText()).")
        }
    }

    private func bootPrograms(_ unpacked: String) async throws {
        try FileContents.makeFolder("\(output)/tftp/grub", mode: 0o755)
        for program in InstallerRecipe.bootPrograms {
            try ToolProcess.run(
                Tool(
                    "install",
                    ["-m", "644", try find(program.places, in: unpacked), "\(output)/tftp/\(program.name)"]))
        }
        // The signed GRUB knows no HTTP.
        for file in NetbootFolder.InstallerFile.allCases {
            guard link("\(output)/\(file.rawValue)", "\(output)/tftp/\(file.rawValue)") == 0 else {
                throw BoatyardError("build.file", "Cannot link \(file.rawValue) into tftp: \(systemErrorText()).")
            }
        }
        var sums = ""
        for file in NetbootFolder.InstallerFile.allCases {
            sums += try await FileDigest(of: "\(output)/\(file.rawValue)").sha256
        }
        let mark = Hash.sha256(Array(sums.utf8)).hex.prefix(16)
        for (name, text) in [
            ("grub.cfg", Self.grubConfiguration(mark: String(mark))),
            ("generation.cfg", "set boatyard_generation=\(mark)\n"),
        ] {
            try FileContents.write(Array(text.utf8), to: "\(output)/tftp/grub/\(name)", mode: 0o644)
        }
    }

    /// What the signed GRUB reads, which cannot look whether a file is there by TFTP. The daemon writes `site.cfg` beside it. The
    /// installer finds its token itself. Kernel and ramdisk are of one generation: where machines were given another one between the
    /// two, that is begun with anew.
    private static func grubConfiguration(mark: String) -> String {
        """
        set timeout=0
        source ($root)/grub/site.cfg
        if [ -n "$boatyard_url" ]; then
            echo "Boatyard: $net_default_mac loads the installer"
            linux ($root)/vmlinuz boatyard.url=$boatyard_url boatyard.mac=$net_default_mac panic=60 $boatyard_consoles
            initrd ($root)/initrd
            source ($root)/grub/generation.cfg
            if [ "$boatyard_generation" = "\(mark)" ]; then
                boot
            fi
            configfile ($root)/grub/grub.cfg
        else
            echo "Boatyard: there is no site for $net_default_mac: netboot.secure_boot is not set, or nothing is committed."
        fi
        echo "Boatyard: $net_default_mac cannot load the installer. It starts again in a minute."
        sleep 60
        reboot

        """
    }

    private func describe(
        kernel: String, built: Value.Object, media: InstallerMedia.Layout?
    ) async throws -> InstallerGeneration {
        var files: [InstallerGeneration.File] = []
        let paths =
            NetbootFolder.InstallerFile.allCases.map(\.rawValue)
            + InstallerRecipe.bootPrograms.map { "tftp/\($0.name)" }
            + ["tftp/grub/grub.cfg", "tftp/grub/generation.cfg"] + (media == nil ? [] : [InstallerMedia.file])
        for path in paths.sorted() {
            let digest = try await FileDigest(of: "\(output)/\(path)")
            files.append(.init(path: path, size: digest.size, sha256: digest.sha256))
        }
        let sums = files.map { "\($0.sha256) \($0.path)\n" }.joined()
        let generation = InstallerGeneration(
            id: "\(recipe.suite.rawValue)-\(Hash.sha256(Array(sums.utf8)).hex.prefix(12))",
            suite: recipe.suite.rawValue, kernel: kernel, built: built, files: files, media: media)
        try FileContents.write(
            generation.manifest, to: "\(output)/\(InstallerGeneration.manifestFile)", mode: 0o644)
        return generation
    }
}
