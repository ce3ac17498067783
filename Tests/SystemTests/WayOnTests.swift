import ArgumentParser
import Foundation
import Glibc
import OutboundHTTP
import Primitives
import SiteActions
import Testing

@testable import BoatyardCLI

@Suite("What the command line says to do next")
struct WayOnTests {
    @Test(
        "an error is followed by our own options and commands",
        arguments: [
            ("Invalid target_nodes parameter", "--param target_nodes="), ("No committed configdocs", "boatyard commit"),
            ("Unable to commit configuration documents", "boatyard create configdocs"),
            ("Invalid collection specified for buffer", "--append"),
            ("Intermediate commit detected", "--allow-intermediate-commits"),
            ("Action not found", "boatyard get actions"), ("Action Not Found!", "boatyard get actions"),
        ])
    func hints(message: String, remedy: String) {
        let failure = Failure(status: 400, body: ["message": .string(message), "reason": "upstream's"])
        #expect(failure.text == "Error: \(message)\nReason: upstream's", "as the shipyard CLI has it")
        #expect(failure.fullText.hasPrefix(failure.text + "\nHint: "))
        #expect(failure.fullText.contains(remedy))
    }

    @Test("who asks for the buffer once it is committed hears of --committed, who asks for another version does not")
    func committed() async throws {
        let seed = try Seed()
        try await seed.startDaemon()
        try seed.commit(Place.exampleSite)
        for question in [["get", "configdocs", "--collection", "site"], ["get", "renderedconfigdocs"]] {
            let refused = try seed.boatyard(question)
            #expect(refused.status == 1)
            #expect(refused.error.contains("\nHint: without an option the buffer is meant"), "\(refused.error)")
            #expect(refused.error.contains("--committed shows what is committed."))
            let answered = try seed.boatyard(question + ["--committed"])
            #expect(answered.status == 0 && answered.output.contains("anchors-aweigh"))
        }
        let other = try seed.boatyard(["get", "renderedconfigdocs", "--last-site-action"])
        #expect(other.status == 1 && other.error.contains("last_site_action version does not exist"))
        #expect(!other.error.contains("Hint"), "\(other.error)")
    }

    @Test("who posts what is there already hears how the buffer is discarded")
    func discard() {
        let failure = Failure(
            status: 400,
            body: [
                "message": "Collection site not added to Shipyard buffer",
                "reason": "Collection created no new revision",
            ])
        #expect(failure.fullText.contains("boatyard create configdocs NAME --empty-collection --replace"))
    }

