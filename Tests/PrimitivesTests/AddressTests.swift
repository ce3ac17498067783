import Primitives
import Testing

struct AddressTests {
    @Test(
        "Ethernet addresses have one form however they are written",
        arguments: ["52:54:00:aa:bb:cc", "52-54-00-AA-BB-CC", "5254.00aa.bbcc", "525400AABBCC"])
    func mac(text: String) {
        #expect(MACAddress(text)?.description == "52:54:00:aa:bb:cc")
        #expect(MACAddress(text)?.bytes == [0x52, 0x54, 0, 0xaa, 0xbb, 0xcc])
    }

    @Test(
        "what is no Ethernet address is refused",
        arguments: [
            "", "52:54:00:aa:bb", "52:54:00:aa:bb:c", "52:54-00:aa:bb:cc", "52:54:00:aa:bb:cg", "5254:00aa:bbcc",
            "52 54 00 aa bb cc", "5254.00aa.bbcc.", "٥٢:54:00:aa:b", "52:54:00:aa:bb:cc:dd", "+52:54:00:aa:bb:c",
        ])
    func macRefused(text: String) {
        #expect(MACAddress(text) == nil)
    }

    @Test(
        "zeros, the broadcast address and those of groups are no interface's",
        arguments: [
            ("00:00:00:00:00:00", false), ("ff:ff:ff:ff:ff:ff", false), ("01:00:5e:00:00:01", false),
            ("03:00:00:00:00:01", false), ("02:00:00:00:00:01", true), ("52:54:00:aa:bb:cc", true),
            ("00:00:00:00:00:01", true),
        ])
    func interfaces(_ text: String, _ isOfInterface: Bool) throws {
        let mac = try #require(MACAddress(text))
        #expect(mac.isOfInterface == isOfInterface)
    }

    @Test("addresses are ordered as their bytes are")
    func order() throws {
        let low = try #require(MACAddress(bytes: [0, 0, 0, 0, 0, 255]))
        let high = try #require(MACAddress(bytes: [1, 0, 0, 0, 0, 0]))
        #expect(low < high && MACAddress(bytes: [1]) == nil)
        #expect(try #require(IPv4Address("9.255.255.255")) < #require(IPv4Address("10.0.0.0")))
    }

    @Test("IPv4 addresses are read strictly")
    func ipv4() {
        for text in ["0.0.0.0", "10.23.4.255", "255.255.255.255"] { #expect(IPv4Address(text)?.description == text) }
        for text in [
            "", "1.2.3", "1.2.3.4.5", "256.1.1.1", "01.2.3.4", "1.2.3.-4", "1.2.3.4 ", "1..3.4", "1.2.3.0004",
            "a.b.c.d",
        ] {
            #expect(IPv4Address(text) == nil, "\(text)")
        }
    }

    @Test("a network knows its bounds, and whether it was written with host bits")
    func network() throws {
        let network = try #require(IPv4Network("172.24.10.77/26"))
        #expect(network.network.description == "172.24.10.64")
        #expect(network.netmask.description == "255.255.255.192")
        #expect(network.hasHostBits && network.description == "172.24.10.77/26")
        #expect(network.contains(try #require(IPv4Address("172.24.10.127"))))
        #expect(!network.contains(try #require(IPv4Address("172.24.10.128"))))
        #expect(IPv4Network("10.0.0.0/255.255.255.0")?.prefixLength == 24)
        #expect(IPv4Network("10.0.0.1")?.prefixLength == 32)
        let everything = try #require(IPv4Network("0.0.0.0/0"))
        #expect(!everything.hasHostBits)
        for text in [
            "", "/", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/255.0.255.0", "10.0.0.0/8/8", "10.0.0/8",
            "10.0.0.0/+8",
        ] {
            #expect(IPv4Network(text) == nil, "\(text)")
        }
    }
}
