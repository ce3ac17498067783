import Primitives

/// Why a value cannot be used as a schema of draft 4.
package struct JSONSchemaError: Error, Sendable, Equatable, CustomStringConvertible {
    package var message: String
    /// From the schema to its unusable part.
    package var path: [PathElement]

    package var description: String {
        path.isEmpty ? message : "\(message), at .\(path.map(\.description).joined(separator: "."))"
    }
}
