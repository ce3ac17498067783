import Drydock
import DrydockFake
import OrderedCollections
import Primitives
import Store
import Synchronization
import TestSupport
import Testing

@testable import Shipyard

@Suite("State and logs of actions", .timeLimit(.minutes(5))) struct StateTests {
    @Test("logs of ended actions go when they are old enough, those of actions that go on stay")
    func retention() async throws {
        try await Fixture.with { fixture in
            let days = Mutex(0.0)
            let (service, database) = try fixture.open {
                $0.now = { Timestamp.now().adding(seconds: days.withLock { $0 } * 86400) }
            }
            try await fixture.commitSite(service)
            let ended = try await fixture.create(service, "test_site")
            await service.waitUntilFinished(ended)
            fixture.provisioner.hold([.verifySite])
            let open = try await fixture.create(service, "deploy_site")
            await fixture.provisioner.waitForStart(of: .verifySite)
            func folders() -> Set<String> { Set(FolderContents.names(in: fixture.folder + "/logs") ?? []) }
            #expect(folders() == [ended, open])
            days.withLock { $0 = 89 }
            try await service.pruneLogs(olderThan: 90)
            #expect(folders() == [ended, open])
            days.withLock { $0 = 91 }
            try await service.pruneLogs(olderThan: 90)
            #expect(folders() == [open])
            let path = try await service.stepLog("dag_concurrency_check", of: open, tryNumber: nil)
            #expect(try !FileContents.read(path).isEmpty)
            try await service.control("stop", of: open, caller: fixture.caller)
            await service.waitUntilFinished(open)
            await database.close()
        }
    }

    @Test("while the database is full the end of a step waits and commands fail; both go on once there is room")
    func fullDatabase() async throws {
        try await Fixture.with { fixture in
            let log = RecordedLog()
            let (service, database) = try fixture.open { $0.logger = log.logger }
            try await fixture.commitSite(service)
            fixture.provisioner.hold([.verifySite])
            let id = try await fixture.create(service, "deploy_site")
            await fixture.provisioner.waitForStart(of: .verifySite)
            let step = "drydock_build.verify_site"
            while try await service.step(step, of: id, verbosity: 1)["waiting_for"] == nil {
                try Task.checkCancellation()
                await Task.yield()
            }
            func expectFull(_ body: () async throws -> Void) async {
                let error = await #expect(throws: StoreError.self) { try await body() }
                #expect(error?.problem == .full)
            }
            try await database.fill("shipyard_")
            await expectFull { try await service.control("pause", of: id, caller: fixture.caller) }
            fixture.provisioner.release()
            func complaints() -> Int {
                log.events.count { $0.message.hasPrefix("cannot write down the state of the action") }
            }
            while complaints() == 0 {
                try Task.checkCancellation()
                await Task.yield()
            }
            // Now the end of the step waits, and a command does not wait behind it.
            await expectFull { try await service.control("stop", of: id, caller: fixture.caller) }
            await expectFull { _ = try await fixture.create(service, "test_site") }
            #expect(try await service.step(step, of: id, verbosity: 0)["state"] == "running")

            try await database.freeSpace()
            await service.waitUntilFinished(id)
            let action = try await service.action(id, verbosity: 1)
            #expect(action["action_lifecycle"] == "Complete")
            #expect(action["command_audit"]?.arrayValue?.compactMap { $0["command"]?.stringValue } == ["invoke"])
            #expect(complaints() == 1)
            await database.close()
        }
    }
}
