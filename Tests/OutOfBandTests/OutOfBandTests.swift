import IPMI
import MessageCatalog
import NIOPosix
import OrderedCollections
import OutOfBand
import Primitives
import RehearsalMap
import Simulator
import SiteDesign
import Synchronization
import TestSupport
import Testing

extension OutOfBandTiming {
    /// What the daemon has by default; its pauses are counted, not waited for.
    static let patient = OutOfBandTiming(
        attempts: 5, pauseBetweenAttempts: .seconds(15), polls: 18, pauseBetweenPolls: .seconds(10),
        manualPause: .seconds(60))
}

/// A deadline that no test reaches.
let later = Timestamp.now().adding(seconds: 86400)

/// Counts the pauses that drivers take, and lets something happen in them. Its clock knows no other time than theirs.
final class Pauses: Sendable {
    static let start = Timestamp.now()
    private let taken = Mutex<[Duration]>([])
    private let passed = Mutex(Duration.zero)
    private let during: @Sendable (Int) async throws -> Void

    init(_ during: @escaping @Sendable (Int) async throws -> Void = { _ in }) { self.during = during }

    var all: [Duration] { taken.withLock { $0 } }

    @Sendable func now() -> Timestamp {
        Self.start.adding(
            seconds: Double((all.reduce(.zero, +) + passed.withLock { $0 }).components.seconds))
    }

    /// Lets time go by while nobody pauses.
    func pass(_ duration: Duration) { passed.withLock { $0 += duration } }

    func take(_ duration: Duration) async throws {
        let count = taken.withLock {
            $0.append(duration)
            return $0.count
        }
        try await during(count)
    }
}

func node(
    _ type: String = "ipmi", address: String? = "10.0.0.11", password: String? = "password"
) -> BaremetalNode {
    var settings = HostSettings()
    settings.outOfBandType = type
    settings.outOfBandParameters = ["network": "oob", "account": "admin", "libvirt_uri": "qemu+ssh://host/system"]
    settings.outOfBandParameters["credential"] = password
    let addressing = address.map { [NodeAddress(network: "oob", kind: .fixed, address: $0)] } ?? []
    return BaremetalNode(name: "n01", settings: settings, addressing: addressing)
}

/// A BMC on loopback that stands for 10.0.0.11.
struct Site {
    let chassis: SimulatedChassis
    let server: BMCServer

    static func with<Result: Sendable>(
        chassis: SimulatedChassis = SimulatedChassis(), faults: BMCFaults = BMCFaults(),
        suites: [CipherSuite] = [.suite3, .suite17], user: String = "admin", password: String = "password",
        _ body: (Site) async throws -> Result
    ) async throws -> Result {
        var configuration = BMCConfiguration(user: user, password: Secret(password), guid: [])
        configuration.suites = suites
        let server = try await BMCServer.start(
            group: MultiThreadedEventLoopGroup.singleton, host: "127.0.0.1", port: 0, configuration: configuration,
            chassis: chassis, faults: faults)
        do {
            let result = try await body(Site(chassis: chassis, server: server))
            await server.stop()
            return result
        } catch {
            await server.stop()
            throw error
        }
    }

    var map: RehearsalMap { RehearsalMap(bmc: ["10.0.0.11": "127.0.0.1:\(server.endpoint.port)"]) }

    /// - Parameter hasty: for a BMC that will not answer.
    func outOfBand(_ pauses: Pauses = Pauses(), journal: RecordedLog = RecordedLog(), hasty: Bool = false) -> OutOfBand
    {
        OutOfBand(
            client: IPMIClient(
                group: MultiThreadedEventLoopGroup.singleton,
                configuration: IPMIConfiguration(
                    retry: RetrySchedule(firstTimeout: hasty ? .milliseconds(100) : .seconds(1), attempts: 4)),
                logger: journal.logger),
            timing: .patient, map: map,
            maximumSessions: 64, logger: journal.logger, pause: { try await pauses.take($0) }, now: pauses.now)
    }
}

