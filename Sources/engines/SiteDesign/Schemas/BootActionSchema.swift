import Primitives

extension DesignSchemas {
    static let bootAction: Value = SchemaParts.closed([
        "signaling": SchemaParts.flag,
        "node_filter": SchemaParts.closed([
            "filter_set_type": SchemaParts.choice("intersection", "union"),
            "filter_set": SchemaParts.list(
                SchemaParts.closed([
                    "filter_type": SchemaParts.choice("intersection", "union"),
                    "node_names": SchemaParts.list(SchemaParts.text),
                    "node_tags": SchemaParts.list(SchemaParts.text),
                    "node_labels": ["type": "object"],
                    "rack_names": SchemaParts.list(SchemaParts.text),
                    "rack_labels": ["type": "object"],
                ])),
        ]),
        "assets": SchemaParts.list(
            SchemaParts.closed(
                [
                    "type": SchemaParts.choice("unit", "file", "pkg_list"),
                    "path": SchemaParts.pattern("^/.+"),
                    "location": SchemaParts.text,
                    "data": [
                        "anyOf": [
                            SchemaParts.text,
                            SchemaParts.map(["anyOf": [["type": "string"], ["type": "null"]]]),
                        ]
                    ],
                    "location_pipeline": SchemaParts.list(SchemaParts.choice("template")),
                    "data_pipeline": SchemaParts.list(
                        SchemaParts.choice(
                            "base64_encode", "template", "base64_decode", "utf8_encode", "utf8_decode")),
                    "permissions": SchemaParts.pattern("[0-9]{3}"),
                ], required: ["type"])),
    ])
}
