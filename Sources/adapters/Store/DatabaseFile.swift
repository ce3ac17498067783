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
        self = Self.found(try Self.header(path), size: size, log: log)
    }

    /// Of a database that is one file, and that nobody uses.
    ///
    /// - Parameter descriptor: of a regular file.
    /// - Throws: where the file cannot be read.
    package init(descriptor: CInt) throws(StoreError) {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            throw StoreError(systemError: errno, path: "the file", doing: "read")
        }
        let header = try Self.header(descriptor, "the file")
        self = Self.found(header, size: Int(status.st_size), log: 0)
        if self == .usable, let whole = Self.whole(header), status.st_size > whole {
            self = .damaged("has \(Int(status.st_size) - whole) bytes behind its end")
        }
    }

    private static func found(_ header: [UInt8], size: Int, log: Int) -> Self {
        guard size >= headerSize, header.starts(with: Array("SQLite format 3\0".utf8)) else {
            return .damaged("is no database: it has \(size) bytes that do not begin as one")
        }
        if log == 0, let whole = whole(header), size < whole {
            return .damaged("is cut off: it has \(size) of \(whole) bytes")
        }
        return number(header, 60) == 0 && log == 0 ? .damaged("has nothing in it") : .usable
    }

    private static func number(_ header: [UInt8], _ place: Int) -> Int {
        header[place..<(place + 4)].reduce(0) { $0 << 8 | Int($1) }
    }

    /// In bytes: the size that the header tells; nil where it does not hold.
    private static func whole(_ header: [UInt8]) -> Int? {
        // Two bytes; 1 stands for 65536.
        let written = Int(header[16]) << 8 | Int(header[17])
        // The size in the header holds where it was written together with the counter of changes; as long as there is a
        // log, a page of it may come first.
        guard number(header, 24) == number(header, 92) else { return nil }
        return number(header, 28) * (written == 1 ? 65536 : written)
    }

    private static func header(_ path: String) throws(StoreError) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw StoreError(systemError: errno, path: path, doing: "open") }
        defer { close(descriptor) }
        return try header(descriptor, path)
    }

    private static func header(_ descriptor: CInt, _ path: String) throws(StoreError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: headerSize)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        guard count >= 0 else { throw StoreError(systemError: errno, path: path, doing: "read") }
        return Array(bytes.prefix(count))
    }

    private static func size(_ path: String) -> Int? {
        var status = stat()
        return stat(path, &status) == 0 ? Int(status.st_size) : nil
    }
}
