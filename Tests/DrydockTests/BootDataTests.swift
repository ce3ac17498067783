import Archive
import Cryptography
import Deckhand
import Glibc
import OrderedCollections
import Primitives
import SiteDesign
import Synchronization
import TestSupport
import Testing

@testable import Drydock

extension BootDataArchive {
    /// As a machine gets it.
    func bytes() async throws -> [UInt8] {
        switch contents {
        case .whole(let bytes): return bytes
        case .pieces(let length, let piece):
            var bytes: [UInt8] = []
            while bytes.count < length { bytes += try await piece(bytes.count) }
            return bytes
        }
    }

    var isWhole: Bool { if case .whole = contents { true } else { false } }
}

@Suite("Boot data")
struct BootDataTests {
    /// The key to the boot data of berth-1.
    private func deploy(_ site: TestSite, _ design: String? = nil) async throws -> String {
        try await site.deploy(design)
        try await site.expectBootData()
        return try #require(try site.machine("berth-1").plan?["boot_data"]?["key"]?.stringValue)
    }

    private func destroy(_ site: TestSite) async throws {
        _ = try await site.daemon.run(.destroyNodes, site.design, nodes: ["berth-1"])
    }

    private func members(_ archive: BootDataArchive) async throws -> [TarMember] {
        try Tar.read(Gzip.decompress(await archive.bytes(), limit: 1 << 26), limit: 1 << 26)
    }

    /// Where the archive lies, sealed.
    private func path(_ archive: BootDataArchive, _ site: TestSite) -> String {
        "\(site.daemon.folder)/bootdata/\(archive.digest).tar.gz.sealed"
    }

    /// Hexadecimal digits that no compression makes much fewer than half as many.
    private func noise(_ count: Int) -> String {
        var state: UInt64 = 1
        return (0..<count / 2).map { _ -> UInt8 in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return UInt8(truncatingIfNeeded: state >> 56)
        }.hex
    }

    private func sealed(_ folder: String, _ keys: Keyring) throws -> SealedArchives {
        SealedArchives(folder: "\(folder)/bootdata", vault: Vault(keys: keys))
    }

