import Glibc
import Primitives
import Store
import TestSupport
import Testing

@Suite struct DurabilityTests {
    /// Runs `body` while a reader needs the log: it would be cut, between any two lines, once nobody has written for a
    /// moment.
    private func keepingLog(of database: Database, _ body: () async throws -> Void) async throws {
        let latch = Latch()
        let (entries, enter) = AsyncStream<Void>.makeStream()
        let reading = Task {
            try await database.read { connection in
                _ = try connection.query("SELECT count(*) FROM item")
                enter.yield()
                latch.wait()
            }
        }
        for await _ in entries { break }
        let outcome: Result<Void, any Error>
        do { outcome = .success(try await body()) } catch { outcome = .failure(error) }
        latch.open()
        try await reading.value
        try outcome.get()
    }

    @Test("files copied as a crash would leave them hold every answered write")
    func crashImage() async throws {
        try await withTemporaryFolder { folder in
            let database = try Database.open(path: folder + "/test.db", migrations: [itemMigration])
            try await keepingLog(of: database) {
                for number in 0..<5 {
                    try await database.write {
                        try $0.execute("INSERT INTO item (name) VALUES (?)", [.text("\(number)")])
                    }
                    let image = folder + "/image\(number).db"
                    for suffix in ["", "-wal"] {
                        if let bytes = read(folder + "/test.db" + suffix) { try write(bytes, to: image + suffix) }
                    }
                    let copy = try Database.open(path: image, migrations: [itemMigration])
                    try await expectCount(copy, number + 1)
                    #expect(try await copy.integrityCheck().isEmpty)
                    await copy.close()
                }
            }
            await database.close()
        }
    }

    @Test("a torn end of the log loses only what was never answered")
    func tornLog() async throws {
        try await withTemporaryFolder { folder in
            let database = try Database.open(path: folder + "/test.db", migrations: [itemMigration])
            try await keepingLog(of: database) {
                try await database.write { try $0.execute("INSERT INTO item (name) VALUES ('answered')") }
                let whole = try #require(read(folder + "/test.db-wal"))
                try await database.write { try $0.execute("INSERT INTO item (name) VALUES ('torn')") }
                let torn = try #require(read(folder + "/test.db-wal"))
                try write(try #require(read(folder + "/test.db")), to: folder + "/image.db")
                try write(Array(torn.prefix(whole.count + 100)), to: folder + "/image.db-wal")
            }
            await database.close()
            let copy = try Database.open(path: folder + "/image.db", migrations: [itemMigration])
            try await expectCount(copy, 1)
            await copy.close()
        }
    }

    @Test("closing cuts the log, and the file alone holds everything")
    func close() async throws {
        try await withTemporaryFolder { folder in
            let database = try Database.open(path: folder + "/test.db", migrations: [itemMigration])
            try await database.write { try $0.execute("INSERT INTO item (name) VALUES ('kept')") }
            await database.close()
            #expect(read(folder + "/test.db-wal") == nil)
            var status = stat()
            #expect(stat(folder + "/test.db", &status) == 0)
            #expect(status.st_mode & 0o777 == 0o600)
        }
    }

    /// Needs root and a kernel that lets it mount.
    private static let canMount: Bool = {
        guard geteuid() == 0 else {
            print("skipped: a full file system needs root, to mount one")
            return false
        }
        let couldMount = try? withTemporaryFolder { folder in
            guard mount("tmpfs", folder, "tmpfs", 0, "size=64k") == 0 else {
                print("skipped: this machine does not let root mount a file system: \(systemErrorText())")
                return false
            }
            umount(folder)
            return true
        }
        return couldMount == true
    }()

    @Test(
        "on a full disk writes fail as such, reads go on, and writing resumes when there is room",
        .enabled(if: canMount))
    func fullDisk() async throws {
        try await withTemporaryFolder { folder in
            #expect(mount("tmpfs", folder, "tmpfs", 0, "size=2m") == 0)
            defer { umount2(folder, Int32(MNT_DETACH)) }
            let database = try Database.open(path: folder + "/test.db", migrations: [itemMigration])
            try await database.write { try $0.execute("INSERT INTO item (name) VALUES ('first')") }
            let ballast = Array(repeating: UInt8(1), count: 100_000)
            var written = 0
            var failure: StoreError?
            while failure == nil, written < 100 {
                do {
                    let name = "ballast \(written)"
                    try await database.write {
                        try $0.execute("INSERT INTO item (name, body) VALUES (?, ?)", [.text(name), .blob(ballast)])
                    }
                    written += 1
                } catch let error as StoreError {
                    failure = error
                }
            }
            #expect(failure?.problem == .full, "\(String(describing: failure))")
            #expect(await DatabaseHealth(database, patience: .seconds(20)).problems().count == 1)
            try await expectCount(database, written + 1)
            #expect(mount("tmpfs", folder, "tmpfs", UInt(MS_REMOUNT), "size=16m") == 0)
            try await database.write { try $0.execute("INSERT INTO item (name) VALUES ('again')") }
            #expect(await DatabaseHealth(database, patience: .seconds(20)).problems().isEmpty)
            try await expectCount(database, written + 2)
            #expect(try await database.integrityCheck().isEmpty)
            await database.close()
        }
    }

    @Test(
        "a file system that can only be read says so, and writing resumes when it can be written",
        .enabled(if: canMount))
    func readOnlyFileSystem() async throws {
        try await withTemporaryFolder { folder in
            #expect(mount("tmpfs", folder, "tmpfs", 0, "size=2m") == 0)
            defer { umount2(folder, Int32(MNT_DETACH)) }
            try await Database.open(path: folder + "/test.db", migrations: [itemMigration]).close()
            #expect(mount("tmpfs", folder, "tmpfs", UInt(MS_REMOUNT | MS_RDONLY), nil) == 0)
            let error = #expect(throws: StoreError.self) {
                _ = try Database.open(path: folder + "/test.db", migrations: [itemMigration])
            }
            #expect(error?.problem == .readOnly || error?.problem == .unopenable)
            #expect(mount("tmpfs", folder, "tmpfs", UInt(MS_REMOUNT), nil) == 0)
            let database = try Database.open(path: folder + "/test.db", migrations: [itemMigration])
            try await database.write { try $0.execute("INSERT INTO item (name) VALUES ('again')") }
            await database.close()
        }
    }

    @Test("a limit on the file's size is met as a full disk, and lifting it lets the next write through")
    func pageLimit() async throws {
        try await withDatabase { database in
            let pages = try #require(try await database.read { try $0.query("PRAGMA page_count").first?.int(0) })
            let ballast = [UInt8](repeating: 7, count: 200_000)
            let error = await #expect(throws: StoreError.self) {
                try await database.write { connection in
                    _ = try connection.query("PRAGMA max_page_count = \(pages + 2)")
                    try connection.execute("INSERT INTO item (name, body) VALUES ('big', ?)", [.blob(ballast)])
                }
            }
            #expect(error?.problem == .full)
            try await database.write { connection in
                _ = try connection.query("PRAGMA max_page_count = 1000000")
                try connection.execute("INSERT INTO item (name, body) VALUES ('big', ?)", [.blob(ballast)])
            }
            try await expectCount(database, 1)
        }
    }
}

func read(_ path: String) -> [UInt8]? { try? FileContents.read(path) }

func write(_ bytes: [UInt8], to path: String) throws {
    guard let file = fopen(path, "w") else { throw Trouble("\(path): \(errno)") }
    fwrite(bytes, 1, bytes.count, file)
    fclose(file)
}