    @Test("an answer that cannot be read is an error, and nothing is concluded of it")
    func unreadable() throws {
        func answer(_ text: String) -> Daemon.Response {
            Daemon.Response(status: 200, contentType: "application/x-yaml", bytes: Array(text.utf8))
        }
        let failure = #expect(throws: Failure.self) {
            try answer("results: [\"a\\0b\"]").data(of: "GET revisions")
        }
        #expect(failure?.text.hasPrefix("Error: the answer to GET revisions cannot be read: ") == true)
        #expect(try answer("{\"a\": 1}").data(of: "GET x") == ["a": 1])
        #expect(try answer("").data(of: "GET x") == .null)
    }

    @Test("unspecified reasons are not told, one machine is no machines, and collections are named by an option")
    func words() async throws {
        #expect(Failure(status: 404, body: ["message": "m", "reason": "Unspecified"]).text == "Error: m")
        #expect(Forget.text(1) == "1 unknown machine removed.")
        #expect(Forget.text(2) == "2 unknown machines removed.")
        let id = "01m80t51jjgbg83gb8647m8x23"
        #expect(try Forget.path(of: id, among: []) == "unknown-machines/\(id)")
        #expect(try Forget.path(of: "n4", among: []) == "nodes/n4")
        let wrong = await #expect(throws: (any Error).self) {
            try await GetConfigdocs.asyncParse(["site", "--committed"])
        }
        #expect(wrong.map { GetConfigdocs.message(for: $0) }?.contains("--collection site") == true)
    }

    @Test("an id that can be no action's is refused with where ids are found")
    func ids() throws {
        for id in ["deploy_site", "01JD", String(repeating: "-", count: 26)] {
            let failure = #expect(throws: Failure.self) { try Reference.action(["action/\(id)"]) }
            #expect(failure?.exitCode == Failure.usage)
            #expect(failure?.text.contains("\nHint: boatyard get actions") == true, "\(failure?.text ?? "")")
        }
    }

    @Test("a message that says everything has no hint")
    func noHint() {
        #expect(Failure("Error: x").fullText == "Error: x")
        #expect(Failure(status: 404, body: ["message": "Revision not found"]).fullText == "Error: Revision not found")
        #expect(Failure(status: 401, body: .null).fullText.contains("OS_USERNAME"))
    }

    @Test("every parameter that the daemon knows is taken, no other, and those of other actions are not")
    func parameters() throws {
        for (name, parameter) in [
            ("deploy_site", "continue-on-fail=true"), ("update_site", "continue-on-fail=true"),
            ("update_software", "continue-on-fail=true"), ("redeploy_server", "target_nodes=n1,n2"),
            ("relabel_nodes", "target_nodes=n1"), ("test_site", "release=one"),
        ] {
            _ = try CreateAction.parse([name, "--param", parameter])
            let error = #expect(throws: (any Error).self) {
                try CreateAction.parse([name, "--param", "target_node=n1"])
            }
            let text = error.map { CreateAction.fullMessage(for: $0) } ?? ""
            #expect(text.contains("\(name) has no parameter target_node"), "\(text)")
            #expect(text.contains(parameter.prefix { $0 != "=" }), "\(text)")
        }
        #expect(throws: (any Error).self) { try CreateAction.parse(["deploy_site", "--param", "target_nodes=n1"]) }
    }

    @Test("the command line takes every action of the table with its parameters, and tells of them")
    func actions() throws {
        for kind in SiteActionKind.allCases {
            let parameters = kind.definition.parameters
            _ = try CreateAction.parse([kind.rawValue] + parameters.flatMap { ["--param", "\($0.rawValue)=x"] })
            for other in SiteActionParameter.allCases where !parameters.contains(other) {
                #expect(throws: (any Error).self) {
                    try CreateAction.parse([kind.rawValue, "--param", "\(other.rawValue)=x"])
                }
            }
            #expect(CreateAction.helpMessage().contains(kind.rawValue))
            #expect(ActionHelp.nameCompletions.contains(kind.rawValue))
        }
        #expect(throws: (any Error).self) { try CreateAction.parse(["upgrade_site"]) }
        #expect(
            ActionHelp.parameters
                == "target_nodes=NAME,NAME… for redeploy_server and relabel_nodes, which need it; "
                + "continue-on-fail=true for all but test_site; release=NAME for test_site.")
        #expect(ActionHelp.parameterCompletions == ["target_nodes=", "continue-on-fail=true", "release="])
    }

    @Test("what keeps us from the daemon is one sentence with a remedy")
    func trouble() throws {
        func text(_ code: CInt, _ place: String, isSocket: Bool) -> String {
            ConnectionTrouble(place: place, isSocket: isSocket, error: OutboundError(.unreachable(code), "connect"))
                .text
        }
        #expect(text(EACCES, "/run/x", isSocket: true).contains("sudo adduser $USER boatyard"))
        #expect(text(ENOENT, "/run/x", isSocket: true).contains("systemctl status boatyard"))
        #expect(text(ECONNREFUSED, #filePath, isSocket: true).contains("that is no socket"))
        #expect(text(ECONNREFUSED, "/nowhere", isSocket: true).contains("nobody listens"))
        #expect(text(ECONNREFUSED, "http://h:1", isSocket: false).contains("listener api"))
        #expect(text(EHOSTUNREACH, "http://h:1", isSocket: false).contains("no way to that host"))
    }

    @Test("the program says so, too, and ends with 3, or with 64 for what is no address")
    func program() throws {
        let port = try FreePort.tcp()
        let long = "/tmp/" + String(repeating: "a", count: 120)
        for (arguments, status, text) in [
            (["--socket", "/nowhere/api.sock"], Int32(3), "there is no such socket"),
            (["--socket", #filePath], 3, "that is no socket"), (["--socket", long], 3, "takes 107 bytes"),
            (["--url", "http://127.0.0.1:\(port)"], 3, "the connection is refused"),
            (["--url", "http://localhost:\(port)"], 3, "the connection is refused"),
            (["--url", "http://"], 64, "is no http or https address"),
            (["--url", "seed:9000"], 64, "http://seed:9000"),
            (["--url", "http://127.0.0.1:99999"], 64, "is no http or https address"),
        ] {
            let run = try Program("boatyard", ["get", "nodes"] + arguments)
            #expect(run.wait() == status, "\(arguments)")
            #expect(run.standardError.contains(text), "\(arguments): \(run.standardError)")
            #expect(run.standardError.split(separator: "\n").count == 1 || status == 64, "\(run.standardError)")
        }
    }

    @Test("shells get completions of every program", arguments: ["bash", "zsh", "fish"])
    func completions(shell: String) throws {
        for program in ["boatyard", "boatyardd", "boatyard-rehearse"] {
            let run = try Program(program, ["--generate-completion-script", shell])
            #expect(run.wait() == 0, "\(run.standardError)")
            #expect(run.standardOutput.contains(program))
        }
    }
}
