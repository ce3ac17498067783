import Foundation
import Glibc
import Primitives
import TestSupport
import Testing

@Suite("Builds that are ended", .serialized, .enabled(if: HostTools.areThere("tar", "curl")))
struct BuildEndTests {
    private let seed: Seed
    private let temporary: URL

    init() throws {
        seed = try Seed()
        temporary = seed.folder.appendingPathComponent("temporary")
        try FileManager.default.createDirectory(at: temporary, withIntermediateDirectories: true)
    }

    private var builds: [String] {
        get throws {
            try FileManager.default.contentsOfDirectory(atPath: temporary.path).filter {
                $0.hasPrefix("boatyard-build")
            }
        }
    }

    /// Begins an import that waits for a server.
    private func start(_ port: Int) async throws -> Program {
        let program = try Program(
            "boatyard",
            ["--socket", seed.socket, "image", "import", "endless", "http://127.0.0.1:\(port)/root.tar"],
            environment: ["TMPDIR": temporary.path, "no_proxy": "127.0.0.1"])
        _ = try await eventually("the begin of an import") {
            program.standardError.contains("fetching") || !program.process.isRunning ? true : nil
        }
        return program
    }

    @Test("one that is told to end removes what it has made, and one that was killed is removed by the next")
    func ended() async throws {
        try await seed.startDaemon()
        let server = try await TinyServer.start(Array(repeating: TinyServer.silence, count: 3))
        let first = try await start(server.port)
        first.kill(SIGTERM)
        #expect(first.wait() == 1)
        #expect(first.standardError.contains("curl was ended by signal 15"), "\(first.standardError)")
        #expect(try builds == [])

        let second = try await start(server.port)
        second.kill()
        second.wait()
        let left = try builds
        #expect(left.count == 1)
        let third = try await start(server.port)
        #expect(try builds.count == 1 && builds != left)
        third.kill(SIGTERM)
        third.wait()
        #expect(try builds == [])
        await server.stop()
    }

    @Test(
        "what is handed over from another file system is written as the daemon's user, and no link is followed as root")
    func planted() async throws {
        try await seed.startDaemon()
        // /dev/shm is one of its own on every Linux.
        let other = "/dev/shm/boatyard-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: other, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: other) }
        chmod(other, 0o755)
        try FileManager.default.createDirectory(
            atPath: temporary.path + "/tree/etc", withIntermediateDirectories: true)
        try FileManager.default.createDirectory(
            atPath: temporary.path + "/tree/usr", withIntermediateDirectories: true)
        let archive = temporary.appendingPathComponent("root.tar").path
        try HostTools.run("tar", ["-C", temporary.path + "/tree", "-cf", archive, "."])
        let made = try Program(
            "boatyard", ["--socket", seed.socket, "image", "import", "other", archive, "--force"],
            environment: ["TMPDIR": other])
        #expect(made.wait() == 0, "\(made.standardError)")
        let problem = try seed.json("images/other")["problem"]?.stringValue
        #expect(
            problem?.hasPrefix("No machine can boot from the image other: it lacks a kernel") == true,
            "\(problem ?? "")")
        #expect(try FileManager.default.contentsOfDirectory(atPath: other) == [])
    }
}
