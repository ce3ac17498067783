import IPMI
import NIOPosix
import Primitives
import Simulator
import SiteDesign
import TestSupport
import Testing

@testable import OutOfBand

@Suite("What is remembered of BMCs")
struct BMCMemoryTests {
    private static let start = Timestamp(microseconds: 1_790_000_000_000_000)
    private static func fingerprint(_ digit: String) throws -> CertificateFingerprint {
        try #require(CertificateFingerprint(String(repeating: digit, count: 64)))
    }

    private func outOfBand(_ site: Site, _ memory: BMCMemory, _ pauses: Pauses = Pauses()) -> OutOfBand {
        OutOfBand(
            client: IPMIClient(configuration: IPMIConfiguration(), memory: memory), timing: .patient, map: site.map,
            maximumSessions: 64, memory: memory, logger: RecordedLog().logger, pause: { try await pauses.take($0) },
            now: pauses.now)
    }

    /// What a restart leaves.
    private func reloaded(_ memory: BMCMemory, key: Secret<[UInt8]>) throws -> BMCMemory {
        let after = BMCMemory(key: { key })
        var records: [String: BMCRecord] = [:]
        for (name, record) in memory.takeChanges(all: true) {
            records[name] = try record.map {
                try #require(BMCRecord(stored: try Value(json: $0.stored.json(.compact))))
            }
        }
        after.load(records)
        return after
    }

    @Test("everything that is known of a BMC survives a restart")
    func stored() throws {
        var record = BMCRecord(seen: Self.start)
        #expect(BMCRecord(stored: record.stored) == record)
        record.user = "admin"
        record.parameters = SessionParameters(suite: .suite3, privilege: .operator)
        record.quirks = [.checksums: .init(count: 3, last: Self.start)]
        record.dropped = ["integrity code wrong": .init(count: 7, last: Self.start)]
        record.latency = 0.0625
        (record.vendor, record.model, record.firmware) = ("ACME", "X9", "1.10")
        record.identified = Self.start
        record.certificate = .init(fingerprint: try Self.fingerprint("a"), since: Self.start)
        record.otherCertificate = .init(fingerprint: try Self.fingerprint("b"), since: Self.start)
        record.refusedSecret = .init(digest: "ff", time: Self.start, reason: "the password is wrong")
        record.answered = Self.start
        record.failure = .init(code: "bmc.timeout", message: "no answer", time: Self.start)
        #expect(BMCRecord(stored: record.stored) == record)
        #expect(!record.report.json(.compact).contains("\"ff\""))
        for value in [Value.null, [], ["seen": "x"], ["quirks": []]] { #expect(BMCRecord(stored: value) == nil) }
    }

    @Test("a session tells suite, level, latency and what was dropped, and the next one begins with what worked")
    func sessions() async throws {
        let key = Secret([UInt8](repeating: 1, count: 32))
        let memory = BMCMemory(key: { key })
        try await Site.with(suites: [.suite3]) { (site) async throws -> Void in
            _ = try await outOfBand(site, memory).driver(for: node()).powerState(until: later)
            let place = try #require(try outOfBand(site, memory).driver(for: node()).memoryPlace)
            let record = try #require(memory.record(place.name))
            #expect(record.user == "admin" && record.parameters?.suite == .suite3)
            #expect(record.latency.map { $0 > 0 && $0 < 60 } == true && record.answered != nil)
            #expect(record.firmware == "1.10")
            let asked = try await site.server.statistics().sessionRequests
            #expect(asked > 1)
            let after = try reloaded(memory, key: key)
            _ = try await outOfBand(site, after).driver(for: node()).powerState(until: later)
            #expect(try await site.server.statistics().sessionRequests == asked + 1)
        }
    }

    @Test(
        "a BMC that takes an order and does not carry it out, or cannot read it back, has that as its last failure",
        arguments: ["oob.power", "oob.boot-device", "bmc.command"])
    func ignoredOrders(code: String) async throws {
        var faults = BMCFaults()
        faults.ignoresPower = code == "oob.power"
        faults.ignoresBootDevice = code == "oob.boot-device"
        faults.hidesBootDevice = code == "bmc.command"
        let memory = BMCMemory()
        try await Site.with(faults: faults) { (site) async throws -> Void in
            let driver = try outOfBand(site, memory).driver(for: node())
            let name = try #require(driver.memoryPlace).name
            if code == "oob.power" {
                await #expect(throws: BoatyardError.self) { try await driver.powerOn(until: later) }
            } else if code == "oob.boot-device" {
                await #expect(throws: BoatyardError.self) {
                    try await driver.setNextBoot(from: .network, .bios, until: later)
                }
            } else {
                _ = try await driver.setNextBoot(from: .network, .bios, until: later)
                #expect(memory.record(name)?.failure?.message.contains("cannot be read back") == true)
            }
            let record = try #require(memory.record(name))
            #expect(record.failure?.code.hasPrefix(code) == true, "\(record.failure as Any)")
            #expect(record.answered != nil)
        }
    }

