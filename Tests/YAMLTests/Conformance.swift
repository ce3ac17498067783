import Glibc
import Primitives

/// The folder of recorded answers beside the package, or where `BOATYARD_CONFORMANCE` says.
enum Conformance {
    static let folder: String = {
        if let path = getenv("BOATYARD_CONFORMANCE") { return String(cString: path) }
        let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        return "/\(root)/../shared/conformance"
    }()

    static let isPresent: Bool = {
        let isPresent = access(folder + "/yaml/cases.json", R_OK) == 0
        if !isPresent { print("skipped: no conformance cases in \(folder)") }
        return isPresent
    }()

    static func cases(_ section: String) throws -> [Value] {
        try Value(json: File.read(folder + "/yaml/cases.json"))[section]?.arrayValue ?? []
    }
}

enum File {
    static func read(_ path: String) throws -> [UInt8] {
        guard let file = fopen(path, "r") else { throw BoatyardError("test", "cannot open \(path)") }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = fread(&buffer, 1, buffer.count, file)
            guard count > 0 else { return bytes }
            bytes += buffer[..<count]
        }
    }
}
