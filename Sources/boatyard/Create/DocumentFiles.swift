import Glibc
import Primitives

/// YAML files, joined into one stream as they stand: comments, anchors and line numbers survive.
enum DocumentFiles {
    static func read(files: [String]) throws -> [UInt8] {
        var stream: [UInt8] = []
        for file in files {
            guard file.hasSuffix(".yaml") || file.hasSuffix(".yml") else {
                throw Failure("Error: \(file) is neither a .yaml nor a .yml file.", exitCode: 2)
            }
            let contents: [UInt8]
            do {
                contents = try FileContents.read(file)
            } catch {
                throw Failure("Error: \(error.message)", exitCode: 2)
            }
            if !startsDocument(contents) { stream += Array("---\n".utf8) }
            stream += contents
            if stream.last != 0x0a { stream.append(0x0a) }
        }
        return stream
    }

    /// The YAML files of a folder, in the order of their names.
    static func list(_ folder: String, recurse: Bool) throws -> [String] {
        guard let handle = opendir(folder) else {
            throw Failure("Error: Cannot read the folder \(folder): \(String(cString: strerror(errno))).", exitCode: 2)
        }
        defer { closedir(handle) }
        var names: [String] = []
        while let entry = readdir(handle) {
            names.append(
                withUnsafePointer(to: entry.pointee.d_name) {
                    $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                })
        }
        var files: [String] = []
        for name in names.sorted() where !name.hasPrefix(".") {
            let path = folder.hasSuffix("/") ? folder + name : folder + "/" + name
            var status = stat()
            guard stat(path, &status) == 0 else { continue }
            if status.st_mode & S_IFMT == S_IFDIR {
                if recurse { files += try list(path, recurse: true) }
            } else if name.hasSuffix(".yaml") || name.hasSuffix(".yml") {
                files.append(path)
            }
        }
        guard recurse || !files.isEmpty else {
            throw Failure("Error: \(folder) holds no .yaml or .yml file.", exitCode: 2)
        }
        return files
    }

    /// Whether a `---` line comes before the first content.
    private static func startsDocument(_ contents: [UInt8]) -> Bool {
        for line in contents.split(separator: 0x0a) {
            if line.starts(with: "---".utf8) { return true }
            let isBlank = line.allSatisfy { $0 == 0x20 || $0 == 0x0d || $0 == 0x09 }
            if !isBlank, line.first != UInt8(ascii: "#"), line.first != UInt8(ascii: "%") { return false }
            if line.first == UInt8(ascii: "%") { return true }
        }
        return false
    }
}
