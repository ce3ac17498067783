import OrderedCollections
import Primitives
import YAML

/// An image whose file this daemon serves, as `images/NAME/image.yaml` describes it (`docs/reference/netboot.md` §3).
package struct InstallableImage: Sendable, Hashable {
    /// How the root file system is packed.
    package enum Format: String, Sendable, CaseIterable {
        case zstd = "tar.zst"
        case gzip = "tar.gz"
        case xz = "tar.xz"
        case tar
        case squashfs
    }

    /// As the design names it in `platform.image`.
    package var name: String
    /// What the design may name in `platform.kernel`. The image has one kernel, whatever it is called.
    package var kernels: [String]
    /// Debian's name, `amd64`.
    package var architecture: String
    /// How the file is packed.
    package var format: Format
    /// The name of the file, beside `image.yaml`.
    package var file: String
    /// Of the file, in small hexadecimal digits.
    package var sha256: String
    /// Of the file, in bytes.
    package var size: Int
    /// In bytes: what its files take once they are unpacked, without the file system's own needs.
    package var unpackedSize: Int
    /// By whom, of what and when it was made: whatever the program that made it has noted.
    package var built: Value.Object

    package init(
        name: String, kernels: [String], architecture: String, format: Format, file: String, sha256: String, size: Int,
        unpackedSize: Int, built: Value.Object
    ) {
        self.name = name
        self.kernels = kernels
        self.architecture = architecture
        self.format = format
        self.file = file
        self.sha256 = sha256
        self.size = size
        self.unpackedSize = unpackedSize
        self.built = built
    }

    /// The name of the description in an image's folder.
    package static let descriptionFile = "image.yaml"
    /// In bytes: how long a description may be.
    static let descriptionLimit = 256 << 10

    /// In bytes: more than any file has.
    static let sizeLimit = 1 << 50

    /// Reads a description.
    ///
    /// - Parameter place: the name of the file in errors.
    /// - Throws: `BoatyardError` `netboot.invalid`, which names file and member.
    package init(yaml bytes: [UInt8], place: String) throws(BoatyardError) {
        let document: Value
        do {
            document = try YAML.loadOne(bytes)
        } catch {
            throw Self.unusable(place, "\(error)")
        }
        guard case .object(let members) = document else { throw Self.unusable(place, "it must be a mapping") }
        func text(_ key: String, _ isGood: (String) -> Bool, _ what: String) throws(BoatyardError) -> String {
            guard let text = members[key]?.stringValue, isGood(text) else {
                throw Self.unusable(place, "'\(key)' must be \(what)")
            }
            return text
        }
        func count(_ key: String) throws(BoatyardError) -> Int {
            guard let number = members[key]?.intValue, (0...Self.sizeLimit).contains(number) else {
                throw Self.unusable(place, "'\(key)' must be a number of bytes, \(Self.sizeLimit) at most")
            }
            return number
        }
        let nameRule = "1 to 64 letters, digits, '.', '_' and '-', and begin with a letter or digit"
        name = try text("name", { ServedName.isValid($0) }, nameRule)
        file = try text("file", { ServedName.isValid($0) && $0 != Self.descriptionFile }, nameRule)
        architecture = try text("architecture", { ServedName.isValid($0) }, "a name such as amd64")
        sha256 = try text("sha256", { ServedName.isSHA256($0) }, "64 small hexadecimal digits")
        let formats = Format.allCases.map(\.rawValue)
        let format = try text("format", { formats.contains($0) }, "one of \(formats.joined(separator: ", "))")
        self.format = Format(rawValue: format) ?? .tar
        size = try count("size")
        unpackedSize = try count("unpacked_size")
        guard let list = members["kernels"]?.arrayValue, (1...64).contains(list.count) else {
            throw Self.unusable(place, "'kernels' must be a list of 1 to 64 names")
        }
        kernels = []
        for entry in list {
            guard let kernel = entry.stringValue, ServedName.isValid(kernel) else {
                throw Self.unusable(place, "each of 'kernels' must be \(nameRule)")
            }
            kernels.append(kernel)
        }
        built = members["built"]?.objectValue ?? [:]
    }

    private static func unusable(_ place: String, _ what: String) -> BoatyardError {
        NetbootError.invalid("The image's description \(place) cannot be used: \(what).")
    }

    /// The members of the description in their order; also what clients of the API get.
    package var value: Value {
        [
            "name": .string(name), "kernels": Value(kernels), "architecture": .string(architecture),
            "format": .string(format.rawValue), "file": .string(file), "sha256": .string(sha256), "size": .int(size),
            "unpacked_size": .int(unpackedSize), "built": .object(built),
        ]
    }

    /// The description as a file.
    package var yaml: [UInt8] { Array(YAML.dump(value, sortedKeys: false).utf8) }

    /// Where the node listener serves the file, below its address. It names the sum, so that a machine never gets another
    /// file than the one that its plan means.
    package var location: String { "/images/\(name)/\(sha256)/\(file)" }
}
