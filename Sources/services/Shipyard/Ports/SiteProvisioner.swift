import Drydock
import OrderedCollections
import Primitives

/// What Shipyard uses of Drydock: a part of `DrydockService`, whose comments say what each function does and throws.
///
/// Tests have another implementation. `ProvisionerContractTests` holds both to the same behaviour.
package protocol SiteProvisioner: Sendable {
    /// Compiles and validates a design.
    ///
    /// - Throws: `DrydockError`: `.invalid` or `.unreachable` where the reference cannot be resolved.
    func validateDesign(_ reference: String) async throws -> DesignStatus

    /// The names of the nodes that a filter chooses, in the order of the design. Null chooses all.
    ///
    /// - Throws: `DrydockError` `.invalid` for a malformed filter.
    func nodeNames(design: String, filter: Value) async throws -> [String]

    /// Creates a task, or returns the one that was created with the same key.
    ///
    /// - Throws: `DrydockError` `.invalid` for an action that cannot be asked for and a filter that names unknown
    ///   nodes.
    func createTask(_ request: TaskRequest) async throws -> DrydockTask

    /// A task by its id; nil for an unknown id.
    func task(_ id: String) async throws -> DrydockTask?

    /// Waits for the end of a task.
    ///
    /// - Returns: the task once it has ended, or as it is at `deadline`.
    /// - Throws: `DrydockError` `.missing` for an unknown id.
    func awaitTask(_ id: String, until deadline: Timestamp) async throws -> DrydockTask

    /// Waits until a task that works on each node by itself has succeeded for more nodes than `known`.
    ///
    /// - Returns: the task then, or once it has ended, or as it is at `deadline`. While it runs its result has the nodes that it does
    ///   nothing with any more.
    /// - Throws: `DrydockError` `.missing` for an unknown id.
    func awaitTask(_ id: String, beyond known: Set<String>, until deadline: Timestamp) async throws -> DrydockTask

    /// Terminates the tasks whose keys begin with `prefix` and that have not ended. They are failures.
    func terminateTasks(keyPrefix prefix: String, reason: String) async throws

    /// The top-level tasks that were made with a key that begins with `prefix`, by their keys, the oldest first.
    func tasks(keyPrefix prefix: String) async throws -> OrderedDictionary<String, DrydockTask>

    /// Every node of a design under its full host name, whether its machine has come forward or not, and every machine
    /// that is none of them.
    ///
    /// - Parameter design: nil, and one that cannot be compiled, for the one that was worked with last.
    func siteNodes(design: String?) async throws -> [MachineStatus]

    /// All machines that have booted and sent an inventory.
    func nodes() async throws -> [MachineStatus]

    /// The build data that a task collected; empty where there is none.
    func buildData(task: String) async throws -> [Value]
}

extension DrydockService: SiteProvisioner {}