@Suite("Out-of-band commands")
struct OutOfBandTests {
    @Test(
        "the next boot is ordered once from the network and read back after three seconds",
        arguments: [BootMode.uefi, .bios])
    func nextBoot(mode: BootMode) async throws {
        let pauses = Pauses()
        try await Site.with { (site) async throws -> Void in
            let outcome = try await site.outOfBand(pauses).driver(for: node()).setNextBoot(
                from: .network, mode, until: later)
            #expect(!outcome.needsHuman)
            #expect(site.chassis.bootFlags == BootFlags(device: .pxe, isPersistent: false, isEFI: mode == .uefi))
            #expect(pauses.all == [.seconds(3)])
            // The order and the reading share a session.
            #expect(try await site.server.statistics().sessionsOpened == 1)
        }
    }

    @Test("the next boot is ordered once from the disk", arguments: [BootMode.uefi, .bios])
    func nextBootFromDisk(mode: BootMode) async throws {
        try await Site.with { (site) async throws -> Void in
            let outcome = try await site.outOfBand().driver(for: node()).setNextBoot(from: .disk, mode, until: later)
            #expect(outcome.message.contains("boots from the disk next"))
            #expect(site.chassis.bootFlags == BootFlags(device: .disk, isPersistent: false, isEFI: mode == .uefi))
        }
    }

