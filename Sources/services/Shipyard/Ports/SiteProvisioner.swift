import Drydock
import OrderedCollections
import Primitives

/// What Shipyard needs of Drydock: a part of `DrydockService`, whose words tell what each function does and throws.
///
/// Tests have another one. What both must do alike is in `ProvisionerContractTests`.
package protocol SiteProvisioner: Sendable {
    /// - Throws: `DrydockError`: `.invalid` or `.unavailable` where the reference cannot be resolved.
    func validateDesign(_ reference: String) async throws -> DesignStatus

    /// The names of the nodes of a design that the filter picks, in the order of the design; null picks all.
    ///
    /// - Throws: `DrydockError` `.invalid` for what is no filter.
    func nodeNames(design: String, filter: Value) async throws -> [String]

    /// A new task, or the one that was made with the same key.
    ///
    /// - Throws: `DrydockError` `.invalid` for an action that cannot be asked for and a filter that names unknown nodes.
    func createTask(_ request: TaskRequest) async throws -> DrydockTask

    /// - Returns: nil for an unknown one.
    func task(_ id: String) async throws -> DrydockTask?

    /// The task once it has ended, or as it is at `deadline`.
    ///
    /// - Throws: `DrydockError` `.missing` for an unknown one.
    func awaitTask(_ id: String, until deadline: Timestamp) async throws -> DrydockTask

    /// Ends, as failures, the tasks that were made with a key that begins with `prefix` and have not ended.
    func terminateTasks(keyPrefix prefix: String, reason: String) async throws

    /// The top-level tasks that were made with a key that begins with `prefix`, by their keys, the oldest first.
    func tasks(keyPrefix prefix: String) async throws -> OrderedDictionary<String, DrydockTask>

    /// Every node of a design under its full host name, whether its machine has come forward or not, and every machine
    /// that is none of them.
    ///
    /// - Parameter design: nil, and one that cannot be compiled, for the one that was worked with last.
    func siteNodes(design: String?) async throws -> [MachineStatus]

    /// Every machine that has come forward.
    func nodes() async throws -> [MachineStatus]

    /// What was collected while a task ran; empty where that was nothing.
    func buildData(task: String) async throws -> [Value]
}

extension DrydockService: SiteProvisioner {}
