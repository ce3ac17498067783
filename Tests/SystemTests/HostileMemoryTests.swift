import Foundation
import Primitives
import TestSupport
import Testing

@Suite("What clients send costs a bounded amount of memory")
struct HostileMemoryTests {
    /// The most that the process ever held, in MiB.
    private static func peak(_ seed: Seed) throws -> Int {
        let process = try #require(seed.daemon?.process.processIdentifier)
        let status = try String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)
        let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") })
        return try #require(line.split(whereSeparator: \.isWhitespace).compactMap { Int($0) }.first) / 1024
    }

    @Test("63 MiB of tiny nodes are refused in little memory, and health is told meanwhile")
    func tinyNodes() async throws {
        let seed = try Seed()
        try await seed.startDaemon()
        let file = seed.folder.appendingPathComponent("nodes.yaml")
        try Data(String(repeating: "- a\n", count: 63 << 18).utf8).write(to: file)
        let put = try Program(
            "/usr/bin/curl",
            [
                "-sS", "--unix-socket", seed.socket, "-X", "PUT", "-H", "Content-Type: application/x-yaml",
                "--data-binary", "@\(file.path)", "http://localhost/api/v1.0/buckets/b/documents",
            ])
        repeat {
            #expect(try RawHTTP.get(seed.socket, "/api/v1.0/health").hasPrefix("HTTP/1.1 204 "))
        } while put.process.isRunning
        put.wait()
        #expect(put.standardOutput.contains("1000000 nodes in one stream"), "\(put.standardOutput.prefix(2000))")
        #expect(try Self.peak(seed) < 512)
    }

    @Test("of a log of 1 GiB a client gets the part that it asks for, in little memory, and all of it as well")
    func longLog() async throws {
        let seed = try Seed()
        try await seed.startDaemon()
        try seed.commit(URL(fileURLWithPath: ExampleSite.folder))
        let action = try seed.create(action: "deploy_site")
        let step = "action_xcom"
        let path = "/api/v1.0/actions/\(action)/steps/\(step)/logs"
        _ = try await eventually("the end of the step") {
            try seed.json("actions/\(action)/steps/\(step)")["state"] == "success" ? true : nil
        }
        let file = seed.state.appendingPathComponent("logs/\(action)/\(step)/1.log")
        let length = 1 << 30
        let last = "[2026-12-02 10:00:00] INFO - The last line.\n"
        let handle = try FileHandle(forWritingTo: file)
        try handle.truncate(atOffset: UInt64(length - last.utf8.count))
        try handle.seekToEnd()
        try handle.write(contentsOf: Data(last.utf8))
        try handle.close()

        let answered = try seed.curl(path, ["-r", "-\(last.utf8.count)"])
        #expect(answered.status == 206 && answered.body == last)
        let head = try seed.curl(path, ["-r", "\(length - 1)-", "-D", "-", "-o", "/dev/null"])
        #expect(head.body.contains("Content-Range: bytes \(length - 1)-\(length - 1)/\(length)"), "\(head.body)")
        #expect(try seed.curl(path, ["-r", "\(length)-"]).status == 416)
        let whole = try seed.curl(path, ["-o", "/dev/null", "-w", "%{size_download}\n%{http_code}"])
        #expect(whole.body.hasPrefix("\(length)") && whole.status == 200, "\(whole)")
        #expect(try Self.peak(seed) < 256)
    }

    @Test("a hundred megabytes of parameters, and depths that no parser follows, leave nothing behind")
    func floods() async throws {
        let seed = try Seed()
        try await seed.startDaemon()
        let descriptor = try RawHTTP.connect(seed.socket)
        defer { close(descriptor) }
        try RawHTTP.send(descriptor, "GET /versions?")
        let parameters = Array(String(repeating: "a=b&", count: 1 << 16).utf8)
        for _ in 0..<400 where send(descriptor, parameters, parameters.count, CInt(MSG_NOSIGNAL)) > 0 {}
        let deep = String(repeating: "[", count: 10_000) + String(repeating: "]", count: 10_000)
        let answer = try seed.curl(
            "/api/v1.0/actions", ["-H", "Content-Type: application/json", "--data-binary", deep])
        #expect(answer.status == 400)
        #expect(answer.body.contains("Nested more than 200 levels deep"))
        #expect(try RawHTTP.get(seed.socket, "/versions").hasPrefix("HTTP/1.1 200 "))
        #expect(try Self.peak(seed) < 256)
    }
}
