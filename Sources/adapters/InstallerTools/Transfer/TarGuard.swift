import Archive
import Primitives

/// Looks at the headers of a tar archive while it passes, and lets nothing through that leaves the folder it is unpacked
/// in, and no device but those that every system has.
///
/// Archives are read by the rules of `TarStream`, as they are when they are imported. Bytes come out in the pieces in which
/// they came in; a piece with a header that is refused does not come out.
package struct TarGuard: Sendable {
    /// What the archive is, for messages.
    private let title: String
    private var stream = TarStream()
    /// How many members were let through.
    package var members: Int { stream.count }
    /// The names of its regular files, the first `nameLimit` of them.
    package private(set) var names: [String] = []
    /// More than boot actions have.
    package static let nameLimit = 4096
    private let takesAbsoluteNames: Bool

    /// - Parameter takesAbsoluteNames: whether names may begin with a slash, since whoever unpacks takes them as relative.
    package init(title: String, takesAbsoluteNames: Bool = false) {
        self.title = title
        self.takesAbsoluteNames = takesAbsoluteNames
    }

    /// Looks at the next bytes. Nothing may follow what has been refused.
    ///
    /// - Throws: `BoatyardError` `archive.entry` or `archive.damaged`, which name the archive and, where there is one, the
    ///   member.
    package mutating func inspect(_ piece: [UInt8]) throws(BoatyardError) {
        var entries: [TarEntry] = []
        do {
            try stream.feed(piece[...]) { event in
                if case .entry(let entry) = event { entries.append(entry) }
            }
        } catch {
            throw refused(error)
        }
        for entry in entries {
            try check(entry)
            guard entry.kind == .file, names.count < Self.nameLimit else { continue }
            names.append(entry.name)
        }
    }

    /// - Throws: `BoatyardError` `archive.damaged` where the archive has not ended with its end mark.
    package func finish() throws(BoatyardError) {
        do { try stream.finish() } catch { throw refused(error) }
    }

    private func check(_ entry: TarEntry) throws(BoatyardError) {
        let path = takesAbsoluteNames ? Array(entry.path.drop { $0 == UInt8(ascii: "/") }) : entry.path
        guard Self.staysInside(path) else { throw refused(entry, "leaves the folder that it is unpacked in") }
        switch entry.kind {
        case .hardLink:
            guard Self.staysInside(entry.target) else {
                throw refused(
                    entry,
                    "is a hard link to '\(Self.text(entry.target))', outside of the folder that it is unpacked in")
            }
        case .characterDevice, .blockDevice:
            guard Self.isUsualDevice(entry) else {
                throw refused(entry, "is a device node, which an image has none of but the usual ones below /dev")
            }
        case .file, .symbolicLink, .folder, .pipe: break
        }
    }

    private static let usualDevices: [String: (Int, Int)] = [
        "dev/null": (1, 3), "dev/zero": (1, 5), "dev/full": (1, 7), "dev/random": (1, 8), "dev/urandom": (1, 9),
        "dev/tty": (5, 0), "dev/console": (5, 1), "dev/ptmx": (5, 2), "dev/pts/ptmx": (5, 2),
    ]

    private static func isUsualDevice(_ entry: TarEntry) -> Bool {
        let path = TarEntry.parts(of: entry.path).map { String(decoding: $0, as: UTF8.self) }.joined(separator: "/")
        guard entry.kind == .characterDevice, let usual = usualDevices[path] else { return false }
        return (entry.major, entry.minor) == usual
    }

    /// Whether a path is relative and never climbs.
    private static func staysInside(_ path: [UInt8]) -> Bool {
        guard !path.isEmpty, path.first != UInt8(ascii: "/"), !path.contains(0) else { return false }
        return !path.split(separator: UInt8(ascii: "/")).contains { $0.elementsEqual("..".utf8) }
    }

    private static func text(_ name: [UInt8]) -> String {
        ControlCharacters.escaped(String(decoding: name.prefix(200), as: UTF8.self), keepsLines: false)
    }

    private func refused(_ entry: TarEntry, _ reason: String) -> BoatyardError {
        refused("the member '\(Self.text(entry.path))' \(reason)")
    }

    private func refused(_ what: String) -> BoatyardError {
        BoatyardError(
            "archive.entry", "\(title): \(what). Nothing of it was written; make the archive without it.",
            kind: .invalid)
    }

    private func refused(_ error: any Error) -> BoatyardError {
        let reason: String
        switch error as? ArchiveError {
        case .unsupported(let what): return refused(ControlCharacters.escaped(what, keepsLines: false))
        case .damaged(let what), .truncated(let what): reason = what
        case .tooLarge, nil: reason = error.inWords
        }
        return BoatyardError(
            "archive.damaged",
            "\(title) is no whole tar archive: \(ControlCharacters.escaped(reason, keepsLines: false)). Make or import it "
                + "again.")
    }
}
