import Glibc
import IPMI
import NIOCore
import NIOPosix
import Primitives
import Simulator
import TestSupport
import Testing

@Suite("Our client and our BMC, over sockets")
struct SocketTests {
    @Test("a session is opened, used and closed", arguments: [CipherSuite.suite3, .suite17])
    func session(suite: CipherSuite) async throws {
        let chassis = SimulatedChassis()
        try await withBMC(chassis: chassis) { (server) async throws -> Void in
            try await client(suites: [suite]).withSession(
                endpoint: server.endpoint, credentials: administrator
            ) { (session) async throws -> Void in
                #expect(try await session.parameters?.suite == suite)
                #expect(try await session.cipherSuites() == [3, 17])
                #expect(try await session.perform(GetSystemGUID()) == configuration().guid)
                try await session.setBootFlags(BootFlags(device: .pxe, isEFI: true))
                #expect(try await session.bootFlags() == BootFlags(device: .pxe, isEFI: true))
                try await session.control(.on)
                #expect(chassis.isPoweredOn)
                try await session.identify(seconds: 60)
                #expect(try await session.chassisStatus().isIdentifying)
            }
            #expect(try await server.statistics().sessionsOpened == 1)
        }
    }

    @Test("a BMC is reached by IPv6, and its event log, sensors, inventory and users are read")
    func lists() async throws {
        let chassis = SimulatedChassis()
        let server: BMCServer
        do {
            server = try await BMCServer.start(
                group: MultiThreadedEventLoopGroup.singleton, host: "::1", port: 0, configuration: configuration(),
                chassis: chassis)
        } catch {
            print("skipped: this host has no IPv6: \(error)")
            return
        }
        #expect("\(server.endpoint)".hasPrefix("[::1]:"))
        try await client().withSession(endpoint: server.endpoint, credentials: administrator) {
            (session) async throws -> Void in
            #expect(try await session.eventLog().isEmpty)
            try await session.control(.on)
            let sensors = try await session.sensors()
            #expect(sensors.map(\.name) == ["Inlet Temp"])
            let sensor = try #require(sensors.first)
            let reading = try await session.reading(of: sensor)
            #expect(reading?.raw == 25 && sensor.value(of: 25) == 25)
            let inventory = try await session.inventory()
            #expect(inventory.product?[1] == "Simulated machine" && inventory.board == nil)
            try await session.control(.off)
            #expect(try await session.reading(of: sensor) == nil)
            let log = try await session.eventLog()
            #expect(log.map(\.sensorType) == [0x22, 0x22] && log.map { $0.eventData.first } == [0, 5])
            try await session.clearEventLog(pause: { _ in })
            #expect(try await session.eventLogInfo().entries == 0)
            let users = try await session.users()
            #expect(users.map(\.name) == ["admin", "guest"])
            #expect(users.map(\.access.privilege) == [.administrator, .user])
        }
        await server.stop()
    }

    @Test("a refused command is an error with its completion code, and the session goes on")
    func refusedCommand() async throws {
        try await withBMC { (server) async throws -> Void in
            try await client().withSession(endpoint: server.endpoint, credentials: administrator) {
                (session) async throws -> Void in
                let error = await #expect(throws: IPMIError.self) { try await session.control(.reset) }
                #expect(error?.kind == .command(.notSupportedInPresentState))
                _ = try await session.deviceID()
            }
        }
    }

