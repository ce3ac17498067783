import IPMI
import NIOHTTP1
import Primitives
import Testing

@testable import Simulator

@Suite("A simulated BMC's Redfish")
struct RedfishEngineTests {
    private static func engine(_ change: (inout BMCConfiguration) -> Void = { _ in }) -> RedfishEngine {
        var configuration = BMCConfiguration(
            user: "admin", password: Secret("password"), guid: Array("0123456789abcdef".utf8))
        change(&configuration)
        return RedfishEngine(configuration: configuration, chassis: SimulatedChassis()) { count in
            (0..<count).map { _ in UInt8.random(in: 0...255) }
        }
    }

    private static let sessions = "/redfish/v1/SessionService/Sessions"
    private static let account = "Basic " + String(decoding: Base64.encode(Array("admin:password".utf8)), as: UTF8.self)

    private static func call(_ method: String, _ target: String, _ body: Value? = nil, tag: String? = nil)
        -> RedfishCall
    {
        var call = RedfishCall(
            method: method, target: target, headers: ["Authorization": account], body: body?.jsonBytes(.compact) ?? [])
        if let tag {
            call = RedfishCall(
                method: method, target: target, headers: ["Authorization": account, "If-Match": tag], body: call.body)
        }
        return call
    }

    @Test("sessions, accounts and tasks are bounded, and sessions end by themselves")
    func bounds() throws {
        var engine = Self.engine()
        let login: Value = ["UserName": "admin", "Password": "password"]
        var statuses: [Int] = []
        for _ in 0..<100 {
            statuses.append(engine.receive(Self.call("POST", Self.sessions, login), at: .zero).reply.status)
        }
        #expect(statuses.count { $0 == 201 } == 16 && statuses.count { $0 == 503 } == 84)
        #expect(engine.receive(Self.call("POST", Self.sessions, login), at: .seconds(1801)).reply.status == 201)
        #expect(engine.sessions.count == 1)

        for number in 0..<100 {
            let account: Value = ["UserName": .string("u\(number)"), "Password": "12345678", "RoleId": "ReadOnly"]
            _ = engine.receive(Self.call("POST", "/redfish/v1/AccountService/Accounts", account), at: .seconds(1801))
        }
        #expect(engine.accounts.count == RedfishEngine.accountLimit)

        let image: Value = ["Image": "http://10.0.0.1/boot.iso"]
        for number in 1...100 {
            let call = Self.call("POST", RedfishRoute.insertMedia.path, image)
            #expect(engine.receive(call, at: .seconds(1801)).effects.count == 1)
            // The next one has to wait for it.
            #expect(engine.receive(call, at: .seconds(1801)).reply.status == 409)
            engine.finish(task: number, isFound: false)
        }
        #expect(engine.tasks.count == 16)
        #expect(engine.revisions.count <= RedfishEngine.accountLimit)
    }

    @Test("a password that has to be changed opens nothing but its own account")
    func passwordChange() throws {
        var engine = Self.engine()
        let account: Value = [
            "UserName": "guest", "Password": "12345678", "RoleId": "Administrator", "PasswordChangeRequired": true,
        ]
        let created = engine.receive(Self.call("POST", "/redfish/v1/AccountService/Accounts", account), at: .zero).reply
        #expect(created.status == 201)
        let own = try #require(created.headers.first { $0.name == "Location" }?.value)
        let secret = "Basic " + String(decoding: Base64.encode(Array("guest:12345678".utf8)), as: UTF8.self)
        func status(_ method: String, _ path: String, _ body: Value? = nil) -> Int {
            engine.receive(
                RedfishCall(
                    method: method, target: path, headers: ["Authorization": secret],
                    body: body?.jsonBytes(.compact) ?? []), at: .zero
            ).reply.status
        }
        #expect(status("GET", RedfishRoute.system.path) == 403)
        #expect(status("POST", RedfishRoute.reset.path, ["ResetType": "On"]) == 403)
        #expect(status("GET", own) == 200)
        #expect(status("PATCH", own, ["Password": "abcdefgh"]) == 200)
    }

