import API
import NIOCore
import NIOEmbedded
import TestSupport
import Testing

@testable import Listeners

@Suite("The table of a listener's connections")
struct ConnectionTableTests {
    private static func standing(_ address: String, waitingSince time: UInt64) async throws -> ConnectionStanding {
        let channel = NIOAsyncTestingChannel()
        try await channel.connect(to: SocketAddress(ipAddress: address, port: 40000)).get()
        channel.remoteAddress = try SocketAddress(ipAddress: address, port: 40000)
        let standing = ConnectionStanding(channel)
        standing.waits(since: .uptimeNanoseconds(time))
        return standing
    }

    private static func dismiss(
        _ count: Int = 1, of origin: ConnectionStanding.Origin? = nil, since time: UInt64 = 99,
        from table: inout ConnectionTable
    ) -> [ObjectIdentifier] {
        let time = NIODeadline.uptimeNanoseconds(time)
        let standings =
            if let origin {
                table.dismiss(count, of: origin, waitingSince: time)
            } else {
                table.dismiss(count, waitingSince: time)
            }
        return standings.map(ObjectIdentifier.init)
    }

    @Test("an address's connection that goes is sought among those of that address whose clients are not known")
    func longestOfOrigin() async throws {
        var table = ConnectionTable()
        let other = try await Self.standing("192.0.2.1", waitingSince: 1)
        let known = try await Self.standing("192.0.2.2", waitingSince: 2)
        let busy = try await Self.standing("192.0.2.2", waitingSince: 3)
        let first = try await Self.standing("192.0.2.2", waitingSince: 4)
        let second = try await Self.standing("192.0.2.2", waitingSince: 5)
        for standing in [second, other, known, busy, first] { table.insert(standing) }
        table.recognize(known, as: .node("berth-1"))
        busy.waits(since: nil)
        let origin = first.origin
        #expect(table.anonymousCount(of: origin) == 3)
        #expect(table.count(of: .node("berth-1")) == 1)
        #expect(Self.dismiss(of: origin, since: 3, from: &table) == [])
        #expect(Self.dismiss(of: origin, from: &table) == [ObjectIdentifier(first)])
        #expect(Self.dismiss(2, of: origin, from: &table) == [ObjectIdentifier(second)])
        #expect(Self.dismiss(of: origin, from: &table) == [])
    }

    @Test("what was asked to go counts no more, is not asked again, and counts again where it stays")
    func leaving() async throws {
        var table = ConnectionTable()
        let first = try await Self.standing("192.0.2.2", waitingSince: 1)
        let second = try await Self.standing("192.0.2.2", waitingSince: 2)
        for standing in [first, second] { table.insert(standing) }
        #expect(Self.dismiss(from: &table) == [ObjectIdentifier(first)])
        #expect((table.staying, table.anonymousCount(of: first.origin), table.connections.count) == (1, 1, 2))
        #expect(Self.dismiss(2, from: &table) == [ObjectIdentifier(second)])
        #expect(Self.dismiss(2, from: &table) == [])
        // Its request had arrived after all, and says whose it is.
        table.recognize(first, as: .node("berth-1"))
        #expect(table.count(of: .node("berth-1")) == 0)
        table.keep(first)
        #expect((table.staying, table.anonymousCount(of: first.origin), table.count(of: .node("berth-1"))) == (1, 0, 1))
        let isRemoved = table.remove(second)
        #expect(isRemoved)
        table.keep(second)
        #expect((table.staying, table.connections.count) == (1, 1))
    }

    @Test("connections go from the origin that has the most, one after the other, and those of known clients last")
    func fromTheMost() async throws {
        var table = ConnectionTable()
        var standings: [ConnectionStanding] = []
        for (index, address) in [1, 2, 3, 3, 3, 2, 4, 4, 5].enumerated() {
            standings.append(try await Self.standing("192.0.2.\(address)", waitingSince: UInt64(index + 1)))
        }
        for standing in standings { table.insert(standing) }
        for index in [6, 7, 8] { table.recognize(standings[index], as: .node(index == 8 ? "berth-2" : "berth-1")) }
        func numbers(_ identifiers: [ObjectIdentifier]) -> [Int?] {
            identifiers.map { identifier in standings.firstIndex { ObjectIdentifier($0) == identifier } }
        }
        #expect(numbers(Self.dismiss(from: &table)) == [2])
        // Two addresses have two each, then three have one each.
        #expect(numbers(Self.dismiss(3, from: &table)) == [1, 3, 0])
        // Nobody else's while one of these may have to go soon.
        #expect(numbers(Self.dismiss(9, since: 4, from: &table)) == [])
        standings[4].waits(since: nil)
        #expect(numbers(Self.dismiss(9, from: &table)) == [5])
        #expect(numbers(Self.dismiss(2, from: &table)) == [6, 7])
        #expect(numbers(Self.dismiss(2, from: &table)) == [8])
    }

    @Test("its counts and its index of addresses agree with its connections, whatever comes and goes")
    func agreement() async throws {
        var generator = SplitMix(seed: 22)
        var table = ConnectionTable()
        let addresses = ["192.0.2.1", "192.0.2.2", "2001:db8::1"]
        let nodes = ["berth-1", "berth-2"].map(Principal.node)
        var standings: [ConnectionStanding] = []
        for index in 0..<24 {
            standings.append(try await Self.standing(addresses[index % 3], waitingSince: UInt64(index + 1)))
        }
        var present: [Int: Principal?] = [:]
        for _ in 0..<2000 {
            let index = Int.random(in: 0..<24, using: &generator)
            if let principal = present[index] {
                if principal == nil, Bool.random(using: &generator) {
                    let node = nodes[index % 2]
                    table.recognize(standings[index], as: node)
                    present[index] = .some(node)
                } else {
                    let removals = [table.remove(standings[index]), table.remove(standings[index])]
                    #expect(removals == [true, false])
                    present[index] = nil
                }
            } else {
                table.insert(standings[index])
                present[index] = .some(nil)
            }
            #expect(table.connections.count == present.count)
            for standing in standings[..<3] {
                let anonymous = present.filter { $0.value == nil && standings[$0.key].origin == standing.origin }
                #expect(table.anonymousCount(of: standing.origin) == anonymous.count)
                let oldest = anonymous.keys.min().map { [ObjectIdentifier(standings[$0])] } ?? []
                var copy = table
                #expect(Self.dismiss(of: standing.origin, from: &copy) == oldest)
            }
            for node in nodes { #expect(table.count(of: node) == present.values.count { $0 == node }) }
        }
    }
}
