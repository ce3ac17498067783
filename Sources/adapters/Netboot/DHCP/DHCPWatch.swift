import Glibc
import Primitives

/// Listens to the DHCP traffic of an interface and tells the daemon who asks, and which other servers answer.
///
/// Needs `CAP_NET_RAW` and nothing else. dnsmasq tells neither: a machine that it does not answer, and a server beside it,
/// are silence.
package struct DHCPWatch {
    private let descriptor: CInt
    private let index: CInt
    private let mac: MACAddress
    private let tell: (DHCPEventMessage) -> Void
    /// What was told a short while ago.
    private var recent: [DHCPEventMessage: ContinuousClock.Instant] = [:]

    /// In seconds.
    private static let probeInterval = 300.0
    private static let repetition = 10.0
    private static let recentLimit = 4096

    /// - Throws: `BoatyardError` `dhcp.watch` where there is no such interface or no right to listen to it.
    package init(interface: String, tell: @escaping (DHCPEventMessage) -> Void) throws(BoatyardError) {
        self.tell = tell
        guard let number = CInt(exactly: if_nametoindex(interface)), number > 0,
            let text = try? FileContents.read("/sys/class/net/\(interface)/address", limit: 64),
            let mac = MACAddress(String(decoding: text, as: UTF8.self).trimmed)
        else { throw BoatyardError("dhcp.watch", "There is no Ethernet interface \(interface) on this host.") }
        index = number
        self.mac = mac
        descriptor = socket(PacketSocket.family, CInt(SOCK_DGRAM.rawValue) | 0o2000000, CInt(PacketSocket.protocolIP))
        guard descriptor >= 0 else { throw Self.failure("listen", interface) }
        guard PacketSocket.filter(descriptor), PacketSocket.bind(descriptor, index) else {
            let error = Self.failure("listen", interface)
            close(descriptor)
            throw error
        }
    }

    /// Listens until there is an error, such as an interface that goes away.
    package mutating func run() throws(BoatyardError) {
        defer { close(descriptor) }
        var next = ContinuousClock.now
        while true {
            let now = ContinuousClock.now
            if now >= next {
                try probe()
                next = now + .seconds(Self.probeInterval)
            }
            var wanted = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            let left = min(max((next - now) / .milliseconds(1), 1), 60_000).rounded(.up)
            guard poll(&wanted, 1, CInt(min(left, 60_000))) > 0 else { continue }
            guard let (packet, source) = try receive(),
                let message = DHCPObservation.message(packet, from: source), isNews(message, now)
            else { continue }
            tell(message)
        }
    }

    private mutating func isNews(_ message: DHCPEventMessage, _ now: ContinuousClock.Instant) -> Bool {
        if let last = recent[message], now - last < .seconds(Self.repetition) { return false }
        if recent.count >= Self.recentLimit { recent.removeAll() }
        recent[message] = now
        return true
    }

    private func probe() throws(BoatyardError) {
        let packet = DHCPObservation.probe(mac: mac, number: .random(in: .min ... .max))
        guard PacketSocket.broadcast(descriptor, index, packet) || errno == ENETDOWN else {
            throw BoatyardError("dhcp.watch", "Cannot send on interface \(index): \(systemErrorText()).")
        }
    }

    /// Nil for what came from this host, or was interrupted.
    private func receive() throws(BoatyardError) -> (packet: [UInt8], source: MACAddress)? {
        guard let (packet, source) = PacketSocket.receive(descriptor) else {
            if [EINTR, EAGAIN, ENETDOWN].contains(errno) { return nil }
            throw BoatyardError("dhcp.watch", "Cannot listen to interface \(index): \(systemErrorText()).")
        }
        return source.flatMap { $0 == mac ? nil : (packet, $0) }
    }

    private static func failure(_ verb: String, _ interface: String) -> BoatyardError {
        BoatyardError(
            "dhcp.watch", "Cannot \(verb) to \(interface): \(systemErrorText()). It takes the capability CAP_NET_RAW.")
    }
}

