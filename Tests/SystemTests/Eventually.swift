import Foundation

struct NeverHappened: Error, CustomStringConvertible {
    var description: String
}

/// Waits for something that has no event to wait for in this process, such as a file that another one writes.
func eventually<T>(
    _ what: String, within seconds: Double = 60, _ condition: () async throws -> T?
) async throws -> T {
    let deadline = Date().addingTimeInterval(seconds)
    while Date() < deadline {
        if let value = try await condition() { return value }
        try await Task.sleep(for: .milliseconds(20))
    }
    throw NeverHappened(description: "\(what): not within \(seconds) s")
}
