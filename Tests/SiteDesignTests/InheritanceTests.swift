import OrderedCollections
import Primitives
import Testing

@testable import SiteDesign

@Suite("Inheritance")
struct InheritanceTests {
    @Test("a node takes from its profile what it does not say itself")
    func takesFromProfile() throws {
        let node = try Design.node()
        #expect(node.image == "debian-12")
        #expect(node.outOfBandAddress == "10.0.0.11")
        #expect(node.domain == "example.com")
        #expect(node.fqdn == "n1.example.com")
        #expect(try node.kernelCommandLine() == " console=ttyS0 quiet")
        #expect(node.source == .compiled)
    }

    @Test("the child's value wins, an exclamation mark unsets")
    func scalars() throws {
        let node = try Design.node(
            Design.node("n2", "platform: {image: other, kernel: '!'}"), named: "n2")
        #expect(node.image == "other")
        #expect(node.kernel == nil)
    }

    @Test("maps keep the parent's order and lose what the child negates")
    func maps() throws {
        let node = try Design.node(
            Design.node("n2", "platform: {kernel_params: {debug: true, '!quiet': '', console: tty0}}"), named: "n2")
        #expect(Array(node.kernelParameters.keys) == ["console", "debug"])
        #expect(node.kernelParameters["console"] == "tty0")
    }

    @Test("lists have the child's members first and no member twice")
    func lists() throws {
        #expect(Inheritance.list(["b", "a"], ["a", "c"]) == ["b", "a", "c"])
        #expect(Inheritance.list(["!a"], ["a", "c"]) == ["c"])
        #expect(Inheritance.list([], ["a"]) == ["a"])
        #expect(Inheritance.list(["!a", "b"], []) == ["b"])
    }

    @Test("an interface that a node changes keeps the settings it does not change, SR-IOV among them")
    func interfaces() throws {
        let node = try Design.node(
            Design.node("n2", "interfaces: {bond0: {networks: ['!storage']}, '!pxe': {}}"), named: "n2")
        #expect(node.interfaces.map(\.name) == ["bond0"])
        let bond = try #require(node.interfaces.first)
        #expect(bond.networks == ["mgmt"])
        #expect(bond.slaves == ["nic1", "nic2"])
        #expect(bond.sriov == VirtualFunctions(isEnabled: true, count: 2, isTrusted: true))
        #expect(bond.selectors?.map(\.address) == ["0000:01:00.0", "0000:01:00.1"])
    }

    @Test("a partition that a node changes leaves the others alone")
    func partitions() throws {
        let node = try Design.node(
            Design.node(
                "n2",
                """
                storage:
                  physical_devices:
                    bootdisk:
                      partitions: [{name: boot, size: 2g}, {name: swap, size: 4g}]
                """), named: "n2")
        #expect(node.storageDevices.map(\.name) == ["bootdisk", "sdb"])
        let partitions = try #require(node.storageDevices.first?.partitions)
        #expect(partitions.map(\.name) == ["root", "boot", "var", "swap"])
        #expect(partitions.map(\.size) == ["30g", "2g", ">20g", "4g"])
        #expect(partitions[1].fileSystem.mountPoint == "/boot")
        #expect(partitions[0].isBootable == true)
    }

    @Test("a volume group that a node changes keeps its volumes")
    func volumeGroups() throws {
        let node = try Design.node(
            Design.node(
                "n2",
                """
                storage:
                  volume_groups: {data: {logical_volumes: [{name: log, size: 1g}, {name: '!etcd'}]}}
                """), named: "n2")
        let group = try #require(node.volumeGroups.first)
        #expect(group.logicalVolumes?.map(\.name) == ["log"])
        #expect(group.logicalVolumes?.first?.size == "1g")
        #expect(group.logicalVolumes?.first?.fileSystem.mountPoint == "/var/log")
    }

    @Test("a profile that is missing, or its own ancestor, ends the compilation with a message")
    func broken() throws {
        let missing = try Design.compile(
            """
            schema: drydock/HostProfile/v1
            metadata: {name: base}
            data: {host_profile: nowhere}
            """)
        #expect(missing.status == .failure)
        #expect(
            missing.messages.map(\.message) == [
                "Error loading effective site: HostProfile nowhere not found in design state"
            ])
        #expect(missing.site == nil)
        let circle = try Design.compile(
            """
            schema: drydock/HostProfile/v1
            metadata: {name: base}
            data: {host_profile: base}
            """)
        #expect(circle.status == .failure)
        #expect(circle.messages.first?.message.contains("among its own parents") == true)
    }

    @Test("a chain of profiles as long as only an attacker makes it ends in a message")
    func longChain() throws {
        let chain = (0..<5000).map {
            DesignDocument(
                schema: "drydock/HostProfile/v1", name: "p\($0)", data: ["host_profile": .string("p\($0 + 1)")])
        }
        let node = DesignDocument(
            schema: "drydock/BaremetalNode/v1", name: "n",
            data: ["host_profile": "p0", "addressing": [["network": "a", "address": "dhcp"]]])
        #expect(SiteDesign.compile(chain + [node]).status == .failure)
    }

    @Test("kernel parameters take values from the hardware profile; unknown ones keep their text")
    func references() throws {
        let node = try Design.node(
            Design.node(
                "n2",
                """
                platform:
                  kernel_params:
                    isolcpus: hardwareprofile:cpuset.sriov
                    hugepagesz: hardwareprofile:hugepages.dpdk.size
                    hugepages: hardwareprofile:hugepages.dpdk.count
                    other: hardwareprofile:cpuset.none
                """), named: "n2")
        #expect(
            try node.kernelCommandLine()
                == "hugepagesz=1G hugepages=300 console=ttyS0 quiet isolcpus=2,4 other=hardwareprofile:cpuset.none")
    }

    @Test("a reference without a member ends the compilation")
    func badReference() throws {
        let design = try Design.compile(
            Design.node("n2", "platform: {kernel_params: {a: 'hardwareprofile:cpuset'}}"))
        #expect(design.status == .failure)
    }

    @Test("networks of a route domain get routes to each other once")
    func routeDomains() throws {
        let network = { (name: String, number: Int) in
            """
            ---
            schema: drydock/Network/v1
            metadata: {name: \(name)}
            data:
              cidr: 10.\(number).0.0/24
              routedomain: dom
              routes: [{gateway: 10.\(number).0.1, metric: 20, routedomain: dom}]

            """
        }
        let site = try Design.site(network("r1", 51) + network("r2", 52) + network("r3", 53))
        let routes = try #require(site.network(named: "r2")).routes
        #expect(routes.map(\.subnet) == [nil, "10.51.0.0/24", "10.53.0.0/24"])
        #expect(routes.map(\.metric) == ["20", "20", "20"])
    }
}
