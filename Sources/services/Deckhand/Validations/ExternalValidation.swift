import Documents
import OrderedCollections
import Primitives

/// What another component found about a revision, as it was posted (`docs/reference/deckhand.md` §13).
package struct ExternalValidation: Sendable, Hashable {
    /// The name of the validation, from the path of the request.
    package let name: String
    /// `success` or `failure`; any text of at most 8 characters.
    package let status: String
    /// The component that validated: an object with `name` and `version`.
    package let validator: Value
    /// What it found, as it was posted: normally a list of objects with `message`.
    package let errors: Value
}

/// One entry of the answer about the validations of a revision.
package struct ValidationEntry: Sendable, Hashable {
    /// The name of the validation. Nil for an entry that a policy expects and nobody posted, in the list of all
    /// entries.
    package var name: String?
    /// The status that was posted; `ignored [STATUS]` where no policy expects the validation.
    package var status: String
    /// The errors that were posted, and what the policies have to add.
    package var errors: [Value]

    /// An element of the list of all entries. `createdAt` and `expiresAfter` are always null.
    ///
    /// - Parameter id: the place of the entry, from 0.
    package func detail(id: Int) -> Value {
        var value = self.value
        value["id"] = .int(id)
        return .object(value)
    }

    /// The answer about one entry.
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
