import Glibc
import Netboot
import Primitives

/// The agent as the package has it: packed by `zstd --patch-from` against the program `boatyard`, whose code is most of its own.
package struct PackedAgent {
    /// What `zstd --patch-from` has made.
    private let patch: String
    /// Lines of sha256sum(1) for `boatyard` and `boatyard-agent`.
    private let sums: String
    private let program: String

    /// - Parameters:
    ///   - folder: has `boatyard-agent.zst` and `boatyard-agent.sha256`.
    ///   - program: the path of the program that the agent was packed against.
    package init(folder: String = "/usr/lib/boatyard", program: String = "/usr/bin/boatyard") {
        patch = "\(folder)/boatyard-agent.zst"
        sums = "\(folder)/boatyard-agent.sha256"
        self.program = program
    }

    package var isThere: Bool { access(patch, F_OK) == 0 }

    /// Unpacks it, and compares its sum.
    ///
    /// - Parameter folder: is there; it must not have a file `boatyard-agent`.
    /// - Returns: the path of the agent, which may be run.
    /// - Throws: `BoatyardError` `build.agent` where program, patch and sums are not of one package, `build.tool` where zstd is
    ///   missing or fails.
    package func unpack(into folder: String) async throws -> String {
        let remedy =
            "Install the package boatyard again (apt-get install --reinstall boatyard), or name an agent: --agent PATH."
        let sums = try readSums(remedy)
        guard try await FileDigest(of: program).sha256 == sums.program else {
            throw BoatyardError(
                "build.agent", "\(program) is not the program that \(patch) was packed against. \(remedy)",
                kind: .missing)
        }
        let agent = "\(folder)/boatyard-agent"
        try ToolProcess.run(
            Tool("zstd", ["-q", "-d", "--long=27", "--patch-from=\(program)", patch, "-o", agent]))
        guard try await FileDigest(of: agent).sha256 == sums.agent else {
            throw BoatyardError(
                "build.agent", "\(patch) is damaged: what it has is not the agent of its package. \(remedy)",
                kind: .missing)
        }
        guard chmod(agent, 0o755) == 0 else {
            throw BoatyardError("build.file", "Cannot change the mode of \(agent): \(systemErrorText()).")
        }
        return agent
    }

    private func readSums(_ remedy: String) throws -> (program: String, agent: String) {
        var sums: [String: String] = [:]
        let text = (try? FileContents.read(self.sums, limit: 4096)).map { String(decoding: $0, as: UTF8.self) } ?? ""
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ")
            if words.count == 2 { sums[String(words[1])] = String(words[0]) }
        }
        guard let program = sums["boatyard"], let agent = sums["boatyard-agent"] else {
            throw BoatyardError(
                "build.agent", "\(self.sums) does not have the sums of boatyard and boatyard-agent. \(remedy)",
                kind: .missing)
        }
        return (program, agent)
    }
}
