import Installation
import OrderedCollections
import Primitives

/// What may be wrong in a machine, for the test of its hardware to find.
package enum HardwareFault: String, Sendable, Hashable, CaseIterable {
    /// Words are not read as they were written, and the controller counts errors.
    case badMemory = "bad-memory"
    /// The first disk says that it is failing, and cannot be read at one place.
    case failingDisk = "failing-disk"
    /// The last disk does not answer.
    case hangingDisk = "hanging-disk"
    /// The first interface negotiates 100 Mbit/s at half duplex.
    case slowLink = "slow-link"
    /// The last interface has no link.
    case noLink = "no-link"
    /// Each interface hears the neighbour of the next; where there is one only, that of another switch.
    case wrongNeighbours = "wrong-neighbours"
    /// The clock stands at 2001.
    case wrongClock = "wrong-clock"
    /// It tests itself for ever.
    case hangsInTest = "hangs-in-test"
}

/// What a simulated machine reads of its own hardware: as its design says, but for its faults.
struct SimulatedHardware {
    let plan: HardwareTestPlan
    let facts: MachineFacts
    let faults: Set<HardwareFault>
    /// Whether the clock of its BMC begins in 1970, as the BMC itself shows it.
    let bmcBeginsIn1970: Bool

    /// In seconds: 25 years.
    private static let outOfDate = -788_940_000
    /// In seconds, of a clock that has just begun.
    private static var since1970: Int { -Int(truncatingIfNeeded: Timestamp.now().microseconds / 1_000_000) }

    var readings: HardwareReadings {
        HardwareReadings(memory: memory, disks: disks, links: links, clocks: clocks)
    }

    private var memory: MemoryReadings {
        let size = plan.memory ?? 16_384
        let isBad = faults.contains(.badMemory)
        return MemoryReadings(
            installed: size, usable: size - size / 50,
            patterns: .read(
                .init(
                    tested: size - size / 8, free: size - size / 16, seconds: 30, mismatches: isBad ? 3 : 0,
                    example: isBad ? "0x5555555555555551 instead of 0x5555555555555555" : nil)),
            errors: .read(
                .init(
                    correctedBefore: 0, corrected: isBad ? 12 : 0, uncorrected: isBad ? 1 : 0,
                    modules: isBad ? ["CPU_0_DIMM_A1"] : [])))
    }

    private var disks: [DiskReadings] {
        facts.disks.enumerated().map { place, disk in
            let isFailing = place == 0 && faults.contains(.failingDisk)
            let isHanging = place == facts.disks.count - 1 && faults.contains(.hangingDisk)
            var health = DiskHealth(
                isPassed: true, replaced: 0, pending: 0, unreadable: 0, hours: 12_345, temperature: 34)
            if isFailing {
                health.isPassed = false
                health.pending = 8
            }
            var test = DiskReadings.ReadTest(
                read: plan.limits.readPlaces, wanted: plan.limits.readPlaces, slowest: 0.02)
            if isFailing {
                test.read -= 1
                test.failures = ["at \(ByteCount.text(disk.size / 2)): Input/output error"]
            }
            if isHanging {
                test.read = 3
                test.isHanging = true
            }
            return DiskReadings(
                name: disk.name, health: isHanging ? .missing("the disk does not answer smartctl") : .read(health),
                reading: .read(test))
        }
    }

    private var links: [LinkReadings] {
        let cards = HardwareComparison.interfaces(plan, facts)
        let meant = cards.values.compactMap(\.self)
        var next = faults.contains(.wrongNeighbours) ? 1 : 0
        return cards.enumerated().map { place, card in
            let speed = plan.interfaces.compactMap(\.speed).max() ?? 10_000
            var state = LinkState(hasCarrier: true, speed: speed, isFullDuplex: true, fastest: speed)
            if place == 0, faults.contains(.slowLink) { (state.speed, state.isFullDuplex) = (100, false) }
            if place == cards.count - 1, faults.contains(.noLink) { state = LinkState(hasCarrier: false) }
            var heard = card.value
            if heard != nil {
                heard = meant[next % meant.count]
                if meant.count == 1, next == 1 { heard = ExpectedNeighbour("another-switch Ethernet99") }
                next += 1
            }
            let neighbours = heard.map { [Neighbour(system: $0.system, port: $0.port)] } ?? []
            return LinkReadings(
                name: card.key, link: .read(state), neighbours: .read(state.hasCarrier ? neighbours : []))
        }
    }

    private var clocks: ClockReadings {
        ClockReadings(
            system: .read(faults.contains(.wrongClock) ? Self.outOfDate : 0), hardware: .read(0),
            bmc: .read(bmcBeginsIn1970 ? Self.since1970 : faults.contains(.wrongClock) ? Self.outOfDate : 0))
    }
}
