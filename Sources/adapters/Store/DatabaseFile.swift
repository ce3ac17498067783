import Glibc

/// What is found where a database is to be, before anything opens it: opening what is no database would make one.
package enum DatabaseFile: Sendable, Hashable {
    /// Nothing, nor anything beside it that would be taken for a part of it.
    case missing
    case usable
    /// What is wrong, in words that go on a sentence after the file's name.
    case damaged(String)

    /// In bytes: what SQLite's header takes (https://www.sqlite.org/fileformat2.html §1.3).
    private static let headerSize = 100

    /// - Throws: where the file cannot be read.
    package init(at path: String) throws {
        let log = Self.size(path + "-wal") ?? 0
        guard let size = Self.size(path) else {
            self = log > 0 ? .damaged("is missing, while \(path)-wal, which belongs to it, is there") : .missing
            return
        }
        guard size > 0 else {
            self = .damaged("is empty")
            return
        }
        let header = try Self.header(path)
        guard size >= Self.headerSize, header.starts(with: Array("SQLite format 3\0".utf8)) else {
            self = .damaged("is no database: it has \(size) bytes that do not begin as one")
            return
        }
        func number(_ place: Int) -> Int { header[place..<(place + 4)].reduce(0) { $0 << 8 | Int($1) } }
        // Two bytes; 1 stands for 65536.
        let written = Int(header[16]) << 8 | Int(header[17])
        let whole = number(28) * (written == 1 ? 65536 : written)
        // The size in the header holds where it was written together with the counter of changes; as long as there is a
        // log, a page of it may come first.
        if log == 0, number(24) == number(92), size < whole {
            self = .damaged("is cut off: it has \(size) of \(whole) bytes")
        } else if number(60) == 0, log == 0 {
            self = .damaged("has nothing in it")
        } else {
            self = .usable
        }
    }

    private static func header(_ path: String) throws(StoreError) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw StoreError(systemError: errno, path: path, doing: "open") }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: headerSize)
        let count = read(descriptor, &bytes, bytes.count)
        guard count >= 0 else { throw StoreError(systemError: errno, path: path, doing: "read") }
        return Array(bytes.prefix(count))
    }

    private static func size(_ path: String) -> Int? {
        var status = stat()
        return stat(path, &status) == 0 ? Int(status.st_size) : nil
    }
}
