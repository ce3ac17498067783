import Installation
import OrderedCollections
import Primitives

/// Reads links and neighbours of the interfaces of a plan. Interfaces that are down are up meanwhile, without any address.
struct LinkTester: Sendable {
    let system: SystemFiles
    let log: InstallerLog
    let limits: HardwareTestPlan.Limits
    /// Runs `ip`, `ethtool` and `lldpctl`, as `ChildProcess.run`.
    var run: @Sendable (Command) async throws -> CommandOutcome = { try await ChildProcess.run($0) }
    /// The clock by which links and neighbours are waited for.
    var now: @Sendable () -> ContinuousClock.Instant = { .now }
    var pause: @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }

    /// In tries of half a second: what a link may take to come up.
    private static let tries = 30
    /// Of an interface's flags (`IFF_UP` of netdevice(7)).
    private static let isUp = 1

    /// - Parameters:
    ///   - names: of the interfaces, as `facts` have them; with each who is expected at its other end.
    ///   - facts: of this machine.
    func read(
        _ names: OrderedDictionary<String, ExpectedNeighbour?>, _ facts: MachineFacts
    ) async throws -> [LinkReadings] {
        // A virtual machine may have other names in its facts than the kernel gives.
        let named = Dictionary(facts.interfaces.map { ($0.mac, $0.name) }, uniquingKeysWith: { first, _ in first })
        let cards = try await NetworkCard.all(in: system).compactMap { card -> (name: String, kernel: String)? in
            guard let name = named[card.mac], names[name] != nil else { return nil }
            return (name, card.name)
        }
        let raised = try await raise(cards.map(\.kernel))
        let readings = try await readRaised(cards, awaited: Set(names.filter { $0.value != nil }.keys))
        // Whatever comes next finds the network as it was.
        for kernel in raised { try await ip("link", "set", "dev", kernel, "down") }
        return readings
    }

    private func readRaised(
        _ cards: [(name: String, kernel: String)], awaited names: Set<String>
    ) async throws -> [LinkReadings] {
        let expected = cards.filter { names.contains($0.name) }.map(\.kernel)
        var wait = NeighbourWait(limit: .seconds(limits.neighbourSeconds), began: now())
        for _ in 0..<Self.tries {
            wait.note(up: expected.filter { hasCarrier($0) }, at: now())
            if cards.allSatisfy({ hasCarrier($0.kernel) }) { break }
            try await pause(.milliseconds(500))
        }
        let heard = try await neighbours(of: expected, &wait)
        var readings: [LinkReadings] = []
        for card in cards {
            readings.append(
                LinkReadings(
                    name: card.name, link: try await link(card.kernel),
                    neighbours: Self.neighbours(
                        of: card.kernel, heard, expected.contains(card.kernel) ? wait : nil)))
        }
        return readings
    }

    /// - Parameters:
    ///   - heard: by the kernel's name; nil where lldpd does not answer.
    ///   - wait: for the neighbour of the design; nil where that names none.
    static func neighbours(
        of kernel: String, _ heard: [String: [Neighbour]]?, _ wait: NeighbourWait?
    ) -> Reading<[Neighbour]> {
        guard let heard else {
            return .missing("lldpd, which hears neighbours, does not answer in this installer")
        }
        let neighbours = heard[kernel] ?? []
        guard neighbours.isEmpty, let wait, !wait.isComplete(kernel) else { return .read(neighbours) }
        return .missing("its link came up too late, or went down meanwhile, to hear a neighbour on it")
    }

    private func hasCarrier(_ name: String) -> Bool { system.flag("/sys/class/net/\(name)/carrier") }

    /// - Returns: those that were down.
    private func raise(_ names: [String]) async throws -> [String] {
        var raised: [String] = []
        for name in names {
            let flags = system.text("/sys/class/net/\(name)/flags").flatMap { Int($0.dropFirst(2), radix: 16) } ?? 0
            guard flags & Self.isUp == 0 else { continue }
            // Nobody knows what is at the other end: no address, not even one of IPv6 that a link gives itself.
            try await ip("link", "set", "dev", name, "addrgenmode", "none")
            if try await ip("link", "set", "dev", name, "up") { raised.append(name) }
        }
        return raised
    }

    @discardableResult private func ip(_ arguments: String...) async throws -> Bool {
        do {
            _ = try await run(Command(["ip"] + arguments, deadline: 30))
            return true
        } catch let failure as CommandFailure {
            log.write("\(failure)")
            return false
        }
    }

    private func link(_ name: String) async throws -> Reading<LinkState> {
        do {
            let text = try await run(Command("ethtool", name, deadline: 15)).text
            if let state = LinkState(ethtool: text) { return .read(state) }
        } catch is CommandFailure {
            // The kernel's own files say almost as much.
        }
        guard system.exists("/sys/class/net/\(name)") else { return .missing("the kernel has no interface \(name)") }
        let speed = system.number("/sys/class/net/\(name)/speed").flatMap { $0 > 0 ? $0 : nil }
        let duplex = system.text("/sys/class/net/\(name)/duplex")
        return .read(
            LinkState(
                hasCarrier: hasCarrier(name), speed: speed, isFullDuplex: ["full": true, "half": false][duplex ?? ""]))
    }

    /// Listens until each of `expected` that has a link has a neighbour, or its time is up.
    ///
    /// - Returns: by the kernel's name; nil where lldpd does not answer.
    private func neighbours(
        of expected: [String], _ wait: inout NeighbourWait
    ) async throws -> [String: [Neighbour]]? {
        while true {
            // Links that have come up since are listened on, too.
            wait.note(up: expected.filter { hasCarrier($0) }, at: now())
            var heard: [String: [Neighbour]]?
            do {
                let outcome = try await run(
                    Command(["lldpctl", "-f", "json0"], deadline: 15, outputLimit: 4 << 20))
                heard = Neighbour.all(lldpctl: outcome.output)
            } catch let failure as CommandFailure {
                log.write("\(failure)")
            }
            guard let heard, expected.contains(where: { heard[$0]?.isEmpty ?? true && wait.isOpen($0) }) else {
                return heard
            }
            try await pause(.seconds(2))
        }
    }
}
