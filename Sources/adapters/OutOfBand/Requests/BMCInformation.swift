import IPMI
import OrderedCollections
import Primitives

/// What a BMC says of itself and of its machine. What it refuses is left out, and told as such.
package struct BMCInformation: Sendable {
    /// `device`, `guid`, `power`, `inventory`, `lan`, `users`, `session`, `missing`.
    package let value: Value
    /// Who made the machine: as its inventory says, or else by the number of the BMC's manufacturer.
    package let vendor: String?
    /// What the machine's maker calls it.
    package let model: String?
    /// `1.10`
    package let firmware: String
    /// Whether the machine is on.
    package let isPoweredOn: Bool

    /// - Parameters:
    ///   - isBrief: vendor, model, firmware and power alone.
    ///   - secrets: are left out of what the BMC says.
    init(of session: IPMISession, isBrief: Bool = false, _ secrets: BMCSecrets) async throws {
        var missing: [Value] = []
        func optional<Result>(_ name: String, _ body: () async throws -> Result) async throws -> Result? {
            do {
                return try await body()
            } catch let error as IPMIError {
                switch error.kind {
                case .command(let code): missing.append(.string("\(name): \(code)"))
                case .protocolViolation: missing.append(.string("\(name): \(error.message)"))
                default: throw error
                }
                return nil
            }
        }
        let status = try await session.chassisStatus()
        let device = try await session.deviceID()
        let inventory = try await optional("inventory") { try await session.inventory() }
        isPoweredOn = status.isPoweredOn
        firmware = secrets.masked(device.firmware)
        vendor = (inventory?.product?[0] ?? inventory?.board?[0]).map { secrets.masked($0) } ?? device.manufacturerName
        model = (inventory?.product?[1] ?? inventory?.board?[1]).map { secrets.masked($0) }
        var object: Value.Object = [
            "device": device.value(firmware: firmware), "power": .string(status.isPoweredOn ? "on" : "off"),
        ]
        if !isBrief {
            let guid = try await session.systemGUID()
            object["guid"] = guid.map { .string(secrets.masked(Self.text(guid: $0))) } ?? .null
            object["inventory"] = inventory?.value(secrets) ?? .null
            object["lan"] = try await optional("LAN parameters") { try await session.lanConfiguration().value } ?? .null
            object["users"] =
                try await optional("users") { .array(try await session.users().map { $0.value(secrets) }) } ?? .null
            if let parameters = try await session.parameters {
                object["session"] = [
                    "suite": .int(Int(parameters.suite.rawValue)), "privilege": .string("\(parameters.privilege)"),
                ]
            }
        }
        object["missing"] = .array(missing)
        value = .object(object)
    }

    /// The least significant byte is sent first.
    private static func text(guid: [UInt8]) -> String {
        let digits = Array(guid.reversed().hex)
        return [0..<8, 8..<12, 12..<16, 16..<20, 20..<32].map { String(digits[$0]) }.joined(separator: "-")
    }
}

extension DeviceID {
    /// `1.10`: the minor part is in binary coded decimal.
    package var firmware: String { "\(firmwareMajor).\([firmwareMinor].hex)" }

    var manufacturerName: String? { Manufacturers.name(manufacturer) }

    fileprivate func value(firmware: String) -> Value {
        [
            "id": .int(Int(deviceID)), "revision": .int(Int(deviceRevision)), "firmware": .string(firmware),
            "ipmi": .string("\(ipmiVersion & 0x0f).\(ipmiVersion >> 4)"), "manufacturer": .int(Int(manufacturer)),
            "manufacturer_name": manufacturerName.map { .string($0) } ?? .null, "product": .int(Int(product)),
        ]
    }
}

extension Inventory {
    fileprivate func value(_ secrets: BMCSecrets) -> Value {
        var object: Value.Object = [:]
        func add(_ name: String, _ area: Area?, _ fields: [String]) {
            guard let area else { return }
            var members: Value.Object = [:]
            for (index, field) in fields.enumerated() {
                members[field] = area[index].map { .string(secrets.masked($0)) }
            }
            let further = area.fields.dropFirst(fields.count).filter { !$0.isEmpty }
            if !further.isEmpty { members["further"] = .array(further.map { .string(secrets.masked($0)) }) }
            object[name] = .object(members)
        }
        add("chassis", chassis, ["part_number", "serial"])
        add("board", board, ["manufacturer", "name", "serial", "part_number"])
        add("product", product, ["manufacturer", "name", "part_number", "version", "serial", "asset_tag"])
        if let boardDate {
            object["board_made"] = .string(Timestamp(microseconds: Int64(boardDate) * 1_000_000).formatted(.iso))
        }
        return .object(object)
    }
}

extension LANConfiguration {
    fileprivate var value: Value {
        let sources: [Source: String] = [
            .unspecified: "unspecified", .fixed: "static", .dhcp: "dhcp", .firmware: "firmware", .other: "other",
        ]
        return [
            "address": address.map { .string("\($0)") } ?? .null,
            "source": source.flatMap { sources[$0] }.map { .string($0) } ?? .null,
            "netmask": netmask.map { .string("\($0)") } ?? .null,
            "gateway": gateway.map { .string("\($0)") } ?? .null,
            "mac": macAddress.map { .string("\($0)") } ?? .null,
            "vlan": vlan.map { .int($0) } ?? .null,
            "ipv6": .array(
                ipv6.map {
                    [
                        "address": .string($0.address), "prefix_length": .int(Int($0.prefixLength)),
                        "source": .string($0.isFixed ? "static" : "dynamic"),
                    ]
                }),
            "cipher_suites": .array(
                suites.map {
                    ["number": .int(Int($0.number)), "privilege": $0.privilege.map { .string("\($0)") } ?? .null]
                }),
        ]
    }
}

extension BMCUser {
    fileprivate func value(_ secrets: BMCSecrets) -> Value {
        [
            "number": .int(Int(number)), "name": .string(secrets.masked(name)), "enabled": .bool(access.isEnabled),
            "ipmi": .bool(access.mayUseIPMI),
            "privilege": access.privilege.map { .string("\($0)") } ?? .null,
        ]
    }
}
