import MessageCatalog
import Primitives
import TestSupport
import Testing

@testable import Drydock

@Suite("What the log tells of machines that boot", .timeLimit(.minutes(2)))
struct InstallerLogTests {
    @Test("scripts for addresses without number are lines at first, and then a count")
    func scripts() async throws {
        let log = RecordedLog()
        func lines(_ begin: String) -> [String] { log.lines.filter { $0.contains(begin) } }
        try await withTemporaryFolder { folder in
            let daemon = try TestDaemon(folder: folder, outOfBand: HeldBMCs(), log: log)
            daemon.start()
            let service = await daemon.service()
            for number in 0..<150 {
                let mac = try #require(
                    MACAddress("02:00:00:00:01:" + (number < 16 ? "0" : "") + String(number, radix: 16)))
                _ = try await service.bootScript(mac: mac, peer: "192.0.2.77:\(4000 + number)")
            }
            _ = try await service.bootScript(mac: MACAddress("02:00:00:00:02:00") ?? .zero, peer: "192.0.2.78:4000")
            await daemon.stop()
        }
        let told = lines("info a machine boots the installer")
        #expect(told.count == 121)
        // Whoever comes from elsewhere is told all the same.
        #expect(told.last?.contains("mac=02:00:00:00:02:00") == true)
        let counts = lines("machines' requests that were repeated")
        #expect(
            counts == [
                "notice machines' requests that were repeated and not logged one by one: "
                    + "30 a machine boots the installer from 192.0.2.77 repeated=30"
            ])
    }

    @Test("the log stays bounded from however many addresses they ask")
    func many() {
        let log = RecordedLog()
        let installer = InstallerLog(logger: log.logger)
        for number in 0..<5000 {
            installer.record(
                .inventorySent, "a machine has sent its inventory", from: "2001:db8::\(number)", metadata: [:])
        }
        #expect(log.events.count == 600)
        installer.summarize()
        #expect(log.events.count == 601)
        #expect(log.lines.last?.hasSuffix("repeated=4400") == true)
        installer.summarize()
        #expect(log.events.count == 601)
    }
}
