import Cryptography
import OrderedCollections
import Primitives

/// A resource as the BMC shows it.
struct RedfishRepresentation: Sendable {
    /// nil for the two documents that have no schema.
    let schema: RedfishSchema?
    private let path: String
    private let members: Value.Object
    /// nil where it changes without having been changed, as a clock does.
    let entityTag: String?

    /// - Parameter revision: grows with each change that it does not show; nil for a resource without an entity tag.
    init(_ route: RedfishRoute, _ schema: RedfishSchema?, _ members: Value.Object, revision: Int? = nil) {
        self.schema = schema
        path = route == .root ? "/redfish/v1/" : route.path
        self.members = members
        entityTag = revision.map { revision in
            let shown = Value.object(members).jsonBytes(.compact)
            return "\"\(Hash.sha256(shown + Array("\(revision)".utf8)).prefix(8).hex)\""
        }
    }

    /// A list of others.
    init(_ route: RedfishRoute, _ schema: RedfishSchema, _ name: String, of others: [RedfishRoute]) {
        self.init(
            route, schema,
            [
                "Name": .string(name), "Members@odata.count": .int(others.count),
                "Members": .array(others.map(\.reference)),
            ])
    }

    func reply(
        status: Int = 200, headers: [(name: String, value: String)] = [], messages: [BaseMessage] = []
    ) -> RedfishReply {
        var value: Value.Object = [:]
        if let schema {
            value["@odata.id"] = .string(path)
            value["@odata.type"] = schema.type
        }
        if let entityTag { value["@odata.etag"] = .string(entityTag) }
        value.merge(members) { $1 }
        if !messages.isEmpty { value["@Message.ExtendedInfo"] = .array(messages.map(\.value)) }
        var all = headers
        if let schema { all.append(("Link", schema.link)) }
        if let entityTag { all.append(("ETag", entityTag)) }
        return .json(.object(value), status: status, headers: all)
    }
}

extension RedfishRoute {
    /// `{"@odata.id": "/redfish/v1/Systems/1"}`
    var reference: Value { ["@odata.id": .string(path)] }
}
