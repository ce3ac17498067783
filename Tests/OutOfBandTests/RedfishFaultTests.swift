import Archive
import OrderedCollections
import OutOfBand
import Primitives
import SiteDesign
import Synchronization
import TestSupport
import Testing

@Suite("Redfish that each BMC does in another way")
struct RedfishFaultTests {
    static let sessions = "/redfish/v1/SessionService/Sessions"

    /// The error of a look at the power.
    func failure(
        _ change: (inout RedfishServer.State) -> Void = { _ in }, pauses: Pauses = Pauses(),
        fault: @escaping RedfishServer.Fault
    ) async throws -> BoatyardError? {
        try await RedfishServer.with(change, fault: fault) { server in
            await #expect(throws: BoatyardError.self) { try await server.driver(pauses).powerState(until: later) }
        }
    }

    @Test("Redfish: without a session service each request has the account")
    func basic() async throws {
        try await RedfishServer.with({ $0.hasSessions = false }) { (server) async throws -> Void in
            #expect(try await server.driver().powerState(until: later) == .off)
            #expect(server.requests.map(\.line) == ["GET /redfish/v1/", "GET /redfish/v1/Systems", "GET \(system)"])
            #expect(server.requests.map { $0.header("Authorization") != nil } == [false, true, true])
        }
    }

    @Test("Redfish: where no session is given, each request has the account", arguments: [404, 405, 501, 503])
    func noSession(status: Int) async throws {
        let fault: RedfishServer.Fault = { request, _ in
            request.method == "POST" ? .error(status, "SessionLimitExceeded", "Too many sessions") : nil
        }
        try await RedfishServer.with(fault: fault) { (server) async throws -> Void in
            #expect(try await server.driver().powerState(until: later) == .off)
        }
    }

    @Test("Redfish: a session that ends too early is opened anew, once")
    func endedSession() async throws {
        let fault: RedfishServer.Fault = { request, count in
            request.line == "GET \(system)" && count == 1 ? .error(401, "NoValidSession", "Gone") : nil
        }
        try await RedfishServer.with(fault: fault) { (server) async throws -> Void in
            #expect(try await server.driver().powerState(until: later) == .off)
            #expect(server.requests.count { $0.line == "POST \(Self.sessions)" } == 2)
        }
    }

