import Foundation
import IPMI
import NIOPosix
import Primitives
import Synchronization
import TestSupport
import Testing

/// `oddbmc.py`: BMCs that each do one thing otherwise than IPMI says, as those of vendors do.
@Suite("Our client, against BMCs with one fault each", .serialized)
struct OddBMCTests {
    static let script: String? = {
        guard let folder = Lab.folder, Lab.hasSimulator else { return nil }
        let path = "\(folder)/bmc/oddbmc.py"
        guard FileManager.default.fileExists(atPath: path) else {
            print("skipped: there is no \(path)")
            return nil
        }
        return path
    }()

    /// Name and port of each, in the order of the script.
    private func start() async throws -> (Peer, [String: Int]) {
        let script = try #require(Self.script)
        var started: Peer?
        // One of the ports behind the free one may be taken.
        for _ in 0..<5 where started == nil {
            let base = try await Lab.freePort("127.0.0.1")
            started = try? Peer("/usr/bin/env", ["python3", script, "\(base)"], ready: "no-session-6x \(base + 13)")
        }
        let peer = try #require(started)
        var ports: [String: Int] = [:]
        for line in peer.greeting.split(separator: "\n") {
            let words = line.split(separator: " ")
            if words.count == 2 { ports[String(words[0])] = Int(words[1]) }
        }
        return (peer, ports)
    }

    private func exercise(_ client: IPMIClient, port: Int, key: String? = nil) async throws -> Bool {
        let credentials = BMCCredentials(
            user: "operator", password: Secret("odd-Password-1"), bmcKey: key.map { Secret($0) })
        return try await client.withSession(
            endpoint: BMCEndpoint(host: "127.0.0.1", port: port), credentials: credentials
        ) { session in
            #expect(try await !session.chassisStatus().isPoweredOn)
            try await session.setBootFlags(BootFlags(device: .pxe, isEFI: true))
            var isReadBack = true
            do {
                #expect(try await session.bootFlags() == BootFlags(device: .pxe, isEFI: true))
            } catch let error as IPMIError where error.kind == .command(.parameterNotSupported) {
                isReadBack = false
            }
            try await session.control(.on)
            #expect(try await session.chassisStatus().isPoweredOn)
            return isReadBack
        }
    }

    @Test(
        "each is read, told its boot device and switched on, without a wait of ten seconds", .enabled(if: script != nil)
    )
    func all() async throws {
        let (peer, ports) = try await start()
        #expect(ports.count == 14)
        let client = IPMIClient(group: MultiThreadedEventLoopGroup.singleton)
        for (name, port) in ports.sorted(by: { $0.key < $1.key }) {
            let start = ContinuousClock.now
            do {
                let isReadBack = try await exercise(client, port: port, key: name == "kg" ? "site-kg-0123456789" : nil)
                #expect(isReadBack == (name != "boot-unreadable"), "\(name)")
            } catch {
                Issue.record("\(name): \(error)")
            }
            let elapsed = ContinuousClock.now - start
            print("\(name): \(elapsed)")
            #expect(elapsed < .seconds(10), "\(name)")
        }
        withExtendedLifetime(peer) {}
    }

    @Test("a privilege that the account does not have is not needed, and asked for last", .enabled(if: script != nil))
    func administrator() async throws {
        let (peer, ports) = try await start()
        for name in ["operator-rakp2", "operator-setpriv"] {
            let client = IPMIClient(
                group: MultiThreadedEventLoopGroup.singleton,
                configuration: IPMIConfiguration(privilege: .administrator))
            #expect(try await exercise(client, port: try #require(ports[name])))
        }
        withExtendedLifetime(peer) {}
    }

    /// Collects what sessions have shown, by port.
    private final class Notes: SessionMemory {
        private let quirks = Mutex<[Int: Set<BMCQuirk>]>([:])

        func parameters(of endpoint: BMCEndpoint, user: String) -> SessionParameters? { nil }

        func note(_ observation: SessionObservation, of endpoint: BMCEndpoint, user: String) {
            quirks.withLock { $0[endpoint.port, default: []].formUnion(observation.quirks) }
        }

        subscript(port: Int) -> Set<BMCQuirk> { quirks.withLock { $0[port] ?? [] } }
    }

    @Test("what each does in a way of its own is noted, and of a good one nothing", .enabled(if: script != nil))
    func quirks() async throws {
        let (peer, ports) = try await start()
        let notes = Notes()
        let client = IPMIClient(group: MultiThreadedEventLoopGroup.singleton, memory: notes)
        var seen: [String: Set<BMCQuirk>] = [:]
        for (name, port) in ports {
            _ = try await exercise(client, port: port, key: name == "kg" ? "site-kg-0123456789" : nil)
            seen[name] = notes[port]
        }
        print("quirks: \(seen.mapValues { $0.map(\.rawValue) })")
        #expect(seen["plain"] == [])
        #expect(seen["operator-setpriv"]?.isSubset(of: [.refusesLevel]) == true)
        #expect(seen.values.contains { !$0.isEmpty })
        withExtendedLifetime(peer) {}
    }

    @Test("a BMC with a key of its own says so where the key is missing or wrong", .enabled(if: script != nil))
    func key() async throws {
        let (peer, ports) = try await start()
        let client = IPMIClient(group: MultiThreadedEventLoopGroup.singleton)
        for (name, key, message) in [("kg", nil, "give it as oob.kg"), ("kg", "other", "correct oob.kg")]
            + [("plain", "other", "has no BMC key")]
        {
            let port = try #require(ports[name])
            let error = await #expect(throws: IPMIError.self) { try await exercise(client, port: port, key: key) }
            #expect(error?.category == .authentication)
            #expect(error?.message.contains(message) == true, "\(String(describing: error))")
        }
        let hexadecimal = "0x" + Array("site-kg-0123456789".utf8).hex
        _ = try await exercise(client, port: try #require(ports["kg"]), key: hexadecimal)
        withExtendedLifetime(peer) {}
    }
}
