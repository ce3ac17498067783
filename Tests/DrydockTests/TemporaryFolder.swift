import Glibc

/// An error of the tests themselves.
struct Trouble: Error, CustomStringConvertible { var description: String }

/// Makes a folder, hands over its path, and removes it with all that is in it.
@discardableResult
func withTemporaryFolder<T>(_ body: (String) async throws -> T) async throws -> T {
    var template = Array("/tmp/boatyard-drydock-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw Trouble(description: "mkdtemp: \(errno)") }
    let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    defer { remove(tree: path) }
    return try await body(path)
}

private func remove(tree path: String) {
    guard let folder = opendir(path) else {
        unlink(path)
        return
    }
    var names: [String] = []
    while let entry = readdir(folder) {
        names.append(
            withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            })
    }
    closedir(folder)
    for name in names where name != "." && name != ".." { remove(tree: "\(path)/\(name)") }
    rmdir(path)
}
