import Netboot
import Primitives
import TestSupport
import Testing

@Suite("Images for the drives of BMCs")
struct InstallerMediaTests {
    private static let layout = InstallerMedia.Layout(grub: 4096, isolinux: 130_048)
    private static let parameters = [
        (name: "boatyard.url", value: "http://10.0.0.1:8080"), (name: "boatyard.mac", value: "52:54:00:20:01:11"),
        (name: "console", value: "ttyS0,115200n8"),
    ]

    /// A file whose bytes tell their places.
    private func write(_ folder: String, _ size: Int) throws -> (path: String, bytes: [UInt8]) {
        let bytes = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
        try FileContents.write(bytes, to: "\(folder)/\(InstallerMedia.file)")
        return ("\(folder)/\(InstallerMedia.file)", bytes)
    }

    private func contents(_ media: InstallerMedia, from first: Int = 0) throws -> [UInt8] {
        var bytes: [UInt8] = []
        while true {
            let piece = try media.piece(at: first + bytes.count)
            if piece.isEmpty { return bytes }
            bytes += piece
        }
    }

    @Test("two sectors are the machine's own, wherever reading begins, and all others are the image's")
    func sectors() throws {
        try withTemporaryFolder { folder in
            // The second sector lies across the end of the first piece.
            let (path, bytes) = try write(folder, 300_001)
            let layout = InstallerMedia.Layout(grub: 4096, isolinux: (128 << 10) - 2048)
            let media = try InstallerMedia(path, layout, parameters: Self.parameters, generation: "trixie-1")
            #expect(media.length == 300_001)
            let whole = try contents(media)
            #expect(whole.count == bytes.count)
            let own = [layout.grub, layout.isolinux].map { $0..<$0 + InstallerMedia.sectorSize }
            #expect(
                whole.indices.allSatisfy { place in own.contains { $0.contains(place) } || whole[place] == bytes[place]
                })
            let words =
                "boatyard.url=http://10.0.0.1:8080 boatyard.mac=52:54:00:20:01:11 console=ttyS0,115200n8"
            let texts = own.map { String(decoding: whole[$0], as: UTF8.self) }
            #expect(texts[0].hasPrefix("set boatyard_parameters='\(words)'\n\n"))
            #expect(texts[1].hasPrefix("LABEL boatyard\n  KERNEL /vmlinuz\n  INITRD /initrd\n  APPEND \(words)\n\n"))
            for first in [1, 4095, 4097, 6143, 6144, 128_000, 131_000, 299_999] {
                #expect(try contents(media, from: first).elementsEqual(whole[first...]), "\(first)")
            }
            #expect(try media.piece(at: 300_001).isEmpty && media.piece(at: -1).isEmpty)
        }
    }

    @Test("the entity tag differs where machine or address differ")
    func tags() throws {
        try withTemporaryFolder { folder in
            let (path, _) = try write(folder, 200_000)
            func tag(_ url: String, _ generation: String) throws -> String {
                try InstallerMedia(
                    path, Self.layout, parameters: [(name: "boatyard.url", value: url)], generation: generation
                ).tag
            }
            let tags = try [
                tag("http://a:1", "trixie-1"), tag("http://a:2", "trixie-1"), tag("http://a:1", "trixie-2"),
            ]
            #expect(Set(tags).count == 3)
            #expect(try tag("http://a:1", "trixie-1") == tags[0])
        }
    }

    @Test(
        "nothing that a boot program would interpret gets into an image",
        arguments: ["a'; reboot", "a b", "a\nb", "", "$x", String(repeating: "a", count: 2048)])
    func hostile(value: String) throws {
        try withTemporaryFolder { folder in
            let (path, _) = try write(folder, 200_000)
            let error = #expect(throws: BoatyardError.self) {
                try InstallerMedia(
                    path, Self.layout, parameters: [(name: "console", value: value)], generation: "trixie-1")
            }
            #expect(error?.code == "netboot.media")
        }
    }

    @Test(
        "a manifest whose blank sectors are no sectors of its image is refused",
        arguments: [
            ["grub": 1, "isolinux": 2048], ["grub": 2048, "isolinux": 2048], ["grub": -2048, "isolinux": 0],
            ["grub": 0, "isolinux": 8192], ["grub": "0", "isolinux": 2048], [], 5,
        ] as [Value])
    func manifest(media: Value) throws {
        func manifest(_ media: Value) throws -> InstallerGeneration {
            let sum = String(repeating: "a", count: 64)
            let files: Value = [
                "vmlinuz": ["size": 1, "sha256": .string(sum)], "initrd": ["size": 1, "sha256": .string(sum)],
                "boatyard.iso": ["size": 8192, "sha256": .string(sum)],
            ]
            let value: Value = [
                "id": "trixie-1", "suite": "trixie", "kernel": "6.12", "files": files, "media": media,
            ]
            return try InstallerGeneration(manifest: value.jsonBytes(.compact), place: "manifest.json")
        }
        let good = try manifest(["grub": 0, "isolinux": 6144])
        #expect(good.media == InstallerMedia.Layout(grub: 0, isolinux: 6144))
        #expect(try InstallerGeneration(manifest: good.manifest, place: "again").media == good.media)
        let error = #expect(throws: BoatyardError.self) { try manifest(media) }
        #expect(error?.code == "netboot.invalid" && error?.message.contains("'media'") == true)
    }
}
