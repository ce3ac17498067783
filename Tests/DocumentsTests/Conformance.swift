import Glibc
import Primitives
import YAML

/// The folder of inputs and answers of the reference systems.
enum Conformance {
    static let folder: String = {
        if let folder = getenv("BOATYARD_CONFORMANCE") { return String(cString: folder) }
        let root = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/")
        return root + "/../shared/conformance"
    }()

    static func has(_ path: String) -> Bool {
        let exists = access("\(folder)/\(path)", R_OK) == 0
        if !exists { print("skipped: \(folder)/\(path) is not there (set BOATYARD_CONFORMANCE)") }
        return exists
    }

    static func documents(_ path: String) throws -> [Value] {
        guard let file = fopen("\(folder)/\(path)", "r") else { throw BoatyardError("test.file", "no \(path)") }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while case let count = fread(&buffer, 1, buffer.count, file), count > 0 { bytes += buffer[..<count] }
        return try YAML.load(bytes)
    }
}
