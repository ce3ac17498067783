import Archive
import Glibc
import Primitives

/// Runs mmdebstrap and reads the root file system that it makes.
package struct RootMaker {
    package var recipe: RootRecipe
    /// An address that the operator names; nil for that of the host, else Debian's own.
    package var mirror: String?
    /// A folder of its own, for temporary files.
    package var work: String
    /// Is called with what goes on, one line each.
    package var report: (String) -> Void

    package init(recipe: RootRecipe, mirror: String?, work: String, report: @escaping (String) -> Void) {
        self.recipe = recipe
        self.mirror = mirror
        self.work = work
        self.report = report
    }

    private static let hooks = "/usr/share/mmdebstrap/hooks/maybe-merged-usr"

    /// Where packages come from.
    package var sources: [AptSources.Entry] {
        AptSources.entries(
            for: recipe.suite, mirror: mirror, host: AptSources.ofHost(), components: recipe.components)
    }

    /// Makes a folder `files` with texts in it, which are copied into the root.
    ///
    /// - Returns: its path.
    package func stage(_ texts: [(path: String, text: String)]) throws(BoatyardError) -> String {
        let folder = "\(work)/files"
        try FileContents.makeFolder(folder, mode: 0o755)
        for file in texts {
            let path = "\(folder)/\(file.path)"
            let parent = path.split(separator: "/").dropLast().map { "/" + $0 }.joined()
            try FileContents.makeFolder(parent, mode: 0o755)
            try FileContents.write(Array(file.text.utf8), to: path, mode: 0o644)
        }
        return folder
    }

    /// Makes the root.
    ///
    /// - Parameters:
    ///   - files: a folder whose contents are copied into it.
    ///   - firstCommands: are run before those of the recipe, while the package lists are there.
    ///   - take: gets the next bytes of it, a tar archive.
    /// - Returns: the packages in it, each with its version, in the order of their names.
    /// - Throws: `BoatyardError` with the last lines of mmdebstrap and a remedy; what `take` throws.
    package func run(
        files: String, firstCommands: [String], _ take: (ArraySlice<UInt8>) throws -> Void
    ) throws -> [String] {
        guard !work.contains(where: { "\"'\\$`\n".contains($0) }) else {
            throw BoatyardError("build.folder", "The folder \(work) has a quote in its name; name another in TMPDIR.")
        }
        let keyrings = recipe.suite.keyrings
        guard keyrings.allSatisfy({ access($0, R_OK) == 0 }) else {
            throw BoatyardError(
                "build.keyring",
                "The keys that sign Debian's suite \(recipe.suite.rawValue) are not on this host. Install the newest "
                    + "debian-archive-keyring, which has \(keyrings.joined(separator: ", ")).", kind: .missing)
        }
        let sources = sources
        let lines = AptSources.lines(sources, keyrings: keyrings).map { $0 + "\n" }.joined()
        try FileContents.write(Array(lines.utf8), to: "\(work)/sources.list", mode: 0o600)
        let input = open("\(work)/sources.list", O_RDONLY | O_CLOEXEC)
        guard input >= 0 else {
            throw BoatyardError("build.folder", "Cannot read \(work)/sources.list: \(systemErrorText()).")
        }
        defer { close(input) }
        let list = "chroot \"$1\" dpkg-query -W -f '${Package} ${Version}\\n' > \"\(work)/packages\""
        let hooks = access(Self.hooks, F_OK) == 0 ? Self.hooks : nil
        let tool = Tool(
            "mmdebstrap",
            recipe.arguments(
                files: files, hooks: hooks, firstCommands: firstCommands + [list]),
            environment: [
                "SOURCE_DATE_EPOCH": "\(recipe.suite.epoch)", "TMPDIR": work, "DEBIAN_FRONTEND": "noninteractive",
                // A ramdisk is made once, by a command of the recipe, not after each package.
                "INITRD": "No",
            ])
        let process = try ToolProcess(tool, input: .descriptor(input), output: .pipe) { line in
            if let text = Self.shown(line) { report(text) }
        }
        do {
            try process.read(take)
            try process.finish()
        } catch let error as BoatyardError where error.code == "build.tool" {
            throw BuildFailure.explained(
                error, lines: process.lastLines, sources: sources.map(\.uri), folder: work)
        }
        let text = String(decoding: try FileContents.read("\(work)/packages", limit: 1 << 20), as: UTF8.self)
        return text.split(separator: "\n").map(String.init).sorted()
    }

    /// What of mmdebstrap's lines people want to see.
    package static func shown(_ line: String) -> String? {
        guard line.hasPrefix("I: ") else { return nil }
        let text = line.dropFirst(3)
        if text.contains("update-initramfs") { return "making the initramfs" }
        let isOfInterest = ["downloading", "extracting", "installing", "creating"].contains { text.hasPrefix($0) }
        return isOfInterest ? String(text.prefix { $0 != "." }) : nil
    }
}

/// A file that is compressed with zstd while it is written.
package struct CompressedFile {
    private let process: ToolProcess
    private let descriptor: CInt
    package let path: String

    /// Makes the file, which must not be there.
    ///
    /// - Throws: `BoatyardError` where it cannot be made, or there is no zstd.
    package init(_ path: String) throws {
        self.path = path
        descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o644)
        guard descriptor >= 0 else {
            throw BoatyardError("build.file", "Cannot make \(path): \(systemErrorText()).")
        }
        // The same bytes whatever the number of threads.
        process = try ToolProcess(
            Tool("zstd", ["-q", "-T0", "-10", "-c"]), input: .pipe, output: .descriptor(descriptor))
    }

    /// Takes the next bytes.
    package func write(_ bytes: some Sequence<UInt8>) throws { try process.write(bytes) }

    /// Ends the file.
    ///
    /// - Throws: `BoatyardError` where not all of it is on the disk.
    package func finish() throws {
        defer { close(descriptor) }
        try process.finish()
        guard fsync(descriptor) == 0 else {
            throw BoatyardError("build.file", "Cannot write \(path): \(systemErrorText()).")
        }
    }
}