    @Test("a BMC that forgets the boot device is an error that says so")
    func forgottenBootDevice() async throws {
        var faults = BMCFaults()
        faults.ignoresBootDevice = true
        try await Site.with(faults: faults) { (site) async throws -> Void in
            let error = await #expect(throws: BoatyardError.self) {
                try await site.outOfBand().driver(for: node()).setNextBoot(from: .network, .bios, until: later)
            }
            #expect(error?.code == "oob.boot-device")
            #expect(error?.message.contains("n01") == true && error?.message.contains("'none'") == true)
        }
    }

    @Test("a BMC that cannot read its boot device back is told of, and is no error")
    func unreadableBootDevice() async throws {
        var faults = BMCFaults()
        faults.hidesBootDevice = true
        try await Site.with(faults: faults) { (site) async throws -> Void in
            let outcome = try await site.outOfBand().driver(for: node()).setNextBoot(
                from: .network, .uefi, until: later)
            #expect(outcome.message.contains("cannot say whether it will"))
            #expect(site.chassis.bootFlags.device == .pxe)
        }
    }

    @Test("power is switched on, off and cycled without a pause where the BMC is quick")
    func power() async throws {
        let pauses = Pauses()
        try await Site.with { (site) async throws -> Void in
            let driver = try site.outOfBand(pauses).driver(for: node())
            #expect(try await driver.powerState(until: later) == .off)
            _ = try await driver.powerOn(until: later)
            #expect(site.chassis.isPoweredOn)
            #expect(try await driver.powerState(until: later) == .on)
            _ = try await driver.powerCycle(until: later)
            #expect(site.chassis.isPoweredOn)
            _ = try await driver.powerOff(until: later)
            #expect(!site.chassis.isPoweredOn)
            _ = try await driver.powerCycle(until: later)
            #expect(site.chassis.isPoweredOn)
            #expect(pauses.all.isEmpty)
        }
    }

    @Test("a node that goes off slowly is polled, after the first seconds every ten, until it is off")
    func slowPower() async throws {
        var faults = BMCFaults()
        faults.ignoresPower = true
        let chassis = SimulatedChassis(Chassis(isPoweredOn: true))
        let pauses = Pauses { count in if count == 6 { chassis.turnOff() } }
        try await Site.with(chassis: chassis, faults: faults) { (site) async throws -> Void in
            _ = try await site.outOfBand(pauses).driver(for: node()).powerOff(until: later)
            #expect(pauses.all == [1, 2, 4, 8, 10, 10].map { .seconds($0) })
        }
    }

    @Test("where a machine is switched is the address of its BMC, that of libvirt without credentials, or nowhere")
    func powerAddress() {
        #expect(node().powerAddress == "10.0.0.11")
        #expect(node("libvirt").powerAddress == "qemu+ssh://host/system")
        #expect(node("manual").powerAddress == nil)
        var settings = HostSettings()
        settings.outOfBandType = "libvirt"
        settings.outOfBandParameters = ["libvirt_uri": "qemu+ssh://root:canary88@host/system"]
        let guest = BaremetalNode(name: "n01", settings: settings, addressing: [])
        #expect(guest.powerAddress == "qemu+ssh://host/system")
    }

    @Test("a node that does not go off within the time of 17 pauses fails the cycle, and is not told to go on")
    func stuckPower() async throws {
        var faults = BMCFaults()
        faults.ignoresPower = true
        let pauses = Pauses()
        try await Site.with(chassis: SimulatedChassis(Chassis(isPoweredOn: true)), faults: faults) {
            (site) async throws -> Void in
            let error = await #expect(throws: BoatyardError.self) {
                try await site.outOfBand(pauses).driver(for: node()).powerCycle(until: later)
            }
            #expect(error?.code == "oob.power")
            #expect(error?.message.contains("is not off 170 s after") == true)
            #expect(error?.message.contains("was told so: asked 21 times, it reads on each time;") == true)
            #expect(
                pauses.all == [1, 2, 4, 8].map { .seconds($0) } + [Duration](repeating: .seconds(10), count: 15) + [
                    .seconds(5)
                ])
            // One command and 21 readings, in one session.
            #expect(try await site.server.statistics().sessionsOpened == 1)
        }
    }

    @Test("a BMC that comes back is reached at the third session, fifteen seconds apart")
    func retry() async throws {
        var faults = BMCFaults()
        faults.silent = true
        try await Site.with(faults: faults) { (site) async throws -> Void in
            let server = site.server
            let pauses = Pauses { count in if count == 2 { try await server.setFaults(BMCFaults()) } }
            #expect(
                try await site.outOfBand(pauses, hasty: true).driver(for: node()).powerState(until: later) == .off)
            #expect(pauses.all == [.seconds(15), .seconds(15)])
        }
    }

    @Test("a silent BMC is given up after five sessions, and the error says where")
    func silence() async throws {
        var faults = BMCFaults()
        faults.silent = true
        let pauses = Pauses()
        try await Site.with(faults: faults) { (site) async throws -> Void in
            let error = await #expect(throws: BoatyardError.self) {
                try await site.outOfBand(pauses, hasty: true).driver(for: node()).powerState(until: later)
            }
            #expect(error?.code == "bmc.timeout")
            #expect(error?.message.contains("Node n01, power status: BMC 10.0.0.11 (rehearsed at 127.0.0.1:") == true)
            // The message of the last session tells its own time alone.
            #expect(
                error?.message.hasSuffix(" (attempt 5 of 5), 60 s after the first one began") == true,
                "\(error?.message ?? "")")
            #expect(pauses.all.count == 4)
        }
    }

    @Test("a wrong password is tried twice at most: the account must not be locked out")
    func wrongPassword() async throws {
        let pauses = Pauses()
        let journal = RecordedLog()
        try await Site.with { (site) async throws -> Void in
            let error = await #expect(throws: BoatyardError.self) {
                try await site.outOfBand(pauses, journal: journal).driver(for: node(password: "sesame-17")).powerOn(
                    until: later)
            }
            #expect(!journal.lines.contains { $0.contains("sesame") })
            #expect(error?.code == "bmc.authentication")
            #expect(error?.description.contains("sesame") == false)
            #expect(error?.message.contains("attempt 2 of 2") == true)
            #expect(pauses.all == [.seconds(15)])
            while try await site.server.statistics().accountsRefused < 2 {
                try Task.checkCancellation()
                await Task.yield()
            }
            #expect(try await site.server.statistics().accountsRefused == 2)
        }
    }

    @Test("every command is logged with node, BMC, command and attempt, never with the password")
    func journal() async throws {
        let journal = RecordedLog()
        try await Site.with { (site) async throws -> Void in
            let driver = try site.outOfBand(journal: journal).driver(for: node())
            _ = try await driver.setNextBoot(from: .network, .bios, until: later)
            _ = try await driver.powerCycle(until: later)
        }
        let commands = journal.events.filter { $0.entry == .bmcCommandDone }.map(\.line)
        #expect(commands.count == 6)
        #expect(commands.filter { $0.hasPrefix("info") }.count == 3, "what only asks the BMC is not told at this level")
        #expect(commands.allSatisfy { $0.contains("n01") && $0.contains("127.0.0.1:") && $0.contains("attempt") })
        #expect(
            !journal.lines.contains {
                $0.contains("\"password\"") || $0.contains("password=") || $0.contains("=password")
            })
    }

    @Test("a cancelled action ends at once")
    func cancellation() async throws {
        var faults = BMCFaults()
        faults.silent = true
        try await Site.with(faults: faults) { (site) async throws -> Void in
            let driver = try site.outOfBand().driver(for: node())
            let action = Task { try await driver.powerCycle(until: later) }
            while try await site.server.statistics().datagrams == 0 {
                try Task.checkCancellation()
                await Task.yield()
            }
            action.cancel()
            await #expect(throws: CancellationError.self) { try await action.value }
        }
    }

    @Test("a power cycle ends at its deadline, though its machine does not go off")
    func deadlineWhilePolling() async throws {
        var faults = BMCFaults()
        faults.ignoresPower = true
        let pauses = Pauses()
        try await Site.with(chassis: SimulatedChassis(Chassis(isPoweredOn: true)), faults: faults) {
            (site) async throws -> Void in
            let error = await #expect(throws: BoatyardError.self) {
                try await site.outOfBand(pauses).driver(for: node())
                    .powerCycle(until: Pauses.start.adding(seconds: 25))
            }
            #expect(error?.code == "oob.deadline")
            #expect(
                error?.message.hasSuffix(
                    "did not do what it was told in time, as node n01 is not off but on (5 readings); look at the machine"
                )
                    == true, "\(error?.message ?? "")")
            #expect(pauses.all == [1, 2, 4, 8, 10].map { .seconds($0) })
            // The deadline is past: nothing more is begun.
            await #expect(throws: BoatyardError.self) {
                try await site.outOfBand(pauses).driver(for: node())
                    .powerState(until: Pauses.start.adding(seconds: 25))
            }
            #expect(try await site.server.statistics().sessionsOpened == 1)
        }
    }

    @Test("a BMC that does not answer is given up at the deadline, not after all its sessions")
    func deadlineWhileAsking() async throws {
        var faults = BMCFaults()
        faults.silent = true
        let pauses = Pauses()
        try await Site.with(faults: faults) { (site) async throws -> Void in
            let error = await #expect(throws: BoatyardError.self) {
                try await site.outOfBand(pauses).driver(for: node())
                    .powerState(until: Pauses.start.adding(seconds: 0.1))
            }
            #expect(error?.code == "oob.deadline")
            #expect(error?.message.contains("did not answer") == true)
            #expect(pauses.all.isEmpty)
        }
    }

    @Test("a look at the power passes between the commands of a power cycle, another order does not")
    func lookWhileCycling() async throws {
        var faults = BMCFaults()
        faults.ignoresPower = true
        let (pausing, pause) = AsyncStream<Void>.makeStream()
        let (going, goOn) = AsyncStream<Void>.makeStream()
        let pauses = Pauses { _ in
            pause.finish()
            for await _ in going {}
        }
        let chassis = SimulatedChassis(Chassis(isPoweredOn: true))
        try await Site.with(chassis: chassis, faults: faults) { (site) async throws -> Void in
            let outOfBand = site.outOfBand(pauses)
            let cycle = Task {
                try await BMCRequester.$words.withValue("task 7 (deploy_nodes)") {
                    try await outOfBand.driver(for: node()).powerCycle(until: later)
                }
            }
            for await _ in pausing {}
            #expect(try await outOfBand.driver(for: node()).powerState(until: later) == .on)
            let error = await #expect(throws: BoatyardError.self) {
                try await outOfBand.driver(for: node()).powerOn(until: pauses.now().adding(seconds: 0.05))
            }
            #expect(error?.code == "oob.deadline")
            let words = "in time, as another order to it had not ended: that of task 7 (deploy_nodes) for node "
            #expect(error?.message.contains(words) == true, "\(String(describing: error))")
            #expect(error?.message.hasSuffix("wait until that has ended, then try again") == true)
            // The order to go off, the reading before the pause, and the look share the order's session.
            #expect(try await site.server.statistics().sessionsOpened == 1)
            try await site.server.setFaults(BMCFaults())
            chassis.turnOff()
            goOn.finish()
            #expect(try await cycle.value.message == "Node n01 was off and is on.")
            #expect(chassis.isPoweredOn)
        }
    }

    @Test("orders to one BMC do not mix")
    func orders() async throws {
        let events = Mutex<[ChassisEvent]>([])
        let chassis = SimulatedChassis { event in events.withLock { $0.append(event) } }
        try await Site.with(chassis: chassis) { (site) async throws -> Void in
            let driver = try site.outOfBand().driver(for: node())
            _ = try await driver.powerOn(until: later)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<10 { group.addTask { _ = try await driver.powerCycle(until: later) } }
                try await group.waitForAll()
            }
        }
        let expected =
            [ChassisEvent.poweredOn(.cleared)]
            + (0..<10).flatMap { _ in
                [ChassisEvent.poweredOff, .poweredOn(.cleared)]
            }
        #expect(events.withLock { $0 } == expected)
    }

    @Test("commands to one BMC take turns")
    func turns() async throws {
        try await Site.with { (site) async throws -> Void in
            let driver = try site.outOfBand().driver(for: node())
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<40 { group.addTask { _ = try await driver.powerState(until: later) } }
                try await group.waitForAll()
            }
            // At once they would exceed the 16 sessions that the BMC has.
            #expect(try await site.server.statistics().sessionsOpened == 40)
        }
    }
}

