import Foundation
import Netboot
import Primitives
import TestSupport
import Testing

@testable import ImageBuild

@Suite("The image for the drives of BMCs, as xorriso makes it", .enabled(if: MediaBuilder.missingPackages.isEmpty))
struct MediaBuilderTests {
    /// Builds an image of small files in a folder.
    private func build(_ folder: String) throws -> InstallerMedia.Layout {
        for (name, size) in [("vmlinuz", 70_000), ("initrd", 700_001), ("program", 30_000)] {
            try FileContents.write([UInt8](repeating: 0x5a, count: size), to: "\(folder)/\(name)", mode: 0o644)
        }
        return try MediaBuilder(
            output: folder, work: "\(folder)/work", modified: 1_750_000_000, find: { _ in "\(folder)/program" }
        ).run()
    }

    @Test("equal contents make equal images, whenever they are made")
    func reproducible() throws {
        try withTemporaryFolder { folder in
            let images = try ["a", "b"].map { name -> [UInt8] in
                let own = "\(folder)/\(name)"
                try FileContents.makeFolder(own)
                _ = try build(own)
                return try FileContents.read("\(own)/\(InstallerMedia.file)", limit: 64 << 20)
            }
            #expect(images[0] == images[1])
        }
    }

    private func xorriso(_ arguments: [String]) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/xorriso")
        process.arguments = arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = FileHandle.nullDevice
        try process.run()
        let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return text
    }

    @Test("it boots by BIOS and UEFI, and what each boot program reads is the machine's own")
    func image() throws {
        try withTemporaryFolder { folder in
            let layout = try build(folder)
            let image = "\(folder)/\(InstallerMedia.file)"
            let report = try xorriso(["-indev", image, "-report_el_torito", "plain"])
            #expect(report.contains("BIOS  y") && report.contains("UEFI  y"), "\(report)")
            #expect(report.contains("/isolinux/isolinux.bin") && report.contains("/boot/efi.img"))

            // What a BMC reads of it is an image again, with two other files.
            let media = try InstallerMedia(
                image, layout, parameters: [(name: "boatyard.url", value: "http://10.0.0.1:8080")], generation: "t-1")
            var bytes: [UInt8] = []
            while bytes.count < media.length { bytes += try media.piece(at: bytes.count) }
            try FileContents.write(bytes, to: "\(folder)/own.iso", mode: 0o644)
            _ = try xorriso(["-osirrox", "on", "-indev", "\(folder)/own.iso", "-extract", "/", "\(folder)/own"])
            let grub = try String(contentsOfFile: "\(folder)/own/boot/grub/site.cfg", encoding: .utf8)
            #expect(grub.hasPrefix("set boatyard_parameters='boatyard.url=http://10.0.0.1:8080'\n"))
            let isolinux = try String(contentsOfFile: "\(folder)/own/isolinux/site.cfg", encoding: .utf8)
            #expect(isolinux.contains("  APPEND boatyard.url=http://10.0.0.1:8080\n"))
            #expect(try FileContents.read("\(folder)/own/initrd", limit: 1 << 20).count == 700_001)
            #expect(try FileContents.read("\(folder)/own/.disk/info", limit: 100).count > 0)
            // So that its folder can be removed.
            for path in FileManager.default.enumerator(atPath: "\(folder)/own") ?? .init() {
                _ = chmod("\(folder)/own/\(path)", 0o755)
            }
        }
    }

    @Test("an image in which a blank sector is missing, or is there twice, is refused")
    func places() throws {
        try withTemporaryFolder { folder in
            let mark = MediaConfiguration.blank("GRUB")
            let other = [UInt8](repeating: 0, count: 4096)
            for (contents, count) in [(other, 0), (mark + other + mark, 2)] {
                try FileContents.write(contents, to: "\(folder)/a", mode: 0o644)
                let error = #expect(throws: BoatyardError.self) { try MediaBuilder.sectors([mark], in: "\(folder)/a") }
                #expect(error?.message.contains("has \(count) of the blank sectors") == true)
            }
            try FileContents.write(other + mark, to: "\(folder)/a", mode: 0o644)
            #expect(try MediaBuilder.sectors([mark], in: "\(folder)/a") == [4096])
        }
    }
}
