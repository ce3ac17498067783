import Glibc
import Netboot
import OrderedCollections
import Primitives
import TestSupport
import Testing

@Suite("Installers in the state directory")
struct GenerationStoreTests {
    private static let start = Timestamp(microseconds: 1_800_000_000_000_000)

    /// Takes over an installer, so many seconds after the start.
    private func take(_ id: String, in folder: String, at seconds: Double) async throws -> Bool {
        let incoming = "\(folder)/new"
        _ = try StoredFiles.generation(in: incoming, id: id)
        let store = NetbootFolder(stateDirectory: folder).generations
        return try store.take(
            try await GenerationStore.check(incoming), from: incoming, at: Self.start.adding(seconds: seconds))
    }

    @Test("the installer that was taken over last is booted, until another one is chosen")
    func current() async throws {
        try await withTemporaryFolder { folder in
            let netboot = NetbootFolder(stateDirectory: folder)
            let store = netboot.generations
            #expect(store.current == nil)
            #expect(netboot.path(of: .kernel) == "\(folder)/netboot/http/vmlinuz")
            _ = try await take("trixie-1", in: folder, at: 0)
            _ = try await take("trixie-2", in: folder, at: 10)
            #expect(store.current == "trixie-2")
            #expect(try FileContents.read(netboot.path(of: .kernel)) == Array("vmlinuz of trixie-2".utf8))
            #expect(netboot.location(of: .ramdisk, in: "trixie-2") == "/netboot/trixie-2/initrd")
            try store.use("trixie-1", at: Self.start.adding(seconds: 20))
            #expect(store.current == "trixie-1")
            #expect(store.all().map(\.id) == ["trixie-1", "trixie-2"])
            #expect(store.all().map(\.isCurrent) == [true, false])
            #expect(store.all().map(\.taken) == [20, 10].map { Self.start.adding(seconds: $0) })
        }
    }

    @Test("the memory that the installer in use needs is what its manifest says")
    func memory() async throws {
        try await withTemporaryFolder { folder in
            let store = GenerationStore(netboot: "\(folder)/netboot")
            #expect(store.neededMemory == nil)
            _ = try await take("trixie-1", in: folder, at: 0)
            #expect(store.neededMemory == nil)
            _ = try StoredFiles.generation(in: "\(folder)/new", id: "trixie-2") { $0.built["memory_mib"] = 2048 }
            _ = try store.take(
                try await GenerationStore.check("\(folder)/new"), from: "\(folder)/new", at: Self.start)
            #expect(store.neededMemory == 2048)
        }
    }

    @Test("the DHCP server's user, which is in no group of the daemon's, gets to the boot programs")
    func readable() async throws {
        try await withTemporaryFolder { folder in
            for path in ["netboot", "netboot/generations"] {
                try FileContents.makeFolder("\(folder)/\(path)", mode: 0o700)
            }
            _ = try await take("trixie-1", in: folder, at: 0)
            for path in ["netboot", "netboot/generations", "netboot/generations/trixie-1", "netboot/current/tftp"] {
                var status = stat()
                #expect(stat("\(folder)/\(path)", &status) == 0 && status.st_mode & 0o777 == 0o755, "\(path)")
            }
        }
    }

    @Test("an installer with equal files is the same one, and is not taken twice")
    func same() async throws {
        try await withTemporaryFolder { folder in
            let first = try await take("trixie-1", in: folder, at: 0)
            let second = try await take("trixie-1", in: folder, at: 10)
            #expect(first && !second)
            let store = NetbootFolder(stateDirectory: folder).generations
            #expect(store.all().map(\.id) == ["trixie-1"])
            // One that has lost a file is replaced by the same again.
            FolderContents.remove(store.path(of: .ramdisk, in: "trixie-1"))
            #expect(store.all().first?.problem?.contains("has lost its file initrd") == true)
            let third = try await take("trixie-1", in: folder, at: 20)
            #expect(third)
            #expect(store.all().first?.problem == nil)
        }
    }

