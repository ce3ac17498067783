import Foundation
import Glibc
import Primitives
import Testing

/// Installers and images are taken over, replaced and removed by a daemon that is killed at each call of the system that changes a name.
@Suite(
    "kill -9 and a full disk while installers and images are taken over", .serialized,
    .enabled(if: HostTools.areThere("strace", "curl")))
struct HandoverKillTests {
    /// What makes, moves and removes files. Each kind is by itself: strace counts the calls of each thread apart, and a thread that makes
    /// the first call of a kind need not be the one that made the calls before.
    private static let kinds = [
        "?mkdir,?mkdirat", "?rename,?renameat,?renameat2", "?symlink,?symlinkat", "?unlink,?unlinkat,?rmdir",
    ]

    /// Kills the daemon as soon as a thread of it makes its Kth call of a kind from now on.
    private static func attach(to daemon: Program, killingAt place: Int, of calls: String) async throws -> Program {
        let strace = try Program(
            "/usr/bin/strace",
            [
                "-f", "-q", "-p", "\(daemon.process.processIdentifier)", "-e", "trace=\(calls)",
                "-e", "inject=\(calls):signal=KILL:when=\(place)",
            ])
        let threads = "/proc/\(daemon.process.processIdentifier)/task"
        _ = try await eventually("strace") {
            guard strace.process.isRunning else { throw NeverHappened(description: "strace: \(strace.standardError)") }
            let states = try FileManager.default.contentsOfDirectory(atPath: threads).map {
                // A thread may end meanwhile.
                (try? String(contentsOfFile: "\(threads)/\($0)/status", encoding: .utf8)) ?? ""
            }
            let traced = "TracerPid:\t\(strace.process.processIdentifier)\n"
            return states.allSatisfy { $0.isEmpty || $0.contains(traced) } ? true : nil
        }
        return strace
    }

    /// Writes files as a build does, into a folder of the daemon's.
    ///
    /// - Returns: the body that hands them over.
    private func write(_ files: [(name: String, text: String)], _ seed: Seed) throws -> String {
        let made = try Value(json: try seed.curl("/api/v1.0/netboot/incoming", ["-X", "POST"]).body)
        let (folder, id) = (made["folder"]?.stringValue ?? "", made["id"]?.stringValue ?? "")
        for (name, text) in files {
            let path = URL(fileURLWithPath: folder).appendingPathComponent(name)
            try FileManager.default.createDirectory(
                at: path.deletingLastPathComponent(), withIntermediateDirectories: true)
            try text.write(to: path, atomically: true, encoding: .utf8)
        }
        return "{\"incoming\": \"\(id)\"}"
    }

    private static func sum(_ text: String) throws -> String {
        let folder = try Place.temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appendingPathComponent("file")
        try text.write(to: file, atomically: true, encoding: .utf8)
        return String(try HostTools.output("sha256sum", [file.path]).prefix(64))
    }

    private func image(_ text: String, _ seed: Seed) throws -> String {
        let description = """
            name: plain
            file: root.tar.zst
            format: tar.zst
            architecture: amd64
            kernels: [generic]
            sha256: \(try Self.sum(text))
            size: \(text.utf8.count)
            unpacked_size: 10
            built: {}

            """
        return try write([("root.tar.zst", text), ("image.yaml", description)], seed)
    }

    private func installer(_ id: String, _ seed: Seed) throws -> String {
        let files = ["initrd", "vmlinuz", "tftp/ipxe.efi"].map { (name: $0, text: "\($0) of \(id)") }
        let entries = try files.map {
            "\"\($0.name)\": {\"size\": \($0.text.utf8.count), \"sha256\": \"\(try Self.sum($0.text))\"}"
        }
        let manifest =
            "{\"id\": \"\(id)\", \"suite\": \"trixie\", \"kernel\": \"6.12\", \"built\": {}, "
            + "\"files\": {\(entries.joined(separator: ", "))}}"
        return try write(files + [("manifest.json", manifest)], seed)
    }

