import OrderedCollections
import Primitives
import TestSupport
import Testing

@testable import Shipyard
@testable import SiteActions

/// The nodes of the recorded cases, by label, tag and rack.
private struct Inventory {
    let value: Value

    init() throws {
        value = try #require(try Conformance.json("shipyard/deployment_group/inventory.json")["inventory"])
    }

    func names(_ value: Value?) -> [String] { value?.arrayValue?.compactMap(\.stringValue) ?? [] }

    var all: [String] { names(value["all"]) }

    func nodes(_ selector: NodeSelector) -> Set<String> {
        var found = Set(all)
        func keep(_ wanted: [String], _ lookUp: (String) -> [String]) {
            if !wanted.isEmpty { found.formIntersection(wanted.flatMap(lookUp)) }
        }
        keep(selector.nodeNames) { [$0] }
        keep(selector.nodeLabels.map { "\($0):\($1.stringValue ?? "")" }) { names(value["labels"]?[$0]) }
        keep(selector.nodeTags) { names(value["tags"]?[$0]) }
        keep(selector.rackNames) { names(value["racks"]?[$0]) }
        return found
    }

    func fill(_ group: DeploymentGroup) -> DeploymentGroup {
        var group = group
        let found = group.selectors.reduce(into: Set<String>()) { $0.formUnion(nodes($1)) }
        group.nodes = all.filter(found.contains)
        return group
    }
}

private func cases(_ name: String) throws -> [Value] {
    let cases = try #require(try Conformance.json("shipyard/\(name).json")["cases"]?.arrayValue)
    #expect(!cases.isEmpty)
    return cases
}

