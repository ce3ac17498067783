import Foundation
import IPMI
import NIOPosix
import OrderedCollections
import Primitives
import SiteDesign
import TestSupport
import Testing

@testable import OutOfBand

private enum SushyTools {
    static let emulator = PythonPackage.emulator.program("sushy-emulator")
    static let isThere = PythonPackage.emulator.isThere(as: "sushy-emulator")
}

@Suite("Our Redfish client, against OpenStack's emulator", .serialized, .enabled(if: SushyTools.isThere))
struct RedfishPeerTests {
    /// The emulator of two machines, with TLS and an account.
    private func with(_ body: (Int) async throws -> Void) async throws {
        let folder = try OwnedFolder()
        func write(_ name: String, _ text: String) throws -> String {
            let path = folder.path + "/" + name
            try text.write(toFile: path, atomically: true, encoding: .utf8)
            return path
        }
        let free = try await RedfishServer.start(host: Self.host)
        let port = free.port
        await free.stop()
        let config = try write(
            "emulator.conf",
            """
            import os, random
            # Where it says that it listens.
            os.dup2(1, 2)
            # Its machines take up to ten seconds for what they are told.
            random.randint = lambda least, most: 0
            SUSHY_EMULATOR_FAKE_DRIVER = True
            SUSHY_EMULATOR_STATE_DIR = '\(folder.path)'
            SUSHY_EMULATOR_AUTH_FILE = '\(try write("accounts", Self.account))'
            SUSHY_EMULATOR_SSL_CERT = '\(try write("certificate.pem", TestCertificate.first.certificate))'
            SUSHY_EMULATOR_SSL_KEY = '\(try write("key.pem", TestCertificate.first.key))'
            SUSHY_EMULATOR_FAKE_SYSTEMS = [
                {'uuid': '27946b59-9e44-4fa7-8e91-f3527a1ef09%d' % number, 'name': name, 'power_state': 'Off',
                 'external_notifier': False, 'nics': []}
                for number, name in enumerate(['left', 'right'])]

            """)
        let peer = try Peer(
            SushyTools.emulator, ["--config", config, "--interface", Self.host, "--port", "\(port)"],
            ready: "Running on")
        try await body(port)
        withExtendedLifetime((peer, folder)) {}
    }

    /// A loopback address where nobody else asks for a free port.
    private static let host = "127.0.7.9"

    /// bcrypt of `password`.
    private static let account = "admin:$2b$04$Zo93ocjK0.//tavTDtk9UuFrSyqgX3ObzKAsrj5wbqusVPyG6KvXe\n"

    private func withClient(_ body: (RedfishClient) async throws -> Void) async throws {
        let client = RedfishClient()
        do { try await body(client) } catch {
            await client.close()
            throw error
        }
        await client.close()
    }

    @Test("sushy-tools' machines are read, switched and told their boot device", arguments: [BootMode.uefi, .bios])
    func machines(mode: BootMode) async throws {
        try await with { port in
            try await withClient { (client) async throws -> Void in
                let names = ["left", "right"]
                let drivers = try names.map {
                    try redfish(redfishNode(port, host: Self.host, scheme: "https", ["system_id": $0]), client: client)
                }
                for source in [BootSource.network, .disk] {
                    let outcome = try await drivers[0].setNextBoot(from: source, mode, until: later)
                    #expect(outcome.message.contains("boots from the \(source.rawValue) next"))
                }
                _ = try await drivers[0].powerOn(until: later)
                #expect(try await drivers[0].powerState(until: later) == .on)
                #expect(try await drivers[1].powerState(until: later) == .off)
                _ = try await drivers[0].powerCycle(until: later)
                _ = try await drivers[0].powerOff(until: later)
                #expect(try await drivers[0].powerState(until: later) == .off)
            }
        }
    }

    @Test("sushy-tools' errors are told: no system named, a wrong password")
    func errors() async throws {
        try await with { port in
            try await withClient { (client) async throws -> Void in
                let unnamed = await #expect(throws: BoatyardError.self) {
                    try await redfish(redfishNode(port, host: Self.host, scheme: "https"), client: client).powerState(
                        until: later)
                }
                #expect(unnamed?.message.contains("has 2 systems (27946b59") == true)
                let wrong = await #expect(throws: BoatyardError.self) {
                    try await redfish(
                        redfishNode(port, host: Self.host, scheme: "https", password: "sesame"), client: client
                    )
                    .powerState(until: later)
                }
                #expect(wrong?.code == "bmc.authentication")
            }
        }
    }

    @Test("sushy-tools' drive takes an image, and gives it back")
    func media() async throws {
        let server = try await TinyServer.start(["HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nboot"])
        let image = "http://127.0.0.1:\(server.port)/boot.iso"
        try await with { port in
            try await withClient { (client) async throws -> Void in
                try await client.withSession(
                    endpoint: RedfishEndpoint(host: Self.host, port: port, systemID: "left"),
                    credentials: BMCCredentials(user: "admin", password: Secret("password")),
                    time: RedfishClient.Time(left: { .seconds(60) }, pause: { _, _ in })
                ) { (session) async throws -> Void in
                    let system = try await session.system()
                    try await session.insert(image, into: try await session.discDrive(of: system))
                    let drive = try await session.discDrive(of: system)
                    #expect(drive.image == image)
                    try await session.eject(drive)
                    #expect(try await session.discDrive(of: system).image == nil)
                }
            }
        }
        await server.stop()
    }
}
