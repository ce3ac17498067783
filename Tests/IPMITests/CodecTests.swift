import IPMI
import Primitives
import Testing

@Suite("Packets")
struct CodecTests {
    @Test("Get Channel Authentication Capabilities is what ipmitool sends first")
    func capabilities() throws {
        let request = LANMessage.request(
            GetChannelAuthenticationCapabilities(privilege: .administrator), sequence: 0)
        let bytes = Datagram.sessionless(request).encoded
        #expect(bytes.hex == "0600ff07000000000000000000092018c88100388e04b5")
        #expect(try Datagram(decoding: bytes) == .sessionless(request))
    }

    @Test("a presence ping and its pong survive the wire")
    func presence() throws {
        let ping = Datagram.presence(.ping(tag: 9))
        #expect(ping.encoded.hex == "0600ff06000011be80090000")
        #expect(try Datagram(decoding: ping.encoded) == ping)
        let pong = Datagram.presence(.pong(tag: 9, supportsIPMI: true))
        #expect(try Datagram(decoding: pong.encoded) == pong)
    }

    @Test("the messages of the handshake survive the wire")
    func handshake() throws {
        let request = OpenSessionRequest(tag: 3, consoleID: 0xa1b2_c3d4, algorithms: CipherSuite.suite17.algorithms)
        #expect(try OpenSessionRequest(decoding: request.encoded) == request)
        #expect(request.encoded.count == 32)
        let first = RAKP1(
            tag: 4, managedID: 7, consoleRandom: Array(0..<16), role: 0x14, user: Array("operator".utf8))
        #expect(try RAKP1(decoding: first.encoded) == first)
        let third = RAKP3(tag: 5, status: .success, managedID: 7, code: [1, 2, 3])
        #expect(try RAKP3(decoding: third.encoded) == third)
        let fourth = RAKP4(tag: 5, status: .invalidIntegrityCheckValue, consoleID: 8)
        #expect(try RAKP4(decoding: fourth.encoded) == fourth)
        let response = try OpenSessionResponse(decoding: [3, 0x11, 0, 0, 1, 0, 0, 0])
        #expect(response.status == .noCipherSuiteMatch && response.session == nil)
        // As OpenIPMI's simulator sends it.
        let short = try OpenSessionResponse(decoding: [3, 0x04])
        #expect(short.status.refusesAlgorithms && short.consoleID == 0)
    }

    @Test("checksums are checked")
    func checksums() throws {
        let message = LANMessage.request(GetChannelCipherSuites(block: 9), sequence: 5)
        for index in message.encoded.indices {
            var bytes = message.encoded
            bytes[index] &+= 1
            #expect(throws: PacketError.checksum) { try LANMessage(decoding: bytes) }
        }
        #expect(throws: PacketError.truncated) { try LANMessage(decoding: [0x20]) }
    }

    @Test("boot flags keep the bits that have no name here")
    func bootFlags() throws {
        let bytes: [UInt8] = [0xe3, 0xc7, 0x12, 0x34, 0x56]
        let flags = try BootFlags(decoding: bytes)
        #expect(flags.isValid && flags.isPersistent && flags.isEFI && flags.device == .pxe)
        #expect(flags.encoded == bytes)
        #expect(BootFlags(device: .pxe).encoded == [0x80, 0x04, 0, 0, 0])
        #expect(BootFlags(device: .disk, isPersistent: true, isEFI: true).encoded == [0xe0, 0x08, 0, 0, 0])
    }

    @Test("a device ID is read as a real BMC sends it")
    func deviceID() throws {
        let bytes: [UInt8] = [0x20, 0x81, 0x02, 0x45, 0x02, 0xbf, 0x7c, 0x2a, 0x00, 0x11, 0x09, 0, 0, 0, 0]
        let device = try GetDeviceID.response(bytes)
        #expect(device.manufacturer == 10876 && device.product == 0x0911 && device.firmwareMajor == 2)
        #expect(device.deviceRevision == 1)
        #expect(throws: PacketError.truncated) { try GetDeviceID.response(Array(bytes.prefix(8))) }
    }

    @Test("cipher suite records are read, those of a manufacturer skipped")
    func suites() {
        let records: [UInt8] = [
            0xc0, 3, 1, 0x41, 0x81, 0xc1, 0x80, 1, 2, 3, 1, 0x41, 0x81, 0xc0, 17, 3, 0x44, 0x81, 0xc0,
        ]
        #expect(GetChannelCipherSuites.suites(in: records) == [3, 17])
    }

    @Test("a sequence number is taken once, and only near the highest one")
    func window() {
        var window = SequenceWindow()
        let numbers: [UInt32] = [0, 1, 1, 5, 3, 4, 3, 22, 21, 5, 6, 6, .max]
        let taken = numbers.filter { window.accept($0) }
        #expect(taken == [1, 5, 3, 4, 21, 6])
        var late = SequenceWindow()
        let all = (UInt32(1)...1000).filter { late.accept($0) }
        #expect(all.count == 1000)
        let old = late.accept(984)
        #expect(!old)
    }

    @Test("a completion code, a status and an error read as sentences")
    func descriptions() {
        #expect(CompletionCode.insufficientPrivilege.description == "insufficient privilege level")
        #expect(CompletionCode(rawValue: 0x9b).description == "completion code 0x9b")
        #expect(RAKPStatus(rawValue: 0x7f).description == "status 0x7f")
        #expect(IPMIError(.timeout(attempts: 1, seconds: 1), "x").code == "bmc.timeout")
    }
}
