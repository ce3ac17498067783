import OrderedCollections
import Primitives

/// JSON Schemas of whole documents, for editors (`# yaml-language-server: $schema=…`).
extension DocumentSchema {
    private static let dialect: Value = "http://json-schema.org/draft-07/schema#"

    /// JSON Schema draft 7 of a document of this kind as it is written: with `schema` and `metadata`.
    ///
    /// Documents are layered and substituted before they are read, so that one by itself need not be whole.
    package var document: Value {
        var members: Value.Object = ["$schema": Self.dialect, "title": .string(schema)]
        members.merge(shape) { $1 }
        members["definitions"] = Self.definitions
        return .object(members)
    }

    private var shape: Value.Object {
        [
            "description": .string(summary),
            "type": "object",
            "required": ["schema", "metadata"],
            "additionalProperties": false,
            "properties": [
                "schema": ["const": .string(schema), "description": "The kind of document."],
                "metadata": ["$ref": .string("#/definitions/\(isControl ? "control" : "document")_metadata")],
                "data": data,
            ],
        ]
    }

    /// JSON Schema draft 7 of a document of any kind: each that is described here is held against its own schema.
    package static var anyDocument: Value {
        let kinds: [Value] = all.map { kind in
            [
                "if": ["properties": ["schema": ["const": .string(kind.schema)]]],
                "then": .object(kind.shape.filter { $0.key != "description" }),
            ]
        }
        return [
            "$schema": dialect, "title": "A document of a Boatyard site", "type": "object",
            "required": ["schema", "metadata"],
            "properties": [
                "schema": [
                    "type": "string", "pattern": "^[A-Za-z]+/[A-Za-z]+/v[0-9]+$",
                    "description": "The kind of document.", "examples": Value(all.map(\.schema)),
                ]
            ],
            "allOf": .array(kinds),
            "definitions": definitions,
        ]
    }

    private static let definitions: Value = [
        "control_metadata": controlMetadata, "document_metadata": documentMetadata,
    ]

    private static let name = SchemaPart.text(
        "The name of the document, unlike that of every other of its kind in the same layer.")

    private static let controlMetadata = SchemaPart.open(
        [
            "schema": SchemaPart.choice(["metadata/Control/v1"], "The kind of metadata."),
            "name": name,
            "labels": SchemaPart.map(SchemaPart.text(), "Labels of your own."),
        ], required: ["schema", "name"])

    private static let documentMetadata = SchemaPart.closed(
        [
            "schema": SchemaPart.choice(["metadata/Document/v1"], "The kind of metadata."),
            "name": name,
            "labels": SchemaPart.anything("Labels, by which `parentSelector` of other documents finds this one."),
            "storagePolicy": SchemaPart.choice(
                ["cleartext", "encrypted"],
                "Whether the daemon stores `data` encrypted, and hides it from those who may not see it."),
            "replacement": SchemaPart.flag(
                "Whether the document takes the place of its parent, which has the same name.", default: false),
            "layeringDefinition": layering,
            "substitutions": SchemaPart.list(substitution, "Values that come from other documents."),
        ], required: ["schema", "name", "storagePolicy", "layeringDefinition"])

    private static let layering = SchemaPart.closed(
        [
            "layer": SchemaPart.text("The layer of the document, one of the LayeringPolicy.", example: "site"),
            "abstract": SchemaPart.flag(
                "Whether it is only for others to build on, and not a document of the site itself.", default: false),
            "parentSelector": SchemaPart.anything(
                "The labels of the document in a layer before this one that it builds on."),
            "actions": SchemaPart.list(
                SchemaPart.closed(
                    [
                        "method": SchemaPart.choice(
                            ["merge", "replace", "delete"], "What is done with the parent's value at the path."),
                        "path": SchemaPart.text("A path in `data`; `.` for all of it.", example: "."),
                    ], required: ["method", "path"]),
                "How the parent's data and this document's become one, in this order."),
        ], "Where the document stands among the layers.", required: ["layer"])

    private static let destination = SchemaPart.closed(
        [
            "path": SchemaPart.text("Where the value goes in `data`.", example: ".oob.credential"),
            "pattern": SchemaPart.text("What of the text there is replaced, a regular expression."),
            "recurse": SchemaPart.closed(
                ["depth": SchemaPart.number("How deep; -1 for everything.")],
                "Replaces the pattern below the path, too."),
        ], required: ["path"])

    private static let substitution = SchemaPart.closed(
        [
            "src": SchemaPart.closed(
                [
                    "schema": SchemaPart.text("The kind of the other document.", example: "deckhand/Passphrase/v1"),
                    "name": SchemaPart.text("Its name."),
                    "path": SchemaPart.text("Where the value is in its `data`; `.` for all of it.", example: "."),
                    "pattern": SchemaPart.text("What of the text is taken, a regular expression."),
                    "match_group": SchemaPart.number("Which group of the pattern is taken.", default: 0),
                    "deepcopy": SchemaPart.flag("Kept for documents of Airship.", default: true),
                ], "Where the value comes from.", required: ["schema", "name", "path"]),
            "dest": .object([
                "anyOf": [destination, SchemaPart.list(destination)],
                "description": "Where the value goes: one place, or a list of them.",
            ]),
        ], required: ["src", "dest"])
}
