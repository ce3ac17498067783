import Cryptography
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
