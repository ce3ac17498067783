import Cryptography
import Glibc
import Netboot
import OrderedCollections
import Primitives
import SiteDesign
import TestSupport
import Testing

@testable import Drydock

@Suite("Which images there are")
struct ImageCatalogSourceTests {
    /// Takes over an image in a state directory.
    private func store(_ name: String, _ kernels: [String], in folder: String) async throws {
        let incoming = "\(folder)/new"
        let bytes = Array("contents of \(name)".utf8)
        let image = InstallableImage(
            name: name, kernels: kernels, architecture: "amd64", format: .tar, file: "root.tar",
            sha256: Hash.sha256(bytes).hex, size: bytes.count, unpackedSize: 1, built: [:])
        try FileContents.makeFolder(incoming)
        try FileContents.write(bytes, to: "\(incoming)/root.tar")
        try FileContents.write(image.yaml, to: "\(incoming)/image.yaml")
        _ = try NetbootFolder(stateDirectory: folder).images.take(
            try await ImageStore.check(incoming), from: incoming)
    }

    @Test("an installer that was built here has no image where none is stored or listed: every node's is an error")
    func ownInstaller() async throws {
        try await withTemporaryFolder { folder in
            let netboot = NetbootFolder(stateDirectory: folder)
            try FileContents.makeFolder("\(folder)/netboot/http")
            try FileContents.write(Array("kernel".utf8), to: "\(folder)/netboot/http/vmlinuz")
            #expect(ImageCatalogSource(netboot) == .absent, "an operator's own installer may have its own images")
            try FileContents.makeFolder("\(folder)/netboot/generations/trixie-1")
            try FileContents.write(Array("kernel".utf8), to: "\(folder)/netboot/generations/trixie-1/vmlinuz")
            #expect(symlink("generations/trixie-1", "\(folder)/netboot/current") == 0)
            #expect(ImageCatalogSource(netboot) == .catalog(ImageCatalog(images: [:])))
            try await store("debian-12", ["generic"], in: folder)
            #expect(ImageCatalogSource(netboot) == .catalog(ImageCatalog(images: ["debian-12": ["generic"]])))
        }
    }

    @Test("images of the daemon and those of the catalogue are one catalog")
    func both() async throws {
        try await withTemporaryFolder { folder in
            let netboot = NetbootFolder(stateDirectory: folder)
            #expect(ImageCatalogSource(netboot) == .absent)
            try await store("debian-12", ["generic"], in: folder)
            #expect(ImageCatalogSource(netboot) == .catalog(ImageCatalog(images: ["debian-12": ["generic"]])))
            try FileContents.write(
                Array("images: {debian-12: {kernels: [old]}, jammy: {kernels: [ga-22.04]}}".utf8),
                to: netboot.imageCatalog)
            #expect(
                ImageCatalogSource(netboot)
                    == .catalog(ImageCatalog(images: ["debian-12": ["generic"], "jammy": ["ga-22.04"]])))
            // One that has lost its file is none.
            let image = try #require(try netboot.images.image(named: "debian-12"))
            FolderContents.remove(netboot.images.path(of: image))
            #expect(
                ImageCatalogSource(netboot)
                    == .catalog(ImageCatalog(images: ["debian-12": ["old"], "jammy": ["ga-22.04"]])))
            try FileContents.write(Array("[".utf8), to: netboot.imageCatalog)
            guard case .none(let reason?) = ImageCatalogSource(netboot) else {
                Issue.record("a wrong catalogue is told")
                return
            }
            #expect(reason.contains("catalogue.yaml cannot be used"))
        }
    }
}