    @Test("a new design brings new archives for what it changes, and the same ones for what it does not")
    func contentAddressed() async throws {
        let file: Value = ["type": "file", "path": "/etc/a", "data": "one", "permissions": "640"]
        let unit: Value = ["type": "unit", "path": "/etc/systemd/system/a.service", "data": "[Unit]"]
        try await TestSite.run(assets: [file, unit]) { site in
            let service = await site.daemon.service()
            let first = try await deploy(site)
            let files = try await service.bootData.archive(node: "berth-1", kind: .files, key: first)
            let units = try await service.bootData.archive(node: "berth-1", kind: .units, key: first)
            #expect(try await members(files).map(\.name).allSatisfy { $0 == "/etc/a" })
            let clear = try await files.bytes()
            #expect(Hash.sha256(clear).hex == files.digest)
            #expect(access(path(files, site), F_OK) == 0)

            var documents = try ExampleSite.documents()
            documents.changeData(of: "drydock/BootAction/v1") {
                $0["assets"] = [["type": "file", "path": "/etc/a", "data": "two"], unit]
            }
            let revision = try await site.daemon.documents.put(bucket: "site", documents: documents).revision ?? 0
            try await destroy(site)
            let second = try await deploy(
                site, "deckhand+http://localhost/api/v1.0/revisions/\(revision)/rendered-documents")
            #expect(first != second)
            let newFiles = try await service.bootData.archive(node: "berth-1", kind: .files, key: second)
            let newUnits = try await service.bootData.archive(node: "berth-1", kind: .units, key: second)
            #expect(newFiles.digest != files.digest)
            #expect(newUnits.digest == units.digest)
            #expect(access(path(files, site), F_OK) != 0, "what nobody may fetch any more is gone")
            #expect(access(path(units, site), F_OK) == 0)

            let replayed = await #expect(throws: DrydockError.self) {
                try await service.bootData.archive(node: "berth-1", kind: .files, key: first)
            }
            #expect(replayed?.kind == .forbidden)
            for (node, key) in [
                ("berth-1", first), ("berth-1", "zz"), ("berth-1", ""), ("berth-1", nil), ("berth-2", second),
            ] {
                await #expect(throws: DrydockError.self, "\(node) \(key ?? "")") {
                    try await service.bootData.archive(node: node, kind: .files, key: key)
                }
            }
        }
    }

    @Test("nothing of an archive lies on disk in clear; another process opens it, and renders nothing")
    func sealedAtRest() async throws {
        let secret = "hunter2-hunter2-hunter2"
        try await TestSite.run(
            assets: [
                ["type": "file", "path": "/etc/password", "data": .string(secret)],
                ["type": "file", "path": "/etc/noise", "data": .string(noise(20_000))],
            ]
        ) { site in
            let key = try await deploy(site)
            let archive = try await site.daemon.service().bootData.archive(node: "berth-1", kind: .files, key: key)
            let clear = try await archive.bytes()
            #expect(try await members(archive).contains { $0.contents == Array(secret.utf8) })
            let files = try FolderContents.files(in: "\(site.daemon.folder)/bootdata", suffixes: [""], recurse: false)
            #expect(files.contains(path(archive, site)))
            for file in files {
                let bytes = try FileContents.read(file)
                #expect(bytes.count > 28)
                // Neither the archive nor any part of it that is long enough to be no accident.
                for start in stride(from: 0, to: clear.count - 64, by: 4096) {
                    #expect(!bytes.contains(clear[start..<start + 64]))
                }
                var status = stat()
                #expect(stat(file, &status) == 0 && status.st_mode & 0o777 == 0o600)
            }
            var before = stat()
            #expect(stat(path(archive, site), &before) == 0)
            await site.daemon.kill()
            site.daemon.start()
            let again = try await site.daemon.service().bootData.archive(node: "berth-1", kind: .files, key: key)
            #expect(try await again.bytes() == clear)
            var after = stat()
            #expect(stat(path(archive, site), &after) == 0)
            #expect(before.st_ino == after.st_ino)
        }
    }

    @Test("an archive that is too large to be held comes in pieces, and never from memory")
    func large() async throws {
        let text = noise(4_000_000)
        let content = Array(text.utf8)
        let server = try await TinyServer.start([
            "HTTP/1.1 200 OK\r\nContent-Length: \(content.count)\r\n\r\n\(text)"
        ])
        try await TestSite.run(
            assets: [
                ["type": "file", "path": "/large", "location": .string("http://127.0.0.1:\(server.port)/x")]
            ]
        ) { site in
            let key = try await deploy(site)
            let service = await site.daemon.service()
            let archive = try await service.bootData.archive(node: "berth-1", kind: .files, key: key)
            #expect(!archive.isWhole)
            #expect(try await Set(members(archive).map(\.contents)) == [content])
            // Who has begun to read goes on, whatever becomes of the file.
            #expect(unlink(path(archive, site)) == 0)
            #expect(try await Set(members(archive).map(\.contents)) == [content])
        }
        await server.stop()
    }

    @Test("a large archive that no key opens, or that is cut off, is rendered again before an answer begins")
    func largeAndStrange() async throws {
        let text = noise(4_000_000)
        let content = Array(text.utf8)
        let answer = "HTTP/1.1 200 OK\r\nContent-Length: \(content.count)\r\n\r\n\(text)"
        let server = try await TinyServer.start(Array(repeating: answer, count: 4))
        try await TestSite.run(
            assets: [
                ["type": "file", "path": "/large", "location": .string("http://127.0.0.1:\(server.port)/x")]
            ]
        ) { site in
            let key = try await deploy(site)
            let service = await site.daemon.service()
            let archive = try await service.bootData.archive(node: "berth-1", kind: .files, key: key)
            let clear = try await archive.bytes()
            let strange = try sealed(site.daemon.folder, Keyring(Secret([UInt8](repeating: 9, count: 32))))
            let spoils: [() throws -> Void] = [
                { _ = try strange.store(clear, renews: true) }, { _ = truncate(path(archive, site), 10) },
                { _ = truncate(path(archive, site), 0) },
            ]
            for spoil in spoils {
                try spoil()
                let again = try await service.bootData.archive(node: "berth-1", kind: .files, key: key)
                #expect(try await Set(members(again).map(\.contents)) == [content])
            }
        }
        await server.stop()
    }

    @Test("what was sealed under the old key while it was replaced is sealed anew, and what is damaged goes")
    func storedDuringRotation() async throws {
        let folder = try TemporaryFolder(prefix: "boatyard-test")
        defer { folder.remove() }
        for round in 0..<10 {
            let keys = Keyring(Secret([UInt8](repeating: UInt8(round), count: 32)))
            let archives = try sealed("\(folder.path)/\(round)", keys)
            let damaged = try archives.store([UInt8](repeating: 0xff, count: 1000))
            truncate(archives.path(damaged), 10)
            let names: [String] = try await withThrowingTaskGroup(of: String.self) { group in
                for number in 0..<24 {
                    group.addTask {
                        try archives.store((0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* (number + 3)) })
                    }
                }
                keys.replace(with: Secret([UInt8](repeating: 100, count: 32)))
                _ = try archives.reseal()
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(!archives.contains(damaged))
            keys.dropPrevious()
            for name in names {
                let archive = try archives.open(name)
                for index in 0..<archive.count { #expect(try archive.piece(index).isCurrent) }
            }
        }
    }

    @Test("after the master key was replaced archives open with the new one alone; those that none opens go")
    func rotation() async throws {
        let new = Secret([UInt8](repeating: 8, count: 32))
        try await TestSite.run(names: ["berth-1"]) { (site) async throws -> Void in
            let key = try await deploy(site)
            let service = await site.daemon.service()
            let archive = try await service.bootData.archive(node: "berth-1", kind: .files, key: key)
            let clear = try await archive.bytes()
            let name = "\(archive.digest).tar.gz"
            let strange = "\(site.daemon.folder)/bootdata/\(String(repeating: "0", count: 64)).tar.gz.sealed"
            try FileContents.write([UInt8](repeating: 1, count: 100), to: strange)
            let replaced = try sealed(site.daemon.folder, Keyring(new))
            #expect(throws: BoatyardError.self) { try replaced.open(name).piece(0) }
            site.daemon.keys.replace(with: new)
            for _ in 0..<2 { #expect(try service.renewArchives() == 2) }
            #expect(access(strange, F_OK) != 0)
            #expect(try replaced.open(name).piece(0).plaintext.reveal() == clear)
            #expect(
                try await service.bootData.archive(node: "berth-1", kind: .files, key: key).digest == archive.digest)
        }
    }

    @Test("an archive that was changed on disk is rendered again; what an earlier version left in clear is removed")
    func damaged() async throws {
        try await TestSite.run(names: ["berth-1"]) { (site) async throws -> Void in
            let key = try await deploy(site)
            let archive = try await site.daemon.service().bootData.archive(node: "berth-1", kind: .files, key: key)
            let clear = try await archive.bytes()
            await site.daemon.kill()
            var bytes = try FileContents.read(path(archive, site))
            bytes[20] ^= 1
            try FileContents.write(bytes, to: path(archive, site), mode: 0o600)
            let old = "\(site.daemon.folder)/bootdata/\(archive.digest).tar.gz"
            try FileContents.write(clear, to: old, mode: 0o600)
            site.daemon.start()
            let again = try await site.daemon.service().bootData.archive(node: "berth-1", kind: .files, key: key)
            #expect(try await again.bytes() == clear)
            #expect(try FileContents.read(path(archive, site)) != bytes)
            await site.daemon.kill()
            #expect(access(old, F_OK) != 0)
        }
    }

    @Test("no piece of a sealed archive can be cut off, moved, or taken from another")
    func pieces() throws {
        try withTemporaryFolder { folder in
            let archives = try sealed(folder, Keyring(Secret([UInt8](repeating: 7, count: 32))))
            let size = SealedArchives.pieceSize
            let contents = (0..<(2 * size + 100)).map { UInt8(truncatingIfNeeded: ($0 &* 7) >> 3) }
            let name = try archives.store(contents)
            let other = try archives.store(contents.reversed())
            let file = try FileContents.read(archives.path(name))
            let foreign = try FileContents.read(archives.path(other))
            let step = size + 28
            #expect(file.count == contents.count + 3 * 28)
            let open = try archives.open(name)
            #expect(open.count == 3 && open.length == contents.count)
            #expect(try (0..<3).flatMap { try open.piece($0).plaintext.reveal() } == contents)
            let (first, second, rest) = (
                Array(file[..<step]), Array(file[step..<(2 * step)]), Array(file[(2 * step)...])
            )
            let changes: [[UInt8]] = [
                first + second, first, second + rest, second + first + rest, Array(foreign[..<step]) + second + rest,
                Array(file.dropLast()), file + [0],
            ]
            for (number, changed) in changes.enumerated() {
                try FileContents.write(changed, to: archives.path(name))
                #expect(throws: BoatyardError.self, "change \(number)") {
                    let open = try archives.open(name)
                    for index in 0..<open.count { _ = try open.piece(index) }
                }
            }
        }
    }

    @Test("an archive that is being sent while its key is forgotten is sent whole")
    func outlastsRotation() throws {
        try withTemporaryFolder { folder in
            let keys = Keyring(Secret([UInt8](repeating: 7, count: 32)))
            let archives = try sealed(folder, keys)
            let contents = [UInt8](repeating: 3, count: SealedArchives.pieceSize + 100)
            let name = try archives.store(contents)
            let open = try archives.open(name)
            let first = try open.piece(0).plaintext.reveal()
            keys.replace(with: Secret([UInt8](repeating: 8, count: 32)))
            #expect(try archives.reseal() == 1)
            keys.dropPrevious()
            #expect(try first + open.piece(1).plaintext.reveal() == contents)
            let again = try archives.open(name)
            #expect(try (0..<2).flatMap { try again.piece($0).plaintext.reveal() } == contents)
        }
    }

    @Test("opened archives are kept within bounds, those used last")
    func memory() {
        let opened = OpenedArchives(capacity: 1000)
        for index in 0..<10 { opened.keep([UInt8](repeating: UInt8(index), count: 100), of: "\(index)") }
        #expect(opened.size == 1000)
        #expect(opened.contents(of: "0") != nil)
        opened.keep([UInt8](repeating: 10, count: 100), of: "10")
        opened.keep([UInt8](repeating: 10, count: 100), of: "10")
        #expect(opened.size == 1000)
        #expect(opened.contents(of: "0") != nil && opened.contents(of: "1") == nil)
        opened.keep([UInt8](repeating: 11, count: 1001), of: "11")
        #expect(opened.contents(of: "11") == nil && opened.size == 1000)
        opened.keep([UInt8](repeating: 12, count: 950), of: "12")
        #expect(opened.size == 950 && opened.contents(of: "12") != nil)
        opened.forget { $0 == "12" }
        #expect(opened.size == 0 && opened.contents(of: "12") == nil)
        let ordinary = OpenedArchives()
        ordinary.keep([UInt8](repeating: 0, count: OpenedArchives.largest + 1), of: "large")
        #expect(ordinary.size == 0)
    }

    @Test("work that many want is done once, and again once it is done or has failed")
    func singleFlight() async throws {
        let work = SingleFlight<Int>()
        let (asked, begun) = (Count(), Count())
        let (held, open) = AsyncStream<Never>.makeStream()
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            for _ in 0..<20 {
                tasks.addTask {
                    asked.value.add(1, ordering: .relaxed)
                    _ = try await work.result(of: "a") {
                        begun.value.add(1, ordering: .relaxed)
                        for await _ in held {}
                        return 1
                    }
                }
            }
            while asked.value.load(ordering: .relaxed) < 20 {
                try Task.checkCancellation()
                await Task.yield()
            }
            #expect(try await work.result(of: "b") { 7 } == 7)
            #expect(begun.value.load(ordering: .relaxed) <= 1)
            open.finish()
            try await tasks.waitForAll()
        }
        await #expect(throws: DrydockError.self) { try await work.result(of: "a") { throw DrydockError(.failed, "") } }
        #expect(try await work.result(of: "a") { 8 } == 8)
    }

    @Test("an archive that was removed is rendered again, the same")
    func renderedAgain() async throws {
        try await TestSite.run(names: ["berth-1"]) { (site) async throws -> Void in
            let service = await site.daemon.service()
            let key = try await deploy(site)
            let before = try await service.bootData.archive(node: "berth-1", kind: .files, key: key)
            let bytes = try await before.bytes()
            #expect(unlink(path(before, site)) == 0)
            let after = try await service.bootData.archive(node: "berth-1", kind: .files, key: key)
            #expect(after.digest == before.digest)
            #expect(try await after.bytes() == bytes)
            #expect(access(path(before, site), F_OK) == 0)
        }
    }

    @Test(
        "archives of installed machines are forgotten after their time, their records and the newest inventory are not")
    func retention() async throws {
        try await TestSite.run(names: ["berth-1"]) { (site) async throws -> Void in
            let service = await site.daemon.service()
            let key = try await deploy(site)
            let archive = try await service.bootData.archive(node: "berth-1", kind: .files, key: key)
            try await service.prune(buildData: 1, bootData: 1)
            #expect(access(path(archive, site), F_OK) == 0)
            try await service.prune(buildData: -1, bootData: -1)
            #expect(access(path(archive, site), F_OK) != 0)
            #expect(try await service.buildData(node: "berth-1", latest: true).count == 3)
            #expect(
                try await service.bootData.archive(node: "berth-1", kind: .files, key: key).digest == archive.digest)
        }
    }

    @Test("an asset in our own Deckhand is read in process, filtered as its query says")
    func ownDeckhand() async throws {
        let location =
            "deckhand+http://deckhand-int:9000/api/v1.0/revisions/1/rendered-documents?schema=drydock%2FRegion%2Fv1"
        try await TestSite.run(
            assets: [["type": "file", "path": "/etc/site", "location": .string(location)]]
        ) { site in
            let key = try await deploy(site)
            let service = await site.daemon.service()
            let archive = try await service.bootData.archive(node: "berth-1", kind: .files, key: key)
            let text = String(decoding: try #require(try await members(archive).first).contents, as: UTF8.self)
            #expect(text.contains("schema: drydock/Region/v1"))
            #expect(!text.contains("drydock/BaremetalNode"))
        }
    }

    @Test("a list of packages at a location is in the plan")
    func packages() async throws {
        let list = "curl: null\njq: 1.6-2\n"
        let server = try await TinyServer.start([
            "HTTP/1.1 200 OK\r\nContent-Length: \(list.utf8.count)\r\n\r\n\(list)"
        ])
        let location: Value = .string("http://127.0.0.1:\(server.port)/packages.yaml")
        try await TestSite.run(assets: [["type": "pkg_list", "location": location]]) { site in
            _ = try await deploy(site)
            let packages = try site.machine("berth-1").plan?["packages"]
            #expect(packages == [["name": "curl", "version": nil], ["name": "jq", "version": "1.6-2"]])
        }
        await server.stop()
    }

    @Test("nothing is left half-written where an asset fails")
    func nothingHalf() async throws {
        let server = try await TinyServer.start([TinyServer.endless + "65536"])
        let far: Value = .string("http://127.0.0.1:\(server.port)/x")
        try await TestSite.run(
            assets: [
                ["type": "unit", "path": "/a", "data": "x"], ["type": "unit", "path": "/b", "location": far],
            ], configure: { $0.retries = 0 }
        ) { site in
            _ = try await site.daemon.run(.prepareNodes, site.design, nodes: ["berth-1"])
            let task = try await site.daemon.run(.deployNodes, site.design, nodes: ["berth-1"])
            #expect(task.result.failures == ["berth-1"])
            #expect(site.daemon.lastTree.contains("bytes that are read"), "\(site.daemon.lastTree)")
            #expect(try site.machine("berth-1").story.started.isEmpty)
            let service = await site.daemon.service()
            #expect(try await service.nodes().map(\.statusName) == ["Allocated"])
            let error = await #expect(throws: DrydockError.self) {
                try await service.bootData.archive(node: "berth-1", kind: .units, key: "00")
            }
            #expect(error?.kind == .missing)
        }
        await server.stop()
    }
}

private final class Count: Sendable {
    let value = Atomic(0)
}
