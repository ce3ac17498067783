import Glibc
import Installation
import Primitives

/// Puts the agent into the new system, with what it needs for its report of the first boot.
package struct AgentExecutor: Sendable {
    let target: TargetRoot

    /// Where it is there, and beside it the libraries that it was linked with.
    private static let folder = "/usr/lib/boatyard"
    private static let program = folder + "/boatyard-agent"
    /// What it needs for its report.
    package static let report = InstallationProgress.folder + "/report.json"
    /// In bytes: more than the program or one of its libraries has.
    private static let limit = 256 << 20

    /// - Parameters:
    ///   - sequence: that of the report `booted`, above all that the installer uses.
    ///   - own: the agent's own file.
    func install(_ report: BootedReport, token: Secret<String>, sequence: Int, from own: String) async throws {
        let path = SystemFiles().resolved(own) ?? own
        try target.write(try FileContents.read(path, limit: Self.limit), to: Self.program, mode: 0o755)
        // An image may lack any of them, or have others; glibc is its own.
        for library in Self.libraries(in: try await ChildProcess.run(Command("ldd", path)).text) {
            let bytes = try FileContents.read(library.path, limit: Self.limit)
            try target.write(bytes, to: "\(Self.folder)/\(library.name)", mode: 0o644)
        }
        do {
            try await ChildProcess.run(Command(Self.program, "--version").inside(target.path))
        } catch let failure as CommandFailure {
            throw BoatyardError(
                "image.agent",
                "The agent does not run on the image (\(failure)). It needs the glibc of Debian 12, 2.36: use an image "
                    + "that is not older.")
        }
        try target.makeFolder(InstallationProgress.folder, mode: 0o700, owner: 0, group: 0)
        let contents: Value = [
            "url": .string(report.url), "token": .string(token.reveal()), "sequence": .int(sequence),
            "deployment": .string(report.deployment),
        ]
        try target.write(TargetFile(Self.report, contents.json(.pretty) + "\n", mode: 0o600))
    }

    private static let glibc = [
        "ld-linux", "libc.so.", "libm.so.", "libdl.so.", "libpthread.so.", "librt.so.", "libresolv.so.", "libutil.so.",
    ]

    /// Of lines such as `libz.so.1 => /lib/x86_64-linux-gnu/libz.so.1 (0x00007f…)`; without those of glibc.
    static func libraries(in text: String) -> [(name: String, path: String)] {
        text.split(whereSeparator: \.isNewline).compactMap { line in
            let words = line.split(whereSeparator: \.isWhitespace)
            guard words.count == 4, words[1] == "=>", words[2].hasPrefix("/"), !words[0].contains("/"),
                !glibc.contains(where: words[0].hasPrefix)
            else { return nil }
            return (String(words[0]), String(words[2]))
        }
    }
}
