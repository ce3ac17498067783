import IPMI
import Primitives
import TestSupport
import Testing

@testable import OutOfBand

@Suite("Copies of secrets in what a BMC says")
struct RedfishSecretTests {
    private static let password = "pa\"s/wörd-17"

    private static func base64(_ text: String) -> String {
        String(decoding: Base64.encode(Array(text.utf8)), as: UTF8.self)
    }

    private static func unicode(_ text: String) -> String {
        text.utf16.map { unit in
            let digits = String(unit, radix: 16)
            return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        }.joined()
    }

    private static let copies = [
        password, "pa\\\"s\\/w\\u00f6rd-17", unicode(password), "\\u0070a\\\"s/w\\u00F6rd-17",
        unicode(password).replacing("\\", with: "\\\\"), "pa\\\\\\\"s/wörd-17", PercentCoding.encode(password),
        PercentCoding.encode(PercentCoding.encode(password)), PercentCoding.encode(unicode(password)),
        "pa&quot;s/w&#246;rd-17", "pa&#x22;s/wörd&#45;17", "pa\\x22s/wörd-17", base64(password), base64("x" + password),
        base64("xy" + password + "z"), base64("{\"UserName\": \"admin\", \"Password\": \"\(password)\"}"),
        base64("admin:" + password), base64("?>" + password + "??").replacing("/", with: "_").replacing("+", with: "-"),
        PercentCoding.encode(base64(password)),
    ]

    /// Of `password`.
    private static let encodings: [String] = [
        "PA\"S/WöRD-17", "pa\"s\0/wö\nrd\r\n-\u{200b}17", "p\u{ad}a\"s/w\u{2060}ö\u{feff}rd-17", "p%00a%22s/wörd-17",
        "pa\"s/w\\u200börd-17", digits(), digits().uppercased(), digits(" "), digits(":"),
        "\\160\\141\\42s/w\\303\\266rd-17",
        "\\u{70}a\\u{000022}s/w\\u{F6}rd-17", "=70a=22s/w=C3=B6rd-17", "pa&quots/w&#246rd&#x2D;17",
        "pa&#00000000000000000034s/w&#X0000000000F6;rd-17",
        PercentCoding.encode(PercentCoding.encode(PercentCoding.encode(unicode(password)))),
        base64(password).replacing("c", with: "c\n"),
    ]

    private static func digits(_ separator: String = "") -> String {
        password.utf8.map { byte in [byte].hex }.joined(separator: separator)
    }

    private static func secrets(_ password: String) -> BMCSecrets {
        BMCSecrets(BMCCredentials(user: "admin", password: Secret(password)))
    }

    @Test(
        "a password is masked as it is, escaped by JSON, addresses or HTML, twice too, and in Base64", arguments: copies
    )
    func masked(copy: String) {
        let secrets = Self.secrets(Self.password)
        #expect(secrets.masked("bad '\(copy)', try again", 300) == "bad '[secret]', try again")
        // One that does not end within the limit is not left in part.
        let begin = String(repeating: "n", count: 290)
        #expect(secrets.masked("\(begin) \(copy)", 300) == begin + " [secret]")
        #expect(secrets.masked("\(copy)\(copy)", 300).replacing("[secret]", with: "") == "")
    }

    @Test("a password is masked in the encodings that are read besides", arguments: encodings)
    func encoded(copy: String) {
        #expect(Self.secrets(Self.password).masked("bad '\(copy)', try again", 300) == "bad '[secret]', try again")
    }

    @Test("values behind an equals sign are found, also where they could be of quoted-printable")
    func equals() {
        #expect(Self.secrets("abc\"123").masked("password=abc\\\"123.", 300) == "password=[secret].")
    }

    @Test("a long password behind four layers of escapes is masked")
    func layers() {
        let password = String(repeating: "pa\"s/wörd-", count: 4) + "1"
        var copy = password
        for _ in 0..<2 { copy = Self.unicode(copy) }
        #expect(Self.secrets(password).masked("bad '\(copy)'", 300) == "bad '[secret]'")
        for _ in 0..<2 { copy = PercentCoding.encode(copy) }
        let shown = Self.secrets(password).masked("bad '\(copy)'", 300)
        #expect(shown.hasPrefix("bad '[secret]"))
        #expect(shown.utf8.count < 20, "\(shown)")
    }

