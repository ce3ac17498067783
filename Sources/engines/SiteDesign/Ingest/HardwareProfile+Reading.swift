import OrderedCollections
import Primitives

extension HardwareProfile {
    init(name: String, fields: FieldReader) throws {
        self.init(name: name)
        vendor = try fields.text("vendor")
        generation = try fields.text("generation")
        hardwareVersion = try fields.text("hw_version")
        biosVersion = try fields.text("bios_version")
        if let text = try fields.text("boot_mode") {
            guard let mode = BootMode(rawValue: text) else { throw IngestError.invalid("boot_mode", text) }
            bootMode = mode
        }
        bootstrapProtocol = try fields.text("bootstrap_protocol")
        pxeInterface = try fields.text("pxe_interface")
        devices = try fields.section("device_aliases").object.map { alias, value in
            let members = try FieldReader(value, alias)
            return DeviceAlias(
                alias: alias, address: try members.text("address"), busType: try members.text("bus_type"),
                deviceType: try members.text("dev_type"))
        }
        cpuSets = try fields.labels("cpu_sets") ?? [:]
        hugePages = try fields.section("hugepages").object.map { name, value in
            let members = try FieldReader(value, name)
            guard let count = try members.number("count") else { throw IngestError.missing("count") }
            return HugePages(name: name, size: try members.requiredText("size"), count: count)
        }
    }
}
