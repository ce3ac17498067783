import OrderedCollections
import Primitives
import SiteActions

/// The body of `POST actions`, checked for its form.
package struct ActionRequest: Sendable {
    /// The action that is asked for.
    package let kind: SiteActionKind
    /// The whole object of the request. Members beyond the known ones are echoed in the answer.
    package let input: Value.Object

    /// Reads a request.
    ///
    /// - Parameters:
    ///   - mediaType: without its parameters; nil where the request has none.
    ///   - path: the path for messages, `/api/v1.0/actions`.
    /// - Throws: `ShipyardError` for a body that is missing, no JSON, or not of the form.
    package init(body: [UInt8], mediaType: String?, path: String = "/api/v1.0/actions") throws(ShipyardError) {
        guard mediaType == "application/json", !body.isEmpty else {
            let fault =
                body.isEmpty
                ? "The request has no body"
                : "The body is not labelled as JSON: it came "
                    + (mediaType.map { "as \($0.prefix(100))" } ?? "without Content-Type")
            throw ShipyardError(
                .missingBody, "Json body is required", "\(path): Bad input, no body provided",
                messages: [["message": .string(fault + ". Send an object with Content-Type: application/json")]])
        }
        let value: Value
        do throws(JSONSyntaxError) {
            value = try Value(json: body)
        } catch {
            throw ShipyardError(
                .malformedBody, "JSON could not be decoded", "\(path): Invalid JSON in body: \(error.inWords)")
        }
        guard case .object(let input) = value else { throw Self.wrong(value, isNo: "object", "type", "object") }
        try Self.checkTypes(of: input)
        guard let name = input["name"]?.stringValue else {
            throw Self.invalid("'name' is a required property", "required : ['name']")
        }
        guard let kind = SiteActionKind(rawValue: name) else {
            throw ShipyardError(.unsupportedAction, "Unable to start action", "Unsupported Action: \(name)")
        }
        self.kind = kind
        self.input = input
    }

    private static let types: KeyValuePairs = [
        "id": "string", "name": "string", "parameters": "object", "user": "string", "time": "string",
        "actionStatus": "string", "dagStatus": "string", "validations": "array", "steps": "array",
    ]

    private static func checkTypes(of input: Value.Object) throws(ShipyardError) {
        for (key, type) in types {
            guard let member = input[key] else { continue }
            let fits =
                switch type {
                case "object": member.objectValue != nil
                case "array": member.arrayValue != nil
                default: member.stringValue != nil
                }
            guard fits else { throw wrong(member, isNo: type, "type", type) }
        }
    }

    private static func wrong(
        _ value: Value, isNo type: String, _ keyword: String, _ schema: String
    ) -> ShipyardError {
        let text = String(value.pythonRepr.prefix(1000))
        return invalid("\(text) is not of type '\(type)'", "\(keyword) : \(schema)")
    }

    private static func invalid(_ text: String, _ validator: String) -> ShipyardError {
        ShipyardError(
            .invalidBody, "JSON validation failed: \(text)", "Failed validator: \(validator)")
    }
}