    @Test("a certificate survives a restart; another one is an alarm until the BMC is forgotten")
    func certificates() throws {
        let key = Secret([UInt8](repeating: 1, count: 32))
        let memory = BMCMemory(key: { key })
        let (first, second) = (try Self.fingerprint("1"), try Self.fingerprint("2"))
        #expect(memory.fingerprint(of: "10.0.0.11:443", orRemember: first) == first)
        let after = try reloaded(memory, key: key)
        #expect(after.fingerprint(of: "10.0.0.11:443", orRemember: second) == first)
        let name = BMCMemory.name(.redfish, "10.0.0.11:443")
        #expect(after.record(name)?.otherCertificate?.fingerprint == second)
        let again = try reloaded(after, key: key)
        #expect(again.fingerprint(of: "10.0.0.11:443", orRemember: second) == first)
        #expect(again.forget(name) && !again.forget(name))
        #expect(again.takeChanges(all: false)[name] == .some(nil))
        #expect(again.fingerprint(of: "10.0.0.11:443", orRemember: second) == second)
        // A fingerprint of the design counts at once.
        again.expect(first, of: "10.0.0.11:443")
        #expect(again.fingerprint(of: "10.0.0.11:443", orRemember: second) == first)
    }

    @Test("no more BMCs are remembered than have a place: those go that were silent for the longest time")
    func bounded() throws {
        let clock = Pauses()
        let memory = BMCMemory(key: { Secret([]) }, now: clock.now)
        let fingerprint = try Self.fingerprint("1")
        for number in 0...BMCMemory.capacity {
            _ = memory.fingerprint(of: "peer-\(number)", orRemember: fingerprint)
        }
        let changes = memory.takeChanges(all: true)
        #expect(changes.values.count { $0 != nil } <= BMCMemory.capacity)
        #expect(memory.record(BMCMemory.name(.redfish, "peer-\(BMCMemory.capacity)")) != nil)
        // What could not be written is due again.
        memory.restore(changes)
        #expect(memory.takeChanges(all: false).count == changes.count)
        #expect(memory.takeChanges(all: true).isEmpty)
    }

    @Test("a secret that was refused twice waits until it changes, or until an operator asks")
    func refusedSecret() async throws {
        let memory = BMCMemory()
        let pauses = Pauses()
        try await Site.with { (site) async throws -> Void in
            let wrong = try outOfBand(site, memory, pauses).driver(for: node(password: "wrong"))
            let first = await #expect(throws: BoatyardError.self) { try await wrong.powerOn(until: later) }
            #expect(first?.code == "bmc.authentication")
            let asked = try await site.server.statistics().sessionRequests
            let second = await #expect(throws: BoatyardError.self) { try await wrong.powerOn(until: later) }
            #expect(second?.code == "bmc.authentication")
            #expect(second?.message.contains("it is not tried again until they change") == true, "\(second as Any)")
            #expect(second?.message.contains("boatyard bmc power status n01") == true)
            let reason = second?.cause?.inWords ?? ""
            #expect(!reason.isEmpty && first?.message.contains(reason) == true, "\(first as Any): \(second as Any)")
            #expect(try await site.server.statistics().sessionRequests == asked)
            await #expect(throws: BoatyardError.self) { try await wrong.answer(.powerStatus, until: later) }
            #expect(try await site.server.statistics().sessionRequests > asked)
            #expect(!String(describing: memory).contains("wrong"))
            // Changed in the design.
            let right = try outOfBand(site, memory, pauses).driver(for: node())
            _ = try await right.powerOn(until: later)
            #expect(memory.record(try #require(right.memoryPlace).name)?.refusedSecret == nil)
        }
    }

    @Test(
        "a look of one attempt that is refused proves nothing: the next command has one attempt more, and it is two in all"
    )
    func refusedOnce() async throws {
        let memory = BMCMemory()
        let pauses = Pauses()
        try await Site.with { (site) async throws -> Void in
            let drivers = outOfBand(site, memory, pauses)
            let glance = try drivers.withoutRepetition.driver(for: node(password: "wrong"))
            let name = try #require(glance.memoryPlace).name
            let first = await #expect(throws: BoatyardError.self) { try await glance.powerState(until: later) }
            #expect(first?.code == "bmc.authentication" && first?.message.contains("attempt") == false)
            #expect(memory.record(name)?.refusedSecret == nil)
            let wrong = try drivers.driver(for: node(password: "wrong"))
            let second = await #expect(throws: BoatyardError.self) { try await wrong.powerOn(until: later) }
            #expect(second?.message.contains("(attempt 2 of 2)") == true, "\(second as Any)")
            #expect(pauses.all.isEmpty, "there was one attempt")
            #expect(memory.record(name)?.refusedSecret != nil)
            // That it was refused once is forgotten once the account is taken.
            #expect(memory.forget(name))
            _ = await #expect(throws: BoatyardError.self) { try await glance.powerState(until: later) }
            _ = try await drivers.driver(for: node()).powerState(until: later)
            _ = await #expect(throws: BoatyardError.self) { try await wrong.powerOn(until: later) }
            #expect(pauses.all.count == 1, "there were two attempts")
        }
    }

