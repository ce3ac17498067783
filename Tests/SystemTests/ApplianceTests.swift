import Foundation
import Primitives
import Synchronization
import TestSupport
import Testing

@Suite("The audit, metrics, and a configuration that is read anew")
struct ApplianceTests {
    @Test("every change of a client is in the audit, with who, from where, what, and what came of it")
    func audit() async throws {
        let daemon = try await RunningDaemon()
        defer { daemon.stop() }
        #expect(try daemon.createUser("shipyard", roles: ["admin"]).status == 201)
        #expect(try daemon.createUser("reader", roles: ["reader"]).status == 201)
        let token = try daemon.token("shipyard")
        let action: Value = ["name": "deploy_site", "parameters": [:]]
        _ = try ClientRequest.send("GET", daemon.api, "/api/v1.0/actions", token: token)
        let refused = try ClientRequest.send(
            "POST", daemon.api, "/api/v1.0/actions?allow-intermediate-commits=true", token: token,
            headers: ["X-Context-Marker": "marker-1"], json: action)
        #expect(refused.status >= 400)
        let forbidden = try ClientRequest.send(
            "DELETE", daemon.api, "/api/v1.0/revisions", token: try daemon.token("reader"))
        #expect(forbidden.status == 403)
        #expect(try ClientRequest.send("DELETE", daemon.api, "/api/v1.0/revisions").status == 401)
        // Of machines nothing, whoever they say they are.
        _ = try ClientRequest.send("POST", daemon.node, "/boot/v1/inventory", json: ["x": 1])
        #expect(try ClientRequest.send("DELETE", daemon.socket, "/api/v1.0/revisions").status == 204)

        let answer = try ClientRequest.send("GET", daemon.socket, "/api/v1.0/audit")
        #expect(answer.status == 200)
        let entries = answer.value.arrayValue ?? []
        let posted = try #require(entries.first { $0["context_marker"] == "marker-1" })
        #expect(posted["user"] == "shipyard" && posted["listener"] == "api" && posted["outcome"] == "refused")
        #expect(posted["path"] == "/api/v1.0/actions?allow-intermediate-commits=true" && posted["method"] == "POST")
        #expect(posted["peer"]?.stringValue?.hasPrefix("127.0.0.1:") == true)
        #expect(posted["user_id"]?.stringValue?.isEmpty == false && posted["message"]?.stringValue?.isEmpty == false)
        #expect(posted["request"]?.stringValue?.count == 36 && posted["status"]?.intValue == refused.status)
        let denied = try #require(entries.first { $0["user"] == "reader" })
        #expect(denied["status"] == 403 && denied["outcome"] == "refused")
        let last = try #require(entries.last)
        #expect(last["outcome"] == "done" && last["listener"] == "admin" && last["method"] == "DELETE")
        #expect(last["peer"]?.stringValue?.contains("uid 0") == true || geteuid() != 0)
        // Neither reads, nor those whom nobody knows, nor machines.
        #expect(entries.allSatisfy { $0["method"] != "GET" && $0["user"]?.stringValue?.isEmpty == false })
        #expect(!answer.body.contains("/boot/v1/"))
        #expect(!answer.body.contains("correct horse"))
        let numbers = entries.compactMap { $0["number"]?.intValue }
        #expect(numbers == numbers.sorted() && numbers.first == 1)

        func count(_ query: String) throws -> Int? {
            try ClientRequest.send("GET", daemon.socket, "/api/v1.0/audit?\(query)").value.arrayValue?.count
        }
        #expect(try count("user=reader") == 1)
        #expect(try count("limit=1") == 1)
        #expect(try count("since=1h") == entries.count && count("until=1h") == 0)
        #expect(try count("after=\(numbers.count)") == 0)
        #expect(try count("since=2001-01-01T00:00:00Z&limit=2") == 2)
        for query in ["since=yesterday", "until=", "limit=0", "after=-1", "since=99999999999d", "limit=10001"] {
            let answer = try ClientRequest.send("GET", daemon.socket, "/api/v1.0/audit?\(query)")
            #expect(answer.status == 400, "\(query): \(answer)")
        }
        let shown = try Program("boatyard", ["--socket", daemon.socket, "get", "audit", "--user", "reader"])
        #expect(shown.wait() == 0 && shown.standardOutput.contains("refused (403)"), "\(shown.standardOutput)")
        // They outlive the daemon.
        #expect(try ClientRequest.send("GET", daemon.api, "/api/v1.0/audit", token: token).status == 200)
        #expect(
            try ClientRequest.send("GET", daemon.api, "/api/v1.0/audit", token: try daemon.token("reader")).status
                == 403)
    }

    @Test("an action is in the audit with its name and id")
    func subject() async throws {
        let seed = try Seed()
        try await seed.startDaemon()
        try seed.commit(Place.exampleSite)
        let id = try seed.create(action: "update_software")
        let entries = try seed.json("audit").arrayValue ?? []
        #expect(entries.contains { $0["subject"]?.stringValue == "update_software \(id)" })
        #expect(entries.contains { $0["path"]?.stringValue?.hasPrefix("/api/v1.0/commitconfigdocs") == true })
        seed.killDaemon()
        try await seed.startDaemon()
        #expect(try seed.json("audit").arrayValue?.count == entries.count)
    }

    @Test("metrics are what Prometheus reads, with labels that no client makes")
    func metrics() async throws {
        let seed = try Seed()
        try await seed.startDaemon()
        try seed.commit(Place.exampleSite)
        for number in 0..<20 { _ = try seed.curl("/nowhere-\(number)", ["-X", "STRANGE\(number)"]) }
        let answer = try seed.curl("/metrics")
        #expect(answer.status == 200)
        for line in [
            "boatyard_build_info{version=\"\(boatyardVersion)\"} 1", "boatyard_nodes{status=\"Missing\"} 4",
            "boatyard_nodes{status=\"Deployed\"} 0", "boatyard_committed_revision 1", "boatyard_metrics_missing 0",
            "boatyard_problems 0", "boatyard_backup_newest_timestamp_seconds 0",
        ] {
            #expect(answer.body.contains(line + "\n"), "\(line)")
        }
        #expect(!answer.body.contains("nowhere") && !answer.body.contains("STRANGE"))
        #expect(
            answer.body.contains(
                "boatyard_http_requests_total{listener=\"admin\",method=\"POST\",route=\"/api/v1.0/commitconfigdocs\",status=\"200\"} 1"
            ))
        #expect(try seed.boatyard("backup").status == 0)
        #expect(!(try seed.curl("/metrics").body.contains("boatyard_backup_newest_timestamp_seconds 0\n")))
        guard HostTools.areThere("promtool") else { return }
        let file = seed.folder.appendingPathComponent("metrics")
        try answer.body.appending("\n").write(to: file, atomically: true, encoding: .utf8)
        let findings = try HostTools.output("sh", ["-c", "promtool check metrics < \"$1\" 2>&1", "sh", file.path])
        #expect(findings == "")
        try HostTools.run("promtool", ["check", "rules", "etc/examples/metrics/alerts.yml"], in: Place.package)
        // What alerts and the dashboard ask for is there.
        let asked =
            try String(
                contentsOf: Place.package.appendingPathComponent("etc/examples/metrics/alerts.yml"), encoding: .utf8)
            + String(
                contentsOf: Place.package.appendingPathComponent("etc/examples/metrics/dashboard.json"), encoding: .utf8
            )
        let names = Set(asked.matches(of: /boatyard_[a-z_]+/).map { String($0.output) })
        for name in names.subtracting(["boatyard_"]) { #expect(answer.body.contains("\n\(name)"), "\(name)") }
    }

    @Test("a configuration is read anew: what holds at once, what waits, and a wrong one changes nothing")
    func reload() async throws {
        let seed = try Seed()
        let policy = seed.folder.appendingPathComponent("policy.yaml")
        let config = seed.folder.appendingPathComponent("boatyard.yaml")
        let begin = try String(contentsOf: config, encoding: .utf8)
        try "".write(to: policy, atomically: true, encoding: .utf8)
        func write(_ more: String) throws {
            try (begin + "identity: {policy: \(policy.path)}\n" + more).write(
                to: config, atomically: true, encoding: .utf8)
        }
        try write("")
        try await seed.startDaemon()
        let nothing = try seed.boatyard("reload")
        #expect(nothing.status == 0 && nothing.output == "Nothing that holds at once has changed.\n", "\(nothing)")

        try write("log: {level: warning}\nretention: {logs: 3}\ntasks: {parallel: 7}\n")
        let changed = try seed.boatyard("reload")
        #expect(changed.output.contains("In effect now: log.level, retention.logs\n"), "\(changed)")
        #expect(changed.output.contains("systemctl restart boatyard): tasks.parallel"), "\(changed)")
        // What waits for a restart is told each time, what is in effect once.
        let again = try seed.boatyard("reload", "--output", "json")
        #expect(try Value(json: again.output) == ["applied": [], "at_restart": ["tasks.parallel"]], "\(again)")

        for (text, message) in [
            ("log: {level: loud}\n", "boatyard.yaml:10: log.level is 'loud'"),
            ("nonsense: 1\n", "boatyard.yaml:10: unknown key"),
            ("log: [\n", "boatyard.yaml:"),
        ] {
            try write(text)
            let refused = try seed.boatyard("reload")
            #expect(refused.status == 1 && refused.error.contains(message), "\(refused)")
            #expect(refused.error.contains("Nothing has changed"))
            #expect(try seed.curl("/api/v1.0/actions").status == 200)
        }
        try write("")
        try "\"workflow_orchestrator:list_actions\": \"!\"\n".write(to: policy, atomically: true, encoding: .utf8)
        let forbidding = try seed.boatyard("reload")
        #expect(forbidding.output.contains("identity.policy"), "\(forbidding)")
        #expect(try seed.curl("/api/v1.0/actions").status == 403)
        try "\"workflow_orchestrator:list_actionz\": \"!\"\n".write(to: policy, atomically: true, encoding: .utf8)
        let wrong = try seed.boatyard("reload")
        #expect(wrong.status == 1 && wrong.error.contains("policy.yaml:1: "), "\(wrong)")
        #expect(try seed.curl("/api/v1.0/actions").status == 403)
        // As `systemctl kill -s HUP` does.
        try "".write(to: policy, atomically: true, encoding: .utf8)
        seed.daemon?.kill(SIGHUP)
        _ = try await eventually("the empty policy") { try seed.curl("/api/v1.0/actions").status == 200 ? true : nil }
    }

    @Test("a renewed certificate is for connections that begin, and those that stand go on")
    func certificate() async throws {
        guard HostTools.areThere("openssl") else { return }
        let seed = try Seed()
        let folder = seed.folder.path
        func make(_ name: String) throws {
            try HostTools.run(
                "openssl",
                [
                    "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                    "-subj",
                    "/CN=\(name)", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", "\(folder)/tls.key", "-out",
                    "\(folder)/tls.pem",
                ])
        }
        try make("first")
        let port = try FreePort.tcp()
        let config = seed.folder.appendingPathComponent("boatyard.yaml")
        let text = try String(contentsOf: config, encoding: .utf8).replacing(
            "address: 127.0.0.1:0",
            with: "address: 127.0.0.1:\(port)\n    tls: {certificate: \(folder)/tls.pem, key: \(folder)/tls.key}")
        try text.write(to: config, atomically: true, encoding: .utf8)
        try await seed.startDaemon()
        func subject() throws -> String {
            try HostTools.output(
                "sh",
                ["-c", "echo | openssl s_client -connect 127.0.0.1:\(port) 2>/dev/null | openssl x509 -noout -subject"])
        }
        #expect(try subject().contains("first"))
        // Two requests on one connection, with the renewal between them.
        let standing = Process()
        standing.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        standing.arguments = ["openssl", "s_client", "-quiet", "-connect", "127.0.0.1:\(port)"]
        let (input, output) = (Pipe(), Pipe())
        (standing.standardInput, standing.standardOutput, standing.standardError) = (
            input, output, FileHandle.nullDevice
        )
        try standing.run()
        defer { standing.terminate() }
        let received = Mutex("")
        output.fileHandleForReading.readabilityHandler = { handle in
            let text = String(decoding: handle.availableData, as: UTF8.self)
            received.withLock { $0 += text }
        }
        func ask(answers: Int) async throws {
            input.fileHandleForWriting.write(Data("GET /versions HTTP/1.1\r\nHost: x\r\n\r\n".utf8))
            _ = try await eventually("answer \(answers)") {
                received.withLock { $0.components(separatedBy: "HTTP/1.1 200").count - 1 } == answers ? true : nil
            }
        }
        try await ask(answers: 1)
        try make("second")
        let renewed = try seed.boatyard("reload")
        #expect(renewed.output.contains("In effect now: listeners.api.tls"), "\(renewed)")
        #expect(try subject().contains("second"))
        try await ask(answers: 2)
        // Half of a renewal, and what is no certificate, leave the one that there is.
        try "x".write(toFile: "\(folder)/tls.pem", atomically: true, encoding: .utf8)
        let refused = try seed.boatyard("reload")
        #expect(refused.status == 1 && refused.error.contains("\(folder)/tls.pem cannot be used for TLS"), "\(refused)")
        #expect(try subject().contains("second"))
    }

    @Test("a command that was mistyped is told, with the one that is meant")
    func typos() throws {
        for (arguments, text) in [
            (["gte", "nodes"], "there is no command 'gte'. Did you mean 'get'?"),
            (["get", "ndoes"], "there is no command 'ndoes' of 'get'. Did you mean 'nodes'?"),
            (["bmc", "powr"], "there is no command 'powr' of 'bmc'. Did you mean 'power'?"),
            (["zzzzzzzzz"], "There is: init, "),
            (["get", "no\u{1b}[2Jdes"], "of 'get'."),
        ] {
            let program = try Program("boatyard", arguments)
            #expect(program.wait() == 64)
            #expect(program.standardError.contains(text), "\(program.standardError)")
            #expect(!program.standardError.contains("\u{1b}"))
        }
    }

    @Test("apply stages, plans, asks, commits and deploys, and does nothing twice")
    func apply() async throws {
        let seed = try Seed()
        try await seed.rehearse(Place.exampleSite)
        try await seed.startDaemon()
        let site = Place.exampleSite.path
        // Nobody is there to ask.
        let unasked = try seed.boatyard("apply", site)
        #expect(unasked.status == 64 && unasked.error.contains("Give --yes"), "\(unasked)")
        #expect(try seed.boatyard("get", "configdocs", "--output", "json").output == "[]\n")
        let shown = try seed.boatyard("apply", site, "--output", "json")
        #expect(shown.status == 64 && shown.error.contains("there is no --output"), "\(shown)")
        for _ in 0..<2 {
            let no = try seed.onTerminal("apply \(site)")
            try await no.wait(for: "[y/N]")
            try no.type("n\n")
            #expect(await no.waitForEnd() == 1)
            #expect(no.text.contains("4 new"), "\(no.text)")
        }
        #expect(
            try seed.boatyard("plan", "--from", "0", "--to", "committed").error.contains(
                "no revision that is committed"))
        let done = try seed.boatyard("apply", site, "--yes", "-v")
        #expect(done.status == 0 && done.output.contains("Complete"), "\(done)")
        #expect(!done.output.contains("-v shows"))
        let again = try seed.boatyard("apply", site, "--yes")
        #expect(again.status == 0 && again.output == "Nothing has changed, and every node is Deployed.\n", "\(again)")
        // A text that was staged and refused is not what the folder has by now.
        let folder = seed.folder.appendingPathComponent("changed")
        try FileManager.default.copyItem(at: Place.exampleSite, to: folder)
        let added = folder.appendingPathComponent("added.yaml")
        try "schema: promenade/NoSuch/v1\nmetadata: {schema: metadata/Document/v1, name: x}\ndata: {}\n---\n- 1\n"
            .write(to: added, atomically: true, encoding: .utf8)
        #expect(try seed.boatyard("apply", folder.path, "--yes").status == 1)
        let more = """
            schema: deckhand/Passphrase/v1
            metadata:
              schema: metadata/Document/v1
              name: more
              layeringDefinition: {layer: site}
              storagePolicy: cleartext
            data: x

            """
        try more.write(to: added, atomically: true, encoding: .utf8)
        let asked = try seed.onTerminal("apply \(folder.path)")
        try await asked.wait(for: "[y/N]")
        try asked.type("n\n")
        #expect(await asked.waitForEnd() == 1)
        #expect(try seed.boatyard("get", "configdocs").output.contains("modified"))
        let former = try seed.boatyard("apply", site, "--yes")
        #expect(
            former.status == 0 && former.output == "Nothing has changed, and every node is Deployed.\n", "\(former)")
        #expect(
            try seed.boatyard("get", "configdocs", "--collection", "site", "--committed").output.contains("name: more")
                == false)
        // What others have staged stays, unless it is to go.
        #expect(try seed.boatyard("create", "configdocs", "other", "--filename", added.path).status == 0)
        let occupied = try seed.boatyard("apply", site, "--yes")
        #expect(occupied.status == 1 && occupied.error.contains("changes of other"), "\(occupied)")
        #expect(try seed.boatyard("get", "configdocs").output.contains("other"))
        #expect(try seed.boatyard("apply", site, "--yes", "--replace").status == 0)
        #expect(try !seed.boatyard("get", "configdocs").output.contains("other"))
        let tasks = try seed.boatyard("get", "tasks")
        #expect(
            tasks.status == 0 && tasks.output.contains("prepare_nodes") && tasks.output.contains("success"), "\(tasks)")
        let all = try seed.boatyard("get", "tasks", "--all")
        #expect(all.output.split(separator: "\n").count > tasks.output.split(separator: "\n").count)
        let id = try #require(tasks.output.split(separator: "\n").last?.split(separator: " ").first)
        let one = try seed.boatyard("get", "tasks", String(id))
        #expect(one.status == 0 && one.output.contains("Info: "), "\(one)")
        #expect(try seed.boatyard("get", "tasks", "no-such-task").status == 1)
    }
}