    private func post(_ body: String, to path: String, _ seed: Seed) throws -> Int {
        try seed.curl(
            "/api/v1.0/" + path, ["-X", "POST", "-H", "Content-Type: application/json", "-d", body]
        ).status
    }

    /// Everything below `netboot` but what builds are handing over.
    private func files(_ seed: Seed) throws -> [String] {
        let all = try FileManager.default.subpathsOfDirectory(atPath: seed.state.path + "/netboot")
        return all.filter { !$0.hasPrefix("incoming") && $0 != "build.lock" }.sorted()
    }

    /// Does something again and again, with a daemon that is killed one call later each time, until it is not killed any more; and this
    /// for each kind of calls.
    ///
    /// - Parameters:
    ///   - prepare: makes the old state again, with a daemon that runs, and what `change` is given.
    ///   - change: what is cut off; the status of its answer, 0 without one.
    ///   - check: looks at a daemon that was started again; whether it has the new state.
    /// - Returns: how often the daemon was killed, and how often the new state stood then.
    private func cut(
        _ seed: Seed, prepare: () throws -> String, change: (String) throws -> Int, check: () throws -> Bool
    ) async throws -> (killed: Int, new: Int) {
        var (killed, new) = (0, 0)
        for calls in Self.kinds {
            var place = 0
            var isKilled = true
            while isKilled {
                place += 1
                guard place <= 60 else { throw NeverHappened(description: "the end without a kill at \(calls)") }
                if seed.daemon == nil { try await seed.startDaemon() }
                let body = try prepare()
                let daemon = try #require(seed.daemon)
                let strace = try await Self.attach(to: daemon, killingAt: place, of: calls)
                let status = try change(body)
                isKilled = status == 0
                if isKilled {
                    seed.killDaemon()
                    strace.wait()
                    try await seed.startDaemon()
                    killed += 1
                    if try check() { new += 1 }
                } else {
                    // It inherits a mask that blocks any other signal, and whom it traces goes on without it.
                    strace.kill(SIGKILL)
                    strace.wait()
                    #expect(status / 100 == 2, "\(status)")
                    #expect(try check())
                }
            }
        }
        return (killed, new)
    }

    @Test("an image is the old one or the new one, whole, and nothing else is left")
    func images() async throws {
        let seed = try Seed()
        try await seed.startDaemon()
        /// The contents of the image, as a machine gets them; nil where there is no image.
        func contents() throws -> String? {
            let images = try seed.json("images")
            guard let image = images[0] else {
                #expect(try files(seed).filter { $0.contains("root-") } == [])
                return nil
            }
            let (file, sum) = (image["file"]?.stringValue ?? "", image["sha256"]?.stringValue ?? "")
            #expect(
                try files(seed).filter { $0.hasPrefix("images/") }
                    == ["images/plain", "images/plain/image.yaml", "images/plain/\(file)"])
            let answer = try RawHTTP.get(seed.nodeURL, "/images/plain/\(sum)/\(file)")
            #expect(answer.contains(" 200 "), "\(answer)")
            return answer.split(separator: "\r\n").last.map(String.init)
        }
        func takeFirst() throws { #expect(try post(try image("first", seed), to: "images", seed) == 201) }
        let first = try await cut(
            seed,
            prepare: {
                _ = try seed.curl("/api/v1.0/images/plain", ["-X", "DELETE"])
                return try image("first", seed)
            },
            change: { try post($0, to: "images", seed) },
            check: {
                let found = try contents()
                #expect(found == nil || found == "first")
                return found == "first"
            })
        #expect(first.killed > first.new && first.new > 0, "\(first)")
        let second = try await cut(
            seed,
            prepare: {
                try takeFirst()
                return try image("second", seed)
            },
            change: { try post($0, to: "images", seed) },
            check: {
                let found = try contents()
                #expect(found == "first" || found == "second")
                return found == "second"
            })
        #expect(second.killed > second.new && second.new > 0, "\(second)")
        let removed = try await cut(
            seed,
            prepare: {
                try takeFirst()
                return ""
            },
            change: { _ in try seed.curl("/api/v1.0/images/plain", ["-X", "DELETE"]).status },
            check: {
                let found = try contents()
                #expect(found == nil || found == "first")
                return found == nil
            })
        #expect(removed.killed > removed.new && removed.new > 0, "\(removed)")
    }

