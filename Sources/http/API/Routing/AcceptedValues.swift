/// What a client takes, and how gladly: `Accept` and `Accept-Encoding` (RFC 9110 §12.5).
struct AcceptedValues: Sendable {
    /// Lower case, with the quality from 0 to 1.
    private let values: [(name: Substring, quality: Double)]

    /// - Parameter header: what cannot be read of it is passed over.
    init(_ header: String) {
        values = header.lowercased().split(separator: ",").prefix(Self.limit).compactMap { entry in
            let parts = entry.split(separator: ";").map(Self.trimmed)
            guard let name = parts.first, !name.isEmpty else { return nil }
            let quality = parts.dropFirst().first { $0.hasPrefix("q=") }
            return (name, quality.map { Double($0.dropFirst(2)) ?? 0 } ?? 1)
        }
    }

    /// How gladly a value is taken: by its own name, or else by `text/*`, or else by `*/*` or `*`; 0 for not at all.
    func quality(of value: String) -> Double {
        let wide = value.prefix { $0 != "/" } + "/*"
        return named(value[...]) ?? named(wide) ?? named("*/*") ?? named("*") ?? 0
    }

    /// Of a value that is named itself; nil where it is not.
    func named(_ value: Substring) -> Double? { values.first { $0.name == value }?.quality }

    /// How many values are looked at.
    private static let limit = 64

    private static func trimmed(_ text: Substring) -> Substring {
        let rest = text.drop { $0 == " " || $0 == "\t" }
        return rest.lastIndex { $0 != " " && $0 != "\t" }.map { rest[...$0] } ?? ""
    }
}
