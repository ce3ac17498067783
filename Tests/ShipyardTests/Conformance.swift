import Glibc
import Primitives

/// The recorded behaviour of the reference, where it is at hand.
enum Conformance {
    static let folder: String = {
        if let folder = getenv("BOATYARD_CONFORMANCE") { return String(cString: folder) }
        let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        return "/\(root)/../shared/conformance"
    }()

    static let isHere: Bool = {
        let found = access(folder + "/shipyard/dags.json", R_OK) == 0
        if !found { print("skipped: no conformance cases in \(folder)") }
        return found
    }()

    struct Missing: Error { var path: String }

    static func json(_ name: String) throws -> Value {
        let path = folder + "/" + name
        guard let file = fopen(path, "r") else { throw Missing(path: path) }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = fread(&chunk, 1, chunk.count, file)
            if count == 0 { break }
            bytes += chunk[..<count]
        }
        return try Value(json: bytes)
    }
}
