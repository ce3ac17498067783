import OrderedCollections
import Primitives

extension DesignDump {
    static func hostProfile(_ profile: HostProfile) -> Value {
        var members = settings(profile.settings)
        members["name"] = .string(profile.name)
        members["source"] = .string(profile.source.rawValue)
        return .object(members)
    }

    static func node(_ node: BaremetalNode) -> Value {
        var members = settings(node.settings)
        members["name"] = .string(node.name)
        members["source"] = .string(node.source.rawValue)
        members["domain"] = .string(node.domain)
        members["fqdn"] = .string(node.fqdn)
        members["boot_mac"] = Value(node.bootMAC)
        members["labels_for_relabel"] = Value(HardwareExpectations.labels(of: node))
        members["addressing"] = .array(
            node.addressing.map {
                [
                    "network": .string($0.network), "type": .string($0.kind.rawValue),
                    "address": Value($0.address),
                ]
            })
        members["root_fs"] = volume(of: node, at: "/")
        members["boot_fs"] = volume(of: node, at: "/boot")
        do {
            members["kernel_param_string"] = .string(try node.kernelCommandLine())
        } catch {
            members["kernel_param_string"] = failure(error)
        }
        return .object(members)
    }

    private static func settings(_ settings: HostSettings) -> Value.Object {
        var members: Value.Object = [
            "parent_profile": Value(settings.parentProfile), "hardware_profile": Value(settings.hardwareProfile),
            "primary_network": Value(settings.primaryNetwork), "rack": Value(settings.rack),
            "image": Value(settings.image), "kernel": Value(settings.kernel),
            "kernel_params": Value(settings.kernelParameters), "oob_type": Value(settings.outOfBandType),
            "oob_parameters": Value(settings.outOfBandParameters), "tags": Value(settings.tags),
            "owner_data": Value(settings.ownerData), "interfaces": .array(settings.interfaces.map(interface)),
            "storage_devices": .array(settings.storageDevices.map(device)),
            "volume_groups": .array(settings.volumeGroups.map(volumeGroup)),
        ]
        // The reference knows no arrays.
        if !settings.arrays.isEmpty { members["raid"] = .array(settings.arrays.map(array)) }
        return members
    }

    private static func interface(_ interface: Interface) -> Value {
        [
            "device_name": .string(interface.name), "network_link": Value(interface.link),
            "hardware_slaves": Value(interface.slaves), "networks": Value(interface.networks),
            "sriov": interface.sriov.map { .bool($0.isEnabled) } ?? .null,
            "vf_count": number(interface.sriov?.count),
            "trustedmode": interface.sriov?.isTrusted.map(Value.bool) ?? .null,
            "slave_selectors": interface.selectors.map { selectors in
                .array(
                    selectors.map {
                        [
                            "selector_type": .string($0.kind.rawValue), "address": .string($0.address),
                            "device_type": Value($0.deviceType),
                        ]
                    })
            } ?? .null,
        ]
    }

    private static func device(_ device: StorageDevice) -> Value {
        [
            "name": .string(device.name), "labels": device.labels.map { Value($0) } ?? .null,
            "volume_group": Value(device.volumeGroup),
            "partitions": device.partitions.map { .array($0.map(partition)) } ?? .null,
        ]
    }

    private static func partition(_ partition: Partition) -> Value {
        var members = fileSystem(partition.fileSystem)
        members["name"] = .string(partition.name)
        members["size"] = Value(partition.size)
        members["part_uuid"] = Value(partition.uuid)
        // The reference reads none of these from documents.
        for name in ["bootable", "volume_group", "labels"] { members[name] = .null }
        return .object(members)
    }

    private static func array(_ array: StorageArray) -> Value {
        var members = fileSystem(array.fileSystem)
        members["name"] = .string(array.name)
        members["level"] = Value(array.level)
        members["volume_group"] = Value(array.volumeGroup)
        members["members"] = .array((array.members ?? []).map(InstallPlanBuilder.part))
        members["spares"] = .array((array.spares ?? []).map(InstallPlanBuilder.part))
        return .object(members)
    }

    private static func volumeGroup(_ group: VolumeGroup) -> Value {
        [
            "name": .string(group.name), "vg_uuid": Value(group.uuid),
            "logical_volumes": group.logicalVolumes.map { volumes in
                .array(
                    volumes.map { volume in
                        var members = fileSystem(volume.fileSystem)
                        members["name"] = .string(volume.name)
                        members["size"] = Value(volume.size)
                        members["lv_uuid"] = Value(volume.uuid)
                        return .object(members)
                    })
            } ?? .null,
        ]
    }

    private static func fileSystem(_ system: FileSystem) -> Value.Object {
        [
            "mountpoint": Value(system.mountPoint), "fstype": Value(system.type),
            "mount_options": Value(system.mountOptions), "fs_uuid": Value(system.uuid),
            "fs_label": Value(system.label), "is_sys": .bool(system.isSystem),
        ]
    }

    private static func volume(of node: BaremetalNode, at mountPoint: String) -> Value {
        for device in node.storageDevices {
            for partition in device.partitions ?? [] where partition.fileSystem.mountPoint == mountPoint {
                return ["kind": "HostPartition", "device": .string(device.name), "block": .string(partition.name)]
            }
        }
        if let array = node.arrays.first(where: { $0.fileSystem.mountPoint == mountPoint }) {
            return ["kind": "StorageArray", "device": .string(array.name), "block": .string(array.name)]
        }
        for group in node.volumeGroups {
            for volume in group.logicalVolumes ?? [] where volume.fileSystem.mountPoint == mountPoint {
                return ["kind": "HostVolume", "device": .string(group.name), "block": .string(volume.name)]
            }
        }
        return .null
    }
}
