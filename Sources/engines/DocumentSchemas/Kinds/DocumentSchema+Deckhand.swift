import OrderedCollections
import Primitives

extension DocumentSchema {
    static let layeringPolicy = DocumentSchema(
        "deckhand/LayeringPolicy/v1",
        "The layers of the site, the most general first: a document may take over those of layers before its own. A site has one.",
        readers: "Deckhand, when it renders documents.", isControl: true,
        example: """
            layerOrder:
              - global
              - type
              - site
            """,
        data: SchemaPart.closed(
            [
                "layerOrder": SchemaPart.list(
                    SchemaPart.text(), "The names of the layers, the most general first.",
                    example: ["global", "type", "site"])
            ], required: ["layerOrder"]))

    static let dataSchema = DocumentSchema(
        "deckhand/DataSchema/v1",
        "A JSON Schema (draft 4) that documents of one kind are held against; its name is the `schema` of that kind. The kinds that this "
            + "reference describes need none; for them it is for rules of your own.",
        readers: "Deckhand, when it renders documents.", isControl: true,
        example: """
            $schema: http://json-schema.org/draft-04/schema#
            type: object
            required: [port]
            properties:
              port: {type: integer}
            """,
        data: SchemaPart.anything())

    static let validationPolicy = DocumentSchema(
        "deckhand/ValidationPolicy/v1",
        "Which validations a revision has to have passed. A revision without one has to have passed all that were reported.",
        readers: "Deckhand, when a revision's status is asked for.", isControl: true,
        example: """
            validations:
              - name: deckhand-schema-validation
            """,
        data: SchemaPart.closed(
            [
                "validations": SchemaPart.list(
                    SchemaPart.closed(
                        [
                            "name": SchemaPart.pattern(
                                "^.*-(validation|verification)$", "The name of the validation.",
                                example: "deckhand-schema-validation"),
                            "expiresAfter": SchemaPart.text("How long it holds. Read by nothing."),
                        ], required: ["name"]), "The validations.")
            ], required: ["validations"]))

    static let passphrase = secret(
        "Passphrase", "A password, such as that of BMCs. Other documents take it by a substitution.",
        "correct horse battery staple")
    static let certificate = secret(
        "Certificate", "A certificate in PEM.", "-----BEGIN CERTIFICATE-----…")
    static let certificateKey = secret(
        "CertificateKey", "The private key of a certificate, in PEM.", "-----BEGIN PRIVATE KEY-----…")
    static let certificateAuthority = secret(
        "CertificateAuthority", "The certificate of an authority, in PEM.", "-----BEGIN CERTIFICATE-----…")
    static let certificateAuthorityKey = secret(
        "CertificateAuthorityKey", "The private key of an authority, in PEM.", "-----BEGIN PRIVATE KEY-----…")
    static let publicKey = secret("PublicKey", "A public key.", "ssh-ed25519 AAAAC3Nza…")
    static let privateKey = secret("PrivateKey", "A private key, in PEM.", "-----BEGIN PRIVATE KEY-----…")

    private static func secret(_ kind: String, _ summary: String, _ example: String) -> DocumentSchema {
        DocumentSchema(
            "deckhand/\(kind)/v1",
            summary
                + " With `storagePolicy: encrypted` the daemon stores it encrypted, and shows it only to those whom the policy permits.",
            readers: "Whoever substitutes it.", example: example, data: SchemaPart.text())
    }
}