    @Test("of a copy that is longer than what is looked at nothing is shown")
    func cut() {
        let password = String(repeating: "pa\"s/wörd-", count: 1000) + "1"
        let secrets = Self.secrets(password)
        let copies = [
            password, Self.unicode(password), Self.unicode(password).replacing("\\", with: "%5C"),
            Self.base64("xy" + password), Array(password.utf8).hex,
            "pa\"s" + String(repeating: "\u{200b}", count: 10_000) + String(password.dropFirst(4)),
        ]
        for copy in copies { #expect(secrets.masked("bad '\(copy)'", 300) == "bad '[secret]") }
        let other = String(repeating: "fan ", count: 5000)
        #expect(secrets.masked(other, 300) == other.prefix(300))
    }

    @Test("a pattern is found at each place, also where it overlaps itself")
    func patterns() {
        func ends(of pattern: String, in text: String) -> [Int] {
            let pattern = SearchPattern(Array(pattern.utf8))
            var matched = 0
            return text.utf8.enumerated().compactMap { index, byte in
                matched = pattern.matched(matched, then: byte)
                return matched == pattern.bytes.count ? index + 1 : nil
            }
        }
        #expect(ends(of: "aab", in: "aaaabaab") == [5, 8])
        #expect(ends(of: "abab", in: "ababababa") == [4, 6, 8])
        #expect(ends(of: "abacabad", in: "abacabacabad") == [12])
        #expect(ends(of: "a", in: "aba") == [1, 3])
        #expect(ends(of: "aaab", in: String(repeating: "a", count: 100)) == [])
    }

    @Test("a text that nearly repeats a token all the time is shown")
    func repetitive() {
        let secrets = Self.secrets(Self.password)
        secrets.add(String(repeating: "a", count: 1023) + "b")
        let text = String(repeating: "a", count: 900_000)
        #expect(secrets.masked(text, 300) == text.prefix(300))
    }

    @Test("a token of 60001 bytes is refused")
    func longToken() async throws {
        let token = String(repeating: "a", count: 60_000) + "b"
        let fault: RedfishServer.Fault = { request, _ in
            request.line == "POST /redfish/v1/SessionService/Sessions"
                ? .json([:], 201, [("X-Auth-Token", token)]) : nil
        }
        try await RedfishServer.with(fault: fault) { (server) async throws -> Void in
            let driver = try redfish(redfishNode(server.port))
            let error = await #expect(throws: BoatyardError.self) { try await driver.powerState(until: later) }
            #expect(error?.code == "bmc.protocol", "\(error?.code ?? "")")
            #expect(error?.message.contains("a token of 60001 bytes, more than 1024; update its firmware") == true)
        }
    }

    @Test(
        "texts without it stay as they are",
        arguments: [
            "Fan 1 at 100%, 5%2 of \\\\host\\share & <b>co</b> &nope; &#; &#x; \\u12 \\", "ünïcödé \u{1f600} \\ud83d",
            "%", "\\x", "&#99",
            "VGhlIGZhbiBmYWlsZWQ=", "",
        ])
    func ordinary(text: String) { #expect(Self.secrets(Self.password).masked(text, 300) == text) }

    @Test(
        "of a BMC with a password that is in any text by chance no text is shown, and that is said",
        arguments: ["a", "on", "f1x"])
    func short(password: String) async throws {
        #expect(Self.secrets(password).masked("Fan 1 failed on a", 300) == BMCSecrets.hidden)
        let fault: RedfishServer.Fault = { request, _ in
            request.line == "GET \(system)"
                ? .error(400, "Wrong", "'\(password)' is too short", resolution: "Not '\(password)'") : nil
        }
        try await RedfishServer.with({ $0.password = password }, fault: fault) { (server) async throws -> Void in
            let driver = try redfish(redfishNode(server.port, password: password))
            let error = await #expect(throws: BoatyardError.self) { try await driver.powerState(until: later) }
            #expect(error?.message.contains("400 Bad Request") == true, "\(error?.message ?? "")")
            #expect(error?.message.contains(BMCSecrets.hidden) == true)
            #expect(error?.message.contains("'\(password)'") == false)
        }
    }

    @Test("what a BMC means is understood whatever its password is")
    func understood() async throws {
        let pauses = Pauses()
        let fault: RedfishServer.Fault = { request, count in
            request.line == "GET \(system)" && count == 1 ? .error(400, "ResourceInUse", "Not now") : nil
        }
        for password in ["a", "ResourceInUse"] {
            try await RedfishServer.with({ $0.password = password }, fault: fault) { (server) async throws -> Void in
                let driver = try redfish(redfishNode(server.port, password: password), pauses)
                #expect(try await driver.powerState(until: later) == .off)
            }
        }
    }
}