    @Test("a BMC with IPMI that repeats its password has it neither shown nor remembered")
    func repeatedSecret() async throws {
        let memory = BMCMemory()
        // The model that the simulator has, and what the name of its sensor begins with.
        for password in ["simulated MACHINE", "Inlet"] {
            try await Site.with(password: password) { (site) async throws -> Void in
                let driver = try outOfBand(site, memory).driver(for: node(password: password))
                let information = try await driver.answer(.information, until: later)
                let sensors = try await driver.answer(.sensors(thresholds: false), until: later)
                for answer in [information, sensors] {
                    #expect(!answer.json(.compact).lowercased().contains(password.lowercased()))
                }
                #expect(password != "Inlet" || sensors["sensors"]?[0]?["name"] == "[secret] Temp")
                let known = memory.record(try #require(driver.memoryPlace).name)
                #expect(known?.model == (password == "Inlet" ? "Simulated machine" : "[secret]"))
                #expect(known?.firmware == "1.10")
            }
        }
    }

    @Test("an event log that a BMC does not list whole is not cleared, and what is missing is told")
    func hiddenEvents() async throws {
        var faults = BMCFaults()
        faults.hidesEvents = true
        try await Site.with(faults: faults) { (site) async throws -> Void in
            let driver = try outOfBand(site, BMCMemory()).driver(for: node())
            _ = try await driver.answer(.power(.on), until: later)
            _ = try await driver.answer(.power(.cycle), until: later)
            let log = try await driver.answer(.eventLog(clears: false), until: later)
            #expect(log["entries"]?.arrayValue?.count == 1)
            #expect(log["missing"] == ["2 of the 3 entries that the BMC counts"])
            let error = await #expect(throws: BoatyardError.self) {
                try await driver.answer(.eventLog(clears: true), until: later)
            }
            #expect(error?.code == "oob.event-log")
            #expect(
                error?.message.contains("counts 3 entries in its event log and lists 1 of them: it was not cleared")
                    == true, "\(error?.message ?? "")")
            try await site.server.setFaults(BMCFaults())
            let all = try await driver.answer(.eventLog(clears: true), until: later)
            #expect(all["entries"]?.arrayValue?.count == 3 && all["missing"] == [] && all["cleared"] == true)
        }
    }

    @Test("an event log that is not cleared by the order, not even its only entry, is told as that")
    func keptEvents() async throws {
        var faults = BMCFaults()
        faults.keepsEvents = true
        try await Site.with(faults: faults) { (site) async throws -> Void in
            let driver = try outOfBand(site, BMCMemory()).driver(for: node())
            _ = try await driver.answer(.power(.on), until: later)
            let error = await #expect(throws: BoatyardError.self) {
                try await driver.answer(.eventLog(clears: true), until: later)
            }
            #expect(error?.code == "oob.event-log")
            #expect(
                error?.message.contains("and it has 1 of its 1 entries still") == true, "\(error?.message ?? "")")
        }
    }

    @Test("an operator's requests are answered in the queue of the BMC, orders with a look at what came of them")
    func requests() async throws {
        let memory = BMCMemory()
        try await Site.with { (site) async throws -> Void in
            let driver = try outOfBand(site, memory).driver(for: node())
            #expect(try await driver.answer(.powerStatus, until: later) == ["power": "off"])
            #expect(try await driver.answer(.power(.on), until: later) == ["power": "on", "was": "off"])
            #expect(
                try await driver.answer(.power(.cycle), until: later)
                    == ["power": "on", "was": "on", "seen_off": true])
            let boot = try await driver.answer(.boot(.bios, persistent: true, uefi: false), until: later)
            #expect(boot["read_back"] == ["persistent": true, "uefi": false])
            #expect(site.chassis.bootFlags == BootFlags(device: .bios, isPersistent: true))
            #expect(try await driver.answer(.identify(seconds: 9), until: later) == ["identify": 9, "seen": true])
            let log = try await driver.answer(.eventLog(clears: true), until: later)
            #expect(log["entries"]?.arrayValue?.count == 3)
            let clock = try await driver.answer(.clock, until: later)
            let ahead = try #require(clock["seconds_ahead"]?.doubleValue)
            #expect(clock["time"]?.stringValue != nil && ahead.magnitude < 60, "\(clock)")
            let sensors = try await driver.answer(.sensors(thresholds: true), until: later)
            #expect(sensors["sensors"]?[0]?["value"] == .double(25))
            let information = try await driver.answer(.information, until: later)
            #expect(information["inventory"]?["product"]?["name"] == "Simulated machine")
            #expect(memory.record(try #require(driver.memoryPlace).name)?.model == "Simulated machine")
            let manual = try outOfBand(site, memory).driver(for: node("manual", address: nil))
            let error = await #expect(throws: BoatyardError.self) {
                try await manual.answer(.powerStatus, until: later)
            }
            #expect(error?.code == "oob.request")
        }
    }
}
