import Cryptography
import Installation
import OrderedCollections
import Primitives
import SiteDesign

/// Makes plans of tests (`docs/reference/node-protocol.md` 2.18.2), and says how long one may take.
struct HardwareTestPlanner: Sendable {
    let timeouts: DrydockConfiguration.Timeouts

    /// In seconds: from the order to the report, with the boot of the installer.
    func seconds(_ mode: HardwareTestMode) -> Double {
        timeouts.installerBoot + (mode == .quick ? timeouts.quickTest : timeouts.fullTest)
    }

    /// The digest of what a design expects of a node's machine: a test says nothing of other expectations.
    static func expectations(of node: BaremetalNode, in site: EffectiveSite) -> String {
        let plan = Value.object(HardwareExpectations(site: site, node: node).plan())
        return Hash.sha256(plan.jsonBytes(.compact, sortedKeys: true)).hex
    }

    func plan(_ id: ULID, _ mode: HardwareTestMode, of node: BaremetalNode, in site: EffectiveSite) throws -> Value {
        var plan: Value.Object = [
            "kind": "test", "node": .string(node.name), "test": .string(id.description), "mode": .string(mode.rawValue),
            "limits": HardwareTestPlan.Limits(mode).value,
        ]
        plan.merge(HardwareExpectations(site: site, node: node).plan()) { $1 }
        do {
            // As the agent will, so that what it would refuse is known before the machine is booted.
            _ = try MachinePlan(.object(plan))
        } catch {
            throw DrydockError(.invalid, "\(node.name) cannot be tested as it is designed. \(error.message)")
        }
        return .object(plan)
    }
}
