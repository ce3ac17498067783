import Primitives

/// A temporary folder that goes with its owner, with all that is in it.
package final class OwnedFolder: Sendable {
    /// Without a slash at the end.
    package let path: String

    package init() throws { path = try TemporaryFolder(prefix: "boatyard-test").path }

    deinit { FolderContents.remove(path) }
}

/// Makes a folder, hands over its path, and removes it with all that is in it.
@discardableResult
package func withTemporaryFolder<T>(_ body: (String) async throws -> T) async throws -> T {
    let folder = try TemporaryFolder(prefix: "boatyard-test")
    defer { folder.remove() }
    return try await body(folder.path)
}

/// The same for tests that do not wait.
@discardableResult
package func withTemporaryFolder<T>(_ body: (String) throws -> T) throws -> T {
    let folder = try TemporaryFolder(prefix: "boatyard-test")
    defer { folder.remove() }
    return try body(folder.path)
}
