import OrderedCollections
import Primitives

/// A source of packages (`docs/reference/node-protocol.md` 5.13).
package struct PackageRepository: Sendable, Hashable {
    /// The base name of its files.
    package var name: String
    package var url: String
    /// Suites; empty: the one of the image.
    package var distributions: [String]
    /// Pockets, `security`: each is a suite `SUITE-POCKET`.
    package var pockets: [String]
    /// Empty: a flat archive, or `main` of the default archive.
    package var components: [String]
    package var architectures: [String]
    /// In ASCII armor; nil where the system's own keys have signed it.
    package var key: String?
    /// Options of an entry of `sources.list`: `trusted` is `yes`.
    package var options: [String: String]

    /// Whether it takes the place of the image's own archive.
    package var isDefaultArchive: Bool { name == "main_archive" || name == "ports_archive" }
}

/// The package sources of the new system.
package struct RepositoryConfiguration: Sendable, Hashable {
    package var repositories: [PackageRepository]
    /// Whether every other source is removed, but for the image's own archive.
    package var removesOthers: Bool
}

extension PackageRepository {
    init(_ reader: PlanReader) throws(InstallationError) {
        name = try reader.text("name", atMost: 64, PlanText.repository)
        let type = try reader.optionalText("type", atMost: 16) ?? "apt"
        guard type == "apt" else {
            throw reader.wrong("type", "is '\(type.shownInMessage)': only packages of apt can be installed")
        }
        url = try reader.text("url", atMost: 2048, PlanText.url)
        distributions = try reader.texts("distributions", atMost: 64, each: 128, PlanText.sourceWord)
        pockets = try reader.texts("subrepositories", atMost: 64, each: 128, PlanText.sourceWord)
        components = try reader.texts("components", atMost: 64, each: 128, PlanText.sourceWord)
        architectures = try reader.texts("architectures", atMost: 32, each: 64, PlanText.sourceWord)
        key = try reader.optionalText("key", atMost: 256 << 10, PlanText.armoredKey)
        options = [:]
        guard reader.member("options") != nil else { return }
        for (option, value) in try reader.object("options").value.objectValue ?? [:] {
            guard let text = value.stringValue, Self.fields[option] != nil, AptSources.isFieldValue(text) else {
                throw reader.wrong(
                    "options",
                    "has '\(option.shownInMessage)': it takes \(Self.fields.keys.sorted().joined(separator: ", ")),"
                        + " each with a plain word")
            }
            options[option] = text
        }
    }

    /// The field of deb822 sources for each option of the one-line form (sources.list(5)).
    static let fields = [
        "arch": "Architectures", "trusted": "Trusted", "lang": "Languages", "target": "Targets", "pdiffs": "PDiffs",
        "by-hash": "By-Hash",
        "allow-insecure": "Allow-Insecure", "allow-weak": "Allow-Weak",
        "allow-downgrade-to-insecure": "Allow-Downgrade-To-Insecure", "check-valid-until": "Check-Valid-Until",
        "valid-until-max": "Valid-Until-Max", "valid-until-min": "Valid-Until-Min", "check-date": "Check-Date",
        "date-max-future": "Date-Max-Future", "signed-by": "Signed-By",
    ]
}
