import OrderedCollections
import Primitives

/// What an installer found in its machine (`docs/reference/node-protocol.md` §2), held against bounds: it comes from
/// the network.
package struct Inventory: Sendable {
    struct Detail: Sendable {
        var generator: String
        var format: String
        var data: String
    }

    var mac: MACAddress?
    var bmcAddress: IPv4Address?
    var hardware = Hardware()
    var cpuCount: Int?
    /// MiB.
    var memory: Int?
    var details: [Detail]

    /// What it may have: one of them at least.
    private static let keys = facts + ["interfaces", "disks", "details"]
    /// Those that are short.
    static let facts = ["mac", "bmc_address", "serial", "uuid", "cpu_count", "memory_mib"]
    /// What is shown of a machine, and decides nothing.
    static let descriptions = ["vendor", "product", "firmware"]

    /// - Throws: `DrydockError` `.invalid`, which names the field.
    package init(_ body: Value) throws(DrydockError) {
        guard case .object(let object) = body else { throw Self.invalid("it must be an object") }
        guard Self.keys.contains(where: { object[$0].map { !$0.isNull } ?? false }) else {
            throw Self.invalid("it has none of \(Self.keys.joined(separator: ", "))")
        }
        mac = try Self.read(object, "mac") { value in
            value.stringValue.flatMap { MACAddress($0) }.flatMap { $0.isOfInterface ? $0 : nil }
        }
        bmcAddress = try Self.read(object, "bmc_address") { $0.stringValue.flatMap { IPv4Address($0) } }
        hardware.serial = try Self.text(object, "serial").flatMap(HardwareIdentifier.serial)
        hardware.uuid = try Self.text(object, "uuid").flatMap(HardwareIdentifier.uuid)
        cpuCount = try Self.read(object, "cpu_count") { Self.count($0, upTo: 1 << 16) }
        memory = try Self.read(object, "memory_mib") { Self.count($0, upTo: 1 << 30) }
        for (list, limit) in [("interfaces", 256), ("disks", 4096)] {
            for item in try Self.list(object, list, limit) where item.objectValue == nil {
                throw Self.invalid("each of '\(list)' must be an object")
            }
        }
        details = []
        for item in try Self.list(object, "details", 64) {
            guard let generator = item["generator"]?.stringValue, let data = item["data"]?.stringValue,
                (1...256).contains(generator.utf8.count)
            else { throw Self.invalid("each of 'details' has a 'generator' of 1 to 256 bytes and 'data', a text") }
            let format = item["format"] ?? .null
            guard format.isNull || format.stringValue != nil else {
                throw Self.invalid("the 'format' of one of 'details' is no text")
            }
            details.append(Detail(generator: generator, format: format.stringValue ?? "text/plain", data: data))
        }
    }

    /// Empty where there is none.
    private static func list(_ object: Value.Object, _ key: String, _ limit: Int) throws(DrydockError) -> [Value] {
        guard let value = object[key], !value.isNull else { return [] }
        guard case .array(let items) = value, items.count <= limit else {
            throw invalid("'\(key)' must be a list of at most \(limit)")
        }
        return items
    }

    /// What firmware writes there is checked elsewhere: whatever text it is, the machine is taken.
    private static func text(_ object: Value.Object, _ key: String) throws(DrydockError) -> String? {
        try read(object, key) { $0.stringValue }
    }

    private static func count(_ value: Value, upTo limit: Int) -> Int? {
        value.intValue.flatMap { (1...limit).contains($0) ? $0 : nil }
    }

    private static func read<T>(
        _ object: Value.Object, _ key: String, _ parse: (Value) -> T?
    ) throws(DrydockError) -> T? {
        guard let value = object[key], !value.isNull else { return nil }
        guard let parsed = parse(value) else { throw invalid("'\(key)' cannot be read") }
        return parsed
    }

    private static func invalid(_ what: String) -> DrydockError {
        DrydockError(.invalid, "The inventory cannot be used: \(what).")
    }
}
