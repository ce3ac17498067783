import DocumentSchemas
import JSONSchema
import OrderedCollections
import Primitives

/// The schemas that every site has (`docs/reference/deckhand.md` §5, §6).
package enum BuiltInSchemas {
    private static let documentSchemaPattern: Value = #"^[A-Za-z]+/[A-Za-z]+/v\d+$"#
    private static let documentMetadata: Value = ["type": "string", "pattern": #"^metadata/Document/v\d+$"#]
    private static let controlMetadata: Value = ["type": "string", "pattern": #"^metadata/Control/v\d+$"#]

    /// The shape of every document.
    static let base: Value = [
        "type": "object",
        "properties": [
            "schema": ["type": "string", "pattern": documentSchemaPattern],
            "metadata": [
                "type": "object",
                "properties": [
                    "schema": ["anyOf": [documentMetadata, controlMetadata]],
                    "name": ["type": "string"],
                ],
                "required": ["schema", "name"],
            ],
            "data": ["type": ["null", "string", "number", "boolean", "array", "object"]],
        ],
        "required": ["schema", "metadata", "data"],
    ]

    /// Of a whole document whose metadata are not those of a control document.
    package static var document: Value {
        guard case .object(var whole) = base, case .object(var parts)? = whole["properties"] else { return base }
        let name = "metadata/Document/v1"
        guard case .object(var sections)? = metadata[name], case .object(var members)? = sections["properties"],
            case .object(var layering) = layeringDefinition, case .object(var layers)? = layering["properties"]
        else { return base }
        // What is checked of texts that documents are known by (`docs/reference/deckhand.md` §1.19, §3.2).
        let longest = Value.int(DocumentIdentity.longestText)
        let known: Value = ["type": "string", "maxLength": longest, "pattern": #"^[^\u0000-\u001f\u007f-\u009f]*$"#]
        members["schema"] = ["type": "string", "enum": [.string(name)]]
        members["name"] = known
        layers["layer"] = known
        layering["properties"] = .object(layers)
        members["layeringDefinition"] = .object(layering)
        sections["properties"] = .object(members)
        parts["metadata"] = .object(sections)
        parts["schema"] = ["type": "string", "maxLength": longest, "pattern": documentSchemaPattern]
        whole["properties"] = .object(parts)
        // Data that are absent are null.
        whole["required"] = ["schema", "metadata"]
        return .object(whole)
    }

    /// The shape of `metadata` by its own `schema`.
    static let metadata: [String: Value] = [
        "metadata/Control/v1": [
            "type": "object",
            "properties": [
                "schema": ["anyOf": [documentMetadata, controlMetadata]],
                "name": ["type": "string"],
                "labels": ["type": "object", "additionalProperties": ["type": "string"]],
            ],
            "required": ["schema", "name"],
        ],
        "metadata/Document/v1": [
            "type": "object",
            "properties": [
                "schema": documentMetadata,
                "name": ["type": "string"],
                "labels": ["type": "object"],
                "replacement": ["type": "boolean"],
                "layeringDefinition": layeringDefinition,
                "substitutions": ["type": "array", "items": substitution],
                "storagePolicy": ["type": "string", "enum": ["encrypted", "cleartext"]],
            ],
            "additionalProperties": false,
            "required": ["schema", "name", "storagePolicy", "layeringDefinition"],
        ],
    ]

    private static let layeringDefinition: Value = [
        "type": "object",
        "properties": [
            "layer": ["type": "string"],
            "abstract": ["type": "boolean"],
            "parentSelector": ["type": "object", "minProperties": 1],
            "actions": [
                "type": "array",
                "minItems": 1,
                "items": [
                    "type": "object",
                    "properties": [
                        "method": ["enum": ["replace", "delete", "merge"]],
                        "path": ["type": "string"],
                    ],
                    "additionalProperties": false,
                    "required": ["method", "path"],
                ],
            ],
        ],
        "additionalProperties": false,
        "required": ["layer"],
        "allOf": [
            ["dependencies": ["parentSelector": ["required": ["actions"]]]],
            ["dependencies": ["actions": ["required": ["parentSelector"]]]],
        ],
    ]

    private static let substitutionDestination: Value = [
        "type": "object",
        "properties": [
            "path": ["type": "string"],
            "pattern": ["type": "string"],
            "recurse": [
                "type": "object",
                "properties": ["depth": ["type": "integer", "minimum": -1]],
                "required": ["depth"],
            ],
        ],
        "additionalProperties": false,
        "required": ["path"],
    ]

    private static let substitution: Value = [
        "type": "object",
        "properties": [
            "dest": [
                "anyOf": [
                    substitutionDestination,
                    ["type": "array", "minItems": 1, "items": substitutionDestination],
                ]
            ],
            "src": [
                "type": "object",
                "properties": [
                    "schema": ["type": "string", "pattern": documentSchemaPattern],
                    "name": ["type": "string"],
                    "path": ["type": "string"],
                    "pattern": ["type": "string"],
                    "match_group": ["type": "integer"],
                    "deepcopy": ["type": "boolean"],
                ],
                "additionalProperties": false,
                "required": ["schema", "name", "path"],
            ],
        ],
        "additionalProperties": false,
        "required": ["dest", "src"],
    ]

    /// The shape of `data` by the document's `schema`; a DataSchema document cannot override these.
    static let data: [String: Value] = [
        "deckhand/LayeringPolicy/v1": [
            "type": "object",
            "properties": ["layerOrder": ["type": "array", "items": ["type": "string"]]],
            "additionalProperties": false,
            "required": ["layerOrder"],
        ],
        "deckhand/ValidationPolicy/v1": [
            "type": "object",
            "properties": [
                "validations": [
                    "type": "array",
                    "items": [
                        "type": "object",
                        "properties": [
                            "name": ["type": "string", "pattern": "^.*-(validation|verification)$"],
                            "expiresAfter": ["type": "string"],
                        ],
                        "additionalProperties": false,
                        "required": ["name"],
                    ],
                ]
            ],
            "additionalProperties": false,
            "required": ["validations"],
        ],
        "deckhand/Certificate/v1": text,
        "deckhand/CertificateAuthority/v1": text,
        "deckhand/CertificateAuthorityKey/v1": text,
        "deckhand/CertificateKey/v1": text,
        "deckhand/Passphrase/v1": text,
        "deckhand/PrivateKey/v1": text,
        "deckhand/PublicKey/v1": text,
    ]

    private static let text: Value = ["type": "string"]

    /// The shape of `data` of Shipyard's documents by their `schema`, where no DataSchema document is about them.
    static let shipyard: [String: Value] = Dictionary(
        DocumentSchema.all.filter { $0.schema.hasPrefix("shipyard/") }.map { ($0.schema, $0.bareData) },
        uniquingKeysWith: { first, _ in first })
}
