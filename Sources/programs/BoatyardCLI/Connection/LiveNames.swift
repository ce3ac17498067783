import ArgumentParser
import Primitives

/// Names that a shell completes: those that the daemon knows now. Nothing where it does not answer soon.
enum LiveNames {
    /// Whoever types waits for it.
    private static let patience = Duration.seconds(2)

    static let nodes = completion { daemon in
        let nodes = try await daemon.get("nodes", query: [("designed", "true")])
        return MachineView.all(nodes.arrayValue ?? []).filter(\.isDesigned).map(\.name)
    }

    /// As `describe` and `retry` take them: `action/01J…`.
    static let actions = completion { daemon in
        let actions = try await daemon.get("actions")
        return (actions.arrayValue ?? []).reversed().compactMap { $0["id"]?.stringValue.map { "action/\($0)" } }
    }

    static let images = completion { daemon in
        try await daemon.get("images").arrayValue?.compactMap { $0["name"]?.stringValue } ?? []
    }

    static let collections = completion { daemon in
        try await daemon.get("configdocs").arrayValue?.compactMap { $0["collection_name"]?.stringValue } ?? []
    }

    private static func completion(
        _ names: @escaping @Sendable (Daemon) async throws -> [String]
    ) -> CompletionKind {
        .custom { (_: [String], _: Int, prefix: String) async -> [String] in
            let found = await withTaskGroup(of: [String].self) { group in
                group.addTask {
                    guard let options = try? GlobalOptions.parse([]), let daemon = try? Daemon(options) else {
                        return []
                    }
                    return (try? await names(daemon)) ?? []
                }
                group.addTask {
                    try? await Task.sleep(for: patience)
                    return []
                }
                defer { group.cancelAll() }
                return await group.next() ?? []
            }
            // Of a name that a shell would split, or that nobody could type, there is none.
            return found.filter { name in
                name.hasPrefix(prefix)
                    && name.utf8.allSatisfy { (0x21...0x7e).contains($0) && $0 != 0x27 && $0 != 0x22 }
            }
        }
    }
}
