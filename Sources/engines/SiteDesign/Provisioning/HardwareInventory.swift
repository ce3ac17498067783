import Primitives
import PythonRegex

/// What `lshw` found in a machine: which kernel name is at which address of which bus.
package struct HardwareInventory: Sendable, Hashable {
    struct Device: Sendable, Hashable {
        var deviceClass: String?
        /// `pci@0000:00:03.0`
        var busInfo: String?
        /// The first that is given: `eno1`, `/dev/sda`.
        var logicalName: String?
    }

    let devices: [Device]

    /// Reads the XML of `lshw -xml`.
    ///
    /// - Throws: `BoatyardError`, `hardware.inventory`, where it is no such XML.
    package init(lshw bytes: [UInt8]) throws {
        do {
            devices = try Self.read(bytes)
        } catch {
            throw BoatyardError(
                "hardware.inventory", "The lshw inventory cannot be read: \(error). Commission the machine again.")
        }
    }

    /// The kernel names of the devices that `profile` has aliases for.
    ///
    /// - Returns: for each alias a name; the alias itself where the machine has no such device
    ///   (`docs/reference/drydock.md` §13).
    package func logicalNames(for profile: HardwareProfile) -> [String: String] {
        Dictionary(
            profile.devices.map { ($0.alias, logicalName(of: $0) ?? $0.alias) }, uniquingKeysWith: { first, _ in first }
        )
    }

    private static let expressionMark = "regexp:"

    func logicalName(of alias: DeviceAlias) -> String? {
        guard let address = alias.address else { return nil }
        let device: Device?
        if address.hasPrefix(Self.expressionMark) {
            guard let expression = try? PythonRegex(String(address.dropFirst(Self.expressionMark.count))) else {
                return nil
            }
            device = devices.first { device in
                guard device.deviceClass == "network", let bus = device.busInfo, bus.hasPrefix("pci@") else {
                    return false
                }
                return (try? expression.match(atStartOf: String(bus.dropFirst(4)))) != nil
            }
        } else {
            let wanted = "\(alias.busType ?? "")@\(address)"
            device = devices.first { $0.busInfo == wanted && $0.logicalName != nil }
        }
        return device?.logicalName.flatMap { $0.split(separator: "/").last }.map { String($0) }
    }

    private static func read(_ bytes: [UInt8]) throws -> [Device] {
        var reader = try XMLReader(bytes)
        var devices: [Device] = []
        // The places of the nodes that are open in `devices`, and the elements that are open within the last of them.
        var nodes: [Int] = []
        var path: [String] = []
        var text = ""
        while let event = try reader.next() {
            switch event {
            case .start(let name, let attributes):
                text = ""
                path.append(name)
                if name == "node" {
                    nodes.append(devices.count)
                    devices.append(Device(deviceClass: attributes["class"]))
                }
            case .text(let part):
                if let name = path.last, name == "businfo" || name == "logicalname" { text += part }
            case .end(let name):
                path.removeLast()
                guard let node = nodes.last else { continue }
                switch name {
                case "node": nodes.removeLast()
                case "businfo" where path.last == "node": devices[node].busInfo = text
                case "logicalname" where path.last == "node" && devices[node].logicalName == nil:
                    devices[node].logicalName = text
                default: break
                }
            }
        }
        return devices
    }
}
