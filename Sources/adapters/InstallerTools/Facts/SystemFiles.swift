import Glibc
import Primitives

/// Small files of `/sys` and `/proc`, below a folder that stands for the root of the system.
package struct SystemFiles: Sendable {
    /// Empty for the system's own root, else without a slash at the end.
    let root: String
    private static let limit = 1 << 20

    package init(root: String = "") { self.root = root }

    /// The text of a file without blanks around it; nil where it is missing, empty or cannot be read.
    func text(_ path: String) -> String? {
        guard let bytes = try? FileContents.read(root + path, limit: Self.limit, patience: 1) else { return nil }
        let text = String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self).trimmed
        return text.isEmpty ? nil : text
    }

    func bytes(_ path: String) -> [UInt8]? { try? FileContents.read(root + path, limit: Self.limit, patience: 1) }

    func number(_ path: String) -> Int? { text(path).flatMap { Int($0) } }

    func flag(_ path: String) -> Bool { number(path) == 1 }

    /// Sorted; empty where there is no such folder, and where it cannot be read.
    func names(in folder: String) -> [String] { FolderContents.names(in: root + folder) ?? [] }

    /// The same for what must be known as a whole: disks to erase, what stands on them, cards.
    ///
    /// - Throws: `BoatyardError` `file.read` where it cannot be read to its end.
    func list(_ folder: String) throws(BoatyardError) -> [String] { try FolderContents.list(root + folder) }

    func exists(_ path: String) -> Bool { access(root + path, F_OK) == 0 }

    /// Where a link leads to in the end, as a path below the root; nil where it leads nowhere.
    func resolved(_ path: String) -> String? {
        guard let pointer = realpath(root + path, nil) else { return nil }
        defer { free(pointer) }
        let full = String(cString: pointer)
        return full.hasPrefix(root) ? String(full.dropFirst(root.count)) : nil
    }
}
