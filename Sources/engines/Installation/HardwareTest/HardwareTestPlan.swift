import Primitives
import SiteDesign

/// What the daemon wants to know of a machine's hardware, and what the design says of it (`docs/reference/node-protocol.md`
/// 2.18.2).
package struct HardwareTestPlan: Sendable {
    /// The id of the test.
    package var test: String
    /// The name of the node.
    package var node: String
    /// How thorough the test is.
    package var mode: HardwareTestMode
    /// In MiB; nil where the design does not say.
    package var memory: Int?
    /// In the order of the design.
    package var disks: [Disk]
    /// Those that the design uses, or names a neighbour of.
    package var interfaces: [Interface]
    /// How long it may take.
    package var limits: Limits

    /// A disk that the design lays out.
    package struct Disk: Sendable, Hashable {
        /// The name in the design.
        package var device: String
        /// How it is found.
        package var selector: InstallationPlan.Selector
    }

    /// A card, with what the design says of its cable.
    package struct Interface: Sendable, Hashable {
        /// The name in the design.
        package var name: String
        /// How it is found.
        package var selector: InstallationPlan.Selector
        /// The bond that it is a part of; nil for none.
        package var bond: String?
        /// In Mbit/s; nil where any will do.
        package var speed: Int?
        /// Who is at the other end: `switch-3 Ethernet7`; nil where the design does not say.
        package var neighbour: ExpectedNeighbour?
    }

    /// How long each part may take, in seconds, and how much is read.
    package struct Limits: Sendable, Hashable {
        /// For the patterns in memory.
        package var memorySeconds: Int
        /// Of each disk: how many pieces are read.
        package var readPlaces: Int
        /// Of each disk.
        package var diskSeconds: Int
        /// How long a neighbour is listened for; a switch speaks every 30 s.
        package var neighbourSeconds: Int

        /// - Parameters: as the members.
        package init(memorySeconds: Int, readPlaces: Int, diskSeconds: Int, neighbourSeconds: Int) {
            self.memorySeconds = memorySeconds
            self.readPlaces = readPlaces
            self.diskSeconds = diskSeconds
            self.neighbourSeconds = neighbourSeconds
        }

        /// Of a test of that mode.
        package init(_ mode: HardwareTestMode) {
            switch mode {
            case .quick: self.init(memorySeconds: 60, readPlaces: 16, diskSeconds: 60, neighbourSeconds: 65)
            case .full: self.init(memorySeconds: 1200, readPlaces: 512, diskSeconds: 300, neighbourSeconds: 125)
            }
        }

        /// As the plan has it.
        package var value: Value {
            [
                "memory_seconds": .int(memorySeconds), "read_places": .int(readPlaces),
                "disk_seconds": .int(diskSeconds), "neighbour_seconds": .int(neighbourSeconds),
            ]
        }
    }
}

/// Who the design says is at the other end of a cable.
package struct ExpectedNeighbour: Sendable, Hashable, CustomStringConvertible {
    /// The name of the switch, or its address.
    package var system: String
    /// The name of its port; nil where any of the switch will do.
    package var port: String?

    /// - Parameter text: the switch, and its port behind a blank: `switch-3 Ethernet7`.
    package init?(_ text: String) {
        let parts = text.split(maxSplits: 1, whereSeparator: \.isWhitespace)
        guard let system = parts.first else { return nil }
        self.system = String(system)
        port = parts.count == 2 ? parts[1].trimmed : nil
    }

    package var description: String { port.map { "\(system) \($0)" } ?? system }
}

extension HardwareTestPlan {
    init(_ reader: PlanReader) throws(InstallationError) {
        test = try reader.text("test", atMost: 64, PlanText.ulid)
        node = try reader.text("node", atMost: 64, PlanText.label)
        mode = try reader.choice("mode", HardwareTestMode.self)
        memory = try reader.optionalNumber("memory_mib", 1...(1 << 30))
        disks = []
        for disk in try reader.list("disks", atMost: 1024) {
            let device = try disk.text("device", atMost: 256, PlanText.name)
            disks.append(Disk(device: device, selector: try .init(disk.object("selector"), name: device)))
        }
        interfaces = []
        for card in try reader.list("interfaces", atMost: 256) { interfaces.append(try Interface(card)) }
        limits = try Limits(reader.object("limits"))
    }
}

extension HardwareTestPlan.Interface {
    fileprivate init(_ reader: PlanReader) throws(InstallationError) {
        name = try reader.text("name", atMost: 128, PlanText.name)
        selector = try .init(reader.object("selector"), name: name)
        bond = try reader.optionalText("bond", atMost: 64, PlanText.interface)
        speed = try reader.optionalNumber("speed", 1...10_000_000)
        neighbour = try reader.optionalText("neighbour", atMost: 256, PlanText.plain).flatMap { ExpectedNeighbour($0) }
    }
}

extension HardwareTestPlan.Limits {
    fileprivate init(_ reader: PlanReader) throws(InstallationError) {
        memorySeconds = try reader.number("memory_seconds", 0...86_400)
        readPlaces = try reader.number("read_places", 1...65_536)
        diskSeconds = try reader.number("disk_seconds", 1...86_400)
        neighbourSeconds = try reader.number("neighbour_seconds", 0...3_600)
    }
}