    @Test("a change with the tag of another state is refused, and one with the present tag is taken once")
    func tags() throws {
        var engine = Self.engine()
        let path = RedfishRoute.system.path
        let read = engine.receive(Self.call("GET", path), at: .zero).reply
        let tag = try #require(read.headers.first { $0.name == "ETag" }?.value)
        let boot: Value = ["Boot": ["BootSourceOverrideTarget": "Pxe", "BootSourceOverrideEnabled": "Once"]]
        #expect(engine.receive(Self.call("PATCH", path, boot, tag: "\"none\""), at: .zero).reply.status == 412)
        #expect(engine.receive(Self.call("PATCH", path, boot, tag: tag), at: .zero).reply.status == 200)
        #expect(engine.receive(Self.call("PATCH", path, boot, tag: tag), at: .zero).reply.status == 412)
        #expect(engine.receive(Self.call("PATCH", path, boot, tag: "W/" + "*"), at: .zero).reply.status == 412)
        #expect(engine.receive(Self.call("PATCH", path, boot, tag: "*"), at: .zero).reply.status == 200)
    }

    @Test("every order on its machine is one of the chassis, and those that it does not know are named")
    func resets() {
        var engine = Self.engine()
        func reset(_ type: Value) -> RedfishReply {
            engine.receive(Self.call("POST", RedfishRoute.reset.path, ["ResetType": type]), at: .zero).reply
        }
        for (type, status, isOn) in [
            ("ForceRestart", 409, false), ("On", 204, true), ("ForceRestart", 204, true), ("PowerCycle", 204, true),
            ("PushPowerButton", 204, false), ("PushPowerButton", 204, true), ("GracefulShutdown", 204, false),
            ("ForceOn", 204, true), ("Nmi", 204, true), ("ForceOff", 204, false),
        ] {
            #expect(reset(.string(type)).status == status, "\(type)")
            #expect(engine.chassis.isPoweredOn == isOn, "\(type)")
        }
        let unknown = reset("Explode")
        #expect(unknown.status == 400 && String(decoding: unknown.body, as: UTF8.self).contains("Explode"))
        #expect(reset(5).status == 400)
    }

    @Test("whatever is sent to it, it answers, and keeps nothing of it")
    func hostile() {
        var engine = Self.engine()
        var generator = SeededGenerator(seed: 7)
        let words = [
            "/redfish/v1", "/", "//", "Systems", "1", "Boot", "@odata.id", "\u{0}", "..", "Accounts", "Image", "null",
            String(repeating: "[", count: 500), "{\"Boot\":{\"BootSourceOverrideTarget\":7}}", "%", "?", "$top=1",
        ]
        for _ in 0..<20_000 {
            func text() -> String {
                (0..<Int.random(in: 0...5, using: &generator)).map { _ in words.randomElement(using: &generator) ?? "" }
                    .joined(separator: ["/", "", ":"].randomElement(using: &generator) ?? "")
            }
            let routes = [
                RedfishRoute.system.path, RedfishRoute.accounts.path + "/1", RedfishRoute.insertMedia.path,
                RedfishRoute.reset.path, Self.sessions, text(),
            ]
            let method = ["GET", "POST", "PATCH", "DELETE", "HEAD", "X"].randomElement(using: &generator) ?? ""
            var headers = ["Authorization": Bool.random(using: &generator) ? Self.account : text()]
            headers["If-Match"] = text()
            let target = routes.randomElement(using: &generator) ?? ""
            // The only account has to stay.
            guard method != "DELETE" || !target.contains("Accounts") else { continue }
            let reply = engine.receive(
                RedfishCall(
                    method: method, target: target, headers: .init(headers.map { ($0.key, $0.value) }),
                    body: Array(text().utf8)), at: .zero
            ).reply
            #expect((200..<600).contains(reply.status) && reply.status != 500)
        }
        #expect(engine.accounts.count == 1 && engine.sessions.isEmpty && engine.tasks.isEmpty)
    }
}
