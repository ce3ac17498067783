import Primitives

/// What makes a document no part of the design.
///
/// Drydock tells what it looked for from what took it by surprise (`docs/reference/drydock.md` §4, DD000).
struct IngestError: Error, CustomStringConvertible {
    var message: String
    var description: String { message }
    var isExpected: Bool
    /// The member that is wrong, where that is known.
    var field: String?
    /// What to do about it, where that is known.
    var remedy: String?

    static func expected(_ message: String) -> IngestError {
        IngestError(message: message, isExpected: true)
    }

    static func unexpected(_ message: String) -> IngestError {
        IngestError(message: message, isExpected: false)
    }

    /// A field of the model that may not be empty.
    static func missing(_ field: String) -> IngestError {
        var error = IngestError.unexpected("Field `\(field)' cannot be None")
        error.field = field
        error.remedy = "Add the member \(field)."
        return error
    }

    static func invalid(_ field: String, _ value: String) -> IngestError {
        var error = IngestError.unexpected("Field `\(field)' cannot be '\(value)'")
        error.field = members[field] ?? field
        let allowed = values[field] ?? []
        error.remedy = allowed.isEmpty ? nil : "Correct the value.\(Suggestion.sentence(for: value, among: allowed))"
        return error
    }

    /// Drydock's names of fields that documents call otherwise.
    private static let members = ["trunk_mode": "mode", "bonding_mode": "mode"]

    /// What fields can have that do not take everything.
    private static let values: [String: [String]] = [
        "trunk_mode": ["disabled", "802.1q"], "bonding_mode": ["disabled", "802.3ad", "active-backup", "balance-rr"],
        "boot_mode": ["bios", "uefi"], "type": ["unit", "file", "pkg_list"], "permissions": ["0644", "0755", "0600"],
        "data_pipeline": ["base64_decode", "base64_encode", "template", "utf8_decode", "utf8_encode"],
        "location_pipeline": ["template"],
    ]
}
