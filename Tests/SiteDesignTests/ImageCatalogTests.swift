import OrderedCollections
import Primitives
import Testing

@testable import SiteDesign

@Suite("Catalogues of images")
struct ImageCatalogTests {
    private func read(_ text: String) throws -> ImageCatalog {
        try ImageCatalog(yaml: Array(text.utf8), place: "catalogue.yaml")
    }

    @Test("images and their kernels are read in their order")
    func reads() throws {
        let catalogue = try read("images:\n  debian-12: {kernels: [generic, rt]}\n  bare: {kernels: []}\n")
        #expect(catalogue.images == ["debian-12": ["generic", "rt"], "bare": []])
    }

    @Test(
        "what is no catalogue is refused with its name",
        arguments: [
            "", "[]", "images: []", "images: {a: {}}", "images: {a: [x]}", "images: {a: {kernels: [1]}}",
            "images: {a: {kernels: ['x; y']}}", "images: {a: {kernels: [x], url: y}}", "images: {}\nother: 1", "{",
        ])
    func refuses(text: String) {
        let error = #expect(throws: BoatyardError.self) { try read(text) }
        #expect(error?.code == "design.catalogue")
        #expect(error?.message.hasPrefix("The image catalogue catalogue.yaml cannot be used: ") == true)
    }

    @Test("an image that is there and cannot be installed is an error with the reason, unless a catalogue names it")
    func problem() throws {
        let broken = ImageCatalog(images: [:], problems: ["debian-12": "It lacks a kernel."])
        let design = try Design.compile(platform: .catalog(broken))
        let error = try #require(design.messages.first { $0.name == "DD3001" })
        #expect(error.level == .error && error.diagnostic == "It lacks a kernel.")
        let named = ImageCatalog(images: ["debian-12": ["generic"]]).merging(broken)
        #expect(named == ImageCatalog(images: ["debian-12": ["generic"]]))
    }

    @Test("a catalogue that cannot be used leaves the one warning, which says why")
    func unusable() throws {
        let design = try Design.compile(platform: .none(reason: "line 3 is wrong"))
        let warning = try #require(design.messages.first { $0.name == "DD3001" })
        #expect(warning.level == .warning)
        #expect(warning.diagnostic == "line 3 is wrong")
        #expect(design.status == .success)
    }
}
