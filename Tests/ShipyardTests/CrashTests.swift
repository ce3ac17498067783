import Drydock
import DrydockFake
import OrderedCollections
import Primitives
import SiteActions
import Store
import Synchronization
import TestSupport
import Testing

@testable import Shipyard

@Suite struct CrashTests {
    /// Copies of the database as a kill at various moments would have left it.
    private final class Snapshots: Sendable {
        let taken = Mutex<[String]>([])

        func take(_ database: Database, _ folder: String) async throws {
            let copy = folder + "/copy\(taken.withLock { $0.count }).db"
            // While someone reads, the log is neither moved into the file nor cut.
            try await database.read { connection in
                _ = try connection.query("SELECT count(*) FROM shipyard_actions")
                for suffix in ["", "-wal"] {
                    try FileContents.write(try FileContents.read(database.path + suffix), to: copy + suffix)
                }
            }
            taken.withLock { $0.append(copy) }
        }
    }

    @Test(
        "an action that was killed before or after any of its steps ends as if it had not been, nothing started twice",
        arguments: ["deploy_site", "update_site", "redeploy_server"])
    func everywhere(name: String) async throws {
        try await Fixture.with { fixture in
            let snapshots = Snapshots()
            let handle = Mutex<Database?>(nil)
            let (service, database) = try fixture.open { dependencies in
                for (name, operation) in StepOperator.operations {
                    dependencies.operations[name] = { context in
                        guard let database = handle.withLock({ $0 }) else { throw Trouble("no database") }
                        try await snapshots.take(database, fixture.folder)
                        let outcome = try await operation(context)
                        try await snapshots.take(database, fixture.folder)
                        return outcome
                    }
                }
            }
            handle.withLock { $0 = database }
            fixture.provisioner.show([MachineStatus(node: "n1", hostname: "n1", state: .deployed, power: .on)])
            try await fixture.commitSite(service)
            let id = try await fixture.create(service, name, ["target_nodes": "n1"])
            await service.waitUntilFinished(id)
            let undisturbed = try await service.action(id, verbosity: 0)
            #expect(undisturbed["action_lifecycle"] == "Complete")
            let starts = fixture.provisioner.starts
            await database.close()

            let copies = snapshots.taken.withLock { $0 }
            #expect(copies.count >= 20)
            for copy in copies {
                let (next, reopened) = try fixture.open(path: copy)
                let running = Task { try await next.run() }
                while try await next.action(id, verbosity: 0)["dag_status"] == "running" {
                    try await Task.sleep(for: .milliseconds(1))
                }
                let action = try await next.action(id, verbosity: 0)
                #expect(states(action) == states(undisturbed), "\(copy)")
                running.cancel()
                try await running.value
                await reopened.close()
            }
            #expect(fixture.provisioner.starts == starts)
        }
    }

    private func states(_ action: Value) -> [Value] {
        [action["dag_status"] ?? .null] + (action["steps"]?.arrayValue ?? []).map { $0["state"] ?? .null }
    }
}
