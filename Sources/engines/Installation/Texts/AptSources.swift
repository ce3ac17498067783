/// Package sources in apt's deb822 form (sources.list(5)).
package enum AptSources {
    /// The files of one repository: its sources and, where it has one, its key.
    ///
    /// - Parameter codename: of the installed system, from its `os-release`; what repositories without suites use.
    package static func files(of repository: PackageRepository, codename: String) -> [TargetFile] {
        var fields = ["Types: deb", "URIs: \(repository.url)"]
        let bases = repository.distributions.isEmpty ? [codename] : repository.distributions
        let suites = bases.flatMap { base in [base] + repository.pockets.map { "\(base)-\($0)" } }
        fields.append("Suites: \(suites.joined(separator: " "))")
        // A suite that ends with a slash is the path of a flat archive, which has no components.
        if !suites.allSatisfy({ $0.hasSuffix("/") }) {
            let components = repository.components.isEmpty ? ["main"] : repository.components
            fields.append("Components: \(components.joined(separator: " "))")
        }
        if !repository.architectures.isEmpty {
            fields.append("Architectures: \(repository.architectures.joined(separator: " "))")
        }
        var files: [TargetFile] = []
        for (option, value) in repository.options.sorted(by: { $0.key < $1.key }) {
            guard let field = PackageRepository.fields[option] else { continue }
            // What the repository says itself counts.
            if field == "Signed-By", repository.key != nil { continue }
            if field == "Architectures", !repository.architectures.isEmpty { continue }
            fields.append("\(field): \(value)")
        }
        if let key = repository.key {
            let path = "/etc/apt/keyrings/\(repository.name).asc"
            fields.append("Signed-By: \(path)")
            files.append(TargetFile(path, lines(of: key)))
        }
        files.append(
            TargetFile(
                "/etc/apt/sources.list.d/\(repository.name).sources", fields.joined(separator: "\n") + "\n"))
        return files
    }

    /// With one end of line at the end, and none but line feeds.
    private static func lines(of key: String) -> String {
        let lines = key.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" || $0 == "\r" }
        let last = lines.lastIndex { !$0.isEmpty } ?? lines.startIndex
        return lines.prefix(through: last).joined(separator: "\n") + "\n"
    }

    /// Whether a text is one line of printable ASCII.
    static func isFieldValue(_ text: String) -> Bool {
        (1...256).contains(text.utf8.count) && text.utf8.allSatisfy { (0x20..<0x7f).contains($0) }
    }

    /// Whether a codename of an image can be a suite: `bookworm`.
    package static func isCodename(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == UInt8(ascii: "-") }
    }
}
