import Netboot
import OrderedCollections
import Primitives
import Testing

@Suite("Descriptions of images")
struct InstallableImageTests {
    private static let sum = String(repeating: "0a", count: 32)

    private static var members: Value.Object {
        [
            "name": "debian-12", "kernels": ["generic", "linux-image-amd64"], "architecture": "amd64",
            "format": "tar.zst", "file": "root.tar.zst", "sha256": .string(sum), "size": 1000, "unpacked_size": 5000,
            "built": ["by": "boatyard 0.1.0"],
        ]
    }

    private static func read(_ members: Value.Object) throws -> InstallableImage {
        try InstallableImage(yaml: Array(Value.object(members).json(.compact).utf8), place: "image.yaml")
    }

    @Test("a description is read as it was written")
    func roundTrip() throws {
        let image = try Self.read(Self.members)
        #expect(image.kernels == ["generic", "linux-image-amd64"])
        #expect(image.location == "/images/debian-12/\(Self.sum)/root.tar.zst")
        #expect(try InstallableImage(yaml: image.yaml, place: "image.yaml") == image)
    }

    @Test(
        "a description that cannot be used is refused with its place and the member",
        arguments: [
            ("name", "../x"), ("name", ""), ("name", ".hidden"), ("name", nil), ("kernels", []), ("kernels", "generic"),
            ("kernels", ["a b"]), ("architecture", 1), ("format", "cpio"), ("file", "a/b"), ("file", "image.yaml"),
            ("file", ".."), ("sha256", "0A"), ("sha256", nil), ("size", -1), ("size", "12"), ("unpacked_size", nil),
            ("size", .int(1 << 50 + 1)), ("unpacked_size", .int(.max)),
        ] as [(String, Value)])
    func refuses(member: String, value: Value) {
        var members = Self.members
        members[member] = value
        let error = #expect(throws: BoatyardError.self) { try Self.read(members) }
        #expect(error?.kind == .invalid)
        #expect(error?.message.hasPrefix("The image's description image.yaml cannot be used: ") == true)
        #expect(error?.message.contains("'\(member)'") == true)
    }

    @Test("a file that is no mapping is refused", arguments: ["", "[]", "a: [", "1"])
    func noMapping(text: String) {
        let error = #expect(throws: BoatyardError.self) {
            try InstallableImage(yaml: Array(text.utf8), place: "image.yaml")
        }
        #expect(error?.kind == .invalid)
    }
}
