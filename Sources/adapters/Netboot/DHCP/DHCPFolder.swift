import Glibc
import Primitives

/// The folder in which the daemon hands its configuration over to root: `dnsmasq.conf`, `hosts/`, and `request`, which is
/// there while there is something to take over (`docs/reference/netboot.md` §5).
///
/// The files have no secrets in them and may be read by everybody.
package struct DHCPFolder: Sendable {
    /// Without a slash at the end.
    package let path: String

    package init(_ path: String) { self.path = path }

    package var main: String { "\(path)/dnsmasq.conf" }
    package var hosts: String { "\(path)/hosts" }
    package var request: String { "\(path)/request" }

    /// What a write has changed, by the names of files.
    package struct Change: Sendable, Hashable {
        package var isMainChanged = false
        package var added: [String] = []
        package var edited: [String] = []
        package var removed: [String] = []

        package var isEmpty: Bool { !isMainChanged && added.isEmpty && edited.isEmpty && removed.isEmpty }
    }

    /// Makes the folder's contents those of `configuration`, and touches no file that has them already.
    ///
    /// - Parameters:
    ///   - configuration: nil where nobody is to be answered.
    ///   - known: what this process has written last; nil for what the folder has, which is then read.
    /// - Throws: `BoatyardError` `file.write`, `file.read`. What was written until then stays, and is the same at the next try.
    @discardableResult
    package func write(
        _ configuration: DHCPConfiguration?, over known: DHCPConfiguration?
    ) throws(BoatyardError) -> Change {
        try FileContents.makeFolder(hosts, mode: 0o755)
        // The daemon's own mask lets nobody else in.
        chmod(hosts, 0o755)
        var change = Change()
        let present = if let known { known.hosts } else { try readHosts() }
        for (name, contents) in configuration?.hosts ?? [:] where present[name] != contents {
            if present[name] == nil { change.added.append(name) } else { change.edited.append(name) }
            try Self.put(contents, at: "\(hosts)/\(name)")
        }
        for name in present.keys where configuration?.hosts[name] == nil {
            change.removed.append(name)
            try Self.remove("\(hosts)/\(name)")
        }
        let mainBefore = known?.main ?? readMain()
        if mainBefore != configuration?.main {
            change.isMainChanged = true
            if let main = configuration?.main { try Self.put(main, at: self.main) } else { try Self.remove(self.main) }
        }
        return change
    }

    /// Asks root to take over what the folder has.
    ///
    /// - Parameter id: comes back in the answer.
    package func ask(_ id: ULID) throws(BoatyardError) { try Self.put(id.description + "\n", at: request) }

    /// What the folder has for each machine; names that are no machine's are removed.
    private func readHosts() throws(BoatyardError) -> [String: String] {
        guard let names = FolderContents.names(in: hosts) else {
            throw BoatyardError("file.read", "Cannot read the folder \(hosts): \(systemErrorText()).")
        }
        var found: [String: String] = [:]
        for name in names {
            guard DHCPConfigurationCheck.isHostFile(name),
                let bytes = try? FileContents.read(
                    "\(hosts)/\(name)", limit: DHCPConfigurationCheck.hostLimit, takesOthers: false)
            else {
                FolderContents.remove("\(hosts)/\(name)")
                continue
            }
            found[name] = String(decoding: bytes, as: UTF8.self)
        }
        return found
    }

    private func readMain() -> String? {
        guard access(main, F_OK) == 0 else { return nil }
        let bytes = try? FileContents.read(main, limit: DHCPConfigurationCheck.mainLimit, takesOthers: false)
        return bytes.map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    /// Under a name that dnsmasq passes over, then renamed: it reads a file when one is closed or moved to.
    static func put(_ text: String, at path: String) throws(BoatyardError) {
        try put(Array(text.utf8), at: path)
    }

    /// - Parameter modified: the time of the file; nil for now.
    static func put(_ bytes: [UInt8], at path: String, modified: timespec? = nil) throws(BoatyardError) {
        let slash = path.lastIndex(of: "/") ?? path.startIndex
        let temporary = "\(path[..<slash])/.\(path[path.index(after: slash)...]).new"
        unlink(temporary)
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o644)
        guard descriptor >= 0 else { throw failure("write", path) }
        var isWritten =
            fchmod(descriptor, 0o644) == 0 && Glibc.write(descriptor, bytes, bytes.count) == bytes.count
        if let modified { isWritten = isWritten && futimens(descriptor, [modified, modified]) == 0 }
        let error: BoatyardError? = isWritten ? nil : failure("write", path)
        close(descriptor)
        if let error {
            unlink(temporary)
            throw error
        }
        guard rename(temporary, path) == 0 else { throw failure("replace", path) }
    }

    static func remove(_ path: String) throws(BoatyardError) {
        guard unlink(path) == 0 || errno == ENOENT else { throw failure("remove", path) }
    }

    private static func failure(_ verb: String, _ path: String) -> BoatyardError {
        BoatyardError(
            "file.write",
            "Cannot \(verb) \(path): \(systemErrorText()). Its folder must be there and belong to the daemon.")
    }
}
