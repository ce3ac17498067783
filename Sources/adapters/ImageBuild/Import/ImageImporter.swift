import Archive
import Glibc
import Netboot
import OrderedCollections
import Primitives

/// Makes an image of what somebody else has made: a root file system in an archive, a squashfs, or the disk of a cloud image.
package struct ImageImporter {
    /// As designs name it.
    package var name: String
    package var kernels: [String]
    /// A folder for temporary files, and the one that is handed over.
    package var work: String
    package var output: String
    package var report: (String) -> Void

    package init(
        name: String, kernels: [String], work: String, output: String, report: @escaping (String) -> Void
    ) {
        self.name = name
        self.kernels = kernels
        self.work = work
        self.output = output
        self.report = report
    }

    /// In bytes: more than any image that is installed over a network.
    private static let limit = 64 << 30

    /// Fetches a file to disk.
    ///
    /// - Returns: its path.
    /// - Throws: `BoatyardError` with what curl says.
    package func fetch(_ url: String) throws -> String {
        report("fetching \(url)")
        let path = "\(work)/fetched"
        // curl heeds its own limit only where the server tells the size. It inherits this one.
        var former = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &former)
        var bounded = former
        bounded.rlim_cur = min(former.rlim_max, rlim_t(Self.limit))
        setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &bounded)
        defer { setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &former) }
        try ToolProcess.run(
            Tool(
                "curl",
                [
                    "--fail", "--location", "--silent", "--show-error", "--proto", "=http,https", "--retry", "3",
                    "--connect-timeout", "20", "--speed-time", "60", "--speed-limit", "1024", "--max-filesize",
                    "\(Self.limit)", "--output", path, "--", url,
                ]))
        return path
    }

    /// Makes the image, and its description beside it.
    ///
    /// - Parameters:
    ///   - path: of the file.
    ///   - source: what the operator named, for the description.
    /// - Returns: the image, and what a machine may need and it does not have.
    /// - Throws: `BoatyardError` with what has failed and a remedy.
    package func run(_ path: String, source: String) async throws -> (image: InstallableImage, lacks: [String]) {
        // What is looked at is what is used, whatever its owner does with it meanwhile.
        let copy = path.hasPrefix("\(work)/") ? path : try ownCopy(of: path)
        let kind = try FileKind(of: copy)
        let (file, format, check): (String, InstallableImage.Format, RootCheck)
        switch kind {
        case .archive(let compression):
            format = compression
            file = "root.\(compression.rawValue)"
            report("looking through the archive")
            check = try archive(copy, compression)
            guard chmod(copy, 0o644) == 0, rename(copy, "\(output)/\(file)") == 0 else {
                throw BoatyardError("image.file", "Cannot make \(output)/\(file): \(systemErrorText()).")
            }
        case .squashfs, .fileSystem:
            (file, format) = ("root.tar.zst", .zstd)
            let root = MountedRoot(work: work)
            defer { root.end() }
            try root.mount(copy)
            check = try pack(root)
        case .qcow2, .disk:
            (file, format) = ("root.tar.zst", .zstd)
            check = try disk(copy, isRaw: kind == .disk)
        case .unknown:
            throw BoatyardError(
                "image.kind",
                "\(source) is none of what can be imported: a tar archive (plain, gzip, xz, zstd), a squashfs, a disk in "
                    + "QEMU's format qcow2 or byte by byte.", kind: .invalid)
        }
        try check.requireRoot()
        let built: Value.Object = [
            "by": .string("boatyard \(boatyardVersion)"), "at": .string(Timestamp.now().formatted(.iso)),
            "imported_from": .string(source), "kernel": Value(check.kernels.first), "lacks": Value(check.lacks),
        ]
        let image = try await ImageBuilder.describe(
            file: file, format: format, check: check, name: name, kernels: kernels, output: output, built: built)
        return (image, check.lacks)
    }

    /// Copies a regular file to the folder for temporary files, which nobody else can write. It is opened once.
    ///
    /// - Returns: the path of the copy, which is absolute.
    /// - Throws: `BoatyardError`: `image.file`, `image.size`.
    private func ownCopy(of path: String) throws -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        guard descriptor >= 0 else {
            throw BoatyardError("image.file", "Cannot read \(path): \(systemErrorText()).", kind: .missing)
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw BoatyardError("image.file", "\(path) is no regular file.", kind: .invalid)
        }
        guard status.st_size <= Self.limit else {
            throw BoatyardError("image.size", "\(path) is larger than \(Self.limit >> 30) GiB.", kind: .invalid)
        }
        let copy = "\(work)/given"
        // Its standard input; the path of the file may lead to another one by now.
        try ToolProcess.run(
            Tool("cp", ["--reflink=auto", "--", "/proc/self/fd/0", copy]), input: .descriptor(descriptor))
        return copy
    }

    private func archive(_ path: String, _ format: InstallableImage.Format) throws -> RootCheck {
        let tool =
            switch format {
            case .zstd: Tool("zstd", ["-dcq", "--", path])
            case .gzip: Tool("gzip", ["-dc", "--", path])
            case .xz: Tool("xz", ["-dcq", "--", path])
            case .tar, .squashfs: Tool("cat", ["--", path])
            }
        let process = try ToolProcess(tool, output: .pipe)
        return try check { take in
            try process.read(take)
            try process.finish()
        }
    }

    /// Looks through an archive that `read` hands over piece by piece.
    private func check(
        _ read: (_ take: (ArraySlice<UInt8>) throws -> Void) throws -> Void
    ) throws -> RootCheck {
        var stream = TarStream()
        var check = RootCheck()
        var size = 0
        do {
            try read { piece in
                size += piece.count
                guard size <= Self.limit else {
                    throw BoatyardError(
                        "image.size", "The root file system has more than \(Self.limit >> 30) GiB.", kind: .invalid)
                }
                try stream.feed(piece) { event in
                    if case .entry(let entry) = event { try check.take(entry) }
                }
            }
            try stream.finish()
        } catch let error as ArchiveError {
            let reason = ControlCharacters.escaped("\(error)", keepsLines: false)
            throw BoatyardError("image.archive", "The archive cannot be used: \(reason).", kind: .invalid)
        }
        return check
    }

    private func disk(_ path: String, isRaw: Bool) throws -> RootCheck {
        var raw = path
        if !isRaw {
            report("converting the disk")
            raw = "\(work)/disk.raw"
            // No file that the disk refers to is opened: a disk can name any file of this host as what it is based on.
            let facts = try Value(
                json: ToolProcess.run(Tool("qemu-img", ["info", "--output=json", "-f", "qcow2", path])))
            if let base = facts["backing-filename"]?.stringValue {
                throw BoatyardError(
                    "image.disk",
                    "The disk is based on another file, "
                        + "\(ControlCharacters.escaped(String(base.prefix(200)), keepsLines: false)): import one that stands "
                        + "alone.",
                    kind: .invalid)
            }
            if facts["format-specific"]?["data"]?["data-file"] != nil {
                throw BoatyardError("image.disk", "The disk has its data in another file.", kind: .invalid)
            }
            guard let size = facts["virtual-size"]?.intValue, size <= Self.limit else {
                throw BoatyardError("image.size", "The disk is larger than \(Self.limit >> 30) GiB.", kind: .invalid)
            }
            try ToolProcess.run(Tool("qemu-img", ["convert", "-f", "qcow2", "-O", "raw", path, raw]))
        }
        let table = try partitions(raw)
        let root = MountedRoot(work: work)
        defer { root.end() }
        try root.mount(raw, try table.root())
        if let boot = table.boot { try root.mountBoot(raw, boot) }
        return try pack(root)
    }

    private func partitions(_ path: String) throws -> PartitionTable {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw BoatyardError("image.file", "Cannot read \(path): \(systemErrorText()).")
        }
        defer { close(descriptor) }
        var status = stat()
        fstat(descriptor, &status)
        var bytes = [UInt8](repeating: 0, count: PartitionTable.length)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        return try PartitionTable(Array(bytes.prefix(max(0, count))), diskSize: Int(status.st_size))
    }

    /// Packs what is mounted, without devices.
    private func pack(_ root: MountedRoot) throws -> RootCheck {
        report("packing the root file system")
        var arguments = [
            "--xattrs", "--xattrs-include=*", "--acls", "--numeric-owner", "--sort=name", "--exclude=./dev/*",
            "--exclude=./proc/*", "--exclude=./sys/*", "--exclude=./run/*", "--exclude=./tmp/*",
            "--exclude=./lost+found", "--exclude=boot/lost+found", "--exclude=./etc/ssh/ssh_host_*",
        ]
        if root.hasBoot { arguments.append("--exclude=./boot/*") }
        arguments += ["-cf", "-", "-C", root.path, "."]
        if root.hasBoot { arguments += ["-C", root.parts, "boot"] }
        // It would look for a cloud for minutes, and then write the network's configuration anew.
        let switchedOff = "etc/cloud/cloud-init.disabled"
        if root.isFolder("etc/cloud"), !root.isThere(switchedOff) {
            let path = "\(work)/additions/\(switchedOff)"
            try FileContents.makeFolder("\(work)/additions/etc/cloud", mode: 0o755)
            try FileContents.write([], to: path, mode: 0o644)
            arguments += ["-C", "\(work)/additions", "./\(switchedOff)"]
        }
        let file = try CompressedFile("\(output)/root.tar.zst")
        let process = try ToolProcess(Tool("tar", arguments), output: .pipe)
        let check = try check { take in
            try process.read { piece in
                try take(piece)
                try file.write(piece)
            }
            try process.finish()
        }
        try file.finish()
        return check
    }
}
