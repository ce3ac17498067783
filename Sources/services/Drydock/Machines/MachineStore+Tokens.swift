import Store

extension MachineStore {
    /// Whether a machine may present `token` now; notes nothing.
    func isKnown(token: String) async throws -> Bool {
        let identity = Self.hash(token)
        return try await database.read { try Self.boot(identity, $0) != nil }
    }
}
