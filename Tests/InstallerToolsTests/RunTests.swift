import Glibc
import OutboundHTTP
import Primitives
import Synchronization
import TestSupport
import Testing

@testable import Installation
@testable import InstallerTools

@Suite struct RunTests {
    private static func answer(_ status: String, _ body: String = "", _ headers: String = "") -> String {
        "HTTP/1.1 \(status)\r\nContent-Length: \(body.utf8.count)\r\n\(headers)\r\n\(body)"
    }

    private static func next(_ what: String) -> String { answer("200 OK", "{\"next\": \"\(what)\"}") }

    /// What a server was asked, without the reports of operations.
    private static func events(_ requests: [String]) -> [Value] {
        requests.filter { $0.hasPrefix("POST /agent/v1/events") }
            .compactMap { $0.split(separator: "\r\n\r\n", maxSplits: 1).last }
            .compactMap { try? Value(json: Array($0.utf8)) }
    }

    private final class Notes: Sendable {
        private let notes = Mutex<[String]>([])
        func add(_ text: String) { notes.withLock { $0.append(text) } }
        var all: [String] { notes.withLock { $0 } }
    }

    private static let operations = [
        InstallationOperation("report started", "Begin.", .report(.started)),
        InstallationOperation("enable a", "Enable a.", .enableUnits(["a.service"])),
        InstallationOperation("report partitioned", "Laid out.", .report(.partitioned)),
        InstallationOperation("enable b", "Enable b.", .enableUnits(["b.service"])),
        InstallationOperation("report installed", "Ready.", .report(.installed)),
    ]

    private struct Outcome {
        var ending: Result<InstallationRun.Ending?, any Error>
        var requests: [String]
        var done: [String]
        var log: [String]
    }

    /// Runs the operations against a server that answers reports of operations with 404 as an older daemon does.
    private static func run(
        _ answers: [String], state file: AgentState.File, _ operations: [InstallationOperation] = operations,
        failing: String? = nil,
        with failure: any Error = CommandFailure(
            "process.failed", "'mkfs' ended with status 1", output: "no s3cret\nspace left")
    ) async throws -> Outcome {
        let server = try await ScriptedDaemon.start(answers)
        let done = Notes()
        let lines = Notes()
        let log = InstallerLog { lines.add($0) }
        log.hide(Secret("s3cret"))
        let url = try #require(RemoteAddress("http://127.0.0.1:\(server.port)/"))
        let connection = NodeConnection(url: url, token: Secret("s3cret"), log: log, firstPause: 0.01)
        let run = InstallationRun(connection: connection, log: log, file: file) { operation, _ in
            done.add(operation.name)
            if operation.name == failing { throw failure }
        }
        var state = file.read() ?? AgentState(plan: [:])
        let ending: Result<InstallationRun.Ending?, any Error>
        do {
            ending = .success(
                try await run.run(
                    operations, on: "n1", reportTo: "http://127.0.0.1:\(server.port)/agent/v1/events", &state))
        } catch {
            ending = .failure(error)
        }
        let requests = server.requests
        await server.stop()
        return Outcome(ending: ending, requests: requests, done: done.all, log: lines.all)
    }

    private static func withState(_ body: (AgentState.File) async throws -> Void) async throws {
        try await withTemporaryFolder { folder in try await body(AgentState.File(path: "\(folder)/agent/state.json")) }
    }

    @Test("operations run in their order between the phases, and the machine restarts once it is installed")
    func order() async throws {
        try await Self.withState { file in
            let outcome = try await Self.run(
                [Self.next("continue"), Self.next("continue"), Self.next("reboot")], state: file)
            #expect(try outcome.ending.get() == .reboot("n1 is installed"))
            #expect(outcome.done == ["enable a", "enable b"])
            let events = Self.events(outcome.requests)
            #expect(events.map { $0["phase"]?.stringValue } == ["started", "partitioned", "installed"])
            #expect(events.map { $0["sequence"]?.intValue } == [1, 2, 3])
            #expect(events.map { $0["takes_next_plan"]?.boolValue } == [true, nil, nil])
            #expect(outcome.requests.allSatisfy { $0.contains("Authorization: Bearer s3cret\r\n") })
        }
    }

    @Test("a report is repeated under its number until the daemon has taken it, after a pause")
    func repeated() async throws {
        try await Self.withState { file in
            let outcome = try await Self.run(
                [
                    Self.answer("503 Busy", "", "Retry-After: 0\r\n"), Self.next("continue"), Self.answer("500 Wrong"),
                    Self.next("continue"), Self.next("reboot"),
                ], state: file)
            #expect(try outcome.ending.get() == .reboot("n1 is installed"))
            #expect(Self.events(outcome.requests).map { $0["sequence"]?.intValue } == [1, 1, 2, 2, 3])
        }
    }