@Suite("Choice of the driver")
struct DriverChoiceTests {
    private func outOfBand(_ map: RehearsalMap? = nil) -> OutOfBand {
        OutOfBand(
            client: IPMIClient(group: MultiThreadedEventLoopGroup.singleton), timing: .patient, map: map,
            maximumSessions: 64, pause: { _ in })
    }

    @Test("a type without a driver is named", arguments: ["snmp", "smoke-signals"])
    func unknownType(type: String) throws {
        let error = #expect(throws: BoatyardError.self) { try outOfBand().driver(for: node(type)) }
        #expect(error?.code == "oob.type")
        #expect(error?.message.contains("no out-of-band driver for type \(type)") == true)
    }

    @Test("each type that is said to have a driver has one, and no two have the same name")
    func types() throws {
        let names = OutOfBand.types.names
        #expect(Set(names).isSuperset(of: ["ipmi", "libvirt", "manual", "redfish"]) && Set(names).count == names.count)
        for name in names { _ = try outOfBand().driver(for: node(name)) }
        #expect(outOfBand().types == OutOfBand.types)
    }

    @Test("what an IPMI node's design lacks is named")
    func missingParameters() throws {
        let incomplete = node(address: nil, password: nil)
        let error = #expect(throws: BoatyardError.self) { try outOfBand().driver(for: incomplete) }
        #expect(error?.code == "oob.parameters")
        #expect(error?.message.contains("no address, credential;") == true)
    }