    @Test("Redfish: a wrong password is tried twice, and not in another session: the account must not be locked out")
    func wrongPassword() async throws {
        let pauses = Pauses()
        let journal = RecordedLog()
        try await RedfishServer.with { (server) async throws -> Void in
            let node = redfishNode(server.port, password: "sesame-17")
            let error = await #expect(throws: BoatyardError.self) {
                try await redfish(node, pauses, journal: journal).powerState(until: later)
            }
            #expect(error?.code == "bmc.authentication")
            #expect(error?.message.contains("check account and credential") == true)
            #expect(error?.description.contains("sesame") == false)
            #expect(server.requests.count { $0.line == "POST \(Self.sessions)" } == 2)
            #expect(pauses.all.isEmpty && !journal.lines.contains { $0.contains("sesame") })
        }
    }

    @Test("Redfish: a password that the BMC repeats is not told")
    func repeatedPassword() async throws {
        let fault: RedfishServer.Fault = { request, _ in
            guard request.method == "POST" else { return nil }
            let password = request.body["Password"]?.stringValue ?? ""
            return .error(
                400, "PropertyValueFormatError", "'\(password)' is too short", resolution: "Not '\(password)'")
        }
        try await RedfishServer.with(fault: fault) { (server) async throws -> Void in
            let node = redfishNode(server.port, password: "sesame-17")
            let error = await #expect(throws: BoatyardError.self) { try await redfish(node).powerState(until: later) }
            #expect(error?.message.contains("'[secret]' is too short; Not '[secret]'") == true)
        }
    }

    @Test(
        "Redfish: what a BMC repeats of its secrets is not told, wherever it puts it",
        arguments: ["message", "cut", "basic", "path", "redirect", "targets", "state"])
    func repeatedSecrets(place: String) async throws {
        let password = "canary-Zx9Qw7Rt5"
        let account = "YWRtaW46Y2FuYXJ5LVp4OVF3N1J0NQ=="
        let fault: RedfishServer.Fault = { request, _ in
            switch (place, request.line) {
            case ("message", "GET \(system)"): .error(400, "Wrong", "You said \(password)")
            case ("cut", "GET \(system)"): .error(400, "Wrong", String(repeating: "n", count: 290) + password)
            case ("basic", "POST \(Self.sessions)"): RedfishResponse(status: 404)
            case ("basic", "GET \(system)"):
                .error(400, "Wrong", "bad header \(request.header("Authorization") ?? "")")
            case ("path", "GET /redfish/v1/Systems"):
                .json(["Members": [["@odata.id": .string("/\(password) x")]]])
            case ("redirect", "GET \(system)"):
                RedfishResponse(status: 302, headers: [("Location", "http://192.0.2.1/\(password)")])
            case ("targets", "GET \(system)"):
                .json([
                    "PowerState": "On",
                    "Actions": [
                        "#ComputerSystem.Reset": [
                            "target": "/redfish/v1/x", "ResetType@Redfish.AllowableValues": [.string(password)],
                        ]
                    ],
                ])
            case ("state", "GET \(system)"): .json(["PowerState": .string(password)])
            default: nil
            }
        }
        let journal = RecordedLog()
        try await RedfishServer.with(
            { $0.password = password }, fault: fault
        ) { (server) async throws -> Void in
            let driver = try redfish(redfishNode(server.port, password: password), journal: journal)
            var told = ""
            do { told = "\(try await driver.powerOff(until: later))" } catch { told = "\(error)" }
            let text = told + journal.lines.joined(separator: "\n")
            for secret in [password, account, "canary-Zx9"] { #expect(!text.contains(secret), "\(text)") }
            if ["message", "basic", "path", "redirect", "targets"].contains(place) {
                #expect(text.contains("[secret]"), "\(text)")
            }
        }
    }

    @Test("Redfish: an account that lacks a right is told so")
    func lackingRight() async throws {
        let error = try await failure { request, _ in
            request.line == "GET \(system)" ? .error(403, "InsufficientPrivilege", "Not allowed") : nil
        }
        #expect(error?.code == "bmc.authentication")
        #expect(error?.message.contains("does not let the account do GET \(system): Not allowed;") == true)
    }

    @Test("Redfish: of several systems the design names one, by the end of its path or by what it says of itself")
    func severalSystems() async throws {
        let fault: RedfishServer.Fault = { request, _ in
            switch request.line {
            case "GET /redfish/v1/Systems":
                .json(["Members": [["@odata.id": "/redfish/v1/Systems/A"], ["@odata.id": .string(system)]]])
            case "GET /redfish/v1/Systems/A": .json(["Id": "Left", "UUID": "u-1", "PowerState": "On"])
            default: nil
            }
        }
        try await RedfishServer.with(fault: fault) { (server) async throws -> Void in
            for (id, state) in [("A", PowerState.on), ("u-1", .on), ("Left", .on), ("1", .off)] {
                #expect(try await server.driver(parameters: ["system_id": id]).powerState(until: later) == state)
            }
            for (parameters, text) in [
                ([:], "has 2 systems (A, 1), and the design does not name one; set oob.system_id"),
                (
                    ["system_id": "B"],
                    "has no system 'B', which oob.system_id names; it has 2 systems (A, 1). Set oob.system_id"
                ),
            ] as [(Labels, String)] {
                let error = await #expect(throws: BoatyardError.self) {
                    try await server.driver(parameters: parameters).powerState(until: later)
                }
                #expect(error?.code == "bmc.configuration" && error?.kind == .refused)
                #expect(error?.message.contains(text) == true, "\(error?.message ?? "")")
            }
        }
    }

    @Test("Redfish: of more systems than are read the number is no more than a lower bound")
    func manySystems() async throws {
        let fault: RedfishServer.Fault = { request, _ in
            guard request.line == "GET /redfish/v1/Systems" else { return nil }
            return .json([
                "Members": .array((0..<500).map { ["@odata.id": .string("/redfish/v1/Systems/N\($0)")] }),
                "Members@odata.count": 500,
            ])
        }
        try await RedfishServer.with(fault: fault) { (server) async throws -> Void in
            let error = await #expect(throws: BoatyardError.self) { try await server.driver().powerState(until: later) }
            #expect(error?.message.contains("has at least 64 systems (N0, N1") == true, "\(error?.message ?? "")")
        }
    }

    @Test(
        "Redfish: the entity tag is given as the BMC wants it",
        arguments: [
            ("W/\"1\"", "W/\"1\""), ("W/\"1\"", "\"1\""), ("\"1\"", "1"), ("1", "\"1\""), ("W/\"1\"", nil),
        ] as [(String, String?)])
    func entityTags(shown: String, wanted: String?) async throws {
        let fault: RedfishServer.Fault = { request, _ in
            switch request.line {
            case "GET \(system)":
                .json(
                    [
                        "PowerState": "Off",
                        "Boot": ["BootSourceOverrideTarget": "Pxe", "BootSourceOverrideEnabled": "Once"],
                    ], 200, [("ETag", shown)])
            case "PATCH \(system)":
                request.header("If-Match") == wanted
                    ? RedfishResponse(status: 204) : .error(412, "PreconditionFailed", "No match")
            default: nil
            }
        }
        try await RedfishServer.with(fault: fault) { (server) async throws -> Void in
            _ = try await server.driver().setNextBoot(from: .network, .bios, until: later)
        }
    }

    @Test("Redfish: a resource that changed meanwhile is read again, and the change sent with its new tag")
    func changedMeanwhile() async throws {
        let fault: RedfishServer.Fault = { request, count in
            request.method == "PATCH" && count == 1 ? .error(412, "PreconditionFailed", "No match") : nil
        }
        try await RedfishServer.with(fault: fault) { (server) async throws -> Void in
            _ = try await server.driver().setNextBoot(from: .network, .uefi, until: later)
            #expect(server.lines.filter { $0.hasPrefix("PATCH") }.count == 2)
        }
    }

    @Test("Redfish: without an entity tag a change is sent plainly, and one that never fits is an error")
    func noTag() async throws {
        let fault: RedfishServer.Fault = { request, _ in
            request.line == "GET \(system)" ? .json(["PowerState": "Off"]) : nil
        }
        try await RedfishServer.with(fault: fault) { (server) async throws -> Void in
            // What is read back has no boot order.
            await #expect(throws: BoatyardError.self) {
                try await server.driver().setNextBoot(from: .network, .uefi, until: later)
            }
            let change = server.requests.first { $0.method == "PATCH" }
            #expect(change.map { $0.header("If-Match") != nil } == false)
        }
        let never: RedfishServer.Fault = { request, _ in
            request.method == "PATCH" ? .error(412, "PreconditionFailed", "No match") : nil
        }
        try await RedfishServer.with(fault: never) { (server) async throws -> Void in
            let error = await #expect(throws: BoatyardError.self) {
                try await server.driver().setNextBoot(from: .network, .uefi, until: later)
            }
            #expect(error?.code == "bmc.command")
            #expect(server.requests.count { $0.method == "PATCH" } == 6)
        }
    }

    @Test("Redfish: a task is asked for until it has ended, as often as the BMC wants")
    func task() async throws {
        let pauses = Pauses()
        let fault: RedfishServer.Fault = { request, count in
            switch request.line {
            case "POST \(reset)":
                return RedfishResponse(status: 202, headers: [("Location", "https://bmc.invalid/tasks/1?x=1")])
            case "GET /tasks/1?x=1":
                switch count {
                case 1: return RedfishResponse(status: 202, headers: [("Retry-After", "7")])
                case 2: return .error(503, "ServiceTemporarilyUnavailable", "Busy")
                case 3: return .json(["TaskState": "Running"])
                default: return .json(["TaskState": "Completed"])
                }
            case "GET \(system)" where count > 1: return .json(["PowerState": "On"])
            default: return nil
            }
        }
        try await RedfishServer.with(fault: fault) { (server) async throws -> Void in
            _ = try await server.driver(pauses).powerOn(until: later)
            #expect(pauses.all == [.seconds(5), .seconds(7), .seconds(5), .seconds(5)])
        }
    }

    @Test("Redfish: the pages of a collection are read one after the other, and no more than sixteen of them")
    func pages() async throws {
        let fault: RedfishServer.Fault = { request, _ in
            guard request.method == "GET", request.path.hasPrefix("/redfish/v1/Systems?$skip=") else {
                return request.line == "GET /redfish/v1/Systems"
                    ? .json(["Members": [], "Members@odata.nextLink": "/redfish/v1/Systems?$skip=1"]) : nil
            }
            let page = Int(request.path.split(separator: "=").last ?? "") ?? 0
            // Each of the forms in which it may be written.
            let next = Value.string((page == 1 ? "https://bmc.invalid/redfish/v1/Systems" : "") + "?$skip=\(page + 1)")
            return page == 3
                ? .json(["Members": [["@odata.id": .string(system)]]])
                : .json(["Members": [], "Members@odata.nextLink": next])
        }
        try await RedfishServer.with(fault: fault) { (server) async throws -> Void in
            #expect(try await server.driver().powerState(until: later) == .off)
            #expect(server.requests.count { $0.path.contains("$skip") } == 3)
        }
        let endless: RedfishServer.Fault = { request, count in
            guard request.path.hasPrefix("/redfish/v1/Systems") else { return nil }
            let place = request.path.split(separator: "=").last.flatMap { Int($0) } ?? 0
            return .json(["Members": [], "Members@odata.nextLink": .string("/redfish/v1/Systems?a=\(place + 1)")])
        }
        try await RedfishServer.with(fault: endless) { (server) async throws -> Void in
            let error = await #expect(throws: BoatyardError.self) { try await server.driver().powerState(until: later) }
            #expect(error?.message.contains("shows no system") == true)
            // In each of five sessions.
            #expect(server.requests.count { $0.path.hasPrefix("/redfish/v1/Systems") } == 5 * 16)
        }
        let circle: RedfishServer.Fault = { request, _ in
            request.line == "GET /redfish/v1/Systems"
                ? .json([
                    "Members": [["@odata.id": .string(system)]], "Members@odata.nextLink": "/redfish/v1/Systems",
                ]) : nil
        }
        try await RedfishServer.with(fault: circle) { (server) async throws -> Void in
            #expect(try await server.driver().powerState(until: later) == .off)
        }
    }

    @Test("Redfish: a list of systems that is empty, or too short, and names itself as its next page is told as that")
    func openList() async throws {
        for (members, count, told) in [
            ([], .null, "shows no system, and names as the next page of its systems one that was read"),
            ([["@odata.id": .string(system)]], 2, "has at least 1 system (1), and the design does not name one"),
        ] as [([Value], Value, String)] {
            let error = try await failure { request, _ in
                guard request.line == "GET /redfish/v1/Systems" else { return nil }
                return .json([
                    "Members": .array(members), "Members@odata.nextLink": "/redfish/v1/Systems",
                    "Members@odata.count": count,
                ])
            }
            #expect(error?.message.contains(told) == true, "\(error?.message ?? "")")
        }
    }

    @Test("Redfish: a task that the BMC wants to be asked for in an hour is asked for each minute, and not for ever")
    func boundedTask() async throws {
        let pauses = Pauses()
        let fault: RedfishServer.Fault = { request, count in
            switch request.line {
            case "POST \(reset)":
                RedfishResponse(status: 202, headers: [("Location", "/tasks/1"), ("Retry-After", "3600")])
            case "GET /tasks/1": RedfishResponse(status: 202, headers: [("Retry-After", count == 1 ? "3000" : "0")])
            default: nil
            }
        }
        try await RedfishServer.with(fault: fault) { (server) async throws -> Void in
            let error = await #expect(throws: BoatyardError.self) {
                try await server.driver(pauses).powerOn(until: later)
            }
            #expect(error?.message.contains("has not ended after 720 questions") == true, "\(error?.message ?? "")")
            #expect(pauses.all.prefix(3) == [.seconds(60), .seconds(60), .seconds(1)])
            #expect(server.requests.count { $0.path == "/tasks/1" } == 720)
        }
    }

    @Test("Redfish: what a BMC says is short in a message, however its characters are composed")
    func composed() async throws {
        let error = try await failure { request, _ in
            let long = String(repeating: "e" + String(repeating: "\u{301}", count: 200), count: 300)
            return request.line == "GET \(system)" ? .error(400, "GeneralError", long) : nil
        }
        #expect(error.map { $0.message.utf8.count < 2000 } == true)
    }

    @Test("Redfish: a task that fails is an error with its messages; one that is gone proves nothing")
    func failedTask() async throws {
        let gone = Mutex(false)
        let fault: RedfishServer.Fault = { request, _ in
            switch request.line {
            case "POST \(reset)": .json(["@odata.id": "/redfish/v1/TaskService/Tasks/3", "TaskState": "New"], 202)
            case "GET /redfish/v1/TaskService/Tasks/3":
                gone.withLock { $0 }
                    ? .error(404, "ResourceMissingAtURI", "Gone")
                    : .json(["TaskState": "Exception", "Messages": [["Message": "The fan is stuck"]]])
            default: nil
            }
        }
        try await RedfishServer.with(fault: fault) { (server) async throws -> Void in
            let error = await #expect(throws: BoatyardError.self) { try await server.driver().powerOn(until: later) }
            #expect(error?.code == "bmc.command")
            #expect(error?.message.contains("ended as 'Exception'. The fan is stuck.") == true)
            gone.withLock { $0 = true }
            let other = await #expect(throws: BoatyardError.self) { try await server.driver().powerOn(until: later) }
            #expect(other?.code == "oob.power")
        }
    }

    @Test("Redfish: a task without an end ends at the deadline")
    func endlessTask() async throws {
        let pauses = Pauses()
        let fault: RedfishServer.Fault = { request, _ in
            request.path == reset || request.path == "/tasks/1"
                ? RedfishResponse(status: 202, headers: [("Location", "/tasks/1"), ("Retry-After", "0")]) : nil
        }
        try await RedfishServer.with(fault: fault) { (server) async throws -> Void in
            let error = await #expect(throws: BoatyardError.self) {
                try await server.driver(pauses).powerOn(until: Pauses.start.adding(seconds: 30))
            }
            #expect(error?.code == "oob.deadline")
            #expect(error?.message.contains("as its task for POST \(reset) has not ended (30 readings);") == true)
            #expect(pauses.all.count == 30)
            // The session is closed all the same.
            #expect(server.requests.last?.method == "DELETE")
        }
    }

    @Test("Redfish: a busy BMC is asked again after the time that it names, at least fifteen seconds later")
    func busy() async throws {
        let pauses = Pauses()
        let fault: RedfishServer.Fault = { request, count in
            guard request.line == "GET \(system)" else { return nil }
            switch count {
            case 1: return RedfishResponse(status: 503, headers: [("Retry-After", "120")])
            case 2: return .error(400, "UnableToModifyDuringSystemPOST", "The system starts")
            case 3: return RedfishResponse(status: 500, headers: [("Retry-After", "soon")], body: "<html>")
            case 4: return .json(["PowerState": .null])
            default: return nil
            }
        }
        try await RedfishServer.with(fault: fault) { (server) async throws -> Void in
            #expect(try await server.driver(pauses).powerState(until: later) == .off)
            #expect(pauses.all == [.seconds(120), .seconds(15), .seconds(15), .seconds(15)])
        }
    }

    @Test("Redfish: what the BMC says of an error is told with what it advises, once")
    func messages() async throws {
        let pauses = Pauses()
        let error = try await failure(pauses: pauses) { request, _ in
            request.line == "GET \(system)"
                ? .error(400, "ActionNotSupported", "Bad\u{1b}[31m", resolution: "Buy a licence.") : nil
        }
        #expect(error?.code == "bmc.command")
        #expect(
            error?.message.hasSuffix(
                "answers 400 Bad Request to GET \(system): Bad\\u001b[31m; Buy a licence") == true)
        #expect(pauses.all.isEmpty)
    }

    @Test(
        "Redfish: hostile answers are errors",
        arguments: [
            "", "{", "[]", "null", "\"x\"", "<html>", String(repeating: "{\"a\":", count: 5000),
            String(repeating: "[", count: 100_000), "{\"PowerState\": 7}", "{\"PowerState\": {}}",
            "{\"a\": 1e999}", "{\"a\": \"\u{1}\"}", "{\"PowerState\": [\"On\"]}",
            "{\"a\": \"" + String(repeating: "x", count: 2 << 20) + "\"}",
        ])
    func hostile(body: String) async throws {
        let error = try await failure { request, _ in
            request.line == "GET \(system)" ? RedfishResponse(status: 200, body: body) : nil
        }
        #expect(["bmc.protocol", "bmc.busy"].contains(error?.code), "\(error?.message ?? "")")
        #expect((error?.message.utf8.count ?? 0) < 1000)
    }

    @Test(
        "Redfish: references of the wrong type, to nowhere or to elsewhere are errors",
        arguments: [
            "{}", "{\"Systems\": 1}", "{\"Systems\": {\"@odata.id\": 5}}",
            "{\"Systems\": {\"@odata.id\": \"@10.0.0.1/\"}}", "{\"Systems\": {\"@odata.id\": \"/a b\\n\"}}",
            "{\"Systems\": {\"@odata.id\": \"//127.0.0.1:1/\"}}",
            "{\"Links\": {\"Sessions\": {\"@odata.id\": []}}, \"Systems\": [{\"@odata.id\": \"/x\"}]}",
        ])
    func references(root: String) async throws {
        let error = try await failure { request, _ in
            request.line == "GET /redfish/v1/" ? RedfishResponse(status: 200, body: root) : nil
        }
        #expect(error?.code == "bmc.protocol", "\(error?.message ?? "")")
    }

    @Test("Redfish: whatever a BMC answers, an order ends, in success or in an error of ours")
    func mutated() async throws {
        let root = #"{"Systems": {"@odata.id": "/redfish/v1/Systems"}, "Links": {"Sessions": {"@odata.id": "/x"}}}"#
        let machine = #"""
            {"@odata.etag": "W/\"1\"", "PowerState": "On", "Actions": {"#ComputerSystem.Reset": {"target": "/reset",
            "@Redfish.ActionInfo": "/redfish/v1/Systems/1"}}, "@Redfish.Settings": {"SettingsObject": {"@odata.id": "/s"}},
            "Boot": {"BootSourceOverrideTarget": "Pxe", "BootSourceOverrideTarget@Redfish.AllowableValues": ["Pxe"],
            "BootSourceOverrideMode": "UEFI"}, "Parameters": [{"Name": "ResetType", "AllowableValues": ["On"]}]}
            """#
        let members = #"{"Members": [{"@odata.id": "/redfish/v1/Systems/1"}], "TaskState": "Completed"}"#
        let failed = #"{"error": {"message": "m", "@Message.ExtendedInfo": [{"MessageId": "a.b", "Message": "c"}]}}"#
        let mutator = TreeMutator(form: .json, seeds: [root, machine, members, failed].map { Array($0.utf8) })
        let generator = Mutex(SplitMix(seed: 20_261_130))
        let fault: RedfishServer.Fault = { _, _ in
            generator.withLock { generator in
                guard Int.random(in: 0..<3, using: &generator) == 0 else { return nil }
                let status = [200, 200, 200, 201, 202, 400, 412, 503].randomElement(using: &generator) ?? 200
                let body = String(decoding: mutator.input(&generator), as: UTF8.self)
                return RedfishResponse(status: status, body: body)
            }
        }
        try await RedfishServer.with(fault: fault) { (server) async throws -> Void in
            for _ in 0..<60 {
                let driver = try server.driver()
                do {
                    _ = try await driver.setNextBoot(from: .network, .uefi, until: later)
                    _ = try await driver.powerCycle(until: later)
                } catch let error as BoatyardError {
                    #expect(!error.message.isEmpty && error.message.utf8.count < 3000)
                }
            }
        }
    }

    @Test("Redfish: an answer that breaks off is tried again")
    func truncated() async throws {
        let pauses = Pauses()
        let fault: RedfishServer.Fault = { request, count in
            guard request.line == "GET \(system)", count < 3 else { return nil }
            return RedfishResponse(status: 200, body: "{\"PowerState\": \"On\"}", isTruncated: true)
        }
        try await RedfishServer.with(fault: fault) { (server) async throws -> Void in
            #expect(try await server.driver(pauses).powerState(until: later) == .off)
            #expect(pauses.all == [.seconds(15), .seconds(15)])
        }
    }

    @Test("Redfish: redirects are followed within the BMC, and nowhere else")
    func redirects() async throws {
        let within: RedfishServer.Fault = { request, _ in
            switch request.line {
            case "GET /redfish/v1/Systems": RedfishResponse(status: 308, headers: [("Location", "/moved")])
            case "GET /moved": .json(["Members": [["@odata.id": .string(system)]]])
            default: nil
            }
        }
        try await RedfishServer.with(fault: within) { (server) async throws -> Void in
            #expect(try await server.driver().powerState(until: later) == .off)
        }
        let other = try await TinyServer.start([""])
        for location in ["http://127.0.0.1:\(other.port)/", "/redfish/v1/Systems", "//other/", "ftp://x/", "nowhere"] {
            let error = try await failure { request, _ in
                request.line == "GET /redfish/v1/Systems"
                    ? RedfishResponse(status: 302, headers: [("Location", location)]) : nil
            }
            #expect(error?.code == "bmc.protocol")
        }
        #expect(try await other.requests().isEmpty)
        await other.stop()
        let login = try await failure { request, _ in
            request.line == "POST \(Self.sessions)"
                ? RedfishResponse(status: 302, headers: [("Location", "/elsewhere")]) : nil
        }
        #expect(login?.message.contains("redirects POST \(Self.sessions) to '/elsewhere'") == true)
    }

    @Test("Redfish: a BMC that is not there is given up after five sessions, and the error says what to check")
    func unreachable() async throws {
        let pauses = Pauses()
        let error = await #expect(throws: BoatyardError.self) {
            try await redfish(redfishNode(9, host: "127.0.7.8"), pauses).powerState(until: later)
        }
        #expect(error?.code == "bmc.transport")
        #expect(error?.message.contains("the connection is refused; check address, oob.port") == true)
        #expect(error?.message.contains("attempt 5 of 5") == true)
    }

    @Test("Redfish: what a BMC compresses unasked is read, and what cannot be unpacked is told")
    func compressed() async throws {
        let fault: RedfishServer.Fault = { request, _ in
            guard request.line == "GET \(system)" else { return nil }
            var response = RedfishResponse(status: 200, headers: [("Content-Encoding", "gzip")])
            response.bytes = try? Gzip.compress(Array(#"{"PowerState": "On"}"#.utf8))
            return response
        }
        try await RedfishServer.with(fault: fault) { (server) async throws -> Void in
            #expect(try await server.driver().powerState(until: later) == .on)
        }
        let bomb = try Gzip.compress([UInt8](repeating: 0x20, count: 2 << 20))
        for (coding, bytes, told) in [
            ("gzip", Array("{}".utf8), "cannot be unpacked"), ("br", [7], "in the coding 'br'"),
            ("gzip", bomb, "cannot be unpacked"),
        ] {
            let error = try await failure { request, _ in
                guard request.line == "GET \(system)" else { return nil }
                var response = RedfishResponse(status: 200, headers: [("Content-Encoding", coding)])
                response.bytes = bytes
                return response
            }
            #expect(error?.code == "bmc.protocol" && error?.message.contains(told) == true, "\(coding)")
        }
    }

    @Test("Redfish: of addresses with a host only the path is used")
    func foreignHost() async throws {
        let fault: RedfishServer.Fault = { request, _ in
            guard request.line == "GET /redfish/v1/Systems" else { return nil }
            return .json(["Members": [["@odata.id": .string("http://192.0.2.7:1\(system)")]]])
        }
        try await RedfishServer.with(fault: fault) { (server) async throws -> Void in
            #expect(try await server.driver().powerState(until: later) == .off)
        }
    }

    @Test("Redfish: a cancelled action ends at once")
    func cancellation() async throws {
        let server = try await TinyServer.start([TinyServer.silence])
        let driver = try redfish(redfishNode(server.port))
        let action = Task { try await driver.powerCycle(until: later) }
        while try await server.requests().isEmpty {
            try Task.checkCancellation()
            await Task.yield()
        }
        action.cancel()
        await #expect(throws: CancellationError.self) { try await action.value }
        await server.stop()
    }
}
