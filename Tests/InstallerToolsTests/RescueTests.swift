import Primitives
import TestSupport
import Testing

@testable import InstallerTools

@Suite struct RescueTests {
    private func agent(_ mode: String, _ plan: Value, _ folder: String) throws -> InstallerAgent {
        let line = "boatyard.url=http://127.0.0.1:1 boatyard.mac=525400000011 boatyard.token=t boatyard.mode=\(mode)"
        let file = AgentState.File(path: "\(folder)/state.json")
        try file.write(AgentState(plan: plan))
        return InstallerAgent(
            parameters: try BootParameters(commandLine: line), token: Secret("t"), log: InstallerLog { _ in },
            file: file,
            target: TargetRoot(path: "\(folder)/target"))
    }

    @Test("a machine that was booted for rescue leaves every other plan alone", arguments: ["install", "erase"])
    func otherPlans(kind: String) async throws {
        try await withTemporaryFolder { folder in
            let plan: Value = ["kind": .string(kind), "node": "n1", "deployment": "01CZTB7GN1000G40R40M30E27Z"]
            let ending = try await agent("rescue", plan, folder).run()
            #expect(ending == .stop("n1 was booted for rescue; the plan that is there for it is left alone"))
        }
    }

    @Test("a rescue without keys says what to do, and lets nobody in")
    func noKeys() async throws {
        try await withTemporaryFolder { folder in
            for keys: Value in [[], nil, ["# a comment", "two\nlines", ""], "ssh-ed25519"] {
                let ending = try await agent(
                    "install", ["kind": "rescue", "node": "n1", "authorized_keys": keys], folder
                ).run()
                guard case .stop(let reason) = ending else { throw Trouble("\(ending)") }
                #expect(reason.contains("authorized_keys"))
            }
        }
    }

    @Test("a machine that has failed, or is erased, does nothing more in this boot", arguments: ["failed", "erased"])
    func ended(phase: String) async throws {
        try await withTemporaryFolder { folder in
            let agent = try agent("install", ["kind": "install", "node": "n1"], folder)
            var state = AgentState(plan: ["kind": "install", "node": "n1"])
            state.reported = ["started", phase]
            try AgentState.File(path: "\(folder)/state.json").write(state)
            let reason = "n1 has reported '\(phase)' already; restart it for another attempt"
            #expect(try await agent.run() == .stop(reason))
        }
    }

    @Test("a machine that is installed already only restarts")
    func installed() async throws {
        try await withTemporaryFolder { folder in
            let agent = try agent("install", ["kind": "install", "node": "n1"], folder)
            var state = AgentState(plan: ["kind": "install", "node": "n1"])
            state.reported = ["started", "installed"]
            try AgentState.File(path: "\(folder)/state.json").write(state)
            #expect(try await agent.run() == .reboot("n1 is installed"))
        }
    }
}
