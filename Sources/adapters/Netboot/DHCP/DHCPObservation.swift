import Primitives

/// Reads DHCP packets that pass by (RFC 2131 §2, RFC 2132 §9).
package enum DHCPObservation {
    /// What a packet says; nil for everything that is no news.
    ///
    /// - Parameters:
    ///   - packet: from the header of IPv4 on.
    ///   - source: the Ethernet address that it came from.
    package static func message(_ packet: [UInt8], from source: MACAddress) -> DHCPEventMessage? {
        guard let datagram = datagram(packet) else { return nil }
        let body = packet[datagram.start...]
        guard body.count >= 240, body.dropFirst(236).starts(with: [0x63, 0x82, 0x53, 0x63]) else { return nil }
        let options = Options(body.dropFirst(240))
        switch (body[datagram.start], datagram.sourcePort, datagram.targetPort) {
        // Offers and acknowledgements. A relay sends none of its own.
        case (2, 67, 68):
            guard [2, 5].contains(options.kind) else { return nil }
            return .otherServer(address: options.server ?? datagram.source, mac: source)
        case (1, _, 67):
            guard options.kind == 1, body[datagram.start + 1] == 1, body[datagram.start + 2] == 6,
                let mac = MACAddress(bytes: Array(body.dropFirst(28).prefix(6))), mac != .zero
            else { return nil }
            return .asked(mac, client: .init(architecture: options.architecture, isIPXE: options.isIPXE))
        default: return nil
        }
    }

    private struct Datagram {
        var source: IPv4Address
        var sourcePort: Int
        var targetPort: Int
        /// Of what it carries.
        var start: Int
    }

    private static func datagram(_ packet: [UInt8]) -> Datagram? {
        guard packet.count >= 28, packet[0] >> 4 == 4, packet[9] == 17, packet[6] & 0x1f == 0, packet[7] == 0 else {
            return nil
        }
        let head = Int(packet[0] & 15) * 4
        guard head >= 20, packet.count >= head + 8 else { return nil }
        let source = packet[12..<16].reduce(UInt32(0)) { $0 << 8 | UInt32(truncatingIfNeeded: $1) }
        return Datagram(
            source: IPv4Address(rawValue: source), sourcePort: Int(packet[head]) << 8 | Int(packet[head + 1]),
            targetPort: Int(packet[head + 2]) << 8 | Int(packet[head + 3]), start: head + 8)
    }

    private struct Options {
        var kind = 0
        var server: IPv4Address?
        var architecture: Int?
        var isIPXE = false

        init(_ bytes: ArraySlice<UInt8>) {
            var rest = bytes
            while let code = rest.popFirst(), code != 255 {
                if code == 0 { continue }
                guard let length = rest.popFirst(), rest.count >= Int(length) else { return }
                let value = rest.prefix(Int(length))
                rest = rest.dropFirst(Int(length))
                switch (code, length) {
                case (53, 1): kind = value.first.map { Int($0) } ?? 0
                case (54, 4):
                    server = IPv4Address(
                        rawValue: value.reduce(UInt32(0)) { $0 << 8 | UInt32(truncatingIfNeeded: $1) })
                case (77, _): isIPXE = isIPXE || value.elementsEqual("iPXE".utf8)
                case (93, 2...): architecture = value.prefix(2).reduce(0) { $0 << 8 | Int($1) }
                case (175, _): isIPXE = true
                default: break
                }
            }
        }
    }

    /// A request by which every server on the wire makes itself known: a DISCOVER that asks for answers to all, from the
    /// header of IPv4 on.
    package static func probe(mac: MACAddress, number: UInt32) -> [UInt8] {
        var body: [UInt8] = [1, 1, 6, 0] + (0..<4).map { UInt8(truncatingIfNeeded: number >> (24 - 8 * $0)) }
        body += [0, 0, 0x80, 0] + [UInt8](repeating: 0, count: 16) + mac.bytes
        body += [UInt8](repeating: 0, count: 10 + 64 + 128) + [0x63, 0x82, 0x53, 0x63]
        body += [53, 1, 1, 55, 2, 1, 54, 255]
        let length = body.count + 8
        let udp: [UInt8] = [
            0, 68, 0, 67, UInt8(truncatingIfNeeded: length >> 8), UInt8(truncatingIfNeeded: length), 0, 0,
        ]
        let total = length + 20
        var head: [UInt8] = [
            0x45, 0, UInt8(truncatingIfNeeded: total >> 8), UInt8(truncatingIfNeeded: total), 0, 0, 0, 0, 64, 17, 0, 0,
            0, 0, 0, 0, 255, 255, 255, 255,
        ]
        let sum = stride(from: 0, to: 20, by: 2).reduce(0) { $0 + Int(head[$1]) << 8 + Int(head[$1 + 1]) }
        let folded = ~((sum & 0xffff) + (sum >> 16))
        head[10] = UInt8(truncatingIfNeeded: folded >> 8)
        head[11] = UInt8(truncatingIfNeeded: folded)
        return head + udp + body
    }
}
