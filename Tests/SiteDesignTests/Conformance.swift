import Glibc
import Primitives
import YAML

@testable import SiteDesign

/// The recordings of the reference implementation, kept outside of the package.
enum Conformance {
    /// nil where it is not there; says so once.
    static let folder: String? = {
        let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let fallback = "/\(root)/../shared/conformance"
        let folder = getenv("BOATYARD_CONFORMANCE").map { String(cString: $0) } ?? fallback
        if read("\(folder)/drydock/README.md") != nil { return folder }
        print("skipped: no conformance recordings in \(folder); name them in BOATYARD_CONFORMANCE")
        return nil
    }()

    static func read(_ path: String) -> [UInt8]? {
        guard let file = fopen(path, "rb") else { return nil }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = fread(&buffer, 1, buffer.count, file)
            if count == 0 { return bytes }
            bytes += buffer[..<count]
        }
    }

    static func json(_ path: String) throws -> Value {
        guard let folder, let bytes = read("\(folder)/\(path)") else { throw BoatyardError("test.missing", path) }
        return try Value(json: bytes)
    }

    /// - Parameter mark: read only the documents that have it in their text, which saves most of a site's time.
    static func documents(_ path: String, about mark: String? = nil) throws -> [Value] {
        guard let folder, let bytes = read("\(folder)/\(path)") else { throw BoatyardError("test.missing", path) }
        guard let mark else { return try YAML.load(bytes) }
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        return try lines.split(separator: "---", omittingEmptySubsequences: true).flatMap { lines in
            let text = "\n" + lines.filter { $0 != "..." }.joined(separator: "\n")
            return text.contains(mark) ? try YAML.load(text) : []
        }
    }

    /// Names of the files of a folder, sorted, without their extension.
    static func names(in path: String, extension suffix: String) -> [String] {
        guard let folder, let directory = opendir("\(folder)/\(path)") else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name.hasSuffix(suffix) { names.append(String(name.dropLast(suffix.count))) }
        }
        return names.sorted()
    }
}
