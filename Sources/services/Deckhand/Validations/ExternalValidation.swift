import Documents
import OrderedCollections
import Primitives

/// What another component found about a revision, as it was posted.
package struct ExternalValidation: Sendable, Hashable {
    package let name: String
    package let status: String
    package let validator: Value
    package let errors: Value
}

/// One entry of the answer about a revision's validations.
package struct ValidationEntry: Sendable, Hashable {
    /// Nil for what a policy expects and nobody posted, where the entries of all names are listed.
    package var name: String?
    package var status: String
    package var errors: [Value]

    /// How a list of all entries shows it; `createdAt` and `expiresAfter` are never known.
    package func detail(id: Int) -> Value {
        var value = self.value
        value["id"] = .int(id)
        return .object(value)
    }

    /// How a single entry shows itself.
    package var value: Value.Object {
        [
            "createdAt": nil, "errors": .array(errors), "expiresAfter": nil, "name": Value(name),
            "status": .string(status),
        ]
    }
}

/// What the ValidationPolicies of a revision expect.
struct ValidationExpectation: Sendable {
    /// The names of the validations, in the order of the policies.
    let names: [String]
    /// `[schema, layer] name: validations`, for messages.
    private let policies: String

    init(_ documents: [StoredDocument]) {
        var names: [String] = []
        var policies: [String] = []
        for document in documents {
            let expected = (document.payload["validations"]?.arrayValue ?? []).compactMap { $0["name"]?.stringValue }
            names += expected.filter { !names.contains($0) }
            policies.append("\(document.identity): \(expected.joined(separator: ", "))")
        }
        self.names = names
        self.policies = policies.joined(separator: "; ")
    }

    var isEmpty: Bool { policies.isEmpty }

    func expects(_ name: String) -> Bool { isEmpty || names.contains(name) }

    /// The entry as the policies see it: what they do not expect is ignored (§13).
    func judged(_ validation: ExternalValidation) -> ValidationEntry {
        var errors = validation.errors.arrayValue ?? (validation.errors.isFalsy ? [] : [validation.errors])
        guard !expects(validation.name) else {
            return ValidationEntry(name: validation.name, status: validation.status, errors: errors)
        }
        errors.append([
            "message": .string(
                "The result for this validation was externally registered but has been ignored because it is not found "
                    + "in the validations for ValidationPolicy \(policies).")
        ])
        return ValidationEntry(name: validation.name, status: "ignored [\(validation.status)]", errors: errors)
    }

    static let missing = ValidationEntry(
        name: nil, status: "failure",
        errors: [
            [
                "message": """
                The result for this validation was never externally registered so its status defaulted to "failure".
                """
            ]
        ])
}
