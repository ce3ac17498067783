import Dispatch
import Glibc
import Primitives

/// What machines have written to their consoles: files below `consoles/NODE/`, one for each boot, with the newest text of it.
///
/// A file of a boot is in two halves, `NUMBER.log` and the older `NUMBER.old`: where the first one is full it takes the
/// place of the other.
struct ConsoleFiles: Sendable {
    let stateDirectory: String

    /// In bytes: half of what is kept of a boot.
    static let half = 256 << 10
    /// How many boots of a node are kept.
    static let boots = 5

    /// One thread for the files of all consoles: a disk that hangs holds up nothing else.
    private static let thread = DispatchQueue(label: "boatyard.consoles")

    static func onThread<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            thread.async { continuation.resume(with: Swift.Result { try body() }) }
        }
    }

    /// - Throws: `DrydockError` for a name that is none for a folder.
    func folder(of node: String) throws -> String {
        guard let name = BuildDataStore.folderName(node) else {
            throw DrydockError(
                .invalid, "'\(node)' is no name of a node, by which consoles are kept: boatyard get nodes lists them.")
        }
        return "\(stateDirectory)/consoles/\(name)"
    }

    /// The numbers of the boots that are kept, the newest first.
    ///
    /// - Throws: `BoatyardError` `file.read` where they cannot be told: the next boot must not be written into another one's file.
    func boots(of node: String) throws -> [Int] {
        let numbers = try FolderContents.list(folder(of: node)).compactMap { name -> Int? in
            guard name.hasSuffix(".log") || name.hasSuffix(".old") else { return nil }
            return Int(name.dropLast(4))
        }
        return Set(numbers).sorted(by: >)
    }

    /// When each boot that is kept was written to last, the newest boot first.
    func written(_ node: String) throws -> [Timestamp] {
        let folder = try folder(of: node)
        return try boots(of: node).map { number in
            let times = ["log", "old"].compactMap { half -> Int64? in
                var status = stat()
                guard lstat("\(folder)/\(number).\(half)", &status) == 0 else { return nil }
                return Int64(status.st_mtim.tv_sec) * 1_000_000
            }
            return Timestamp(microseconds: times.max() ?? 0)
        }
    }

    /// Makes the file of a new boot, and removes those of the oldest ones.
    func begin(_ node: String) throws -> ConsoleFile {
        let folder = try folder(of: node)
        try FileContents.makeFolder("\(stateDirectory)/consoles")
        try FileContents.makeFolder(folder)
        let present = try boots(of: node)
        for number in present.dropFirst(Self.boots - 1) { remove(number, in: folder) }
        let file = ConsoleFile(path: "\(folder)/\((present.first ?? 0) + 1)")
        try file.append([])
        return file
    }

    /// Goes on with the newest boot, or begins the first one.
    func resume(_ node: String) throws -> ConsoleFile {
        guard let newest = try boots(of: node).first else { return try begin(node) }
        return ConsoleFile(path: "\(try folder(of: node))/\(newest)")
    }

    /// - Parameter boot: 0 for the newest one, 1 for the one before.
    /// - Returns: nil where there is none.
    func text(of node: String, boot: Int) throws -> [UInt8]? {
        let numbers = try boots(of: node)
        guard numbers.indices.contains(boot) else { return nil }
        return try ConsoleFile(path: "\(try folder(of: node))/\(numbers[boot])").text()
    }

    /// Removes what was last written before `moment`.
    func prune(before moment: Timestamp) {
        let root = "\(stateDirectory)/consoles"
        for node in FolderContents.names(in: root) ?? [] {
            let folder = "\(root)/\(node)"
            for name in FolderContents.names(in: folder) ?? [] {
                var status = stat()
                guard lstat("\(folder)/\(name)", &status) == 0 else { continue }
                if Int64(status.st_mtim.tv_sec) * 1_000_000 < moment.microseconds { unlink("\(folder)/\(name)") }
            }
            // Only an empty folder goes.
            rmdir(folder)
        }
    }

    private func remove(_ number: Int, in folder: String) {
        for half in ["log", "old"] { unlink("\(folder)/\(number).\(half)") }
    }
}

/// What a machine has written in one boot.
struct ConsoleFile: Sendable, Hashable {
    /// Without the ending of a half.
    let path: String

    /// - Throws: `BoatyardError` with the system's words.
    func append(_ bytes: [UInt8]) throws {
        var rest = bytes[...]
        repeat {
            rest = rest.dropFirst(try appendPiece(rest))
        } while !rest.isEmpty
    }

    /// - Returns: of how many bytes there was room in the newer half.
    private func appendPiece(_ bytes: ArraySlice<UInt8>) throws -> Int {
        let newer = "\(path).log"
        let descriptor = open(newer, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw Self.error("opened", newer) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw Self.error("read", newer) }
        let size = Int(status.st_size)
        let piece = bytes.prefix(max(0, ConsoleFiles.half - size))
        var rest = piece
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw Self.error("written", newer) }
            rest = rest.dropFirst(count)
        }
        if size + piece.count >= ConsoleFiles.half, rename(newer, "\(path).old") != 0 {
            throw Self.error("renamed", newer)
        }
        return piece.count
    }

    func text() throws -> [UInt8] {
        var bytes: [UInt8] = []
        for half in ["old", "log"] {
            let file = "\(path).\(half)"
            if access(file, F_OK) == 0 { bytes += try FileContents.read(file, limit: ConsoleFiles.half * 4) }
        }
        return bytes
    }

    private static func error(_ verb: String, _ file: String) -> BoatyardError {
        BoatyardError("console.file", "\(file) cannot be \(verb): \(systemErrorText())")
    }
}
