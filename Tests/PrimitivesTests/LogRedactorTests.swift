import Primitives
import TestSupport
import Testing

@Suite("Secrets in texts") struct LogRedactorTests {
    /// oslo.utils' names as they are spelled there, and some of Airship's, of BMCs, and of clouds.
    private static let names = [
        "adminpass", "admin_pass", "password", "admin_password", "auth_token", "new_pass", "auth_password",
        "secret_uuid", "secret", "sys_pswd", "token", "configdrive", "chappassword", "encrypted_key", "private_key",
        "fernetkey", "sslkey", "passphrase", "cephclusterfsid", "octaviaheartbeatkey", "rabbitcookie",
        "cephmanilaclientkey", "pacemakerremoteauthkey", "designaterndckey", "cephadminkey", "heatauthencryptionkey",
        "cephclientkey", "keystonecredential", "barbicansimplecryptokek", "cephrgwkey", "swifthashsuffix",
        "migrationsshkey", "cephmdskey", "cephmonkey", "chapsecret",
        "ipmi_password", "credential", "api_key", "user_pass", "os_pwd", "x_auth_token", "passwd", "psk", "wpa_psk",
        "jwt",
        "secret_access_key", "pre_shared_key", "signing_key", "encryption_key", "snmp_community", "account_key",
    ]