    @Test("two are kept, and those that a boot script has named within a day")
    func pruned() async throws {
        try await withTemporaryFolder { folder in
            let store = NetbootFolder(stateDirectory: folder).generations
            for number in 1...4 { _ = try await take("trixie-\(number)", in: folder, at: Double(number)) }
            store.noteUse(of: "trixie-1", at: Self.start)
            #expect(store.prune(at: Self.start.adding(seconds: 3600)) == ["trixie-2"])
            #expect(store.all().map(\.id) == ["trixie-4", "trixie-3", "trixie-1"])
            #expect(store.all().last?.used == Self.start)
            // The current one stays whatever is newer.
            try store.use("trixie-1", at: Self.start.adding(seconds: 1))
            #expect(store.prune(at: Self.start.adding(seconds: 2 * 86400)) == ["trixie-3"])
            #expect(store.current == "trixie-1")
            #expect(FolderContents.names(in: "\(folder)/netboot")?.sorted() == ["current", "generations"])
        }
    }

    @Test("an installer that cannot come into use leaves nothing behind, and neither does a crash")
    func leftovers() async throws {
        try await withTemporaryFolder { folder in
            let netboot = NetbootFolder(stateDirectory: folder)
            // No link can take its place.
            try FileContents.makeFolder("\(folder)/netboot/current/x")
            await #expect(throws: BoatyardError.self) { try await take("trixie-1", in: folder, at: 0) }
            #expect(FolderContents.names(in: "\(folder)/netboot") == ["current", "generations"])
            #expect(FolderContents.names(in: "\(folder)/netboot/generations") == [])
            FolderContents.remove("\(folder)/netboot/current")
            _ = try await take("trixie-2", in: folder, at: 0)

            let id = UUIDv4().description
            #expect(symlink("generations/trixie-1", "\(folder)/netboot/current.\(id)") == 0)
            for name in ["trixie-1.\(id).gone", "trixie-1.gone", "http"] {
                try FileContents.makeFolder("\(folder)/netboot/\(name)/tftp")
            }
            netboot.removeLeftovers()
            #expect(
                FolderContents.names(in: "\(folder)/netboot") == ["current", "generations", "http", "trixie-1.gone"])
            #expect(netboot.generations.current == "trixie-2")
        }
    }

    @Test("an installer that is not as its manifest says is refused")
    func wrong() async throws {
        try await withTemporaryFolder { folder in
            let sum = String(repeating: "0", count: 64)
            _ = try StoredFiles.generation(in: folder, id: "a") { $0.files[0].sha256 = sum }
            let changed = await #expect(throws: BoatyardError.self) { try await GenerationStore.check(folder) }
            #expect(changed?.kind == .invalid)
            #expect(changed?.message.contains("initrd has") == true && changed?.message.contains(sum) == true)
            for path in ["../x", "/etc/passwd", "a/b/c/d", "a//b"] {
                _ = try StoredFiles.generation(in: folder, id: "a") {
                    $0.files.append(.init(path: path, size: 1, sha256: sum))
                }
                let error = await #expect(throws: BoatyardError.self) { try await GenerationStore.check(folder) }
                #expect(error?.message.contains("other parts than names: \(path)") == true)
            }
            _ = try StoredFiles.generation(in: folder, id: "a") { $0.files.removeAll { $0.path == "initrd" } }
            let short = await #expect(throws: BoatyardError.self) { try await GenerationStore.check(folder) }
            #expect(short?.message.contains("the file initrd is missing") == true)
        }
    }

    @Test("an installer that is not there, or is damaged, cannot be chosen")
    func unusable() async throws {
        try await withTemporaryFolder { folder in
            let store = NetbootFolder(stateDirectory: folder).generations
            let none = #expect(throws: BoatyardError.self) { try store.use("trixie-1", at: Self.start) }
            #expect(none?.kind == .missing && none?.message.contains("boatyard netboot build") == true)
            _ = try await take("trixie-1", in: folder, at: 0)
            _ = try await take("trixie-2", in: folder, at: 1)
            let other = #expect(throws: BoatyardError.self) { try store.use("../trixie-1", at: Self.start) }
            #expect(other?.message.contains("There are: trixie-2, trixie-1.") == true)
            try FileContents.write([], to: store.path(of: .kernel, in: "trixie-1"))
            let damaged = #expect(throws: BoatyardError.self) { try store.use("trixie-1", at: Self.start) }
            #expect(damaged?.kind == .invalid)
            #expect(store.current == "trixie-2")
        }
    }
}
