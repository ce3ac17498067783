import OrderedCollections
import Primitives
import Testing

@testable import SiteDesign

@Suite("Plans")
struct DesignPlanTests {
    private func plan(_ before: String, _ after: String) throws -> DesignPlan {
        DesignPlan(from: try Design.site(before), to: try Design.site(after))
    }

    private func machine(_ before: String, _ after: String, named name: String = "n2") throws -> DesignPlan.Machine {
        try #require(try plan(before, after).machines.first { $0.name == name })
    }

    @Test("the same design changes nothing")
    func same() throws {
        let plan = try plan(Design.node("n2", ""), Design.node("n2", ""))
        #expect(plan.machines.map(\.effect) == [.nothing, .nothing])
        #expect(plan.machines.allSatisfy { $0.differences.isEmpty })
    }

    @Test(
        "what differs decides how much of a machine is made anew",
        arguments: [
            ("metadata: {rack: r9}", DesignPlan.Effect.nothing, "rack"),
            ("metadata: {boot_mac: '52:54:00:00:00:12'}", .nothing, "boot.mac"),
            ("oob: {credential: other}", .nothing, "out_of_band.parameters.credential"),
            ("metadata: {tags: [new]}", .nothing, "tags"),
            ("interfaces: {bond0: {networks: ['!storage', mgmt]}}", .network, "interfaces.bond0.networks.storage"),
            ("primary_network: pxe", .network, "domain"),
            ("platform: {kernel: rt}", .reinstall, "platform.kernel"),
            ("platform: {kernel_params: {debug: true}}", .reinstall, "platform.kernel_parameters.debug"),
            (
                "storage: {volume_groups: {data: {logical_volumes: [{name: log, size: 600m}]}}}", .reinstall,
                "storage.volume_groups.data.logical_volumes.log.size"
            ),
            (
                "storage: {physical_devices: {sdc: {partitions: [{name: x, size: 1g}]}}}", .reinstall,
                "storage.devices.sdc"
            ),
        ])
    func effects(members: String, effect: DesignPlan.Effect, path: String) throws {
        let machine = try machine(Design.node("n2", ""), Design.node("n2", members))
        #expect(machine.effect == effect)
        #expect(machine.differences.map { $0.path.joined(separator: ".") }.contains(path))
    }