/// packet(7), of which the system's module has no declarations.
private enum PacketSocket {
    static let family: CInt = 17
    /// `ETH_P_IP` in the order of the network.
    static let protocolIP = UInt16(0x0800).bigEndian
    private static let addressSize = 20

    /// `sockaddr_ll`.
    private static func address(_ index: CInt, target: [UInt8] = []) -> [UInt8] {
        var bytes = withUnsafeBytes(of: UInt16(17)) { Array($0) }
        bytes += withUnsafeBytes(of: protocolIP) { Array($0) } + withUnsafeBytes(of: index) { Array($0) }
        bytes += [0, 0, 0, UInt8(clamping: target.count)] + target
        return bytes + [UInt8](repeating: 0, count: addressSize - bytes.count)
    }

    static func bind(_ descriptor: CInt, _ index: CInt) -> Bool {
        address(index).withUnsafeBytes { bytes in
            bytes.withMemoryRebound(to: sockaddr.self) {
                Glibc.bind(descriptor, $0.baseAddress, socklen_t(addressSize))
            }
        } == 0
    }

    static func broadcast(_ descriptor: CInt, _ index: CInt, _ packet: [UInt8]) -> Bool {
        address(index, target: [UInt8](repeating: 255, count: 6)).withUnsafeBytes { bytes in
            bytes.withMemoryRebound(to: sockaddr.self) {
                sendto(descriptor, packet, packet.count, 0, $0.baseAddress, socklen_t(addressSize))
            }
        } == packet.count
    }

    /// Nil with the reason in `errno`. The address is nil for what is not Ethernet's.
    static func receive(_ descriptor: CInt) -> (packet: [UInt8], source: MACAddress?)? {
        var packet = [UInt8](repeating: 0, count: 2048)
        var address = [UInt8](repeating: 0, count: addressSize)
        var length = socklen_t(addressSize)
        let count = address.withUnsafeMutableBytes { bytes in
            bytes.withMemoryRebound(to: sockaddr.self) {
                recvfrom(descriptor, &packet, packet.count, 0, $0.baseAddress, &length)
            }
        }
        guard count >= 0 else { return nil }
        let isEthernet = address[11] == 6
        return (Array(packet.prefix(count)), isEthernet ? MACAddress(bytes: Array(address[12..<18])) : nil)
    }

    /// Has the kernel drop what is not sent to port 67 or 68 by UDP, so that transfers of images do not wake us.
    static func filter(_ descriptor: CInt) -> Bool {
        struct Instruction {
            var code: UInt16
            var isTrue: UInt8
            var isFalse: UInt8
            var value: UInt32
        }
        struct Program {
            var count: UInt16
            var instructions: UnsafeMutableRawPointer?
        }
        var instructions = [
            Instruction(code: 0x30, isTrue: 0, isFalse: 0, value: 9),  // the protocol
            Instruction(code: 0x15, isTrue: 0, isFalse: 6, value: 17),  // is UDP
            Instruction(code: 0x28, isTrue: 0, isFalse: 0, value: 6),  // the offset of the fragment
            Instruction(code: 0x45, isTrue: 4, isFalse: 0, value: 0x1fff),  // is 0
            Instruction(code: 0xb1, isTrue: 0, isFalse: 0, value: 0),  // behind the header of IP
            Instruction(code: 0x48, isTrue: 0, isFalse: 0, value: 2),  // the target's port
            Instruction(code: 0x15, isTrue: 2, isFalse: 0, value: 67),
            Instruction(code: 0x15, isTrue: 1, isFalse: 0, value: 68),
            Instruction(code: 0x06, isTrue: 0, isFalse: 0, value: 0),
            Instruction(code: 0x06, isTrue: 0, isFalse: 0, value: 0xffff),
        ]
        return instructions.withUnsafeMutableBytes { bytes in
            var program = Program(count: 10, instructions: bytes.baseAddress)
            return setsockopt(descriptor, SOL_SOCKET, 26, &program, socklen_t(MemoryLayout<Program>.size))
        } == 0
    }
}
