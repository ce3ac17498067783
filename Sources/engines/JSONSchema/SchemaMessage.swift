import Primitives

/// The wording of violations (`docs/reference/deckhand.md` §6.3).
enum SchemaMessage {
    /// Why `value` does not satisfy `rule`.
    static func text(_ rule: SchemaRule, _ value: Value) -> String { "\(value.pythonRepr) \(complaint(rule, value))" }

    /// `'a', 'b'` in the order of code points.
    static func sortedList(_ texts: [String]) -> String {
        texts.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.map(\.pythonRepr).joined(separator: ", ")
    }

    private static func complaint(_ rule: SchemaRule, _ value: Value) -> String {
        switch rule {
        case .type(let types):
            "is not of type \(types.map(\.rawValue.pythonRepr).joined(separator: ", "))"
        case .enumeration(let values): "is not one of \(Value.array(values).pythonRepr)"
        case .anyOf, .oneOf: "is not valid under any of the given schemas"
        case .not(let schema): "should not be valid under \(schema.value.pythonRepr)"
        case .minimum(let bound, let exclusive):
            "is less than \(exclusive ? "or equal to " : "")the minimum of \(bound.pythonRepr)"
        case .maximum(let bound, let exclusive):
            "is greater than \(exclusive ? "or equal to " : "")the maximum of \(bound.pythonRepr)"
        case .multipleOf(let divisor): "is not a multiple of \(divisor.pythonText)"
        case .minLength(let count), .minItems(let count): count == 1 ? "should be non-empty" : "is too short"
        case .maxLength(let count), .maxItems(let count): count == 0 ? "is expected to be empty" : "is too long"
        case .minProperties(let count):
            count == 1 ? "should be non-empty" : "does not have enough properties"
        case .maxProperties(let count):
            count == 0 ? "is expected to be empty" : "has too many properties"
        case .uniqueItems: "has non-unique elements"
        case .pattern(let pattern): "does not match \(pattern.text.pythonRepr)"
        default: "does not satisfy the schema"
        }
    }
}
