import Primitives
import TestSupport
import Testing

@testable import Shipyard

@Suite("Secrets in logs") struct LogRedactorTests {
    /// oslo.utils' names as they are spelled there, and some of Airship's and of BMCs.
    private static let names = [
        "adminpass", "admin_pass", "password", "admin_password", "auth_token", "new_pass", "auth_password",
        "secret_uuid", "secret", "sys_pswd", "token", "configdrive", "chappassword", "encrypted_key", "private_key",
        "fernetkey", "sslkey", "passphrase", "cephclusterfsid", "octaviaheartbeatkey", "rabbitcookie",
        "cephmanilaclientkey", "pacemakerremoteauthkey", "designaterndckey", "cephadminkey", "heatauthencryptionkey",
        "cephclientkey", "keystonecredential", "barbicansimplecryptokek", "cephrgwkey", "swifthashsuffix",
        "migrationsshkey", "cephmdskey", "cephmonkey", "chapsecret",
        "ipmi_password", "credential", "api_key", "user_pass", "os_pwd", "x_auth_token",
    ]

    private static func spellings(_ name: String) -> [String] {
        let parts = name.split(separator: "_").map(String.init)
        let camel = parts[0] + parts.dropFirst().map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
        return [
            name, name.uppercased(), parts.joined(separator: "-"), camel,
            camel.prefix(1).uppercased() + camel.dropFirst(), name + "2", "my_" + name,
        ]
    }

    /// What surrounds name (`K`) and value (`V`), and stays.
    private static let forms = [
        "K=V", "K = V", "K: V", "K:V", "K := V", "K => V", "K=\"V\"", "K = 'V'", "K: u'V', n: 1", "{'K': 'V'}",
        "{'K': b'V'}", "{\"K\": \"V\"}", "{\"K\":\"V\",\"n\":1}", "{\\\"K\\\": \\\"V\\\"}",
        "{\\\\\\\"K\\\\\\\": \\\\\\\"V\\\\\\\"}", "&quot;K&quot;: &quot;V&quot;", "--K V --other", "--K=V", "--K 'V'",
        "['--K', 'V']", "K \"V\"", "<K>V</K>", "<a:K>V</a:K>", "<K type=\"x\">V</K>", "environ[\"K\"] = \"V\"",
        "{\"name\": \"K\", \"value\": \"V\"}", "K:\n  V\nnext", "K: |\n  V\nnext: 1", "K: >-\n  V\n  V\nnext: 1",
        "http://a/b?K=V", "call(K='V')",
    ]

    @Test("a name counts by its end, however long it is")
    func longNames() {
        for length in [1, 100, 127, 128, 129, 300, 5000] {
            let name = String(repeating: "a", count: length) + "_password"
            #expect(LogRedactor.redact("\(name)=hunter2 next") == "\(name)=*** next", "\(length)")
            #expect(LogRedactor.redact("\(name)_file=hunter2") == "\(name)_file=hunter2")
        }
    }

    @Test("values are masked in every spelling of the name and every notation", arguments: forms)
    func notations(form: String) {
        var random = SplitMix(seed: 7)
        for name in Self.names {
            for spelling in Self.spellings(name) {
                let secret = "S" + (0..<12).map { _ in String(random.next() % 10) }.joined() + "!x"
                let filled = { (value: String) in
                    form.map { $0 == "K" ? spelling : $0 == "V" ? value : String($0) }.joined()
                }
                let masked = LogRedactor.redact("before " + filled(secret) + " after")
                #expect(!masked.contains(secret), "\(filled(secret)) became \(masked)")
                #expect(masked.hasPrefix("before ") && masked.contains(spelling), "\(masked)")
            }
        }
    }

    @Test("what stands around a value stays as it is")
    func surroundingText() {
        for (text, expected) in [
            ("a password='x y', user='z'", "a password='***', user='z'"),
            ("{\"adminPass\": \"a\\\"b\", \"n\": 1}", "{\"adminPass\": \"***\", \"n\": 1}"),
            ("<adminPass>a b</adminPass><n>1</n>", "<adminPass>***</adminPass><n>1</n>"),
            ("password:\n  first\nuser: z", "password:\n  ***\nuser: z"),
            ("private_key: |\n  a\n  b\nuser: z", "private_key: |\n  ***\nuser: z"),
            ("Authorization: Basic dTpw\nHost: a", "Authorization: ***\nHost: a"),
            ("sent Bearer 0123456789abcdef to a", "sent Bearer *** to a"),
            ("a http://u:p@ss@h/x b", "a http://u:***@h/x b"),
            (
                "-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----",
                "-----BEGIN RSA PRIVATE KEY-----***-----END RSA PRIVATE KEY-----"
            ),
        ] {
            #expect(LogRedactor.redact(text) == expected)
        }
    }

    @Test(
        "what only looks like a secret's name is left alone",
        arguments: [
            "bypass: on", "compass=north", "password_file: /etc/x", "tokens: 3", "the password is asked for",
            "secretary: x", "<password/>", "-----BEGIN CERTIFICATE-----\nabc", "basic: yes", "token_count=7", "",
            "password",
        ])
    func lookAlikes(text: String) {
        #expect(LogRedactor.redact(text) == text)
    }

    @Test("any bytes take time in proportion to their number and never fail")
    func randomTexts() {
        var random = SplitMix(seed: 11)
        let pieces = [
            "password", "=", ":", "\"", "'", "\\", "<", ">", "\n", " ", "|", "--", "://", "@", "token", "{", "}", "é",
            ",",
        ]
        for _ in 0..<2000 {
            let text = (0..<Int(random.next() % 60)).map { _ in pieces[Int(random.next() % UInt64(pieces.count))] }
            _ = LogRedactor.redact(text.joined())
        }
        for piece in ["token:", "<token ", "password=\"", "--token ", "-----BEGIN PRIVATE KEY-----", "a:"] {
            _ = LogRedactor.redact(String(repeating: piece, count: 20_000))
        }
    }
}