    @Test("a rehearsal talks to no BMC but its own")
    func rehearsal() throws {
        for map in [RehearsalMap(), RehearsalMap(bmc: ["10.0.0.11": "nonsense"])] {
            let error = #expect(throws: BoatyardError.self) { try outOfBand(map).driver(for: node()) }
            #expect(error?.code == "oob.rehearsal")
        }
    }

    @Test("a node without a BMC asks a human, who gets a minute")
    func manual() async throws {
        let pauses = Pauses()
        let outOfBand = OutOfBand(
            client: IPMIClient(group: MultiThreadedEventLoopGroup.singleton), timing: .patient, maximumSessions: 64,
            logger: RecordedLog().logger,
            pause: { try await pauses.take($0) })
        let driver = try outOfBand.driver(for: node("manual", address: nil))
        let outcome = try await driver.powerCycle(until: later)
        #expect(outcome.needsHuman)
        #expect(outcome.message.hasPrefix("Please switch node n01 off and on again: it has no BMC."))
        #expect(try await driver.powerState(until: later) == .unknown)
        #expect(pauses.all == [.seconds(60)])
    }

    @Test("in a rehearsal what a human is asked to do is done to the simulated machine, after the minute")
    func manualInRehearsal() async throws {
        let pauses = Pauses()
        try await Site.with(user: RehearsalMap.substituteAccount, password: RehearsalMap.substituteCredential) {
            (site) async throws -> Void in
            let outOfBand = OutOfBand(
                client: IPMIClient(group: MultiThreadedEventLoopGroup.singleton), timing: .patient,
                map: RehearsalMap(bmc: ["n01": "127.0.0.1:\(site.server.endpoint.port)"]), maximumSessions: 64,
                logger: RecordedLog().logger, pause: { try await pauses.take($0) })
            let driver = try outOfBand.driver(for: node("manual", address: nil))
            let done = "The rehearsal has done what a person was asked to do: "
            let told = try await driver.setNextBoot(from: .network, .uefi, until: later)
            #expect(told.message == done + "set the next boot of node n01 to the network.")
            #expect(site.chassis.bootFlags.device == .pxe)
            let cycled = try await driver.powerCycle(until: later)
            #expect(cycled.message == done + "switch node n01 off and on again." && !cycled.needsHuman)
            #expect(site.chassis.isPoweredOn)
            #expect(pauses.all.count { $0 == .seconds(60) } == 2)
            #expect(try await driver.powerState(until: later) == .unknown)
        }
    }

