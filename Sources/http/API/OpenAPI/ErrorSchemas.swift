import OrderedCollections
import Primitives

/// The forms of errors, as the OpenAPI document shows them (`docs/api.md`, Errors).
extension ShipyardFailure {
    static let schema = Schema.named(
        "ShipyardError",
        .object([
            "kind": .choice(["status"]), "apiVersion": .string, "metadata": .anyObject, "status": .choice(["Failure"]),
            "message": .string.orNull, "reason": .string,
            "details": .object([
                "errorType": .string, "errorCount": .integer, "messageList": .list(message),
                "errorList": .list(message),
            ]),
            "code": .text("^[0-9]{3}"), "retry": .boolean,
        ]))

    private static let message = Schema.object(["message": .string.orNull, "error": .boolean])

    static let form = ErrorForm(schema)
}

extension DeckhandFailure {
    private static let schema = Schema.named(
        "DeckhandError",
        .object([
            "apiVersion": .string, "code": .text("^[0-9]{3}"),
            "details": .object(["errorCount": .integer, "errorType": .string, "messageList": .list(.anyObject)]),
            "kind": .choice(["Status"]), "message": .string.orNull, "metadata": .anyObject, "reason": .string,
            "retry": .boolean, "status": .choice(["Failure"]),
        ]))

    static let form = ErrorForm(schema, mediaTypes: [DeckhandController.yamlType, "application/json"])
}

extension DrydockFailure {
    private static let own = Schema.named(
        "DrydockError", .object(["type": .choice(["error"]), "message": .string, "retry": .boolean]))

    static let frameworkSchema = Schema.named(
        "FrameworkError", .object(["title": .string], optional: ["description": .string]))

    static let form = ErrorForm(.either([own, frameworkSchema]))
}

extension KeystoneFailure {
    static let form = ErrorForm(
        .named(
            "KeystoneError",
            .object(["error": .object(["code": .integer(400...599), "message": .string, "title": .string])])))
}

extension LocalFailure {
    static let form = ErrorForm(
        .either([.named("LocalError", .object(["code": .string, "message": .string])), ShipyardFailure.schema]))
}

extension NodeController {
    static let machineError = ErrorForm(.named("MachineError", .object(["error": .string])))
}
