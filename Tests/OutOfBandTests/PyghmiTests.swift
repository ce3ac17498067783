import IPMI
import NIOPosix
import OrderedCollections
import Primitives
import RehearsalMap
import SiteDesign
import TestSupport
import Testing

@testable import OutOfBand

private enum Pyghmi {
    static let python = PythonPackage.bmc.program("python")
    static let isThere = PythonPackage.bmc.isThere(as: "fakebmc")

    /// A machine behind pyghmi's BMC, which knows cipher suite 3 only.
    static let script = """
        import sys
        from pyghmi.ipmi import bmc

        class Machine(bmc.Bmc):
            power, device = "off", "default"

            def get_power_state(self):
                return self.power

            def power_on(self):
                self.power = "on"

            def power_off(self):
                self.power = "off"

            def power_cycle(self):
                if self.power == "off":
                    return 0xD5
                self.device = "default"

            def get_boot_device(self):
                return self.device

            def set_boot_device(self, device):
                self.device = device

        machine = Machine({"admin": "password"}, address=sys.argv[1], port=int(sys.argv[2]))
        print("ready", flush=True)
        machine.listen()
        """
}

@Suite("Our IPMI client, against OpenStack's BMC", .serialized, .enabled(if: Pyghmi.isThere))
struct PyghmiTests {
    private func with(_ body: (BMCEndpoint) async throws -> Void) async throws {
        // A loopback address where nobody else asks for a free port.
        let host = "127.0.7.10"
        let port = try await Lab.freePort(host)
        let peer = try Peer(Pyghmi.python, ["-c", Pyghmi.script, host, "\(port)"], ready: "ready")
        try await body(BMCEndpoint(host: host, port: port))
        withExtendedLifetime(peer) {}
    }

    private func client(
        _ suites: [CipherSuite] = [.suite3], retry: RetrySchedule = RetrySchedule(), memory: BMCMemory = BMCMemory()
    ) -> IPMIClient {
        IPMIClient(
            group: MultiThreadedEventLoopGroup.singleton,
            configuration: IPMIConfiguration(suites: suites, retry: retry), memory: memory)
    }

    @Test("pyghmi's BMC is read, switched and told its boot device, and says what it cannot do")
    func session() async throws {
        try await with { endpoint in
            let credentials = BMCCredentials(user: "admin", password: Secret("password"))
            try await client().withSession(endpoint: endpoint, credentials: credentials) {
                (session) async throws -> Void in
                #expect(try await session.parameters?.suite == .suite3)
                #expect(try await session.deviceID().firmware == "1.00")
                #expect(try await !session.chassisStatus().isPoweredOn)
                let off = await #expect(throws: IPMIError.self) { try await session.control(.cycle) }
                #expect(off?.kind == .command(.notSupportedInPresentState))
                try await session.control(.on)
                #expect(try await session.chassisStatus().isPoweredOn)
                for device in [BootDevice.disk, .bios, .pxe] {
                    try await session.setBootFlags(BootFlags(device: device))
                    #expect(try await session.bootFlags() == BootFlags(device: device))
                }
                try await session.control(.cycle)
                #expect(try await session.bootFlags().nextDevice == .none)
                try await session.control(.off)
                #expect(try await !session.chassisStatus().isPoweredOn)
                let identify = await #expect(throws: IPMIError.self) { try await session.identify(seconds: 5) }
                #expect(identify?.kind == .command(.invalidCommand))
            }
        }
    }

    @Test("pyghmi's BMC proves that a password is wrong, and says nothing to an account that it does not know")
    func refused() async throws {
        try await with { endpoint in
            let hasty = client(retry: RetrySchedule(firstTimeout: .milliseconds(200), attempts: 3))
            for (user, code) in [("admin", "bmc.authentication"), ("nobody", "bmc.timeout")] {
                let error = await #expect(throws: IPMIError.self) {
                    try await hasty.withSession(
                        endpoint: endpoint, credentials: BMCCredentials(user: user, password: Secret("wrong"))
                    ) { try await $0.deviceID() }
                }
                #expect(error?.code == code, "\(String(describing: error))")
            }
        }
    }

    @Test("the driver finds the one suite of pyghmi's BMC, which answers others with it, and remembers that")
    func driver() async throws {
        try await with { endpoint in
            let memory = BMCMemory()
            let pauses = Pauses()
            let driver = try OutOfBand(
                client: client(CipherSuite.byStrength, memory: memory), timing: .patient,
                map: RehearsalMap(bmc: ["10.0.0.11": endpoint.place]), maximumSessions: 64, memory: memory,
                logger: RecordedLog().logger, pause: { try await pauses.take($0) }, now: pauses.now
            ).driver(for: node())
            #expect(try await driver.powerState(until: later) == .off)
            let record = try #require(memory.record(BMCMemory.name(.ipmi, endpoint.place)))
            #expect(record.quirks[.otherAlgorithms]?.count == 1 && record.parameters?.suite == .suite3)
            let boot = try await driver.setNextBoot(from: .network, .bios, until: later)
            #expect(boot.message == "Node n01 boots from the network next.")
            _ = try await driver.powerCycle(until: later)
            #expect(try await driver.powerState(until: later) == .on)
            // Suite 17 has not been proposed again.
            #expect(memory.record(BMCMemory.name(.ipmi, endpoint.place))?.quirks[.otherAlgorithms]?.count == 1)
            #expect(pauses.all == [.seconds(3)])
        }
    }
}