    @Test("of several differences the gravest counts, and all are told")
    func gravest() throws {
        let machine = try machine(
            Design.node("n2", ""), Design.node("n2", "metadata: {rack: r9}\nplatform: {image: jammy}", address: 13))
        #expect(machine.effect == .reinstall)
        #expect(
            Set(machine.differences.compactMap(\.path.first)) == [
                "rack", "platform", "interfaces", "addresses", "out_of_band",
            ])
        let image = try #require(machine.differences.first { $0.path == ["platform", "image"] })
        #expect(image.before == "debian-12")
        #expect(image.after == "jammy")
    }

    private func action(_ data: String, pipeline: String = "[utf8_decode]") -> String {
        """
        ---
        schema: drydock/BootAction/v1
        metadata: {name: hello}
        data:
          assets: [{type: file, path: /etc/hello, permissions: "644", data: "\(data)", data_pipeline: \(pipeline)}]
        """
    }

    @Test("contents of assets are boot actions' alone, and are not shown")
    func bootActions() throws {
        let machine = try machine(action("secret one"), action("secret two"), named: "n1")
        #expect(machine.effect == .bootActions)
        #expect(
            machine.differences.map { $0.path.joined(separator: ".") } == [
                "boot_actions.hello.assets./etc/hello.sha256"
            ])
        #expect(!"\(machine.differences)".contains("secret"))
    }

    @Test("labels matter where templates can show them")
    func labels() throws {
        let template = action("{{ node.labels }}", pipeline: "[utf8_decode, template]")
        let labelled = Design.node("n2", "metadata: {owner_data: {x: 'y'}}")
        #expect(try machine(Design.node("n2", ""), labelled).effect == .nothing)
        #expect(try machine(template + "\n" + Design.node("n2", ""), template + "\n" + labelled).effect == .bootActions)
        let tested = Design.node("n2", "metadata: {owner_data: {neighbour.nic2: switch-3 Ethernet7}}")
        #expect(try machine(template + "\n" + Design.node("n2", ""), template + "\n" + tested).effect == .nothing)
    }

    @Test("machines come and go")
    func comeAndGo() throws {
        let plan = try plan(Design.node("n2", ""), Design.node("n3", ""))
        #expect(plan.machines.map(\.name) == ["n1", "n3", "n2"])
        #expect(plan.machines.map(\.effect) == [.nothing, .new, .gone])
        #expect(
            plan.value["summary"] == [
                "nothing": 1, "boot_actions": 0, "network": 0, "reinstall": 0, "new": 1, "gone": 1,
            ])
        #expect(plan.value["nodes"]?[1] == ["name": "n3", "effect": "new", "fields": []])
    }

    @Test("credentials of BMCs are in neither a plan nor a description")
    func secrets() throws {
        let machine = try machine(Design.node("n2", ""), Design.node("n2", "oob: {credential: other, extra: x}"))
        #expect(machine.differences.contains { $0.before == "[secret]" && $0.after == "[secret]" })
        let site = try Design.site()
        let text = NodeDescription(try #require(site.node(named: "n1")), in: site).value.json(.compact)
        #expect(!text.contains("hunter2"))
    }

    @Test("credentials in addresses of repositories and assets are in neither, and yet they are compared")
    func addresses() throws {
        func site(_ password: String) -> String {
            """
            ---
            schema: drydock/Region/v1
            metadata: {name: site}
            data:
              repositories:
                remove_unlisted: true
                main_archive: {repo_type: apt, url: "http://u:\(password)@mirror/ubuntu", distributions: [jammy]}
            ---
            schema: drydock/BootAction/v1
            metadata: {name: far}
            data: {assets: [{type: file, path: /far, location: "https://u:\(password)@h/x?token=\(password)"}]}
            """
        }
        let (before, after) = (site("h-unter2"), site("h-unter3"))
        let design = try Design.site(before)
        let value = NodeDescription(try #require(design.node(named: "n1")), in: design).value
        #expect(!value.json(.compact).contains("h-unter"))
        #expect(value["site"]?["repositories"]?[0]?["url"] == "http://mirror/ubuntu")
        let far = try #require(value["boot_actions"]?.arrayValue?.first { $0["name"] == "far" })
        #expect(far["assets"]?[0]?["location"] == "https://h/x?token=***")
        let machine = try machine(before, after, named: "n1")
        #expect(machine.effect == .bootActions)
        #expect(machine.differences.count == 2)
        for difference in machine.differences {
            #expect(difference.before == "[secret]" && difference.after == "[secret]", "\(difference)")
        }
        let moved = try self.machine(before, before.replacing("mirror", with: "other"), named: "n1")
        #expect(moved.differences.map(\.before) == ["http://mirror/ubuntu"])
        #expect(moved.differences.map(\.after) == ["http://other/ubuntu"])
    }

    @Test("a description has everything that profiles, networks and boot actions give a node")
    func description() throws {
        let site = try Design.site()
        let value = NodeDescription(try #require(site.node(named: "n1")), in: site).value
        #expect(value["fqdn"] == "n1.example.com")
        #expect(value["boot"] == ["mac": "52:54:00:00:00:11", "mode": "bios"])
        #expect(value["platform"]?["command_line"] == " console=ttyS0 quiet")
        #expect(
            value["out_of_band"] == [
                "type": "ipmi", "network": "oob", "address": "10.0.0.11", "account": "admin",
                "parameters": ["credential"],
            ])
        let bond = try #require(value["interfaces"]?.arrayValue?.first { $0["name"] == "bond0" })
        #expect(bond["bonding"]?["mode"] == "802.3ad")
        #expect(bond["slaves"]?[0]?["device"]?["address"] == "0000:01:00.0")
        #expect(bond["sriov"] == ["vf_count": 2, "trustedmode": true])
        let management = try #require(bond["networks"]?.arrayValue?.first { $0["name"] == "mgmt" })
        #expect(management["address"] == "10.2.0.11")
        #expect(management["gateway"] == "10.2.0.1")
        #expect(value["storage"]?["devices"]?[0]?["partitions"]?[0]?["size"] == "30g")
        #expect(value["boot_actions"]?[0]?["name"] == "hello")
        #expect(value["boot_actions"]?[0]?["assets"]?[0]?["permissions"] == "644")
        #expect(value["site"]?["repositories"]?[0]?["name"] == "main_archive")
    }
}
