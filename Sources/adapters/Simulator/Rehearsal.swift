import IPMI
import Installation
import NIOCore
import OrderedCollections
import Primitives
import RehearsalMap

/// A machine that does what its power switch says.
protocol RehearsedMachine: Sendable {
    /// Returns once the switch is unplugged or the task is cancelled; the machine is off then.
    func run() async
}

extension SimulatedMachine: RehearsedMachine {}
extension VirtualMachine: RehearsedMachine {}

/// A BMC on a port of this host.
protocol RehearsedBMC: Sendable {
    var port: Int { get }
    func stop() async
}

extension RedfishBMCServer: RehearsedBMC {}
extension BMCServer: RehearsedBMC {
    var port: Int { endpoint.port }
}

/// Every machine of a site, rehearsed: their BMCs, their firmware, and whom they fetch from.
package struct Rehearsal: Sendable {
    private let machines: [(machine: any RehearsedMachine, power: PowerSwitch, bmc: any RehearsedBMC)]
    private let responder: Responder
    /// What the daemon has to be started with (`docs/reference/node-protocol.md` §4).
    package let map: RehearsalMap

    /// What the machines are.
    package enum MachineKind: Sendable {
        /// Without firmware: they boot from the daemon that the server names.
        case inMemory(BootServer)
        /// With real firmware in QEMU. The installer is that of the daemon.
        case virtual(VirtualMachineOptions)
    }

    /// Binds a BMC for every machine and the responder, all on free ports of 127.0.0.1.
    ///
    /// - Parameters:
    ///   - faults: by machine name.
    /// - Throws: `RehearsalError` for a fault that names no machine or that its BMC cannot have, and where a virtual machine
    ///   cannot be made; the system's error where nothing can be bound.
    package static func start(
        _ site: RehearsedSite, faults: [String: [Fault]] = [:], machines kind: MachineKind, log: RehearsalLog,
        group: any EventLoopGroup
    ) async throws -> Rehearsal {
        try site.check(Set(faults.keys))
        let responder = try await Responder.start(group: group)
        var machines: [(any RehearsedMachine, PowerSwitch, any RehearsedBMC)] = []
        var addresses: [String: String] = [:]
        var speakers: [String: String] = [:]
        for (place, description) in site.machines.enumerated() {
            let faults = faults[description.name] ?? []
            let power = PowerSwitch()
            let line = SerialLine()
            let bmc = try await bmc(of: description, power, line, faults, group: group)
            addresses[description.bmcAddress] = "127.0.0.1:\(bmc.port)"
            switch kind {
            case .virtual(let options):
                let machine = VirtualMachine(description, options, power: power, line: line, log: log)
                try await machine.prepare()
                machines.append((machine, power, bmc))
            case .inMemory(let bootServer):
                speakers[description.mac.description] = localAddress(place)
                let machine = SimulatedMachine(
                    description, power: power, line: line, faults: faults, bootServer: bootServer, log: log,
                    localAddress: localAddress(place))
                machines.append((machine, power, bmc))
            }
        }
        var map = Self.map(addresses, site.locationHosts, responder: "127.0.0.1:\(responder.port)")
        map.machines = speakers
        if case .virtual = kind { map.installer = nil }
        return Rehearsal(machines: machines, responder: responder, map: map)
    }

    /// Runs the machines until the task is cancelled, then releases everything.
    package func run() async throws {
        await withTaskGroup { group in
            for (machine, _, _) in machines { group.addTask { await machine.run() } }
            await group.waitForAll()
        }
        // A site without machines is rehearsed, too: its documents are stored, and its other steps are carried out.
        while machines.isEmpty, !Task.isCancelled { try? await Task.sleep(for: .seconds(60)) }
        for (_, power, bmc) in machines {
            power.unplug()
            await bmc.stop()
        }
        try await responder.stop()
    }

    /// An address of this host for each machine, as each has one on a provisioning network: 127.1.0.1 for the first.
    static func localAddress(_ place: Int) -> String? {
        let number = place + 1
        guard number < 1 << 16 else { return nil }
        return "127.1.\(number >> 8).\(number & 0xff)"
    }

    private static func map(_ bmc: [String: String], _ hosts: [String], responder: String) -> RehearsalMap {
        let base = "http://\(responder)/installer/"
        return RehearsalMap(
            bmc: bmc, hosts: Dictionary(hosts.map { ($0, responder) }, uniquingKeysWith: { first, _ in first }),
            installer: .init(kernel: base + "vmlinuz", initrd: base + "initrd", image: base + "boatyard.iso"))
    }

    private static func bmc(
        of machine: MachineDescription, _ power: PowerSwitch, _ line: SerialLine, _ faults: [Fault],
        group: any EventLoopGroup
    ) async throws -> any RehearsedBMC {
        if machine.bmcProtocol == .ipmi, let fault = faults.first(where: { !$0.isForIPMI }) {
            throw RehearsalError(
                "\(machine.name) cannot have the fault \(fault.spelling), which is one of Redfish: it is reached by ipmi."
            )
        }
        if !machine.bmcProtocol.isInDocuments, let fault = faults.first(where: \.isOfBMC) {
            throw RehearsalError(
                "\(machine.name) cannot have the fault \(fault.spelling), which is one of a BMC: its type is "
                    + "\(machine.bmcProtocol).")
        }
        switch machine.bmcProtocol {
        case .ipmi, .manual, .libvirt:
            return try await BMCServer.start(
                group: group, host: "127.0.0.1", port: 0, configuration: bmcConfiguration(machine),
                chassis: power.chassis, line: line, faults: bmcFaults(faults))
        case .redfish, .redfishPlain:
            return try await RedfishBMCServer.start(
                group: group, host: "127.0.0.1", isEncrypted: machine.bmcProtocol == .redfish,
                configuration: bmcConfiguration(machine), chassis: power.chassis, faults: bmcFaults(faults))
        }
    }

    private static func bmcConfiguration(_ machine: MachineDescription) -> BMCConfiguration {
        var configuration = BMCConfiguration(
            user: machine.account, password: machine.credential, guid: Array(machine.name.utf8))
        configuration.bmcKey = machine.bmcKey
        if let address = IPv4Address(machine.bmcAddress) { configuration.address = address }
        configuration.system.name = machine.name
        configuration.system.uuid = machine.uuid
        configuration.system.serial = "REHEARSED-\(machine.name)"
        configuration.system.isUEFI = machine.firmware == .uefi
        configuration.system.interfaces = machine.interfaces.map { .init(name: $0.name, mac: $0.mac) }
        return configuration
    }

    private static func bmcFaults(_ faults: [Fault]) -> BMCFaults {
        var result = BMCFaults()
        for fault in faults {
            switch fault {
            case .bmcSilent: result.silent = true
            case .wrongPassword: result.wrongPassword = true
            case .passwordChanged: result.changesPassword = true
            case .ordersRefused: result.refusesOrders = true
            case .bootDeviceIgnored: result.ignoresBootDevice = true
            case .powerIgnored: result.ignoresPower = true
            case .mediaIgnored: result.ignoresMedia = true
            case .certificateReplaced: result.replacesCertificate = true
            case .clockIn1970: result.beginsIn1970 = true
            case .bmcReboots: result.rebootTime = .seconds(3)
            case .powerLost, .bootActionFails, .neverSignals, .bootedFromDisk, .swappedCables, .diskMissing, .diskFails,
                .slowPXE, .hardware:
                continue
            }
        }
        return result
    }
}
