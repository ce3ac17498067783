import OrderedCollections
import Primitives
import Testing

@testable import Installation

@Suite("Reading a plan")
struct PlanReadingTests {
    /// The message with which a plan is refused; empty where it is not.
    private func message(of members: OrderedDictionary<String, Value>) -> String {
        do {
            _ = try MachinePlan(Fixture.plan(members))
            return ""
        } catch {
            #expect(error.code == "installation.plan")
            return error.message
        }
    }

    @Test("a plan of the daemon is read with all that it says")
    func whole() throws {
        let plan = try Fixture.read()
        #expect(plan.node == "n1")
        #expect(plan.disks.map(\.device) == ["bootdisk", "sdb"])
        #expect(plan.disks[0].selector == .init(alias: "bootdisk", address: "0:2.0.0", bus: "scsi"))
        #expect(plan.disks[0].partitions[1].isBootable)
        #expect(plan.volumeGroups[0].logicalVolumes[1].contents == .raw)
        #expect(plan.network.bonds[0].members == ["eno1", "eno2"])
        #expect(plan.network.interfaces[2].addresses[0].mode == .dhcp)
        #expect(plan.bootData?.key.reveal() == "00ff")
        #expect(plan.image.format == .tarZstandard)
    }

    @Test("members that 0.1.0 does not have are not needed, and the key stands in no description")
    func old() throws {
        let plan = try Fixture.read([
            "image": ["name": "debian-12", "kernel": nil, "url": nil, "sha256": nil], "console": nil, "boot_data": nil,
        ])
        #expect(plan.image.url == nil)
        #expect(plan.consoles.isEmpty)
        #expect(plan.bootData == nil)
        #expect(!"\(try Fixture.read())".contains("00ff"))
    }

    @Test("several keys in one text are several lines, and a label may look like a path")
    func lines() throws {
        let plan = try Fixture.read([
            "users": [["name": "ubuntu", "authorized_keys": ["ssh-rsa A\n\nssh-rsa B\r\n"]]],
            "disks": [
                Fixture.disk(
                    "sda",
                    partitions: [Fixture.partition("a", "1g", Fixture.fileSystem("/etc/ceph", ["label": "/boot"]))])
            ],
        ])
        #expect(plan.users[0].authorizedKeys == ["ssh-rsa A", "ssh-rsa B"])
    }