    @Test("a human who has less time than a minute is told so")
    func manualDeadline() async throws {
        let pauses = Pauses()
        let outOfBand = OutOfBand(
            client: IPMIClient(group: MultiThreadedEventLoopGroup.singleton), timing: .patient, maximumSessions: 64,
            logger: RecordedLog().logger,
            pause: { try await pauses.take($0) }, now: pauses.now)
        let error = await #expect(throws: BoatyardError.self) {
            try await outOfBand.driver(for: node("manual", address: nil))
                .powerOff(until: Pauses.start.adding(seconds: 20))
        }
        #expect(error?.code == "oob.deadline")
        #expect(pauses.all == [.seconds(20)])
    }

    @Test(
        "a rehearsal map names loopback addresses with a port",
        arguments: [
            "8.8.8.8:623", "127.0.0.1:0", "127.0.0.1:65536", "127.0.0.1", "localhost:623", "127.0.0.1:623:1", "[",
        ])
    func mapAddresses(address: String) throws {
        for key in ["bmc", "hosts"] {
            #expect(throws: BoatyardError.self) { try RehearsalMap([key: ["10.0.0.1": .string(address)]]) }
        }
        let isAddress = address == "127.0.0.1"
        if !isAddress {
            #expect(throws: BoatyardError.self) { try RehearsalMap(["machines": ["10.0.0.1": .string(address)]]) }
        }
        #expect(try RehearsalMap(["bmc": ["10.0.0.1": "127.0.0.1:623"]]).bmc == ["10.0.0.1": "127.0.0.1:623"])
    }

}