    @Test("machines boot the old installer or the new one, whole, and nothing else is left")
    func installers() async throws {
        let seed = try Seed()
        try await seed.startDaemon()
        var number = 0
        let outcome = try await cut(
            seed,
            prepare: {
                // Two are kept, so that each one from the third on removes one.
                for _ in 1...2 {
                    number += 1
                    #expect(try post(try installer("trixie-\(number)", seed), to: "netboot/generations", seed) == 201)
                }
                return try installer("trixie-\(number)-next", seed)
            },
            change: { try post($0, to: "netboot/generations", seed) },
            check: {
                let kernel = try RawHTTP.get(seed.nodeURL, "/netboot/vmlinuz")
                let program = try RawHTTP.get(seed.nodeURL, "/netboot/initrd")
                let isNew = kernel.hasSuffix("vmlinuz of trixie-\(number)-next")
                let id = "trixie-\(number)" + (isNew ? "-next" : "")
                #expect(
                    kernel.hasSuffix("vmlinuz of \(id)") && program.hasSuffix("initrd of \(id)"), "\(kernel) \(program)"
                )
                let list = try seed.json("netboot/generations").arrayValue ?? []
                #expect(list.allSatisfy { $0["problem"] == .null }, "\(list)")
                #expect(list.filter { $0["current"] == true }.map { $0["id"] } == [.string(id)])
                let names = Set(try files(seed).compactMap { $0.split(separator: "/").first.map(String.init) })
                #expect(names.isSubset(of: ["current", "generations", "images", "http"]), "\(names)")
                return isNew
            })
        #expect(outcome.killed > outcome.new && outcome.new > 0, "\(outcome)")
    }

    @Test("a full disk keeps the old image, and nothing of the new one", .enabled(if: SmallDisk.isPossible))
    func full() async throws {
        let seed = try Seed()
        let disk = try SmallDisk(seed.state, megabytes: 16)
        defer { disk.unmount() }
        try await seed.startDaemon()
        #expect(try post(try image("first", seed), to: "images", seed) == 201)
        let before = try files(seed)
        func isTheFirst() throws {
            #expect(try files(seed) == before)
            #expect(try seed.json("images/plain")["sha256"] == .string(try Self.sum("first")))
        }
        // The description of what lies there already cannot be written.
        let second = try image("second", seed)
        disk.fill()
        #expect(try post(second, to: "images", seed) == 503)
        try isTheFirst()
        try disk.empty()

        // What is made on another file system does not fit.
        let tree = seed.folder.appendingPathComponent("tree")
        try FileManager.default.createDirectory(
            at: tree.appendingPathComponent("etc"), withIntermediateDirectories: true)
        try FileManager.default.createDirectory(
            at: tree.appendingPathComponent("usr"), withIntermediateDirectories: true)
        try HostTools.run("dd", ["if=/dev/urandom", "of=\(tree.path)/usr/file", "bs=1M", "count=2"])
        let archive = seed.folder.appendingPathComponent("root.tar").path
        try HostTools.run("tar", ["-C", tree.path, "-cf", archive, "."])
        disk.fill(leaving: 1 << 20)
        let failed = try seed.boatyard("image", "import", "plain", archive, "--force")
        #expect(failed.status == 1 && failed.error.contains("No space left on device"), "\(failed)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: seed.state.path + "/netboot/incoming") == [])
        try isTheFirst()
        try disk.empty()
        #expect(try seed.boatyard("image", "import", "plain", archive, "--force").status == 0)
        #expect(try seed.json("images/plain")["sha256"] != .string(try Self.sum("first")))
    }
}
