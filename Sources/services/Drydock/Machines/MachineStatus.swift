import Primitives

/// What `GET nodes` shows of a machine, or of a node without a machine (`docs/reference/drydock.md` §3).
package struct MachineStatus: Sendable, Hashable {
    /// The name of the node; nil for a machine that is no node.
    package var node: String?
    /// The name of the node; for a machine that is no node its id in lower case.
    package var hostname: String
    /// The state of the machine; nil for a node without a machine.
    package var state: MachineState?
    /// Whether a commissioning has its hardware tested now.
    package var isTested = false
    /// How far its installation or erasure has come; nil where there is none.
    package var progress: MachineProgress?
    /// The power as it was last observed out of band.
    package var power: Machine.Power
    /// When the BMC said so; nil where none has been asked.
    package var powerObserved: Timestamp?
    /// Whether that may be out of date: it is too long ago, or the BMC has not answered since.
    package var isPowerStale = false
    /// Why the BMC could not be asked last; nil where it has answered, or was not asked.
    package var powerFailure: String?
    /// The IPv4 address of the BMC; nil where it is not known.
    package var powerAddress: String?
    /// The MAC address that the machine boots from; nil where neither machine nor design has one.
    package var bootMAC: MACAddress?
    /// The address from which the machine last asked for a boot script; nil before it has.
    package var bootIP: String?
    /// In MiB; 0 before the inventory.
    package var memory: Int
    /// The number of CPUs; 0 before the inventory.
    package var cpuCount: Int
    /// What its newest inventory says of it; nil where it has sent none.
    package var hardware: MachineHardware?

    /// `Ready`, `Deployed` and so on; `Testing` for one that is Ready but for its test; `Missing` for a node without a machine.
    package var statusName: String { isTested && state == .ready ? "Testing" : state?.rawValue ?? "Missing" }

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

    init(_ machine: Machine, hardware: MachineHardware? = nil) {
        self.init(
            node: machine.node, hostname: machine.node ?? machine.id.description.lowercased(), state: machine.state,
            power: machine.power, powerAddress: machine.bmcAddress, bootMAC: machine.mac, bootIP: machine.bootIP,
            memory: machine.memory ?? 0, cpuCount: machine.cpuCount ?? 0)
        self.hardware = hardware
        progress = MachineProgress(machine.lifecycle)
    }

    /// A node whose machine has not come forward.
    init(_ node: ExpectedNode) {
        self.init(
            node: node.node, hostname: node.node, state: nil, powerAddress: node.bmcAddress, bootMAC: node.bootMAC)
    }
}
