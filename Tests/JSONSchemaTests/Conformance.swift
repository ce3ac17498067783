import Glibc
import Primitives

/// The JSON-Schema-Test-Suite beside the package, or where `BOATYARD_CONFORMANCE` says.
enum Conformance {
    static let folder: String = {
        if let path = getenv("BOATYARD_CONFORMANCE") { return String(cString: path) + "/json-schema/draft4" }
        let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        return "/\(root)/../shared/conformance/json-schema/draft4"
    }()

    /// The files of the suite, those of `optional` too, relative to the folder.
    static let files: [String] = {
        let files = names("").filter { $0.hasSuffix(".json") } + names("/optional").map { "optional/" + $0 }
        if files.isEmpty { print("skipped: no JSON schema suite in \(folder)") }
        return files.sorted()
    }()

    static func groups(_ file: String) throws -> [Value] {
        try Value(json: FileContents.read(folder + "/" + file)).arrayValue ?? []
    }

    private static func names(_ part: String) -> [String] {
        guard let listing = opendir(folder + part) else { return [] }
        defer { closedir(listing) }
        var names: [String] = []
        while let entry = readdir(listing) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name.hasSuffix(".json") { names.append(name) }
        }
        return names
    }
}
