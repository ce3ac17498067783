import Primitives
import SiteDesign
import Store
import Synchronization
import TestSupport
import Testing

@testable import Drydock

@Suite("A node that the design gives no boot MAC")
struct PoweredBMCTests {
    @Test("is who tells its BMC's address in the ten minutes after that was powered, and nobody before and after")
    func window() async throws {
        try await withTemporaryFolder { folder in
            let database = try Database.open(
                path: folder + "/boatyard.db", migrations: DrydockMigration.all.withoutGaps)
            let clock = Mutex(Timestamp(microseconds: 1_000_000_000_000))
            let machines = MachineStore(
                database: database, notifier: Notifier(), now: { clock.withLock { $0 } })
            try await machines.expect(
                ["n1"], of: [ExpectedNode(node: "n1", bmcAddress: "10.0.0.11", bootMAC: nil, bootMode: .bios)])
            let mac = try #require(MACAddress("52:54:00:00:00:77"))
            let inventory = try Inventory(["bmc_address": "10.0.0.11"])
            func verdict(after seconds: Double) async throws -> IdentityCase.Verdict {
                let now = clock.withLock { clock -> Timestamp in
                    clock = clock.adding(seconds: seconds)
                    return clock
                }
                let boot = Boot(mac: mac, identity: BootIdentity(tokenHash: "aa"), peer: "192.0.2.7", minted: now)
                return try await database.write { connection in
                    try MachineStore.identityCase(boot, inventory, window: 600, at: now, connection).case.decide()
                        .verdict
                }
            }
            #expect(try await verdict(after: 0) == .nobody)
            try await machines.notePowered("n1")
            #expect(try await verdict(after: 1) == .node("n1"))
            #expect(try await verdict(after: 598) == .node("n1"))
            #expect(try await verdict(after: 2) == .nobody)
            #expect(try await verdict(after: -3600) == .nobody, "the clock was set back")
            await database.close()
        }
    }
}
