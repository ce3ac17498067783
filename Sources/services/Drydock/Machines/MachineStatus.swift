import Primitives

/// What `GET nodes` publishes of a machine (`docs/reference/drydock.md` §3), or of a node whose machine has not come
/// forward.
package struct MachineStatus: Sendable, Hashable {
    /// The node of the design; nil for a machine that is nobody's.
    package var node: String?
    /// The node's name; of a machine that is nobody's its id, in lower case.
    package var hostname: String
    /// Nil where no machine has come forward.
    package var state: MachineState?
    /// As last observed out of band.
    package var power: Machine.Power
    /// Of the BMC.
    package var powerAddress: String?
    /// The address it boots from; nil where neither machine nor design has one.
    package var bootMAC: MACAddress?
    package var bootIP: String?
    /// MiB; 0 before the inventory.
    package var memory: Int
    /// 0 before the inventory.
    package var cpuCount: Int

    /// `Ready`, `Deployed` and so on; `Missing` where no machine has come forward.
    package var statusName: String { state?.rawValue ?? "Missing" }

    package init(
        node: String?, hostname: String, state: MachineState?, power: Machine.Power = .unknown,
        powerAddress: String? = nil, bootMAC: MACAddress? = nil, bootIP: String? = nil, memory: Int = 0,
        cpuCount: Int = 0
    ) {
        self.node = node
        self.hostname = hostname
        self.state = state
        self.power = power
        self.powerAddress = powerAddress
        self.bootMAC = bootMAC
        self.bootIP = bootIP
        self.memory = memory
        self.cpuCount = cpuCount
    }

    init(_ machine: Machine) {
        self.init(
            node: machine.node, hostname: machine.node ?? machine.id.description.lowercased(), state: machine.state,
            power: machine.power, powerAddress: machine.bmcAddress, bootMAC: machine.mac, bootIP: machine.bootIP,
            memory: machine.memory ?? 0, cpuCount: machine.cpuCount ?? 0)
    }

    /// A node whose machine has not come forward.
    init(_ node: ExpectedNode) {
        self.init(
            node: node.node, hostname: node.node, state: nil, powerAddress: node.bmcAddress, bootMAC: node.bootMAC)
    }
}
