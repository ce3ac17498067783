import IPMI
import Primitives
import Testing

/// The expected bytes were computed with Python's `hmac` and `cryptography` from the formulas of
/// IPMI v2.0 §13.28 to §13.32, not with this package.
@Suite("RAKP vectors")
struct VectorTests {
    struct Vector: Sendable {
        var suite: CipherSuite
        var bmcKey: String?
        var challenge: String
        var proof: String
        var confirmation: String
        var packet: String
    }

    static let vectors = [
        Vector(
            suite: .suite3, challenge: "3459153ec175f54d1b5b0bbecb25e1ecd6714da1",
            proof: "f3c19e5b84f5b8124e95cfcc1a3c121596b826ea", confirmation: "848fc92273f7b794110fa556",
            packet: "0600ff0706c00d0c0b0a090000002000303132333435363738393a3b3c3d3e3f"
                + "177d39aaae3ff99750ef26bb777518e5ffff02074599e01b7a58bd36d268e99e"),
        Vector(
            suite: .suite3, bmcKey: "bmc-key", challenge: "3459153ec175f54d1b5b0bbecb25e1ecd6714da1",
            proof: "f3c19e5b84f5b8124e95cfcc1a3c121596b826ea", confirmation: "e653f47f4bcbe22905473ee1",
            packet: "0600ff0706c00d0c0b0a090000002000303132333435363738393a3b3c3d3e3f"
                + "46c5fcc71b343cac81df3404eddc9b2bffff0207965e241c885a5dc4f2aba191"),
        Vector(
            suite: .suite17, challenge: "e73e2b3e935c30243b5a8f1f24b3aa2c7633429afede84ab7d5b21d64850fbb7",
            proof: "6e51af87944f03924aa4db1a37bcf59cf4daae07500f0f25d23a6034d28ff1c7",
            confirmation: "d2fb4a886d562b28134cec742b0b76fe",
            packet: "0600ff0706c00d0c0b0a090000002000303132333435363738393a3b3c3d3e3f"
                + "6aeb2081a9c63fc895040df3567ae293ffff020748679e9436c1cfd2f0e94b7cdd017e91"),
        Vector(
            suite: .suite17, bmcKey: "bmc-key",
            challenge: "e73e2b3e935c30243b5a8f1f24b3aa2c7633429afede84ab7d5b21d64850fbb7",
            proof: "6e51af87944f03924aa4db1a37bcf59cf4daae07500f0f25d23a6034d28ff1c7",
            confirmation: "b5bcd5bf355ee285e953d687051e5773",
            packet: "0600ff0706c00d0c0b0a090000002000303132333435363738393a3b3c3d3e3f"
                + "1ac338e790ad4111d182162806269c41ffff02077c115d28be5bb48940661a392a5b1a9b"),
        Vector(
            suite: .suite8, challenge: "4a4320c4f44ab394d932a0eb0a4ba0e5", proof: "c837f7e9abcecc575a6ab3f8084c5fb9",
            confirmation: "932d041e2b83451f1924da4142a7ac78",
            packet: "0600ff0706c00d0c0b0a090000002000303132333435363738393a3b3c3d3e3f"
                + "f5877702c2b650f18ff2285519829beeffff0207d43f56aff19b11f9e58d763c499a51b9"),
        Vector(
            suite: .suite12, challenge: "4a4320c4f44ab394d932a0eb0a4ba0e5", proof: "c837f7e9abcecc575a6ab3f8084c5fb9",
            confirmation: "932d041e2b83451f1924da4142a7ac78",
            packet: "0600ff0706c00d0c0b0a090000002000303132333435363738393a3b3c3d3e3f"
                + "f5877702c2b650f18ff2285519829beeffff0207181fe328bcb4c86b162ce924346d6937"),
    ]

    @Test("codes, keys and a sealed packet are those of the specification", arguments: vectors)
    func vector(_ vector: Vector) throws {
        let exchange = KeyExchange(
            suite: vector.suite, consoleID: 0x0102_0304, managedID: 0x0a0b_0c0d, consoleRandom: Array(0..<16),
            managedRandom: Array(0x10..<0x20), managedGUID: Array(0xa0..<0xb0), role: 0x14, user: Array("admin".utf8),
            userKey: Secret(Array("password".utf8)), bmcKey: vector.bmcKey.map { Secret(Array($0.utf8)) })
        #expect(exchange.challengeCode.hex == vector.challenge)
        #expect(exchange.proofCode.hex == vector.proof)
        #expect(exchange.confirmationCode.hex == vector.confirmation)

        let message = LANMessage.request(GetChassisStatus(), sequence: 7)
        #expect(message.encoded.hex == "2000e0811c0162")
        let sealed = try exchange.sessionKeys.seal(
            message.encoded, sessionID: 0x0a0b_0c0d, sequence: 9, initializationVector: Array(0x30..<0x40))
        #expect(sealed.hex == vector.packet)
        guard case .session(let packet) = try Datagram(decoding: sealed) else {
            Issue.record("no session packet")
            return
        }
        #expect(packet.sessionID == 0x0a0b_0c0d && packet.sequence == 9)
        #expect(try exchange.sessionKeys.open(packet) == message.encoded)
    }

    @Test("one changed bit anywhere in a sealed packet is noticed")
    func integrity() throws {
        let keys = KeyExchange(
            suite: .suite17, consoleID: 1, managedID: 2, consoleRandom: Array(0..<16), managedRandom: Array(0..<16),
            managedGUID: Array(0..<16), role: 4, user: [], userKey: Secret([])
        ).sessionKeys
        let sealed = try keys.seal([1, 2, 3], sessionID: 2, sequence: 1, initializationVector: Array(0..<16))
        for index in 4..<sealed.count {
            for bit in 0..<8 {
                var changed = sealed
                changed[index] ^= 1 << UInt8(bit)
                guard case .session(let packet)? = try? Datagram(decoding: changed) else { continue }
                #expect(throws: PacketError.self) { try keys.open(packet) }
            }
        }
    }
}
