import OrderedCollections
import Primitives
import Testing

@testable import Shipyard
@testable import SiteActions

@Suite struct DeploymentRuleTests {
    @Test("a time that is a text of digits counts as the number, another text as none")
    func times() {
        let configuration = DeploymentConfiguration([
            "armada": ["post_apply_timeout": "120", "get_releases_timeout": 30],
            "physical_provisioner": ["deploy_timeout": "soon", "verify_timeout": "", "destroy_timeout": "1.5"],
        ])
        #expect(configuration.seconds("armada.post_apply_timeout") == 120)
        #expect(configuration.seconds("armada.get_releases_timeout") == 30)
        #expect(configuration.seconds("physical_provisioner.deploy_timeout") == 3600)
        #expect(configuration.seconds("physical_provisioner.verify_timeout") == 60)
        #expect(configuration.seconds("physical_provisioner.destroy_timeout") == 900)
        #expect(configuration.seconds("physical_provisioner.prepare_site_timeout") == 300)
    }

    @Test("nodes that are not deployed since their group failed are named, with the group that fell short")
    func heldBack() throws {
        func group(_ name: String, after parents: [String], _ nodes: [String]) -> DeploymentGroup {
            var group = DeploymentGroup(
                name: name, isCritical: name == "control", dependsOn: parents, selectors: [.all], criteria: .everyNode)
            group.nodes = nodes
            return group
        }
        var progress = try DeploymentProgress([
            group("control", after: [], ["n1", "n2"]), group("workers", after: ["control"], ["n3"]),
            group("edge", after: ["workers"], (10...21).map { "n\($0)" }), group("others", after: [], ["n4"]),
        ])
        #expect(progress.heldBack == [])
        while let work = progress.next() {
            guard case .prepare(let group, let nodes) = work else { continue }
            guard case .deploy = progress.prepared(group, successes: Set(nodes).subtracting(["n1"])) else { continue }
            progress.deployed(group, successes: Set(nodes))
        }
        let held = progress.heldBack.sorted { $0.group < $1.group }
        #expect(held.map(\.group) == ["control", "edge", "workers"])
        #expect(held.allSatisfy { $0.failedGroup == "control" })
        #expect(held.first?.text == "n2 (group control failed)")
        #expect(held.last?.text == "n3 (group workers depends on control, which failed)")
        #expect(held[1].text.contains("n19 and 2 more (group edge"))
        #expect(held.last?.value == ["group": "workers", "failed_group": "control", "nodes": ["n3"]])
    }

    @Test("of groups with one name the last counts, at the place of the first")
    func sameName() throws {
        func group(_ name: String, critical: Bool, _ nodes: Value) -> Value {
            [
                "name": .string(name), "critical": .bool(critical), "depends_on": [],
                "selectors": [["node_names": nodes]],
            ]
        }
        var groups = try DeploymentPlanning.groups(strategy: [
            "groups": [
                group("a", critical: true, ["n1"]), group("b", critical: true, ["n2"]),
                group("a", critical: false, ["n3"]),
            ]
        ])
        for place in groups.indices { groups[place].nodes = groups[place].selectors.flatMap(\.nodeNames) }
        let progress = try DeploymentProgress(groups)
        #expect(progress.order == ["a", "b"])
        #expect(progress.actionable == ["a": ["n3"], "b": ["n2"]])
        #expect(progress.groups["a"]?.isCritical == false)
    }
}