@Suite(.enabled(if: Conformance.has("shipyard/dags.json"))) struct DeploymentTests {
    private func run(_ testCase: Value, _ inventory: Inventory) throws -> (DeploymentProgress, [Value]) {
        let groups = try #require(testCase["groups"]?.arrayValue).map { inventory.fill(try DeploymentGroup($0)) }
        let prepareFailures = Set(inventory.names(testCase["prepare_failures"]))
        let deployFailures = Set(inventory.names(testCase["deploy_failures"]))
        var deployment = try DeploymentProgress(groups)
        var calls: [Value] = []
        while let work = deployment.next() {
            guard case .prepare(let group, let nodes) = work else { continue }
            calls.append(["prepare_nodes", .string(group), Value(nodes.sorted())])
            let next = deployment.prepared(group, successes: Set(nodes).subtracting(prepareFailures))
            guard case .deploy(_, let ready) = next else { continue }
            calls.append(["deploy_nodes", .string(group), Value(ready.sorted())])
            deployment.deployed(group, successes: Set(ready).subtracting(deployFailures))
        }
        return (deployment, calls)
    }

    @Test("whole deployments go as the reference's: order, submissions, stages, verdict")
    func process() throws {
        let inventory = try Inventory()
        for testCase in try cases("deployment_group/process") {
            let name = testCase["name"]?.stringValue ?? ""
            guard let expected = testCase["expect"]?["ok"] else {
                #expect(throws: DeploymentGroupError.self, "\(name)") { try run(testCase, inventory) }
                continue
            }
            let (deployment, calls) = try run(testCase, inventory)
            #expect(Value(deployment.order) == expected["group_order"], "\(name)")
            #expect(Value.array(calls) == expected["drydock_calls"], "\(name)")
            for (group, nodes) in expected["groups"]?.objectValue ?? [:] {
                #expect(Value((deployment.groups[group]?.nodes ?? []).sorted()) == nodes["full_nodes"], "\(name)")
                #expect(Value((deployment.actionable[group] ?? []).sorted()) == nodes["actionable_nodes"], "\(name)")
            }
            let groupStages = expected["group_stages"]?.objectValue ?? [:]
            #expect(groupStages.count == deployment.groups.count)
            for (group, stage) in groupStages {
                #expect(deployment.groupStages[group]?.rawValue == stage.stringValue, "\(name): \(group)")
            }
            for (node, stage) in expected["node_stages"]?.objectValue ?? [:] {
                #expect(deployment.nodeStages[node]?.rawValue == stage.stringValue, "\(name): \(node)")
            }
            #expect(deployment.hasFailed == expected["critical_failed"]?.boolValue, "\(name)")
        }
    }

    @Test("a cycle is reported with its members, an unknown parent with its name")
    func faults() throws {
        let inventory = try Inventory()
        for testCase in try cases("deployment_group/process") where testCase["expect"]?["ok"] == nil {
            do {
                _ = try run(testCase, inventory)
            } catch let error as DeploymentGroupError {
                if testCase["name"] == "cycle" {
                    #expect(error.description == testCase["expect"]?["message"]?.stringValue)
                } else {
                    #expect(error.description.contains("ghost"))
                }
            }
        }
    }

    @Test("the notes on nodes and groups are the reference's")
    func notes() throws {
        let inventory = try Inventory()
        let runs = try cases("deployment_group/process")
        for testCase in try cases("notes/node_summary_notes") {
            // Not every run that has notes was recorded itself.
            guard let run = runs.first(where: { $0["name"] == testCase["case"] }) else { continue }
            let (deployment, _) = try self.run(run, inventory)
            let nodes = testCase["expect"]?[0]?["note_val"]?.stringValue ?? ""
            #expect(sortedLists(deployment.nodeNote) == sortedLists(nodes))
            #expect(deployment.groupNote == testCase["expect"]?[1]?["note_val"]?.stringValue)
        }
    }

    /// The order of the nodes within a stage is not specified.
    private func sortedLists(_ note: String) -> [[Substring]] {
        note.split(separator: ";").map { part in
            let halves = part.split(separator: ":", maxSplits: 1)
            return [halves[0]] + (halves.last ?? "").split { $0 == "," || $0 == " " }.sorted()
        }
    }

    @Test("a group is read, or refused, as by the reference")
    func groups() throws {
        let inventory = try Inventory()
        for testCase in try cases("deployment_group/group") {
            let value = try #require(testCase["group"])
            if let message = testCase["expect"]?["message"]?.stringValue {
                do {
                    _ = try DeploymentGroup(value)
                    Issue.record("\(message) was expected")
                } catch {
                    #expect(error.description == message)
                }
                continue
            }
            let group = inventory.fill(try DeploymentGroup(value))
            let expected = testCase["expect"]?["ok"]
            #expect(group.isCritical == expected?["critical"]?.boolValue)
            #expect(Value(group.dependsOn) == expected?["depends_on"])
            #expect(Set(group.nodes) == Set(inventory.names(expected?["full_nodes"])))
            #expect(group.selectors.count == expected?["selectors"]?.intValue)
            #expect(Value.array(group.selectors.map { .bool($0.picksAll) }) == expected?["all_selector"])
            #expect(Value.array(group.selectors.map { .object($0.nodeLabels) }) == expected?["labels"])
        }
    }

    @Test("labels are key and value")
    func labels() throws {
        for testCase in try cases("deployment_group/label_format") {
            let label = try #require(testCase["label"]?.stringValue)
            do {
                _ = try NodeSelector.split(label)
                #expect(testCase["expect"]?["ok"] != nil)
            } catch {
                #expect(error.description == testCase["expect"]?["message"]?.stringValue)
            }
        }
    }

    @Test("selectors become Drydock's node filter")
    func filters() throws {
        for testCase in try cases("deployment_group/node_filter") {
            let selectors = try #require(testCase["selectors"]?.arrayValue).map { try NodeSelector($0) }
            #expect(NodeSelector.filter(selectors) == testCase["expect"]?["ok"])
        }
    }

    @Test("success criteria fall short as the reference's")
    func criteria() throws {
        for testCase in try cases("deployment_group/success_criteria") {
            func names(_ key: String) -> Set<String> {
                Set(testCase[key]?.arrayValue?.compactMap(\.stringValue) ?? [])
            }
            let shortfalls = SuccessCriteria(testCase["criteria"])
                .shortfalls(successful: names("success_nodes"), of: names("all_nodes"))
            let expected = try #require(testCase["expect_failures"]?.arrayValue)
            #expect(shortfalls.map(\.criterion) == expected.compactMap { $0["criteria"]?.stringValue })
            for (shortfall, wanted) in zip(shortfalls, expected) {
                #expect(shortfall.needed == number(wanted["needed"]))
                #expect(abs(shortfall.actual - (number(wanted["actual"]) ?? -1)) < 1e-9)
            }
        }
    }

    @Test("a shortfall is told with two decimals at most")
    func shortfallText() {
        let shortfall = SuccessCriteria(percentSuccessful: 60)
            .shortfalls(successful: ["a"], of: ["a", "b", "c"]).first
        #expect(shortfall?.description == "percent_successful_nodes: needed 60, actual 33.33")
    }

    private func number(_ value: Value?) -> Double? {
        switch value {
        case .int(let number): Double(number)
        case .double(let number): number
        default: nil
        }
    }

    @Test("the deployment configuration is laid flat with its defaults")
    func configuration() throws {
        for testCase in try cases("deployment_configuration/map") {
            // A section that is null has its defaults here, where the reference crashes.
            guard let expected = testCase["expect"]?["ok"] else { continue }
            let flat = DeploymentConfiguration(try #require(testCase["data"]))
            #expect(Value.object(flat.value) == expected)
            #expect(DeploymentConfiguration(flat: .object(flat.value)) == flat)
        }
        let null = DeploymentConfiguration(["physical_provisioner": nil, "armada": ["manifest": "x"]])
        #expect(null.seconds("physical_provisioner.deploy_timeout") == 3600)
    }
}
