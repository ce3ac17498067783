import Cryptography
import OrderedCollections
import Primitives

extension NodeDescription {
    static func partition(_ partition: Partition) -> Value {
        [
            "name": .string(partition.name), "size": Value(partition.size), "uuid": Value(partition.uuid),
            "bootable": .bool(partition.isBootable ?? false), "volume_group": Value(partition.volumeGroup),
            "labels": Value(partition.labels ?? [:]), "filesystem": fileSystem(partition.fileSystem),
        ]
    }

    static func array(_ array: StorageArray) -> Value {
        [
            "name": .string(array.name), "level": Value(array.level),
            "members": .array((array.members ?? []).map(InstallPlanBuilder.part)),
            "spares": .array((array.spares ?? []).map(InstallPlanBuilder.part)),
            "volume_group": Value(array.volumeGroup), "filesystem": fileSystem(array.fileSystem),
        ]
    }

    static func volumeGroup(_ group: VolumeGroup) -> Value {
        [
            "name": .string(group.name), "uuid": Value(group.uuid),
            "logical_volumes": .array(
                (group.logicalVolumes ?? []).map {
                    [
                        "name": .string($0.name), "size": Value($0.size), "uuid": Value($0.uuid),
                        "filesystem": fileSystem($0.fileSystem),
                    ]
                }),
        ]
    }

    /// null where there is nothing to make.
    private static func fileSystem(_ system: FileSystem) -> Value {
        guard system != FileSystem() else { return .null }
        return [
            "mountpoint": Value(system.mountPoint), "fstype": Value(system.type),
            "mount_options": Value(system.mountOptions), "fs_uuid": Value(system.uuid),
            "fs_label": Value(system.label),
        ]
    }

    static func link(_ link: NetworkLink) -> Value.Object {
        let bonding = link.bonding
        return [
            "mtu": .int(link.mtu),
            "bonding": bonding.mode == .disabled
                ? .null
                : [
                    "mode": .string(bonding.mode.rawValue), "hash": Value(bonding.transmitHash),
                    "peer_rate": Value(bonding.peerRate), "mon_rate": DesignDump.number(bonding.monitorRate),
                    "up_delay": DesignDump.number(bonding.upDelay), "down_delay": DesignDump.number(bonding.downDelay),
                ],
            "trunking": .string(link.trunkingMode.rawValue), "is_configured": .bool(link.isConfigured),
        ]
    }

    static func action(_ action: BootAction) -> Value {
        [
            "name": .string(action.name), "signaling": .bool(action.signaling),
            "assets": .array(action.assets.map(asset)),
        ]
    }

    private static func asset(_ asset: BootActionAsset) -> Value {
        [
            "type": .string(asset.kind.rawValue), "path": Value(asset.path),
            "permissions": Value(asset.permissions.map { String($0, radix: 8) }), "location": Value(asset.location),
            "location_pipeline": Value((asset.locationPipeline ?? []).map(\.rawValue)),
            "data_pipeline": Value((asset.dataPipeline ?? []).map(\.rawValue)),
            "packages": asset.packages.map(DesignDump.packages) ?? .null,
            "sha256": Value(asset.data.map { Hash.sha256(Array($0.utf8)).hex }),
            "size": DesignDump.number(asset.data?.utf8.count),
        ]
    }

    /// What every machine of the site gets.
    static func region(_ region: Region?) -> Value {
        [
            "authorized_keys": Value(region?.authorizedKeys ?? []),
            "remove_unlisted_repositories": .bool(region?.repositories?.removeUnlisted ?? false),
            "repositories": .array((region?.repositories?.repositories ?? []).map(DesignDump.repository)),
        ]
    }
}

extension Value {
    /// With the addresses among its members, which are called `location` and `url`, as they may be shown.
    var withoutAddressCredentials: Value {
        switch self {
        case .object(var members):
            for (key, value) in members {
                members[key] =
                    if ["location", "url"].contains(key), case .string(let text) = value {
                        .string(AddressCredentials.removed(from: text))
                    } else {
                        value.withoutAddressCredentials
                    }
            }
            return .object(members)
        case .array(let elements): return .array(elements.map(\.withoutAddressCredentials))
        default: return self
        }
    }
}