    @Test("an erasure is read, and is quick where nothing is said")
    func erasure() throws {
        let quick: Value = [
            "kind": "erase", "deployment": .string(Fixture.deployment), "node": "n1", "report_url": "http://a/b",
        ]
        guard case .erase(let plan) = try MachinePlan(quick) else { return #expect(Bool(false), "no erasure") }
        #expect(plan.mode == .quick)
    }

    @Test(
        "a text that would reach a command, a file or a path is refused with its place",
        arguments: [
            (["node": "n1/../.."], "'node'"), (["node": "-n1"], "'node'"), (["node": "n1\nroot"], "'node'"),
            (["fqdn": "n1.example.com; reboot"], "'fqdn'"), (["deployment": "../x"], "'deployment'"),
            (["image": ["name": "../../etc/passwd"]], "'image.name'"),
            (["image": ["name": "a", "url": "file:///etc/shadow"]], "'image.url'"),
            (["image": ["name": "a", "url": "http://a/'$(reboot)'"]], "'image.url'"),
            (["image": ["name": "a", "sha256": "00"]], "'image.sha256'"),
            (["image": ["name": "a", "size": -1]], "'image.size'"),
            (["kernel_parameters": "quiet\ninit=/bin/sh"], "'kernel_parameters'"),
            (["kernel_parameters": "a='b'"], "'kernel_parameters'"),
            (["kernel_parameters": "$(x)"], "'kernel_parameters'"),
            (["console": ["ttyS0 init=/bin/sh"]], "'console[0]'"),
            (["users": [["name": "root"]]], "'users[0].name'"), (["users": [["name": "a:b"]]], "'users[0].name'"),
            (
                ["users": [["name": "ubuntu", "authorized_keys": ["ssh-rsa A\u{1b}[2J"]]]],
                "'users[0].authorized_keys[0]'"
            ),
            (["packages": [["name": "-oAPT::X=y"]]], "'packages[0].name'"),
            (["packages": [["name": "jq", "version": "1 2"]]], "'packages[0].version'"),
            (["repositories": [["name": "../x", "url": "http://a"]]], "'repositories[0].name'"),
            (["repositories": [["name": "a", "url": "http://a b"]]], "'repositories[0].url'"),
            (["repositories": [["name": "a", "url": "http://a", "type": "rpm"]]], "'repositories[0].type'"),
            (
                ["repositories": [["name": "a", "url": "http://a", "distributions": ["x\nURIs: http://b"]]]],
                "distributions[0]"
            ),
            (["repositories": [["name": "a", "url": "http://a", "options": ["x": "y"]]]], "'repositories[0].options'"),
            (["repositories": [["name": "a", "url": "http://a", "options": ["trusted": "a\nb"]]]], "options"),
            (["boot_data": ["key": "zz", "files": "http://a", "units": "http://a"]], "'boot_data.key'"),
            (["report_url": "gopher://x"], "'report_url'"), (["disks": "sda"], "'disks' must be a list"),
            (["boot_mode": "coreboot"], "'boot_mode'"),
        ] as [(OrderedDictionary<String, Value>, String)])
    func hostile(members: OrderedDictionary<String, Value>, place: String) {
        let message = message(of: members)
        #expect(message.contains(place), "\(message)")
        #expect(!message.contains("\n"))
    }

    @Test(
        "names of disks, partitions, volumes and file systems are held to what their tools take",
        arguments: [
            (Fixture.disk("sd/a"), "'disks[0].device'"), (Fixture.disk(".."), "'disks[0].device'"),
            (Fixture.disk("sda", group: "-vg"), "'disks[0].volume_group'"),
            (Fixture.disk("sda", group: "a b"), "'disks[0].volume_group'"),
            (Fixture.disk("sda", group: "vg", partitions: [Fixture.partition("a", "1g")]), "cannot both be"),
            (Fixture.disk("sda", partitions: [Fixture.partition("a\"b", "1g")]), "partitions[0].name"),
            (
                Fixture.disk("sda", partitions: [Fixture.partition(String(repeating: "a", count: 37), "1g")]),
                "36 characters"
            ),
            (Fixture.disk("sda", partitions: [Fixture.partition("a", "1g", nil, ["uuid": "x"])]), "partitions[0].uuid"),
            (Fixture.disk("sda", partitions: [Fixture.partition("a", "1g\n")]), "partitions[0].size"),
            (
                Fixture.disk(
                    "sda", partitions: [Fixture.partition("a", "1g", Fixture.fileSystem("/a"), ["volume_group": "v"])]),
                "belongs to a volume group"
            ),
        ])
    func storage(disk: Value, place: String) {
        let message = message(of: ["disks": [disk]])
        #expect(message.contains(place), "\(message)")
    }

    @Test(
        "a mount point is a plain absolute path outside of what is the system's",
        arguments: [
            ("var", "no absolute path"), ("/a/../..", "plainly"), ("/a//b", "plainly"), ("/a/", "plainly"),
            ("/./a", "plainly"), ("/proc", "system's"), ("/etc", "system's"), ("/dev/shm", "system's"),
            ("/run/x", "system's"), ("/lib64", "system's"), ("/a\nb", "control character"), ("/a'b", "quote"),
            ("/a\\b", "quote"), ("/$x", "quote"),
            ("/" + Array(repeating: "a", count: 33).joined(separator: "/"), "deeper"),
        ])
    func mountPoints(place: String, reason: String) {
        let disk = Fixture.disk("sda", partitions: [Fixture.partition("a", "1g", Fixture.fileSystem(place))])
        let message = message(of: ["disks": [disk]])
        #expect(message.contains(reason) && message.contains("filesystem.mountpoint"), "\(message)")
    }

    @Test(
        "a file system has a known type, options that fstab takes, and a label that fits",
        arguments: [
            (Fixture.fileSystem("/a", type: "zfs"), "there are ext2, ext3, ext4, xfs"),
            (Fixture.fileSystem("/a", ["options": "a b"]), "options"),
            (Fixture.fileSystem("/a", ["options": "a\nb"]), "options"),
            (Fixture.fileSystem("/a", ["options": ""]), "options"),
            (Fixture.fileSystem("/a", type: "xfs", ["label": "thirteen-long"]), "12 bytes"),
            (Fixture.fileSystem("/a", type: "vfat", ["label": "twelve-bytes"]), "11 bytes"),
            (Fixture.fileSystem("/a", ["label": "a\"b"]), "label"),
            (Fixture.fileSystem("/a", ["label": "-L"]), "label"),
            (Fixture.fileSystem("/a", ["uuid": "1A2B-3C4D"]), "uuid"),
            (Fixture.fileSystem("/a", type: "vfat", ["uuid": "01234567-89ab-cdef-0123-456789abcdef"]), "1A2B-3C4D"),
            (Fixture.fileSystem("/a", type: "swap"), "mounted nowhere"),
        ])
    func fileSystems(system: Value, reason: String) {
        let message = message(of: ["disks": [Fixture.disk("sda", partitions: [Fixture.partition("a", "1g", system)])]])
        #expect(message.contains(reason), "\(message)")
    }

    @Test(
        "addresses and routes of either family are read, and nothing else is",
        arguments: [
            (Fixture.address("a", "static", "10.0.0.1/24"), ""),
            (Fixture.address("a", "static", "fd00::1/64", gateway: "fe80::1"), ""),
            (Fixture.address("a", "static", "10.0.0.1"), "prefix"), (Fixture.address("a", "static"), "missing"),
            (Fixture.address("a", "static", "10.0.0.1/33"), "prefix"),
            (Fixture.address("a", "static", "fd00::1%eth0/64"), "prefix"),
            (Fixture.address("a", "static", "10.0.0.1/24", gateway: "fd00::1"), "same family"),
            (Fixture.address("a", "dhcp", "10.0.0.1/24"), "the mode is dhcp"),
            (Fixture.address("a", "magic"), "mode"),
        ])
    func addresses(address: Value, reason: String) {
        let network: Value = [
            "interfaces": [Fixture.card("eno1", nil, [address])], "bonds": [], "vlans": [], "routes": [],
        ]
        let message = message(of: ["network": network])
        #expect(reason.isEmpty ? message.isEmpty : message.contains(reason), "\(message)")
    }

    @Test(
        "what is no plan is refused, whatever it is", arguments: [nil, "x", 7, [], [:], ["kind": "install"]] as [Value])
    func nonsense(value: Value) {
        #expect(throws: InstallationError.self) { try MachinePlan(value) }
    }

    @Test("long lists are refused by their bound")
    func bounds() {
        let many = Value.array(Array(repeating: Fixture.disk("sda"), count: 1025))
        #expect(message(of: ["disks": many]).contains("'disks' has more than 1024 entries"))
        let partitions = Array(repeating: Fixture.partition("a", "1g"), count: 127)
        #expect(message(of: ["disks": [Fixture.disk("sda", partitions: partitions)]]).contains("more than 126 entries"))
    }
}
