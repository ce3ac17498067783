import OrderedCollections
import Primitives

/// How thoroughly a machine's hardware is tested.
package enum HardwareTestMode: String, Sendable, Hashable, CaseIterable {
    /// A few minutes: a part of the memory, a few places of each disk.
    case quick
    /// Up to three quarters of an hour: all free memory, many places of each disk.
    case full

    /// Whether a test of this mode shows what one of the other would.
    package func covers(_ other: HardwareTestMode) -> Bool { self == .full || other == .quick }
}

/// What the design says of the hardware of a node (`docs/reference/drydock.md` §5.13).
package struct HardwareExpectations: Sendable {
    /// Labels of `metadata.owner_data` that speak of the machine to its test, and to nothing else.
    package enum Label {
        package static let mode = "hardware_test"
        package static let memory = "memory_gib"
        /// Before the name of an interface.
        package static let neighbour = "neighbour."

        /// Whether it is one of them.
        package static func isOne(_ name: String) -> Bool {
            name == mode || name == memory || name.hasPrefix(neighbour)
        }
    }

    private let site: EffectiveSite
    private let node: BaremetalNode

    package init(site: EffectiveSite, node: BaremetalNode) {
        self.site = site
        self.node = node
    }

    /// The test that commissioning has to make; nil for none.
    package static func mode(of node: BaremetalNode) -> HardwareTestMode? {
        node.ownerData[Label.mode].flatMap { HardwareTestMode(rawValue: $0) }
    }

    /// Labels for Kubernetes, and for templates, which may put them there: without those that only say what the machine's test
    /// expects.
    package static func labels(of node: BaremetalNode) -> Labels {
        node.ownerData.filter { !Label.isOne($0.key) }
    }

    /// `memory_mib`, `disks` and `interfaces` of the plan of a test (`docs/reference/node-protocol.md` 2.18.2).
    package func plan() -> Value.Object {
        let builder = InstallPlanBuilder(site: site, node: node)
        let memory = node.ownerData[Label.memory].flatMap(Self.gibibytes)
        return [
            "memory_mib": memory.map { .int($0 * 1024) } ?? .null,
            "disks": .array(
                node.storageDevices.map { device in
                    ["device": .string(device.name), "selector": builder.selector(device.name)]
                }),
            "interfaces": .array(interfaces(builder)),
        ]
    }

    /// 1 to 65 536; nil for anything else.
    package static func gibibytes(_ text: String) -> Int? {
        Int(text).flatMap { (1...65_536).contains($0) ? $0 : nil }
    }

    /// In Mbit/s: `10000full` and `10gfull` are 10 000; nil for `auto`, and for what cannot be read.
    package static func speed(_ text: String) -> Int? {
        let digits = text.prefix { $0.isNumber }
        guard let number = Int(digits), (1...1_000_000).contains(number) else { return nil }
        return text.dropFirst(digits.count).lowercased().hasPrefix("g") ? number * 1000 : number
    }

    /// The neighbours that the design names, by interface.
    package static func neighbours(of node: BaremetalNode) -> Labels {
        Labels(
            node.ownerData.filter { $0.key.hasPrefix(Label.neighbour) }
                .map { (String($0.key.dropFirst(Label.neighbour.count)), $0.value) },
            uniquingKeysWith: { $1 })
    }

    /// Cards of links that are configured, then others that the design names a neighbour of; each once.
    private func interfaces(_ builder: InstallPlanBuilder) -> [Value] {
        let neighbours = Self.neighbours(of: node)
        var found: OrderedDictionary<String, Value> = [:]
        for interface in node.interfaces {
            guard let link = interface.link.flatMap({ site.networkLink(named: $0) }), link.isConfigured else {
                continue
            }
            for slave in interface.slaves where found[slave] == nil {
                found[slave] = [
                    "name": .string(slave), "selector": builder.selector(slave),
                    "bond": link.bonding.mode == .disabled ? .null : .string(interface.name),
                    "speed": Self.speed(link.linkSpeed).map(Value.int) ?? .null, "neighbour": Value(neighbours[slave]),
                ]
            }
        }
        for (name, neighbour) in neighbours where found[name] == nil {
            found[name] = [
                "name": .string(name), "selector": builder.selector(name), "bond": .null, "speed": .null,
                "neighbour": .string(neighbour),
            ]
        }
        return Array(found.values)
    }
}
