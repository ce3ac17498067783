import OutboundHTTP
import Primitives

/// A resource as it was read.
package struct RedfishResource: Sendable {
    /// From `/` on, at the BMC.
    package let path: String
    package let value: Value
    /// What `If-Match` may have to say, in the order in which it is tried.
    package let entityTags: [String]

    package init(path: String, value: Value, entityTag: String? = nil) {
        self.path = path
        self.value = value
        entityTags = Self.forms(of: entityTag ?? value["@odata.etag"]?.stringValue)
    }

    /// The path of another resource, which a member refers to.
    package func link(_ keys: String...) -> String? {
        var value: Value? = value
        for key in keys { value = value?[key] }
        return value.flatMap { Self.path($0) }
    }

    /// The paths that a member refers to: a reference, or a list of them.
    package func links(_ keys: String...) -> [String] {
        var value: Value? = value
        for key in keys { value = value?[key] }
        return (value?.arrayValue ?? []).compactMap { Self.path($0) }
    }

    /// Where the next page of a collection is, as the BMC says; beside this one where it says so (RFC 3986 §5.2).
    var nextPage: String? {
        guard let link = value["Members@odata.nextLink"]?.stringValue, !link.isEmpty else { return nil }
        if link.hasPrefix("/") || link.contains("://") { return link }
        let own = path.prefix { $0 != "?" && $0 != "#" }
        if link.hasPrefix("?") { return own + link }
        return own.prefix(through: own.lastIndex(of: "/") ?? own.startIndex) + link
    }

    /// The last part of the path, which is the `Id` as a rule.
    static func name(of path: String) -> String {
        path.split(separator: "/").last.map(String.init) ?? path
    }

    /// In bytes.
    private static let pathLimit = 2048

    /// `{"@odata.id": "/redfish/v1/Systems/1"}`
    private static func path(_ reference: Value) -> String? { reference["@odata.id"]?.stringValue.flatMap(path(of:)) }

    /// The path of an address that a BMC names; where it names a host, too, that is of no account.
    static func path(of address: String) -> String? {
        guard address.utf8.count <= pathLimit else { return nil }
        return address.hasPrefix("/") && !address.hasPrefix("//") ? address : RemoteAddress(address)?.target
    }

    /// As the BMC writes it; then, for those that compare otherwise than they write, strong and without quotes.
    private static func forms(of tag: String?) -> [String] {
        guard let tag, !tag.isEmpty, tag.utf8.count <= 256, tag.utf8.allSatisfy({ (0x20..<0x7f).contains($0) }) else {
            return []
        }
        let strong = tag.hasPrefix("W/") ? String(tag.dropFirst(2)) : tag
        let bare = strong.filter { $0 != "\"" }
        var forms = [tag]
        for form in [strong, bare, "\"\(bare)\""] where !forms.contains(form) { forms.append(form) }
        return forms
    }
}
