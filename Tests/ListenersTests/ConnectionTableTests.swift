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
        return ConnectionStanding(channel, now: .uptimeNanoseconds(time))
    }

    @Test("an address's connection that goes is sought among those of that address whose clients are not known")
    func oldestOfOrigin() async throws {
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
        #expect(table.oldestAnonymous(of: origin, waitingSince: .uptimeNanoseconds(9)) === first)
        #expect(table.oldestAnonymous(of: origin, waitingSince: .uptimeNanoseconds(3)) == nil)
        #expect(table.oldestAnonymous(waitingSince: .uptimeNanoseconds(9)) === other)
        let isRemoved = table.remove(other)
        #expect(isRemoved)
        #expect(table.oldestAnonymous(waitingSince: .uptimeNanoseconds(9)) === first)
        #expect(table.oldest(waitingSince: .uptimeNanoseconds(9)) === known)
        _ = table.remove(first)
        #expect(table.oldestAnonymous(of: origin, waitingSince: .uptimeNanoseconds(9)) === second)
        #expect(table.oldestAnonymous(of: other.origin, waitingSince: .uptimeNanoseconds(9)) == nil)
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
                let oldest = anonymous.keys.min().map { standings[$0] }
                #expect(table.oldestAnonymous(of: standing.origin, waitingSince: .uptimeNanoseconds(99)) === oldest)
            }
            for node in nodes { #expect(table.count(of: node) == present.values.count { $0 == node }) }
        }
    }
}