    @Test("a silent BMC is a timeout that names address, attempts and seconds")
    func silence() async throws {
        var faults = BMCFaults()
        faults.silent = true
        try await withBMC(faults: faults) { (server) async throws -> Void in
            let error = await #expect(throws: IPMIError.self) {
                try await client(retry: RetrySchedule(firstTimeout: .milliseconds(10), attempts: 3, jitter: 0))
                    .withSession(
                        endpoint: server.endpoint, credentials: administrator
                    ) { try await $0.deviceID() }
            }
            #expect(error?.code == "bmc.timeout")
            #expect(error?.message.contains("\(server.endpoint)") == true)
            #expect(error?.message.contains("3 datagrams in 0.07 s") == true)
            #expect(try await server.statistics().datagrams == 3)
        }
    }

    @Test("a port where nothing listens is said to be one")
    func unreachable() async throws {
        let port = try await Lab.freePort("127.0.7.2")
        let error = await #expect(throws: IPMIError.self) {
            try await client(retry: RetrySchedule(firstTimeout: .milliseconds(20), attempts: 7)).withSession(
                endpoint: BMCEndpoint(host: "127.0.7.2", port: port), credentials: administrator
            ) { try await $0.deviceID() }
        }
        #expect(error?.message.contains("nothing listens there") == true, "\(String(describing: error))")
        let hasty = await #expect(throws: IPMIError.self) {
            try await client(retry: RetrySchedule(firstTimeout: .milliseconds(50), attempts: 100)).withSession(
                endpoint: BMCEndpoint(host: "127.0.7.2", port: port), credentials: administrator,
                within: .milliseconds(500)
            ) { try await $0.deviceID() }
        }
        #expect(hasty?.code == "bmc.deadline")
        #expect(hasty?.message.contains("nothing listens there") == true, "\(String(describing: hasty))")
    }

    @Test("a BMC that begins to listen while it is asked is reached by the same session")
    func restart() async throws {
        let endpoint = BMCEndpoint(host: "127.0.7.1", port: try await Lab.freePort("127.0.7.1"))
        let asking = Task {
            try await client(retry: RetrySchedule(firstTimeout: .milliseconds(20), attempts: 10)).withSession(
                endpoint: endpoint, credentials: administrator
            ) { try await $0.chassisStatus().isPoweredOn }
        }
        await Task.yield()
        // A child that another test has forked and that has not become its program yet may hold the port's socket.
        var server: BMCServer?
        while server == nil {
            try Task.checkCancellation()
            server = try? await BMCServer.start(
                group: MultiThreadedEventLoopGroup.singleton, host: endpoint.host, port: endpoint.port,
                configuration: configuration(), chassis: SimulatedChassis())
        }
        #expect(try await !asking.value)
        await server?.stop()
    }

    @Test("a host name is refused, with the reason")
    func hostName() async throws {
        let error = await #expect(throws: IPMIError.self) {
            try await client().withSession(
                endpoint: BMCEndpoint(host: "bmc.example"), credentials: administrator
            ) { try await $0.deviceID() }
        }
        #expect(error?.code == "bmc.configuration")
    }

    @Test("why there is no socket is said in the words of the system alone")
    func noSocket() async throws {
        let error = await #expect(throws: IPMIError.self) {
            try await client().withSession(
                endpoint: BMCEndpoint(host: "255.255.255.255"), credentials: administrator
            ) { try await $0.deviceID() }
        }
        #expect(error?.code == "bmc.transport")
        // The second without a network.
        let messages = [EACCES, ENETUNREACH].map {
            "BMC 255.255.255.255:623: no UDP socket towards it: \(systemErrorText($0)); "
                + "check its address, and the routes and the firewall of this host"
        }
        #expect(messages.contains(error?.message ?? ""), "\(String(describing: error))")
    }

    @Test("an answer that is too short is told with a remedy")
    func shortAnswer() async throws {
        /// Get Device ID, of which more is awaited than there is.
        struct Demanding: Command {
            static let networkFunction = GetDeviceID.networkFunction
            static let code = GetDeviceID.code
            static let name = GetDeviceID.name
            var data: [UInt8] { [] }

            static func response(_ data: [UInt8]) throws(PacketError) { throw .truncated }
        }
        try await withBMC { (server) async throws -> Void in
            let error = await #expect(throws: IPMIError.self) {
                try await client().withSession(endpoint: server.endpoint, credentials: administrator) {
                    try await $0.perform(Demanding())
                }
            }
            #expect(error?.code == "bmc.protocol")
            #expect(error?.message.hasSuffix("they end too early; update its firmware") == true)
        }
    }

    @Test("what a BMC counts and does not list of its event log is told, and not cleared")
    func hiddenEvents() async throws {
        var faults = BMCFaults()
        faults.hidesEvents = true
        try await withBMC(faults: faults) { (server) async throws -> Void in
            try await client().withSession(endpoint: server.endpoint, credentials: administrator) {
                (session) async throws -> Void in
                try await session.control(.on)
                try await session.control(.off)
                let listing = try await session.listEventLog()
                #expect(listing.entries.count == 1 && listing.missing == 1)
                let kept = try await session.takeEventLog(pause: { _ in })
                #expect(kept == listing)
                #expect(try await session.eventLogInfo().entries == 2)
                try await server.setFaults(BMCFaults())
                let taken = try await session.takeEventLog(pause: { _ in })
                #expect(taken.entries.count == 2 && taken.missing == 0)
                #expect(try await session.eventLogInfo().entries == 0)
            }
        }
    }

    @Test("of a BMC that clears its event log and then refuses to say so, all that was in it is told")
    func canceledClearing() async throws {
        var faults = BMCFaults()
        faults.cancelsClearing = true
        try await withBMC(faults: faults) { (server) async throws -> Void in
            try await client().withSession(endpoint: server.endpoint, credentials: administrator) {
                (session) async throws -> Void in
                try await session.control(.on)
                try await session.control(.off)
                let taken = try await session.takeEventLog(pause: { _ in })
                #expect(taken.entries.count == 2 && taken.missing == 0)
                #expect(try await session.eventLogInfo().entries == 0)
            }
        }
    }

    @Test("a list of sensors that ends before its end says so")
    func repeatedSensors() async throws {
        var faults = BMCFaults()
        faults.repeatsSensors = true
        try await withBMC(faults: faults) { (server) async throws -> Void in
            try await client().withSession(endpoint: server.endpoint, credentials: administrator) {
                (session) async throws -> Void in
                let list = try await session.listSensors()
                #expect(list.sensors.first?.name == "Inlet Temp")
                #expect(list.gap == "what follows record 1: the BMC names 1 as the next, which was read")
                try await server.setFaults(BMCFaults())
                #expect(try await session.listSensors().gap == nil)
            }
        }
    }

    @Test("a session ends when its time is over: while opening, and while a command waits")
    func deadline() async throws {
        var silent = BMCFaults()
        silent.silent = true
        try await withBMC(faults: silent) { (server) async throws -> Void in
            let error = await #expect(throws: IPMIError.self) {
                try await client().withSession(
                    endpoint: server.endpoint, credentials: administrator, within: .milliseconds(50)
                ) { try await $0.deviceID() }
            }
            #expect(error?.code == "bmc.deadline")
            try await server.setFaults(BMCFaults())
            let later = await #expect(throws: IPMIError.self) {
                try await client().withSession(
                    endpoint: server.endpoint, credentials: administrator, within: .seconds(1)
                ) { session in
                    try await server.setFaults(silent)
                    _ = try await session.deviceID()
                }
            }
            #expect(later?.code == "bmc.deadline")
            #expect(later?.message.contains("in the time that it was given") == true)
            #expect(try await server.statistics().sessionsOpened == 1)
        }
    }

    @Test("a cancelled task leaves at once: while opening, and while a command waits")
    func cancellation() async throws {
        var faults = BMCFaults()
        faults.silent = true
        try await withBMC(faults: faults) { (server) async throws -> Void in
            let endpoint = server.endpoint
            let opening = Task {
                try await client().withSession(endpoint: endpoint, credentials: administrator) {
                    try await $0.deviceID()
                }
            }
            while try await server.statistics().datagrams == 0 {
                try Task.checkCancellation()
                await Task.yield()
            }
            opening.cancel()
            await #expect(throws: CancellationError.self) { try await opening.value }
        }
        try await withBMC { (server) async throws -> Void in
            let endpoint = server.endpoint
            let patient = client(retry: RetrySchedule(firstTimeout: .milliseconds(100), attempts: 10))
            let waiting = Task {
                try await patient.withSession(endpoint: endpoint, credentials: administrator) {
                    (session) async throws -> Void in
                    var silent = BMCFaults()
                    silent.silent = true
                    try await server.setFaults(silent)
                    _ = try await session.deviceID()
                }
            }
            while try await server.statistics().sessionsOpened == 0 {
                try Task.checkCancellation()
                await Task.yield()
            }
            let before = try await server.statistics().datagrams
            while try await server.statistics().datagrams == before {
                try Task.checkCancellation()
                await Task.yield()
            }
            waiting.cancel()
            await #expect(throws: CancellationError.self) { try await waiting.value }
        }
    }

    @Test("answers that come late are still understood")
    func delay() async throws {
        var faults = BMCFaults()
        faults.delay = .milliseconds(60)
        try await withBMC(faults: faults) { (server) async throws -> Void in
            let hasty = client(retry: RetrySchedule(firstTimeout: .milliseconds(40), attempts: 6))
            _ = try await hasty.withSession(endpoint: server.endpoint, credentials: administrator) {
                try await $0.chassisStatus()
            }
        }
    }

    @Test("100 BMCs in one process are switched on at once")
    func many() async throws {
        var servers: [BMCServer] = []
        var chassis: [SimulatedChassis] = []
        for _ in 0..<100 {
            let one = SimulatedChassis()
            servers.append(
                try await BMCServer.start(
                    group: MultiThreadedEventLoopGroup.singleton, host: "127.0.0.1", port: 0,
                    configuration: configuration(), chassis: one))
            chassis.append(one)
        }
        let client = client()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for server in servers {
                group.addTask {
                    try await client.withSession(endpoint: server.endpoint, credentials: administrator) {
                        try await $0.control(.on)
                    }
                }
            }
            try await group.waitForAll()
        }
        for server in servers { await server.stop() }
        #expect(chassis.count(where: \.isPoweredOn) == 100)
    }
}
