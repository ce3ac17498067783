/// Members that name another one: `{"name": "password", "value": "…"}`, `<add key="password" value="…"/>`.
enum SecretPair {
    private static let roles = ["name", "key", "field", "property", "variable", "parameter", "option", "header", "id"]
        .map { Array($0.utf8) }
    private static let values = ["value", "val", "data", "content", "string"].map { Array($0.utf8) }

    /// Whether a member with this name tells what another one is.
    ///
    /// - Parameter name: without separators, in small letters.
    static func isRole(_ name: [UInt8]) -> Bool {
        roles.contains { name.elementsEqual($0) } || ends(name, "name") || ends(name, "key")
    }

    /// Whether a member with this name has what another one names.
    static func isValue(_ name: [UInt8]) -> Bool { values.contains { name.elementsEqual($0) } || ends(name, "value") }

    static func isRole(_ name: String) -> Bool { isRole(SecretName.folded(Array(name.utf8).suffix(128)).name) }

    static func isValue(_ name: String) -> Bool { isValue(SecretName.folded(Array(name.utf8).suffix(128)).name) }

    private static func ends(_ name: [UInt8], _ ending: String) -> Bool {
        name.suffix(ending.utf8.count).elementsEqual(ending.utf8)
    }
}