    @Test("a failure of what the plan asks for is told to be permanent, any other one is not")
    func permanent() async throws {
        for (kind, expected) in [(ErrorKind.invalid, true), (.failed, nil), (.missing, nil)] as [(ErrorKind, Bool?)] {
            try await Self.withState { file in
                let outcome = try await Self.run(
                    [Self.next("continue"), Self.next("stop")], state: file, failing: "enable a",
                    with: BoatyardError("image.kernel", "The image has no kernel.", kind: kind))
                let event = try #require(Self.events(outcome.requests).last)
                #expect(event["phase"] == "failed" && event["permanent"]?.boolValue == expected, "\(event)")
            }
        }
    }

    @Test("what a machine shows at one boot is worth another attempt; what the plan contradicts itself in is not")
    func permanentReasons() {
        let permanent = InstallationError.Reason.allCases.filter {
            InstallationRun.isPermanent(InstallationError($0, "It cannot be installed."))
        }
        #expect(permanent == [.image, .layout, .network])
    }

    @Test("a machine that is erased waits for another plan where the daemon says so, and forgets the one that is done")
    func erased() async throws {
        let operations = [
            InstallationOperation("report started", "Begin.", .report(.started)),
            InstallationOperation("report erased", "Nothing is left.", .report(.erased)),
        ]
        for (answer, ending) in [("continue", nil), ("stop", .stop("n1 is erased"))]
            as [(String, InstallationRun.Ending?)]
        {
            try await Self.withState { file in
                let outcome = try await Self.run([Self.next("continue"), Self.next(answer)], state: file, operations)
                #expect(try outcome.ending.get() == ending)
                #expect((file.read() == nil) == (ending == nil))
            }
        }
    }

    @Test("an agent that was killed while it reported 'erased' reports it again, under its number, and erases nothing")
    func erasedAgain() async throws {
        let operations = [
            InstallationOperation("report started", "Begin.", .report(.started)),
            InstallationOperation("enable a", "Enable a.", .enableUnits(["a.service"])),
            InstallationOperation("report erased", "Nothing is left.", .report(.erased)),
        ]
        try await Self.withState { file in
            var state = AgentState(plan: [:])
            (state.sequence, state.reported, state.pending) = (2, ["started"], "erased")
            try file.write(state)
            let outcome = try await Self.run([Self.next("continue")], state: file, operations)
            #expect(try outcome.ending.get() == nil)
            #expect(outcome.done == [] && file.read() == nil)
            #expect(Self.events(outcome.requests).map { $0["sequence"]?.intValue } == [2])
        }
    }

    @Test("nothing is done before the daemon has let it start")
    func notStarted() async throws {
        for answer in [Self.next("stop"), Self.answer("401 No"), Self.answer("409 No", #"{"error": "begun"}"#)] {
            try await Self.withState { file in
                let outcome = try await Self.run([answer], state: file)
                #expect(outcome.done == [])
                switch outcome.ending {
                case .success(.reboot): break
                case .failure(let error): #expect(error is NodeConnection.BootAgain)
                case .success(let ending): Issue.record("it ends with \(String(describing: ending))")
                }
            }
        }
    }

    @Test(
        "what fails is reported as the phase 'failed', with machine, operation, reason and remedy, and without secrets")
    func failed() async throws {
        try await Self.withState { file in
            let outcome = try await Self.run(
                [Self.next("continue"), Self.next("stop")], state: file, failing: "enable a")
            guard case .success(.stop(let reason)) = outcome.ending else { throw Trouble("\(outcome.ending)") }
            let event = try #require(Self.events(outcome.requests).last)
            #expect(event["phase"]?.stringValue == "failed")
            let message = event["message"]?.stringValue ?? ""
            #expect(
                message.hasPrefix(
                    "n1: 'enable a' failed: 'mkfs' ended with status 1: no [secret]; space left. 'boatyard timeline"))
            #expect(reason.hasPrefix("n1: "))
            #expect(outcome.done == ["enable a"])
            #expect(!outcome.log.joined().contains("s3cret"))
        }
    }

    @Test(
        "an agent that was killed goes on: phases that were reported are not reported again, and no number is used twice"
    )
    func killed() async throws {
        try await Self.withState { file in
            var state = AgentState(plan: ["kind": "install"])
            state.sequence = 1
            state.reported = ["started"]
            try file.write(state)
            #expect(file.read() == state)
            let outcome = try await Self.run([Self.next("continue"), Self.next("reboot")], state: file)
            #expect(outcome.done == ["enable a", "enable b"])
            #expect(Self.events(outcome.requests).map { $0["phase"]?.stringValue } == ["partitioned", "installed"])
            #expect(Self.events(outcome.requests).map { $0["sequence"]?.intValue } == [2, 3])
        }
        // Killed while it waited for the answer: the same number again.
        try await Self.withState { file in
            var state = AgentState(plan: [:])
            state.sequence = 2
            state.reported = ["started"]
            state.pending = "partitioned"
            try file.write(state)
            let outcome = try await Self.run([Self.next("continue"), Self.next("reboot")], state: file)
            #expect(Self.events(outcome.requests).map { $0["sequence"]?.intValue } == [2, 3])
        }
    }

