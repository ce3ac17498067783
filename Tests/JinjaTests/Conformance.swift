import Glibc
import OrderedCollections
import Primitives

/// What Jinja2 answered, recorded beside the package or where `BOATYARD_CONFORMANCE` says.
enum Conformance {
    private static let path: String = {
        if let folder = getenv("BOATYARD_CONFORMANCE") { return String(cString: folder) + "/jinja/cases.json" }
        let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        return "/\(root)/../shared/conformance/jinja/cases.json"
    }()

    static let isPresent: Bool = {
        let isPresent = access(path, R_OK) == 0
        if !isPresent { print("skipped: no recorded templates at \(path)") }
        return isPresent
    }()

    static func cases() throws -> (context: Value.Object, cases: [Value]) {
        let file = try Value(json: FileContents.read(path))
        return (file["context"]?.objectValue ?? [:], file["cases"]?.arrayValue ?? [])
    }
}
