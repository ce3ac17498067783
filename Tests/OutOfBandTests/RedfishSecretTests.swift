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

    private static func secrets(_ password: String) -> RedfishSecrets {
        RedfishSecrets(BMCCredentials(user: "admin", password: Secret(password)))
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
        #expect(Self.secrets(password).masked("Fan 1 failed on a", 300) == RedfishSecrets.hidden)
        let fault: RedfishServer.Fault = { request, _ in
            request.line == "GET \(system)"
                ? .error(400, "Wrong", "'\(password)' is too short", resolution: "Not '\(password)'") : nil
        }
        try await RedfishServer.with({ $0.password = password }, fault: fault) { (server) async throws -> Void in
            let driver = try redfish(redfishNode(server.port, password: password))
            let error = await #expect(throws: BoatyardError.self) { try await driver.powerState(until: later) }
            #expect(error?.message.contains("400 Bad Request") == true, "\(error?.message ?? "")")
            #expect(error?.message.contains(RedfishSecrets.hidden) == true)
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
