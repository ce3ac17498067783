import Audit
import Cryptography
import Deckhand
import Drydock
import IPMI
import MessageCatalog
import NIOPosix
import OutOfBand
import Primitives
import Shipyard
import Store
import TestSupport
import Testing

@testable import BoatyardDaemon
@testable import Settings

@Suite("The removal of old files")
struct RetentionTests {
    @Test("of one kind that fails keeps no other one from it")
    func broken() async throws {
        try await withTemporaryFolder { folder in
            let database = try Database.open(path: folder + "/boatyard.db", migrations: DaemonServices.migrations)
            let key = Secret([UInt8](repeating: 5, count: 32))
            let documents = try DocumentService(database: database, masterKey: key)
            let log = RecordedLog()
            // Whatever is written now is old then.
            let now: @Sendable () -> Timestamp = { .now().adding(seconds: 3 * 86400) }
            let drydock = DrydockService(
                DrydockDependencies(
                    database: database, documents: documents,
                    configuration: DrydockConfiguration(
                        stateDirectory: folder, nodeURL: { "http://192.0.2.1:8080" },
                        internalURL: { "http://192.0.2.1:9000/api/v1.0" },
                        timeouts: DrydockConfiguration.Timeouts(
                            drydock: 300, identifyNode: 600, configureHardware: 1800, deployNode: 2700,
                            bootActionFinalStatus: 900, destroyNode: 1800)),
                    outOfBand: OutOfBand(
                        client: IPMIClient(group: MultiThreadedEventLoopGroup.singleton),
                        timing: OutOfBandTiming(
                            attempts: 1, pauseBetweenAttempts: .zero, polls: 1, pauseBetweenPolls: .zero,
                            manualPause: nil),
                        maximumSessions: 1, logger: log.logger),
                    keys: Keyring(key), logger: log.logger, now: now))
            var dependencies = ShipyardDependencies(
                database: database, documents: documents, provisioner: drydock,
                deckhandEndpoint: "http://127.0.0.1:9000/api/v1.0", logFolder: folder + "/logs", versionOnCreate: nil,
                versionOnCommit: nil, deploysGroupsConcurrently: false, logger: log.logger)
            dependencies.now = now
            let files = ["\(folder)/logs/action/step.log", "\(folder)/builddata/n1/old.data"]
            for file in files {
                try FileContents.makeFolder(String(file.prefix(upTo: file.lastIndex(of: "/") ?? file.endIndex)))
                try FileContents.write(Array("x".utf8), to: file)
            }
            var settings = Settings.Retention()
            (settings.logs, settings.buildData, settings.bootData, settings.audit) = (1, 1, 1, 1)
            let retention = Retention(
                settings: { [settings] in settings }, drydock: drydock, shipyard: ShipyardService(dependencies),
                audit: AuditTrail(database: database, logger: log.logger, now: now), logger: log.logger)
            // What goes first, and what goes first of Drydock's.
            try await database.write {
                try $0.execute("DROP TABLE audit")
                try $0.execute("DROP TABLE drydock_timeline")
            }
            await retention.removeAged()
            for file in files { #expect((try? FileContents.read(file)) == nil, "\(file)") }
            #expect(log.events.count { $0.entry == .oldFilesKept } == 2, "\(log.lines)")
            await database.close()
        }
    }
}
