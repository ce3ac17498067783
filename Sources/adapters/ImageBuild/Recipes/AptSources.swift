import Glibc
import Primitives

/// Where packages come from: what the host's apt is configured with, and what follows for another suite.
package struct AptSources: Sendable, Hashable {
    /// One line of `sources.list`, or one of those that a stanza of a `.sources` file stands for.
    package struct Entry: Sendable, Hashable {
        package var uri: String
        package var suite: String
        package var components: [String]

        package init(uri: String, suite: String, components: [String]) {
            self.uri = uri
            self.suite = suite
            self.components = components
        }
    }

    /// The archive that everybody uses.
    static let archive = "http://deb.debian.org/debian"
    static let securityArchive = "http://deb.debian.org/debian-security"

    /// The entries for binary packages in a file of the one-line style (sources.list(5)).
    package static func entries(list text: String) -> [Entry] {
        text.split(separator: "\n").compactMap { line in
            var words = line.prefix { $0 != "#" }.split(whereSeparator: { $0 == " " || $0 == "\t" })[...]
            guard words.popFirst() == "deb" else { return nil }
            if words.first?.hasPrefix("[") == true {
                while let word = words.popFirst(), !word.hasSuffix("]") {}
            }
            guard let uri = words.popFirst(), let suite = words.popFirst() else { return nil }
            return Entry(uri: String(uri), suite: String(suite), components: words.map(String.init))
        }
    }

    /// The entries for binary packages in a file of the deb822 style (sources.list(5)).
    package static func entries(sources text: String) -> [Entry] {
        var entries: [Entry] = []
        var fields: [String: [String]] = [:]
        var last = ""
        func end() {
            defer { fields = [:] }
            guard fields["types"]?.contains("deb") == true, fields["enabled"]?.first != "no" else { return }
            for uri in fields["uris"] ?? [] {
                for suite in fields["suites"] ?? [] {
                    entries.append(Entry(uri: uri, suite: suite, components: fields["components"] ?? []))
                }
            }
        }
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix("#") { continue }
            guard line.contains(where: { $0 != " " && $0 != "\t" }) else {
                end()
                continue
            }
            var value = line
            if line.first != " ", line.first != "\t" {
                guard let colon = line.firstIndex(of: ":") else { continue }
                last = line[..<colon].lowercased()
                value = line[line.index(after: colon)...]
            }
            fields[last, default: []] += value.split(whereSeparator: { $0 == " " || $0 == "\t" }).map(String.init)
        }
        end()
        return entries
    }

    /// The entries of this host.
    package static func ofHost(_ folder: String = "/etc/apt") -> [Entry] {
        func text(_ path: String) -> String? {
            (try? FileContents.read(path, limit: 1 << 20)).map { String(decoding: $0, as: UTF8.self) }
        }
        var found = text("\(folder)/sources.list").map { entries(list: $0) } ?? []
        for name in FolderContents.names(in: "\(folder)/sources.list.d") ?? [] {
            guard let text = text("\(folder)/sources.list.d/\(name)") else { continue }
            if name.hasSuffix(".list") { found += entries(list: text) }
            if name.hasSuffix(".sources") { found += entries(sources: text) }
        }
        return found
    }

    /// What a suite is made from: the suite, its updates and its security updates.
    ///
    /// - Parameters:
    ///   - mirror: an address that the operator names; nil for that of the host, else Debian's own.
    ///   - host: the entries of the host's apt.
    ///   - components: `main`, `non-free-firmware`.
    package static func entries(
        for suite: DebianSuite, mirror: String?, host: [Entry], components: [String]
    ) -> [Entry] {
        let debian = host.filter { isDebian($0) }
        let security = debian.first { $0.suite.hasSuffix("-security") }?.uri
        let archive = debian.first { !$0.suite.hasSuffix("-security") }?.uri
        func entry(_ uri: String, _ name: String) -> Entry { Entry(uri: uri, suite: name, components: components) }
        var entries: [Entry] = []
        let base = mirror ?? archive ?? Self.archive
        entries = [entry(base, suite.rawValue), entry(base, suite.rawValue + "-updates")]
        // A mirror that the operator names need not have the security updates.
        if let security = mirror == nil ? security ?? (archive == nil ? Self.securityArchive : nil) : security {
            entries.append(entry(security, suite.rawValue + "-security"))
        }
        return entries
    }

    /// Whether an entry is of Debian's archive, or a mirror of it, rather than of somebody who builds for Debian.
    private static func isDebian(_ entry: Entry) -> Bool {
        let names = ["bullseye", "bookworm", "trixie", "stable", "oldstable", "testing"]
        let isSuite = names.contains { name in
            ["", "-updates", "-security", "/updates"].contains { entry.suite == name + $0 }
        }
        let parts = entry.uri.split(separator: "/")
        return isSuite && entry.components.contains("main") && entry.uri.hasPrefix("http")
            && parts.contains { $0 == "debian" || $0 == "debian-security" }
    }

    /// The lines that mmdebstrap reads.
    ///
    /// - Parameter keyrings: the files with the keys that they must be signed by.
    package static func lines(_ entries: [Entry], keyrings: [String]) -> [String] {
        entries.map {
            "deb [signed-by=\(keyrings.joined(separator: ","))] \($0.uri) \($0.suite) \($0.components.joined(separator: " "))"
        }
    }

    /// What an installed system gets: Debian's own archive, whatever the host used.
    static func installed(_ suite: DebianSuite) -> String {
        ["", "-updates"].map { "deb \(archive) \(suite.rawValue)\($0) main non-free-firmware\n" }.joined()
            + "deb \(securityArchive) \(suite.rawValue)-security main non-free-firmware\n"
    }
}
