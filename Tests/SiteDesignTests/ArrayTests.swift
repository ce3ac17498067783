import OrderedCollections
import Primitives
import Testing

@testable import SiteDesign

@Suite("Arrays of a design")
struct ArrayTests {
    private static func mirror(_ arrays: String) -> String {
        Design.node(
            "n2",
            """
            storage:
              physical_devices:
                bootdisk:
                  partitions:
                    - {name: '!root'}
                    - {name: '!boot'}
                    - {name: '!var'}
                    - {name: system, size: 40g}
                    - {name: swap, size: 1g, filesystem: {fstype: swap}}
                '!sdb': {}
                sde: {partitions: [{name: system, size: 40g}]}
                sdc: {}
                sdd: {}
              volume_groups: {'!data': {}, fast: {logical_volumes: [{name: a, size: 1g}]}}
              raid: {\(arrays)}
            """)
    }

    private static let whole =
        "system: {level: raid1, members: [{device: bootdisk, partition: system}, {device: sde, partition: system}], "
        + "filesystem: {mountpoint: /}}, fast: {level: raid0, members: [{device: sdc}, {device: sdd}], volume_group: fast}"

    @Test("a design with its root on a mirror is valid, and its plan and its description have the arrays")
    func valid() throws {
        let design = try Design.compile(Self.mirror(Self.whole))
        #expect(design.messages.filter(\.error).map(\.message) == [])
        let site = try #require(design.site)
        let node = try #require(site.node(named: "n2"))
        let plan = try InstallPlanBuilder(site: site, node: node).plan()
        let raid: Value = [
            [
                "name": "system", "level": "raid1",
                "members": [
                    ["device": "bootdisk", "partition": "system"], ["device": "sde", "partition": "system"],
                ],
                "spares": [], "volume_group": nil,
                "filesystem": [
                    "type": "ext4", "mountpoint": "/", "options": "defaults", "uuid": nil, "label": nil,
                ],
            ],
            [
                "name": "fast", "level": "raid0",
                "members": [["device": "sdc", "partition": nil], ["device": "sdd", "partition": nil]], "spares": [],
                "volume_group": "fast", "filesystem": nil,
            ],
        ]
        #expect(plan["raid"] == raid)
        // No partition is marked: the installer makes each disk of the mirror one to boot from.
        let flags = (plan["disks"]?.arrayValue ?? []).flatMap { $0["partitions"]?.arrayValue ?? [] }.map {
            $0["bootable"]
        }
        #expect(flags == [false, false, false])
        let described = NodeDescription(node, in: site).value["storage"]?["raid"]
        #expect(described?[1]?["volume_group"] == "fast" && described?[0]?["level"] == "raid1")
    }

    @Test(
        "an array that cannot be made is an error with its reason",
        arguments: [
            ("a: {level: raid1, members: [{device: sdc}]}", "has 1 members, but raid1 needs 2"),
            ("a: {level: mirror, members: [{device: sdc}, {device: sdd}]}", "has the level mirror"),
            ("a: {members: [{device: sdc}, {device: sdd}]}", "has the level none"),
            (
                "a: {level: raid1, members: [{device: sdc}, {device: sdx}]}",
                "the disk sdx, which the node does not have"
            ),
            (
                "a: {level: raid1, members: [{device: sdc}, {device: sde, partition: x}]}",
                "partition x of sde, which the disk does not have"
            ),
            ("a: {level: raid1, members: [{device: sdc}, {device: sde}]}", "the disk sde, which has another use"),
            (
                "a: {level: raid1, members: [{device: sdc}, {device: bootdisk, partition: swap}]}",
                "partition swap of bootdisk, which has another use"
            ),
            ("a: {level: raid1, members: [{device: sdc}, {device: sdc}]}", "which is part of a already"),
            (
                "a: {level: raid1, members: [{device: sdc}, {device: sdd}]}, b: {level: raid0, members: "
                    + "[{device: bootdisk, partition: system}, {device: sde, partition: system}], spares: [{device: sdd}]}",
                "the disk sdd, which is part of a already"
            ),
            (
                "a: {level: raid1, members: [{device: sdc}, {device: sdd}], volume_group: fast, filesystem: {}}",
                "has a file system and belongs to a volume group"
            ),
            ("a b: {level: raid1, members: [{device: sdc}, {device: sdd}]}", "has a name that is none of a device"),
        ])
    func wrong(arrays: String, reason: String) throws {
        let found = try Design.compile(Self.mirror(arrays)).messages.filter { $0.name == "BY1028" && $0.error }
        #expect(found.contains { $0.message.contains(reason) }, "\(found.map(\.message))")
        #expect(found.allSatisfy { $0.remedy != nil || !$0.diagnostic.isEmpty })
    }

    @Test("a disk without partitions, group and array is told, and so is a root that is too small")
    func disks() throws {
        let idle = try Design.compile(Self.mirror("")).messages.filter(\.error).map(\.message)
        #expect(idle.contains { $0.contains("sdc on BaremetalNode n2 has neither partitions nor a volume group") })
        let small = Self.mirror(Self.whole).replacing("size: 40g", with: "size: 4g")
        let messages = try Design.compile(small).messages.filter(\.error).map(\.message)
        #expect(messages.contains { $0.contains("Root volume must be > 20GB on BaremetalNode n2") }, "\(messages)")
        let twice = Self.whole.replacing("volume_group: fast", with: "filesystem: {mountpoint: /}")
        let mounts = try Design.compile(Self.mirror(twice)).messages.filter(\.error).map(\.message)
        #expect(mounts.contains { $0.contains("Mountpoint \"/\" already exists") }, "\(mounts)")
    }

    @Test("a node changes an array of its profile by name, and takes one away with an exclamation mark")
    func inheritance() throws {
        var parent = StorageArray(name: "a")
        parent.level = "raid1"
        parent.members = [.init(device: "sdc"), .init(device: "sdd")]
        parent.fileSystem.mountPoint = "/data"
        var child = StorageArray(name: "a")
        child.level = "raid0"
        let merged = child.inheriting(from: parent)
        #expect(merged.level == "raid0" && merged.members == parent.members && merged.fileSystem == parent.fileSystem)
        #expect(Inheritance.members([StorageArray(name: "!a")], [parent]).isEmpty)
    }
}