    @Test("operations are reported with begin, end and seconds, and what failed with its output")
    func operationReports() async throws {
        try await Self.withState { file in
            let outcome = try await Self.run(
                [Self.next("continue"), Self.next("continue"), Self.next("stop")], state: file, failing: "enable b")
            let reports = outcome.requests.filter { $0.hasPrefix("POST /agent/v1/operations") }
                .compactMap { $0.split(separator: "\r\n\r\n", maxSplits: 1).last }
                .compactMap { try? Value(json: Array($0.utf8)) }
            #expect(reports.map { $0["operation"]?.stringValue } == ["enable a", "enable a", "enable b", "enable b"])
            #expect(reports.map { $0["status"]?.stringValue } == ["started", "finished", "started", "failed"])
            #expect(reports.map { $0["sequence"]?.intValue } == [1, 2, 3, 4])
            #expect(reports[0]["seconds"]?.isNull == true && reports[1]["seconds"]?.isNull == false)
            #expect(reports[3]["output"]?.stringValue == "'mkfs' ended with status 1\nno [secret]\nspace left")
        }
    }

    @Test("a machine that is installed reports once that it is up, and keeps no token")
    func booted() async throws {
        try await withTemporaryFolder { folder in
            let server = try await ScriptedDaemon.start([Self.answer("503 Busy"), Self.next("continue")])
            let path = "\(folder)/report.json"
            let report: Value = [
                "url": .string("http://127.0.0.1:\(server.port)/agent/v1/events"), "token": "s3cret", "sequence": 24,
            ]
            try FileContents.write(report.jsonBytes(), to: path)
            let sender = BootedReportSender(path: path, log: InstallerLog { _ in })
            try await sender.run(firstPause: 0.01)
            #expect(access(path, F_OK) != 0)
            let events = Self.events(server.requests)
            #expect(events.map { $0["phase"]?.stringValue } == ["booted", "booted"])
            #expect(events.map { $0["sequence"]?.intValue } == [24, 24])
            try await sender.run(firstPause: 0.01)
            #expect(server.requests.count == 2)
            await server.stop()

            try FileContents.write(Array("{}".utf8), to: path)
            let error = await #expect(throws: BoatyardError.self) { try await sender.run(firstPause: 0.01) }
            #expect(error?.code == "booted.report")
        }
    }

    @Test("a clock is moved by what the daemon says, where it is more than a minute off")
    func clock() throws {
        let date = "Sun, 22 Nov 2026 00:00:00 GMT"
        let right = try #require(HTTPDate.time(date))
        func correction(_ seconds: Int64, _ date: String? = date) -> Int? {
            MachineClock.correction(from: Timestamp(microseconds: right.microseconds + seconds * 1_000_000), to: date)
        }
        #expect([0, 60, -60].allSatisfy { correction($0) == nil })
        #expect(correction(61) == -61 && correction(-9 * 3600) == 9 * 3600)
        #expect(MachineClock.correction(from: Timestamp(microseconds: 0), to: date) == 1_795_305_600)
        for wrong in [
            nil, "", "now", "Sunday, 22-Nov-26 00:00:00 GMT", "Sun, 31 Feb 2026 00:00:00 GMT",
            "Sun, 22 Nov 2026 0:0:0 GMT",
        ] {
            #expect(correction(-7200, wrong) == nil)
        }
    }

    @Test("an inventory that is too large goes without its last details; the plan is asked for until there is one")
    func inventoryAndPlan() async throws {
        let server = try await ScriptedDaemon.start([
            Self.answer("502 Bad"), Self.answer("200 OK", #"{"machine": "m", "node": "n1"}"#),
            Self.answer("204 None", "", "Retry-After: 0\r\n"), Self.answer("200 OK", #"{"kind": "install"}"#),
            Self.answer("409 No", #"{"error": "begun"}"#), Self.answer("400 No", #"{"error": "what?"}"#),
        ])
        let url = try #require(RemoteAddress("http://127.0.0.1:\(server.port)/"))
        let connection = NodeConnection(url: url, token: Secret("t"), log: InstallerLog { _ in }, firstPause: 0.01)
        let detail: Value = ["generator": "lldp", "data": .string(String(repeating: "x", count: 3 << 20))]
        let inventory: Value = ["mac": "m", "details": [["generator": "lshw", "data": "l"], detail]]
        #expect(try await connection.send(inventory: inventory).node == "n1")
        #expect(server.requests[1].hasSuffix(#"{"mac":"m","details":[{"generator":"lshw","data":"l"}]}"#))
        #expect(try await connection.plan()["kind"]?.stringValue == "install")
        let again = await #expect(throws: NodeConnection.BootAgain.self) { try await connection.plan() }
        #expect(again?.description.contains("begun") == true)
        let error = await #expect(throws: BoatyardError.self) { try await connection.plan() }
        #expect(error?.code == "installer.protocol")
        await server.stop()
    }
}
