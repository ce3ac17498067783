import Glibc
import Installation
import Primitives

/// Puts the agent into the new system, with what it needs for its report of the first boot.
package struct AgentExecutor: Sendable {
    let target: TargetRoot

    /// Where it is there. It needs no library but those of glibc's package (`packaging/static-libraries`).
    private static let program = "/usr/lib/boatyard/boatyard-agent"
    /// What it needs for its report.
    package static let report = InstallationProgress.folder + "/report.json"
    /// In bytes: more than the program has.
    private static let limit = 256 << 20

    /// - Parameters:
    ///   - sequence: that of the report `booted`, above all that the installer uses.
    ///   - own: the agent's own file.
    func install(_ report: BootedReport, token: Secret<String>, sequence: Int, from own: String) async throws {
        let path = SystemFiles().resolved(own) ?? own
        try target.write(try FileContents.read(path, limit: Self.limit), to: Self.program, mode: 0o755)
        do {
            try await ChildProcess.run(Command(Self.program, "--version").inside(target.path))
        } catch let failure as CommandFailure where failure.isOfImage {
            throw BoatyardError(
                "image.agent",
                "The agent does not run on the image (\(failure)). It needs the glibc of Debian 12, 2.36: use an image "
                    + "that is not older.", kind: .invalid)
        }
        try target.makeFolder(InstallationProgress.folder, mode: 0o700, owner: 0, group: 0)
        let contents: Value = [
            "url": .string(report.url), "token": .string(token.reveal()), "sequence": .int(sequence),
            "deployment": .string(report.deployment),
        ]
        try target.write(TargetFile(Self.report, contents.json(.pretty) + "\n", mode: 0o600))
    }
}

extension CommandFailure {
    /// Whether a program of ours does not run for what the image lacks, or for what it is made for: not where it was ended, and not
    /// where a disk or the memory failed.
    var isOfImage: Bool {
        let signs = ["version `GLIBC_", "cannot open shared object file: No such file", "Exec format error"]
        // The program is there: what is missing is what would load it.
        let isLoaderMissing = output.contains("failed to run command") && output.contains("No such file or directory")
        return code == "process.failed" && (isLoaderMissing || signs.contains { output.contains($0) })
    }
}