    @Test("a message behind the name of its node is no secret, whatever the node is called")
    func nodeNames() {
        for name in ["old-password", "rack-2-token"] {
            for message in ["Node \(name), power on: it is locked", "BMC 10.0.0.1 does not answer"] {
                #expect(LogRedactor.redact("\(name): \(message)") == "\(name): \(message)")
            }
            #expect(LogRedactor.redact("\(name): canary88 x") == "\(name): *** x")
            #expect(LogRedactor.redact("\(name): Node88 x") == "\(name): *** x")
            #expect(LogRedactor.redact("\"\(name)\": Node x") == "\"\(name)\": *** x")
        }
        #expect(LogRedactor.redact("password: Node x") == "password: *** x")
    }

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
        // XML
        "<K><![CDATA[V]]></K>", "<K>\n  <![CDATA[V]]>\n</K>", "<K><value>V</value></K>", "<K value=\"V\"/>",
        "<add key=\"K\" value=\"V\"/>", "<add value=\"V\" key=\"K\"/>", "<property name='K' value='V'/>",
        "<entry key=\"K\">V</entry>", "<entry key=\"K\" type=\"x\">V</entry>",
        "<property><name>K</name><value>V</value></property>",
        "<property>\n<value>V</value>\n<name>K</name>\n</property>", "<key>K</key><string>V</string>",
        "&lt;K&gt;V&lt;/K&gt;", "\\u003cK\\u003eV\\u003c/K\\u003e",
        // Pairs
        "{\"value\":\"V\",\"name\":\"K\"}", "{'value': 'V', 'key': 'K'}", "{\"value\": [\"V\"], \"name\": \"K\"}",
        "{\"name\": \"K\", \"secure\": true, \"value\": \"V\"}",
        "{\"value\": \"V\", \"secure\": true, \"name\": \"K\"}",
        "{\\\"name\\\": \\\"K\\\", \\\"value\\\": \\\"V\\\"}", "- name: K\n  value: V\n- name: x",
        "- name: \"K\"\n  value: \"V\"", "- value: V\n  name: K\n", "- name: K\\n  value: V\\n", "name=K value=V",
        "name=K, value=V", "value=V,name=K",
        // Lists and objects
        "\"K\" : [ \"V\", \"V\" ]", "K: [V, V]", "'K': ('V',)", "K:\n  - V\n  - V\nnext: 1",
        "{\"K\": {\"value\": \"V\"}}",
        "{\"K\": {\"id\": \"V\"}}",
        // Escapes
        "K%3DV", "K%253DV", "K%3A%20V", "%22K%22%3A%22V%22", "{\\u0022K\\u0022: \\u0022V\\u0022}", "K&#61;V",
        "K&#x3d;V", "K\\u003dV", "{&#34;K&#34;: &#34;V&#34;}", "{&amp;quot;K&amp;quot;: &amp;quot;V&amp;quot;}",
        "K\u{a0}=\u{a0}V", "K:\u{202f}V", "K\u{3000}= V", "{\"log\": \"K:\\n  V\\nnext\"}", "\"text\\nK=V\"",
        // Quotes that go on
        "K: 'it''V'", "K='it'\\''V'", "K = \"\"\"V\"\"\"", "K: \"a\\u0022V\"", "K=\"a&quot;V\"", "K: !vault V",
        "K: !!binary |\n  V\nnext: 1", "K: &anchor V", "node.K -v V",
    ]

    private static func secret(_ random: inout SplitMix) -> String {
        "S" + (0..<12).map { _ in String(random.next() % 10) }.joined() + "!x"
    }

    @Test("a name counts by its end, however long it is")
    func longNames() {
        for length in [1, 100, 127, 128, 129, 300, 511, 512, 513, 5000] {
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
                let secret = Self.secret(&random)
                let filled = { (value: String) in
                    form.map { $0 == "K" ? spelling : $0 == "V" ? value : String($0) }.joined()
                }
                let masked = LogRedactor.redact("before " + filled(secret) + " after")
                #expect(!masked.contains(secret), "\(filled(secret)) became \(masked)")
                #expect(masked.hasPrefix("before ") && masked.contains(spelling), "\(masked)")
                #expect(LogRedactor.redact(masked) == masked, "what is masked stays as it is: \(masked)")
            }
        }
    }

    @Test("a name may have escapes in it, one or all of its letters")
    func escapedNames() {
        var random = SplitMix(seed: 9)
        let escapes: [(UInt8) -> String] = [
            { "\\u00" + String($0, radix: 16) }, { "\\\\u00" + String($0, radix: 16) },
            { "\\x" + String($0, radix: 16) },
            { "%" + String($0, radix: 16) }, { "%25" + String($0, radix: 16) }, { "&#\($0);" },
            { "&#x\(String($0, radix: 16));" },
        ]
        for name in Self.names {
            for escape in escapes {
                let places =
                    [0, name.utf8.count / 2, name.utf8.count - 1].map { Set([$0]) } + [Set(0..<name.utf8.count)]
                for chosen in places {
                    let written = name.utf8.enumerated().map { place, byte in
                        chosen.contains(place) ? escape(byte) : String(UnicodeScalar(byte))
                    }.joined()
                    let secret = Self.secret(&random)
                    for text in [
                        "\(written)=\(secret)", "{\"\(written)\": \"\(secret)\"}", "<\(written)>\(secret)</x>",
                    ] {
                        let masked = LogRedactor.redact(text)
                        #expect(!masked.contains(secret), "\(text) became \(masked)")
                        #expect(masked.contains(written), "\(masked)")
                    }
                }
            }
        }
    }

    @Test(
        "behind the name of a variable, behind passwd, and where it is no word, a value needs nothing that assigns it")
    func withoutAssignment() {
        for (text, expected) in [
            ("AWS_SECRET_ACCESS_KEY abc", "AWS_SECRET_ACCESS_KEY ***"),
            ("export OS_PASSWORD abc", "export OS_PASSWORD ***"),
            ("passwd abc", "passwd ***"), ("machine h login u password hunter2", "machine h login u password ***"),
            ("the password Tr0ub4dor&3 is wrong", "the password *** is wrong"),
            ("token 0123456789abcdef0123", "token ***"),
        ] {
            #expect(LogRedactor.redact(text) == expected)
        }
    }

    @Test("options of commands whose names do not tell lose their values")
    func commands() {
        for (text, expected) in [
            ("curl -u user:abc http://h", "curl -u user:*** http://h"), ("curl -uuser:abc h", "curl -uuser:*** h"),
            ("curl -sku 'user:a b' h", "curl -sku 'user:***' h"),
            ("/usr/bin/curl --user user:abc h", "/usr/bin/curl --user user:*** h"),
            ("curl --proxy-user=user:abc h", "curl --proxy-user=user:*** h"),
            ("['curl', '-u', 'user:abc']", "['curl', '-u', 'user:***']"), ("curl -u user h", "curl -u user h"),
            ("sshpass -p abc ssh h", "sshpass -p *** ssh h"), ("sshpass -pabc ssh h", "sshpass -p*** ssh h"),
            ("sshpass -p 'a b' ssh -p 22 h", "sshpass -p '***' ssh -p *** h"),
            (
                "ipmitool -I lanplus -H h -U admin -P abc power status",
                "ipmitool -I lanplus -H h -U admin -P *** power status"
            ),
            ("[\"ipmitool\", \"-P\", \"abc\", \"power\"]", "[\"ipmitool\", \"-P\", \"***\", \"power\"]"),
            ("mysql -u root -pabc db", "mysql -u root -p*** db"), ("mysql -u root -p db", "mysql -u root -p db"),
            ("ldapsearch -x -w abc", "ldapsearch -x -w ***"), ("ssh -p 22 h", "ssh -p 22 h"),
            ("cp -p a b; curl -k h", "cp -p a b; curl -k h"),
            ("sshpass -e ssh h\ncp -p a b", "sshpass -e ssh h\ncp -p a b"),
        ] {
            #expect(LogRedactor.redact(text) == expected)
        }
    }

    @Test("what stands around a value stays as it is")
    func surroundingText() {
        for (text, expected) in [
            ("a password='x y', user='z'", "a password='***', user='z'"),
            ("{\"adminPass\": \"a\\\"b\", \"n\": 1}", "{\"adminPass\": \"***\", \"n\": 1}"),
            ("<adminPass>a b</adminPass><n>1</n>", "<adminPass>***</adminPass><n>1</n>"),
            ("<password><![CDATA[a]]></password><n>1</n>", "<password><![CDATA[***]]></password><n>1</n>"),
            ("<add key=\"password\" value=\"a\"/><n/>", "<add key=\"password\" value=\"***\"/><n/>"),
            (
                "{\"value\":\"a\",\"name\":\"token\"},{\"value\":\"b\",\"name\":\"n\"}",
                "{\"value\":\"***\",\"name\":\"token\"},{\"value\":\"b\",\"name\":\"n\"}"
            ),
            (
                "- name: PASSWORD\n  value: a\n- name: n\n  value: b",
                "- name: PASSWORD\n  value: ***\n- name: n\n  value: b"
            ),
            ("- name: PASSWORD\n- name: n\n  value: b", "- name: PASSWORD\n- name: n\n  value: b"),
            ("\"password\" : [ \"a\", \"b\" ], \"n\": 1", "\"password\" : [ \"***\", \"***\" ], \"n\": 1"),
            ("password:\n  first\nuser: z", "password:\n  ***\nuser: z"),
            ("password: 12345\nuser: z", "password: ***\nuser: z"),
            ("password=(a)b c", "password=*** c"), ("password=[a]b c", "password=*** c"),
            ("private_key: |\n  a\n  b\nuser: z", "private_key: |\n  ***\nuser: z"),
            ("Authorization: Basic dTpw\nHost: a", "Authorization: ***\nHost: a"),
            ("sent Bearer 0123456789abcdef to a", "sent Bearer *** to a"),
            ("a http://u:p@ss@h/x b", "a http://u:***@h/x b"), ("http:\\/\\/u:p@h\\/x", "http:\\/\\/u:***@h\\/x"),
            ("http%3A%2F%2Fu%3Ap%40h%2Fx", "http%3A%2F%2Fu%3A***%40h%2Fx"),
            ("https://0123456789abcdef0123@h/x", "https://***@h/x"), ("ssh://git@h/x", "ssh://git@h/x"),
            ("http://h/x?sv=1&sig=a%2Fb c", "http://h/x?sv=1&sig=*** c"),
            (
                "-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----",
                "-----BEGIN RSA PRIVATE KEY-----***-----END RSA PRIVATE KEY-----"
            ),
            ("x\\n-----BEGIN PRIVATE KEY-----\\nabc", "x\\n-----BEGIN PRIVATE KEY-----***"),
        ] {
            #expect(LogRedactor.redact(text) == expected)
        }
    }

    @Test(
        "what only looks like a secret's name is left alone",
        arguments: [
            "bypass: on", "compass=north", "password_file: /etc/x", "tokens: 3", "the password is asked for",
            "secretary: x", "<password/>", "-----BEGIN CERTIFICATE-----\nabc", "basic: yes", "token_count=7", "",
            "password", "/etc/passwd is missing", "passwd was rejected", "OS_PASSWORD is not set",
            "AWS_SECRET_ACCESS_KEY environment variable", "the token has expired.", "no secret for node berth-1",
            "password policy: three words", "name: token\nkind: x", "key=password", "value: 5\nname: count",
            "{\"value\": 5, \"name\": \"tokens\"}", "kill sig=9", "100%tokens", "<key>name</key><value>5</value>",
            "a secret was used after its part", "the bearer certificate", "disk sda: value 7, name x",
            "a%20b&amp;c&#32;d",
            "C:\\new\\table", "jwt is not valid", "no passphrase given for key", "\\u00e9t\\u00e9",
        ])
    func lookAlikes(text: String) {
        #expect(LogRedactor.redact(text) == text)
    }

    @Test("in values the names of members tell, and texts are masked as texts")
    func values() {
        let value: Value = [
            "password": "a", "n": 1, "token": 7, "text": "password=a b", "list": ["token=a", true, .null],
            "secret": ["x": "a", "y": [1, .null]],
            "pairs": [["name": "PASSWORD", "value": "a"], ["name": "n", "value": "b"]],
        ]
        let shown: Value = [
            "password": "***", "n": 1, "token": "***", "text": "password=*** b", "list": ["token=***", true, .null],
            "secret": ["x": "***", "y": ["***", .null]],
            "pairs": [["name": "PASSWORD", "value": "***"], ["name": "n", "value": "b"]],
        ]
        #expect(LogRedactor.redact(value) == shown)
        #expect(LogRedactor.redact(shown) == shown)
    }

    /// What notations are made of.
    private static let pieces = [
        "password", "=", ":", "\"", "'", "\\", "<", ">", "\n", " ", "|", "--", "://", "@", "token", "{", "}", "é", ",",
        "value", "name", "%3D", "%", "&quot;", "&", "\\u0061", "\\n", "[", "]", "(", "/", "curl -u ", "-P ",
        "ipmitool ",
        "<![CDATA[", "]]>", "\u{a0}", "- ", "!", "*", "-----BEGIN PRIVATE KEY-----", "Bearer ", "\\\"", "x",
    ]

    @Test("any bytes take time in proportion to their number and never fail")
    func randomTexts() {
        var random = SplitMix(seed: 11)
        let chosen = { (count: Int) in
            (0..<count).map { _ in Self.pieces[Int(random.next() % UInt64(Self.pieces.count))] }.joined()
        }
        for _ in 0..<2000 {
            let text = chosen(Int(random.next() % 60))
            let masked = LogRedactor.redact(text)
            #expect(masked.utf8.count <= text.utf8.count * 3 + 3)
        }
        random = SplitMix(seed: 12)
        let repeated =
            [
                "token:", "<token ", "password=\"", "--token ", "-----BEGIN PRIVATE KEY-----", "a:", "value=",
                "value=[",
                "<value><![CDATA[", "key=token</", "curl -u=-u=", "\\", "password=\"\\", "%25", "&amp;", "://",
                "value=\"\\",
                "name=token ", "{\"value\":\"", "password: |\n ", "\\n",
            ]
            + (0..<20).map { _ in
                (0..<4).map { _ in Self.pieces[Int(random.next() % UInt64(Self.pieces.count))] }.joined()
            }
        for piece in repeated {
            let clock = ContinuousClock()
            let duration = clock.measure {
                _ = LogRedactor.redact(String(repeating: piece, count: (32 << 10) / piece.utf8.count))
            }
            #expect(duration < .seconds(10), "\(piece)")
        }
    }
}
