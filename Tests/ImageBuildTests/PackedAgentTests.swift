import Glibc
import Primitives
import TestSupport
import Testing

@testable import ImageBuild

@Suite("The agent of the package", .enabled(if: (try? Tool("zstd", []).path()) != nil))
struct PackedAgentTests {
    /// A program and an agent that have most bytes in common, packed as `packaging/debian/rules` packs them.
    private struct Package {
        let program: String
        let agent: [UInt8]
        let packed: PackedAgent

        init(_ folder: String) throws {
            program = "\(folder)/boatyard"
            var random = SplitMix(seed: 14)
            let code = (0..<300_000).map { _ in UInt8.random(in: .min ... .max, using: &random) }
            agent = Array(code[40_000..<280_000]) + Array("the agent's own".utf8)
            try FileContents.write(code, to: program, mode: 0o755)
            try FileContents.write(agent, to: "\(folder)/boatyard-agent", mode: 0o755)
            try ToolProcess.run(
                Tool(
                    "zstd",
                    [
                        "-q", "-19", "--single-thread", "--long=27", "--patch-from=\(program)",
                        "\(folder)/boatyard-agent", "-o", "\(folder)/boatyard-agent.zst",
                    ]))
            try ToolProcess.run(
                Tool("sh", ["-c", "cd '\(folder)' && sha256sum boatyard boatyard-agent > boatyard-agent.sha256"]))
            try FileContents.makeFolder("\(folder)/out")
            packed = PackedAgent(folder: folder, program: program)
        }
    }

    private func failure(_ packed: PackedAgent, _ folder: String) async -> BoatyardError? {
        do {
            _ = try await packed.unpack(into: "\(folder)/out")
            return nil
        } catch {
            return error as? BoatyardError
        }
    }

    @Test("what differs from the program is unpacked to the whole agent, which may be run")
    func unpack() async throws {
        try await withTemporaryFolder { folder in
            let package = try Package(folder)
            #expect(package.packed.isThere)
            #expect(try FileContents.read("\(folder)/boatyard-agent.zst").count < 2000)
            let agent = try await package.packed.unpack(into: "\(folder)/out")
            #expect(try FileContents.read(agent) == package.agent)
            #expect(access(agent, X_OK) == 0)
        }
    }

    @Test("another program than the package's is told from it")
    func otherProgram() async throws {
        try await withTemporaryFolder { folder in
            let package = try Package(folder)
            var code = try FileContents.read(package.program)
            code[150_000] ^= 1
            try FileContents.write(code, to: package.program, mode: 0o755)
            let error = await failure(package.packed, folder)
            #expect(error?.code == "build.agent")
            #expect(error?.message.contains("\(package.program) is not the program") == true)
            #expect(error?.message.contains("--agent PATH") == true)
        }
    }

    @Test("a patch of another package and sums that are missing are refused")
    func otherPatch() async throws {
        try await withTemporaryFolder { folder in
            let package = try Package(folder)
            let sums = "\(folder)/boatyard-agent.sha256"
            let lines = String(decoding: try FileContents.read(sums), as: UTF8.self).split(separator: "\n")
            let other = "\(String(repeating: "0", count: 64))  boatyard-agent"
            try FileContents.write(Array("\(lines[0])\n\(other)\n".utf8), to: sums, mode: 0o644)
            #expect(await failure(package.packed, folder)?.message.contains("is damaged") == true)
            try FileContents.write(Array("\(lines[0])\n".utf8), to: sums, mode: 0o644)
            #expect(await failure(package.packed, folder)?.message.contains("does not have the sums") == true)
            unlink("\(folder)/boatyard-agent.zst")
            #expect(!package.packed.isThere)
        }
    }

    @Test("a patch that is cut off is refused with what zstd says")
    func cutOff() async throws {
        try await withTemporaryFolder { folder in
            let package = try Package(folder)
            let patch = "\(folder)/boatyard-agent.zst"
            try FileContents.write(try FileContents.read(patch).dropLast(9), to: patch, mode: 0o644)
            let error = await failure(package.packed, folder)
            #expect(
                error?.code == "build.tool" && error?.message.contains("zstd") == true, "\(String(describing: error))")
        }
    }
}
