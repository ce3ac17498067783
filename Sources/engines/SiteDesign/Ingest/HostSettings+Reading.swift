import OrderedCollections
import Primitives

extension HostSettings {
    init(_ fields: FieldReader) throws {
        self.init()
        parentProfile = try fields.text("host_profile")
        hardwareProfile = try fields.text("hardware_profile")
        primaryNetwork = try fields.text("primary_network")
        for (name, value) in try fields.section("oob").object {
            if name == "type" {
                outOfBandType = try FieldReader.text(value, name)
            } else {
                outOfBandParameters[name] = try FieldReader.text(value, name)
            }
        }
        let storage = try fields.section("storage")
        storageDevices = try storage.section("physical_devices").object.map {
            try StorageDevice(name: $0, fields: FieldReader($1, $0))
        }
        arrays = try storage.section("raid").object.map { try StorageArray(name: $0, fields: FieldReader($1, $0)) }
        volumeGroups = try storage.section("volume_groups").object.map {
            try VolumeGroup(name: $0, fields: FieldReader($1, $0))
        }
        let platform = try fields.section("platform")
        image = try platform.text("image")
        kernel = try platform.text("kernel")
        kernelParameters = try platform.labels("kernel_params") ?? [:]
        let metadata = try fields.section("metadata")
        tags = try metadata.texts("tags") ?? []
        ownerData = try metadata.labels("owner_data") ?? [:]
        rack = try metadata.text("rack")
        interfaces = try fields.section("interfaces").object.map {
            try Interface(name: $0, fields: FieldReader($1, $0))
        }
    }
}

extension Interface {
    init(name: String, fields: FieldReader) throws {
        self.init(name: name)
        link = try fields.text("device_link")
        slaves = try fields.texts("slaves") ?? []
        networks = try fields.texts("networks") ?? []
        if let section = try fields.optionalSection("sriov") {
            sriov = VirtualFunctions(
                isEnabled: true, count: try section.number("vf_count") ?? 0,
                isTrusted: try section.flag("trustedmode") ?? false)
        }
    }
}

extension HostProfile {
    init(name: String, fields: FieldReader) throws {
        self.init(name: name, settings: try HostSettings(fields))
    }
}

extension BaremetalNode {
    init(name: String, fields: FieldReader) throws {
        let settings = try HostSettings(fields)
        guard let addresses = fields["addressing"].arrayValue, !addresses.isEmpty else {
            throw IngestError.expected("BaremetalNode needs at least 1 assigned address")
        }
        let addressing = try addresses.compactMap { assignment -> NodeAddress? in
            let members = try FieldReader(assignment, "addressing")
            guard let address = try members.text("address"), !address.isEmpty else { return nil }
            let network = try members.requiredText("network")
            return address == "dhcp"
                ? NodeAddress(network: network, kind: .dhcp, address: nil)
                : NodeAddress(network: network, kind: .fixed, address: address)
        }
        let bootMAC = try fields.section("metadata").text("boot_mac")
        self.init(name: name, settings: settings, addressing: addressing, bootMAC: bootMAC)
    }
}
