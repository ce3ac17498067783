import Primitives
import Testing

@testable import Netboot

@Suite("Leases of DHCP")
struct DHCPLeaseTests {
    private static let first = MACAddress("52:54:00:20:01:11") ?? .zero
    private static let second = MACAddress("52:54:00:20:01:12") ?? .zero

    private func address(_ last: UInt32) -> IPv4Address { IPv4Address(rawValue: 10 << 24 | last) }
    private func time(_ seconds: Double) -> Timestamp { Timestamp(microseconds: Int64(seconds * 1_000_000)) }

    @Test("a lease lasts as long as was told, and since when it is held outlives that it is asked for again")
    func renewal() {
        var table = LeaseTable()
        table.grant(address(1), to: Self.first, .init(hostname: "n1", seconds: 600), at: time(0))
        table.grant(address(1), to: Self.first, .init(hostname: "n1", seconds: 600), at: time(500))
        #expect(
            table.current(at: time(1000)) == [
                DHCPLease(
                    address: address(1), mac: Self.first, hostname: "n1", since: time(0), until: time(1100))
            ])
        #expect(table.current(at: time(1100)).isEmpty)
        // Who had it last is remembered for what TFTP tells.
        #expect(table.holder(of: address(1)) == Self.first)
        table.grant(address(1), to: Self.first, .init(), at: time(2000))
        #expect(table.current(at: time(2000)).map(\.since) == [time(2000)], "it had ended")
        #expect(table.current(at: time(2000)).map(\.until) == [time(5600)], "the time of the configuration")
    }

    @Test("an address that another machine gets is no longer the first one's, whose end then ends nothing")
    func handedOn() {
        var table = LeaseTable()
        table.grant(address(2), to: Self.first, .init(), at: time(0))
        table.grant(address(1), to: Self.second, .init(), at: time(1))
        table.grant(address(2), to: Self.second, .init(), at: time(2))
        table.end(address(2), of: Self.first)
        #expect(table.current(at: time(3)).map(\.address) == [address(1), address(2)])
        #expect(table.current(at: time(3)).map(\.mac) == [Self.second, Self.second])
        #expect(table.current(at: time(3)).map(\.since) == [time(1), time(2)])
        table.end(address(2), of: Self.second)
        #expect(table.current(at: time(3)).map(\.address) == [address(1)])
    }

    @Test("what dnsmasq lists is there without a beginning, and takes none away that is known")
    func listed() {
        var table = LeaseTable()
        table.list(address(1), of: Self.first, .init(hostname: "n1", seconds: 60), at: time(0))
        table.grant(address(2), to: Self.second, .init(seconds: 60), at: time(5))
        table.list(address(2), of: Self.second, .init(hostname: "n2", seconds: 50), at: time(15))
        let leases = table.current(at: time(20))
        #expect(leases.map(\.since) == [nil, time(5)])
        #expect(leases.map(\.until) == [time(60), time(65)])
        #expect(leases.map(\.hostname) == ["n1", "n2"])
        // Another machine's beginning is not this one's.
        table.list(address(2), of: Self.first, .init(seconds: 50), at: time(20))
        #expect(table.current(at: time(20)).last?.since == nil)
    }

    @Test("a table that is full gives up what has ended, then what ends first, and never the newest")
    func bounded() throws {
        var table = LeaseTable()
        for number in 0..<UInt32(100) { table.grant(address(number), to: Self.first, .init(seconds: 1), at: time(0)) }
        for number in 100..<UInt32(8292) {
            table.grant(address(number), to: Self.second, .init(seconds: 1000 + Int(number)), at: time(5))
        }
        #expect(table.count == 8192 && table.current(at: time(5)).count == 8192, "nothing but what had ended is gone")
        table.grant(address(9000), to: Self.first, .init(seconds: 1), at: time(5))
        let left = table.current(at: time(5))
        #expect(left.count == 8192 - 1024 + 1 && left.last?.address == address(9000))
        #expect(left.first?.address == address(100 + 1024))
    }

    @Test("dnsmasq's file is read, and what is no lease of IPv4 and Ethernet, or has ended, is left out")
    func file() {
        let text = """
            1060 52:54:00:20:01:11 10.0.0.1 n1 01:52:54:00:20:01:11
            1001 52:54:00:20:01:12 10.0.0.2 * *
            1000 52:54:00:20:01:12 10.0.0.3 ended *
            0 52:54:00:20:01:12 10.0.0.4 forever *
            1060 06-52:54:00:20:01:12 10.0.0.5 infiniband *
            1060 52:54:00:20:01:12 10.0.0.600 n2 *
            1060 52:54:00:20:01:12
            -9223372036854775808 52:54:00:20:01:12 10.0.0.6 n2 *
            9223372036854775807 52:54:00:20:01:12 10.0.0.7 n2 *
            99999999999999999999 52:54:00:20:01:12 10.0.0.8 n2 *
            duid 00:01:00:01:2a:7e:9d:8e:52:54:00:20:01:01
            1060 5243 fd00::11 n1 00:01:00:01:2a:7e:9d:8e:52:54:00:20:01:11
            root:$y$j9T$secret:20000:0:99999:7:::
            """
        #expect(
            LeaseFile.messages(text, at: time(1000)) == [
                .held(Self.first, address: address(1), terms: .init(hostname: "n1", seconds: 60)),
                .held(Self.second, address: address(2), terms: .init(seconds: 1)),
                .held(Self.second, address: address(4), terms: .init(hostname: "forever")),
                // Longer than any lease of DHCP.
                .held(Self.second, address: address(7), terms: .init(hostname: "n2")),
            ])
        let many = (0..<20_000).map { "9 52:54:00:20:01:11 10.0.\($0 / 250).\($0 % 250) n1 *\n" }.joined()
        #expect(LeaseFile.messages(many, at: time(0)).count == 8192)
    }
}
