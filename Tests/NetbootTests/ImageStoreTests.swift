import Glibc
import Netboot
import OrderedCollections
import Primitives
import TestSupport
import Testing

@Suite("Images in the state directory")
struct ImageStoreTests {
    private func store(_ folder: String) -> ImageStore { NetbootFolder(stateDirectory: folder).images }

    @Test("an image is taken over, served, and replaced by the next of its name")
    func replaced() async throws {
        try await withTemporaryFolder { folder in
            let store = store(folder)
            #expect(store.all() == [])
            var taken: [InstallableImage] = []
            for contents in ["first", "second"] {
                _ = try StoredFiles.image(in: "\(folder)/new", contents: contents)
                let image = try store.take(try await ImageStore.check("\(folder)/new"), from: "\(folder)/new")
                #expect(try store.image(named: "debian-12") == image)
                #expect(try FileContents.read(store.path(of: image)) == Array(contents.utf8))
                taken.append(image)
            }
            #expect(taken[0].file != taken[1].file)
            #expect(store.all().map(\.image) == [taken[1]])
            #expect(
                FolderContents.names(in: "\(folder)/netboot/images/debian-12") == ["image.yaml", taken[1].file])
        }
    }

    @Test("an image that cannot be taken over leaves nothing behind")
    func failed() async throws {
        try await withTemporaryFolder { folder in
            let store = store(folder)
            // Nothing can take its place.
            try FileContents.makeFolder("\(folder)/netboot/images/debian-12/image.yaml/x")
            _ = try StoredFiles.image(in: "\(folder)/new", contents: "first")
            let image = try await ImageStore.check("\(folder)/new")
            #expect(throws: BoatyardError.self) { try store.take(image, from: "\(folder)/new") }
            #expect(FolderContents.names(in: "\(folder)/netboot/images/debian-12") == ["image.yaml"])
        }
    }

    @Test("what a crash has left goes; what an operator has put there, and what a description names, stays")
    func leftovers() async throws {
        try await withTemporaryFolder { folder in
            let store = store(folder)
            _ = try StoredFiles.image(in: "\(folder)/new", contents: "first")
            let image = try store.take(try await ImageStore.check("\(folder)/new"), from: "\(folder)/new")
            let images = "\(folder)/netboot/images"
            let other = "root-0123456789abcdef.tar.zst"
            for path in [
                "debian-12/\(other)", "debian-12/notes", "gone/\(other)", "kept/\(other)", "kept/root-x",
                "odd/\(other)",
            ] {
                try FileContents.makeFolder("\(images)/\(path.split(separator: "/")[0])")
                try FileContents.write(Array("x".utf8), to: "\(images)/\(path)")
            }
            try FileContents.write(Array("[".utf8), to: "\(images)/odd/image.yaml")
            NetbootFolder(stateDirectory: folder).removeLeftovers()
            #expect(FolderContents.names(in: "\(images)/debian-12") == ["image.yaml", "notes", image.file])
            #expect(FolderContents.names(in: images) == ["debian-12", "kept", "odd"])
            #expect(FolderContents.names(in: "\(images)/kept") == ["root-x"])
            #expect(FolderContents.names(in: "\(images)/odd") == ["image.yaml", other])
        }
    }

    @Test("an image whose file is not as described is refused, with what was found and what was described")
    func wrongFile() async throws {
        try await withTemporaryFolder { folder in
            let sum = String(repeating: "0", count: 64)
            _ = try StoredFiles.image(in: folder, contents: "abc") { $0.sha256 = sum }
            let changed = await #expect(throws: BoatyardError.self) { try await ImageStore.check(folder) }
            #expect(changed?.kind == .invalid)
            // Of "abc", FIPS 180-2 §B.1.
            #expect(
                changed?.message.contains("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad") == true)
            #expect(changed?.message.contains(sum) == true)
            _ = try StoredFiles.image(in: folder, contents: "abc") { $0.size = 4 }
            let short = await #expect(throws: BoatyardError.self) { try await ImageStore.check(folder) }
            #expect(short?.message.contains("root.tar.zst has 3 bytes where") == true)
            _ = try StoredFiles.image(in: folder, contents: "abc") { $0.file = "other.tar.zst" }
            let missing = await #expect(throws: BoatyardError.self) { try await ImageStore.check(folder) }
            #expect(missing?.message.contains("other.tar.zst: No such file") == true)
        }
    }

    @Test("an image that has lost its file or a part of it is listed with its problem, and is not installed")
    func damaged() async throws {
        try await withTemporaryFolder { folder in
            let store = store(folder)
            _ = try StoredFiles.image(in: "\(folder)/new", contents: "abc")
            let image = try store.take(try await ImageStore.check("\(folder)/new"), from: "\(folder)/new")
            try FileContents.write(Array("ab".utf8), to: store.path(of: image))
            let error = #expect(throws: BoatyardError.self) { try store.image(named: "debian-12") }
            #expect(error?.kind == .invalid)
            #expect(error?.message.contains("has 2 bytes where its description has 3") == true)
            #expect(store.all().map(\.problem) == [error?.message])
            #expect(store.all().map(\.image) == [image])
            try FileContents.write(Array("name: other".utf8), to: "\(folder)/netboot/images/debian-12/image.yaml")
            #expect(store.all().first?.image == nil)
            #expect(store.all().first?.problem != nil)
        }
    }

    @Test("an image that no machine can boot from is listed with what it lacks; one firmware's GRUB is enough")
    func bootable() async throws {
        try await withTemporaryFolder { folder in
            let store = store(folder)
            for (lacks, problem) in [
                (
                    [ImageNeed.kernel, .initramfs, .grubForBIOS, .grubForUEFI, .grubInstall],
                    "it lacks a kernel, grub-install"
                ),
                ([.grubForBIOS, .grubForUEFI], "it lacks GRUB for BIOS (grub-pc-bin), GRUB for UEFI"),
                ([.initramfs, .grubForBIOS], nil), ([], nil),
            ] as [([ImageNeed], String?)] {
                _ = try StoredFiles.image(in: "\(folder)/new", contents: "abc") {
                    $0.built["lacks"] = Value(lacks.map(\.rawValue) + ["an SSH server"])
                }
                _ = try store.take(try await ImageStore.check("\(folder)/new"), from: "\(folder)/new")
                let found = store.all().first?.problem
                #expect((found == nil) == (problem == nil))
                if let problem { #expect(found?.contains(problem) == true, "\(found ?? "")") }
            }
        }
    }

    @Test("a pipe in the place of a description holds nobody up")
    func pipe() async throws {
        try await withTemporaryFolder { folder in
            let images = "\(folder)/netboot/images/x"
            try FileContents.makeFolder(images)
            #expect(mkfifo("\(images)/image.yaml", 0o600) == 0)
            #expect(mkfifo("\(images)/manifest.json", 0o600) == 0)
            let begin = ContinuousClock.now
            let problem = store(folder).all().first?.problem
            #expect(problem?.contains("it is no regular file") == true, "\(problem ?? "")")
            let image = await #expect(throws: BoatyardError.self) { try await ImageStore.check(images) }
            #expect(image?.kind == .invalid)
            let installer = await #expect(throws: BoatyardError.self) { try await GenerationStore.check(images) }
            #expect(installer?.message.contains("it is no regular file") == true)
            #expect(ContinuousClock.now - begin < .seconds(2))
        }
    }

    @Test("a removed image is gone with its folder, and one that is not there cannot be removed")
    func removed() async throws {
        try await withTemporaryFolder { folder in
            let store = store(folder)
            _ = try StoredFiles.image(in: "\(folder)/new", contents: "abc")
            _ = try store.take(try await ImageStore.check("\(folder)/new"), from: "\(folder)/new")
            try store.remove("debian-12")
            #expect(FolderContents.names(in: "\(folder)/netboot/images") == [])
            for name in ["debian-12", "../images", ""] {
                let error = #expect(throws: BoatyardError.self) { try store.remove(name) }
                #expect(error?.kind == .missing)
            }
        }
    }
}
