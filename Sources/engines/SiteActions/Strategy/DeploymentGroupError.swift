import Primitives

/// An error of a deployment strategy (`docs/reference/shipyard.md` §10).
package enum DeploymentGroupError: TypedError, Hashable {
    package enum LabelFault: Sendable, Hashable {
        case oneColon
        case blankSide
    }

    /// A group lacks an attribute that it must have.
    case missing(attribute: String)
    /// A group is no mapping, or an attribute is of the wrong kind.
    case malformed(String)
    case label(String, LabelFault)
    /// The names of the groups, sorted.
    case cycle([String])
    case unknownParent(group: String, parent: String)
    /// The node lookup answered something that is no list of names.
    case lookup(String)

    /// Always `invalid`.
    package var kind: ErrorKind { .invalid }

    /// Always `shipyard.deployment-group`.
    package var code: String { "shipyard.deployment-group" }

    package var message: String {
        switch self {
        case .missing(let attribute): "Attribute '\(attribute)' is required as input to create a DeploymentGroup"
        case .malformed(let problem): problem
        case .label(let label, .oneColon):
            "Label \(label) is formatted incorrectly. One : (colon) character is required, and the label must be in "
                + "key:value format"
        case .label(let label, .blankSide):
            "Label \(label) is formatted incorrectly. The values on either side of the colon character must not be "
                + "empty."
        case .cycle(let groups):
            "The following are involved in a circular dependency: \(groups.joined(separator: ", "))"
        case .unknownParent(let group, let parent):
            "Group \(group) depends on group \(parent), which the deployment strategy does not define"
        case .lookup(let problem): problem
        }
    }
}
