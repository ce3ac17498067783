import API
import HTTPTypes
import IPMI
import Listeners
import NIOCore
import NIOEmbedded
import NIOHTTP1
import Netboot
import OutboundHTTP
import Primitives
import Simulator
import Synchronization
import TestSupport

extension FuzzReader {
    /// What comes by the network before anybody has proved who they are.
    static let wire: [FuzzReader] = [
        FuzzReader(
            "http", share: 10, corpus: ["Tests/ListenersTests"],
            seeds: [
                "GET /api/v1.0/revisions?limit=5&order=asc HTTP/1.1\r\nHost: a\r\nAccept: */*\r\n\r\n",
                "POST /v3/auth/tokens HTTP/1.1\r\nHost: a:9000\r\nContent-Length: 2\r\n\r\n{}GET / HTTP/1.0\r\n\r\n",
                "PUT //a/%2e%2e/b HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n0\r\nA: b\r\n\r\n",
            ].map { Array($0.utf8) },
            words: [
                "\r\n", "GET ", "HEAD ", "OPTIONS * ", " HTTP/1.1\r\n", " HTTP/9.9\r\n", "Host: a\r\n",
                "Content-Length: ",
                "Transfer-Encoding: chunked\r\n", "Upgrade: h2c\r\n", "Expect: 100-continue\r\n", "http://h:99999/",
                "?a=b&c", "%00", "%zz", ";", "ffffffffffffffff\r\n", "0\r\n\r\n", "\0", ": ", "\t",
            ]
        ) { bytes in
            let channel = EmbeddedChannel()
            defer { _ = try? channel.finish(acceptAlreadyClosed: true) }
            try channel.pipeline.syncOperations.configureHTTPServerPipeline(
                withPipeliningAssistance: false, withErrorHandling: false)
            defer { while let head = try? channel.readInbound(as: HTTPServerRequestPart.self) { Self.take(head) } }
            // In two pieces, as a network gives them.
            for piece in [bytes[..<(bytes.count / 3)], bytes[(bytes.count / 3)...]] {
                try channel.writeInbound(ByteBuffer(bytes: piece))
            }
        },
        FuzzReader(
            "address", share: 6, corpus: ["Tests/OutboundHTTPTests"],
            words: [
                "http://", "https://", ":", "@", "[", "]", "::1", "/", "?", "#", "%", "99999", "..", "unix:", "\\",
            ], sizeLimit: 400
        ) { bytes in
            let (first, second) = halves(bytes)
            guard let address = RemoteAddress(first) else { return }
            _ = address.redirected(to: second)?.shown
        },
        FuzzReader("ipmi-bmc", share: 12, seeds: session.requests, sizeLimit: 600) { bytes in
            var engine = Self.openBMC(powered: true)
            for answer in engine.receive(bytes, at: .seconds(1)) { _ = try Datagram(decoding: answer) }
        },
        FuzzReader("ipmi-command", share: 10, seeds: commands, sizeLimit: 300) { bytes in
            // In a session, where the simulator executes what it is told.
            var peer = Peer()
            peer.start()
            peer.command(bytes)
        },
        FuzzReader(
            "ipmi-records", share: 6,
            seeds: [
                [7, 0, 0x51, 0x01, 0, 0x20, 0, 0x30, 3, 1, 0x7f, 0x68, 1, 1] + [UInt8](repeating: 1, count: 34) + [
                    0xc2, 65, 66,
                ],
                [9, 0, 0x51, 0x02, 0, 0x20, 0, 0x42, 10, 1, 0, 0, 8, 0x6f] + [UInt8](repeating: 3, count: 18) + [
                    0x83, 41, 220, 166,
                ],
                [1, 0, 1, 0, 0, 0, 0, 0xfe, 1, 2, 0x17, 0xc2, 65, 66, 0x42, 0x12, 0xab, 0xc1, 0, 0, 0, 0, 0, 0],
                [1, 0, 2, 0x78, 0x56, 0x34, 0x12, 0x20, 0, 4, 1, 0x30, 0x81, 0x59, 0x4b, 0x4a],
            ], sizeLimit: 400
        ) { bytes in
            if let sensor = try? SensorRecord(decoding: bytes) {
                let reading = SensorReading(raw: bytes.last ?? 0, isAvailable: true, states: .max)
                for sensor in sensor.sensors { _ = (sensor.value(of: reading.raw), "\(sensor.units)", sensor.name) }
                _ = (EventNames.states(reading, of: sensor), EventNames.sensorType(sensor.type))
            }
            if let inventory = try? Inventory(decoding: bytes) { _ = inventory.product?[bytes.count % 8] }
            if let entry = try? EventLogEntry(decoding: bytes) {
                _ = EventNames.event(entry.eventType, entry.eventData[0] & 0x0f, sensorType: entry.sensorType)
            }
            _ = (try? GetSensorThresholds.response(bytes), try? GetSensorReadingFactors.response(bytes))
        },
        FuzzReader("ipmi-client", share: 8, seeds: session.answers, sizeLimit: 600) { bytes in
            // At every point of a session that is otherwise answered rightly.
            var peer = Peer()
            peer.intruder = bytes
            peer.start()
            peer.command([0x06, 0x01])
        },
        FuzzReader("ipmi-answer", share: 10, seeds: session.answers, sizeLimit: 300) { bytes in
            _ = try? GetDeviceID.response(bytes)
            _ = try? GetSystemGUID.response(bytes)
            _ = try? GetChassisStatus.response(bytes)
            _ = try? GetBootFlags.response(bytes)
            _ = try? GetLANParameter.response(bytes)
            _ = try? SetSessionPrivilegeLevel.response(bytes)
            _ = try? GetChannelAuthenticationCapabilities.response(bytes)
            _ = GetChannelCipherSuites.suites(in: (try? GetChannelCipherSuites.response(bytes)) ?? bytes)
            _ = try? OpenSessionRequest(decoding: bytes)
            _ = try? OpenSessionResponse(decoding: bytes)
            _ = try? RAKP1(decoding: bytes)
            _ = try? RAKP2(decoding: bytes)
            _ = try? RAKP3(decoding: bytes)
            _ = try? RAKP4(decoding: bytes)
            _ = try? LANMessage(decoding: bytes)
            _ = try? ActivatePayload.response(bytes)
            _ = try? GetPayloadActivationStatus.response(bytes)
            _ = try? GetPayloadInstanceInfo.response(bytes)
            _ = try? SOLPacket(decoding: bytes).encoded
            _ = try Datagram(decoding: bytes).encoded
        },
        FuzzReader("ipmi-console", share: 6, seeds: consolePackets, sizeLimit: 600) { bytes in
            // Packets one after the other, each behind its length, while something is being typed.
            let source = SharedRandom(seed: 3)
            var exchange = SOLExchange(limit: 64, retry: RetrySchedule(), random: { source.bytes($0) })
            _ = exchange.write(Array("reboot\n".utf8), identifier: 1)
            var rest = bytes[...]
            var number: UInt32 = 0
            while let count = rest.popFirst() {
                let packet = Array(rest.prefix(Int(count)))
                rest = rest.dropFirst(Int(count))
                number += 1
                for effect in exchange.receive(try SOLPacket(decoding: packet), number: number) {
                    if case .setTimer(let timer, _) = effect { _ = exchange.timeout(timer) }
                }
            }
        },
        FuzzReader(
            "dhcp", share: 8,
            seeds: [
                DHCPObservation.probe(mac: .zero, number: 7), DHCPEventMessage.taken.bytes,
                Array(
                    #"{"event":"granted","mac":"52:54:00:20:01:11","address":"10.20.1.11","arch":7,"ipxe":true}"#.utf8),
                Array(#"{"event":"sent","file":"a.efi","bytes":7,"address":"10.20.1.11"}"#.utf8),
                Array("add 52:54:00:20:01:11 10.20.1.11\0PXEClient:Arch:00007:UNDI:003016".utf8),
                Array("port=0\ninterface=eno2\ndhcp-range=10.20.1.1,10.20.1.9\n".utf8),
                Array("52:54:00:20:01:11,10.20.1.11,n1\n".utf8),
            ],
            words: [
                "add ", "del ", "tftp ", "old ", "/a/b", "52:54:00:20:01:11", "10.20.1.11", "PXEClient:Arch:", "99999",
                "\u{63}\u{82}\u{53}\u{63}", "\"event\":", "\"mac\":", "dhcp-script=", ",",
            ], sizeLimit: 2048
        ) { bytes in
            if let message = DHCPEventMessage(bytes) { _ = DHCPEventMessage(message.bytes) }
            _ = DHCPObservation.message(bytes, from: .zero)
            let (first, second) = halves(bytes)
            _ = LeaseScript.message(
                arguments: first.split(separator: " ").map(String.init), environment: { _ in second },
                neighbour: { LeaseScript.neighbour($0, inTable: second) })
            _ = DHCPActivationReport(bytes)
            _ = try? DHCPConfigurationCheck.host(bytes, file: "52-54-00-20-01-11")
            _ = try DHCPConfigurationCheck.interface(ofMain: bytes)
        },
        FuzzReader(
            "boot-script",
            seeds: [
                Array("#!ipxe\nkernel http://a/vmlinuz x=1\ninitrd http://a/initrd\nboot\n".utf8)
            ],
            words: [
                "#!ipxe\n", "kernel ", "initrd ", "boot\n", "exit 1\n", "sanboot ", " || ", " && ", "goto a\n", ":a\n",
                "set a 1\n", "inc a\n", "iseq ${a} 2", "sleep 1\n", "prompt --timeout 1 a ||\n",
            ]
        ) { bytes in
            _ = Fault(text(bytes))
            var script = try ScriptInterpreter(text(bytes))
            var count = 0
            while count < 1000 {
                if case .end = try script.next(count % 3 > 0) { return }
                count += 1
            }
        },
    ]

    private static func take(_ part: HTTPServerRequestPart) {
        guard case .head(let head) = part,
            let request = try? RequestParser.request(
                head, id: UUIDv4(), listener: .api, caller: nil, peer: "192.0.2.1:1", scheme: "http")
        else { return }
        for name in ["limit", "verbosity", "wait"] { _ = try? request.query.int(name, in: 0...1000) }
        _ = try? request.query.limit()
        _ = try? request.query.wait()
        _ = try? request.query.bool("force")
        _ = request.absolute(request.path)
    }

    private static func openBMC(powered: Bool) -> BMCEngine {
        let source = SharedRandom(seed: 7)
        return BMCEngine(
            configuration: BMCConfiguration(user: "ADMIN", password: Secret("secret"), guid: [1, 2, 3]),
            chassis: SimulatedChassis(Chassis(isPoweredOn: powered)), random: { source.bytes($0) })
    }

    /// Every datagram of a session, both ways.
    private static let session: (requests: [[UInt8]], answers: [[UInt8]]) = {
        var peer = Peer()
        peer.start()
        for command in commands { peer.command(command) }
        return (peer.requests, peer.answers)
    }()

    /// Network function, command, data.
    private static let commands: [[UInt8]] = [
        [0x06, 0x01], [0x06, 0x37], [0x06, 0x38, 0x0e, 0x04], [0x06, 0x54, 0x0e, 0x00, 0x80], [0x06, 0x42, 0x0e],
        [0x06, 0x3b, 0x04], [0x06, 0x3c, 1, 0, 0, 0], [0x00, 0x01], [0x00, 0x02, 0x01], [0x00, 0x04, 0x0a, 0x01],
        [0x00, 0x08, 0x05, 0x80, 0x04, 0, 0, 0], [0x00, 0x09, 0x05, 0, 0], [0x00, 0x0f], [0x0a, 0x40], [0x0a, 0x42],
        [0x0a, 0x43, 0, 0, 0xff, 0xff, 0, 0xff], [0x0a, 0x47, 1, 0, 0x43, 0x4c, 0x52, 0xaa], [0x0a, 0x48],
        [0x0c, 0x02, 0x0e, 0x03, 0, 0], [0x0c, 0x02, 0x0e, 0x17, 0, 0], [0x0c, 0x22, 0x0e, 0x08, 0, 0],
        [0x06, 0x4e, 0x0e], [0x06, 0x48, 1, 1, 0xc0, 0, 0, 0], [0x06, 0x4a, 1], [0x06, 0x4b, 1, 1],
        [0x06, 0x49, 1, 1, 0, 0, 0, 0], [0x06, 0x48, 1, 1, 0x40, 0, 0, 0],
    ]

    private static let consolePackets: [[UInt8]] = [
        [5, 1, 1, 3, 0, 0x61, 7, 2, 1, 7, 0x40, 0x62, 0x63, 0x0a], [4, 0, 1, 0, 0x60, 4, 0, 2, 7, 0, 4, 0, 0, 0, 0x10],
    ]

    /// A client and a BMC joined in memory.
    private struct Peer {
        private var client: ClientSession?
        private var engine = FuzzReader.openBMC(powered: false)
        private var clock = Duration.zero
        private(set) var requests: [[UInt8]] = []
        private(set) var answers: [[UInt8]] = []
        /// What the client gets before each answer.
        var intruder: [UInt8]?

        init() {
            let source = SharedRandom(seed: 11)
            client = try? ClientSession(
                endpoint: BMCEndpoint(host: "192.0.2.1"),
                credentials: BMCCredentials(user: "ADMIN", password: Secret("secret")),
                configuration: IPMIConfiguration(suites: [.suite17, .suite3]), random: { source.bytes($0) })
        }

        mutating func start() { receive(.start) }

        /// - Parameter bytes: network function, command, data.
        mutating func command(_ bytes: [UInt8]) {
            var request = ClientSession.Request(GetDeviceID(), identifier: requests.count)
            request.message.networkFunction = (bytes.first ?? 0) & 0x3e
            request.message.command = bytes.dropFirst().first ?? 0
            request.message.data = Array(bytes.dropFirst(2).prefix(200))
            receive(.submit(request))
        }

        /// With what a machine has written.
        private mutating func console() -> [[UInt8]] {
            engine.machineWrote(Array("login: ".utf8), at: clock)
            return engine.takeConsoleDatagrams().map(\.bytes)
        }

        private mutating func receive(_ first: ClientSession.Event) {
            var events = [first]
            var place = 0
            while place < events.count, place < 60 {
                for effect in client?.receive(events[place]) ?? [] {
                    switch effect {
                    case .send(let bytes):
                        requests.append(bytes)
                        clock += .milliseconds(1)
                        if let intruder { events.append(.datagram(intruder)) }
                        for answer in engine.receive(bytes, at: clock) + console() {
                            answers.append(answer)
                            events.append(.datagram(answer))
                        }
                    case .setTimer(let number, _): if intruder != nil { events.append(.timer(number)) }
                    case .setConsoleTimer(let number, _): if intruder != nil { events.append(.consoleTimer(number)) }
                    case .cancelTimer, .cancelConsoleTimer, .opened, .response, .console, .failed, .closed: break
                    }
                }
                place += 1
            }
        }
    }

    /// The same bytes in every run.
    private final class SharedRandom: Sendable {
        private let generator: Mutex<SplitMix>

        init(seed: UInt64) { generator = Mutex(SplitMix(seed: seed)) }

        func bytes(_ count: Int) -> [UInt8] { generator.withLock { $0.bytes(count) } }
    }
}
