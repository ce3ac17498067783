import Primitives

/// What Shipyard needs of Drydock.
package protocol SiteProvisioner: Sendable {
    /// The body that `POST validatedesign` answers.
    func designStatus(_ reference: String) async throws -> Value

    /// - Parameters:
    ///   - action: `verify_site`, `prepare_site`, `prepare_nodes`, `deploy_nodes`, `destroy_nodes`, `relabel_nodes`.
    ///   - nodeFilter: null for all nodes.
    ///   - key: a second call with the same key answers the task of the first.
    /// - Returns: the task's id.
    func startTask(
        action: String, design: String, nodeFilter: Value, createdBy: String, key: String
    ) async throws -> String

    /// Ends the tasks that were started with a key that begins with `prefix` and have not ended.
    func terminateTasks(keyPrefix prefix: String, reason: String) async throws

    func provisionerTask(_ id: String) async throws -> ProvisionerTask?

    /// Returns when the task has ended or the deadline has passed, with the task as it then is.
    func awaitProvisionerTask(_ id: String, until deadline: Timestamp) async throws -> ProvisionerTask

    /// Every node that Drydock knows.
    func provisionerNodes() async throws -> [ProvisionerNode]

    /// What a link in one of its tasks leads to; nil where there is nothing.
    func linkedText(_ link: String) async throws -> String?

    /// The names of the nodes of a design that the filter picks; null picks all.
    func nodeNames(design: String, filter: Value) async throws -> [String]
}

/// A Drydock task as Shipyard sees it.
package struct ProvisionerTask: Sendable, Hashable {
    package struct Message: Sendable, Hashable {
        package var text: String
        package var isError: Bool
        package var contextType: String
        package var context: String
        package var time: Timestamp

        package init(_ text: String, isError: Bool, contextType: String, context: String, time: Timestamp) {
            self.text = text
            self.isError = isError
            self.contextType = contextType
            self.context = context
            self.time = time
        }
    }

    package struct Link: Sendable, Hashable {
        package var relation: String
        package var reference: String

        package init(relation: String, reference: String) {
            self.relation = relation
            self.reference = reference
        }
    }

    package var id: String
    package var action: String
    /// `requested`, `queued`, `running`, `complete`, `terminated`.
    package var status: String
    /// `incomplete`, `success`, `partial_success`, `failure`.
    package var result: String
    package var successes: [String] = []
    package var failures: [String] = []
    package var messages: [Message] = []
    package var links: [Link] = []
    package var subtasks: [String] = []
    package var errorCount = 0

    package init(id: String, action: String, status: String, result: String) {
        self.id = id
        self.action = action
        self.status = status
        self.result = result
    }

    package var hasEnded: Bool { status == "complete" || status == "terminated" }
    package var hasSucceeded: Bool { result == "success" || result == "partial_success" }
}

/// A node as `GET nodes` shows it.
package struct ProvisionerNode: Sendable, Hashable {
    package var hostname: String
    package var status: String
    package var powerState: String

    package init(hostname: String, status: String, powerState: String) {
        self.hostname = hostname
        self.status = status
        self.powerState = powerState
    }
}
