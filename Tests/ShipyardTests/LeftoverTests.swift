import Drydock
import DrydockFake
import MessageCatalog
import Primitives
import Store
import TestSupport
import Testing

@testable import Shipyard

@Suite("Tasks of actions whose stop was not carried out any more")
struct LeftoverTests {
    @Test("are ended at the start; where those of one action cannot be, those of the others are all the same")
    func refused() async throws {
        try await Fixture.withService { fixture, _ in
            let log = RecordedLog()
            let (service, database) = try fixture.open(path: fixture.folder + "/other.db") { $0.logger = log.logger }
            fixture.provisioner.hold([.prepareNodes])
            var actions: [String] = []
            var tasks: [String] = []
            for _ in 1...3 {
                let id = try await fixture.insert([], service).id
                actions.append(id)
                tasks.append(
                    try await fixture.provisioner.createTask(
                        TaskRequest(
                            action: .prepareNodes, design: "deckhand+http://d", createdBy: "shipyard", key: "\(id)/1")
                    ).id)
                try await database.write {
                    try $0.execute("UPDATE shipyard_actions SET state = 'failed' WHERE id = ?", [.text(id)])
                    try $0.execute(
                        """
                        INSERT INTO shipyard_audit (id, action_id, command, user, time, sequence)
                            VALUES (?, ?, 'stop', 'tester', 0, (SELECT coalesce(max(sequence), 0) + 1 FROM shipyard_audit))
                        """, [.text(ULID().description), .text(id)])
                }
            }
            // The first to be looked at is the newest.
            fixture.provisioner.failTerminating(keyPrefix: "\(actions[2])/")
            await service.terminateLeftovers()
            var ended: [Bool] = []
            for task in tasks { ended.append(try await fixture.provisioner.task(task)?.status == .terminated) }
            #expect(ended == [true, true, false])
            let complaints = log.events.filter { $0.entry == .tasksNotTerminated }.map(\.message)
            #expect(complaints.count == 1 && complaints[0].contains(actions[2]), "\(complaints)")
            await database.close()
        }
    }
}
