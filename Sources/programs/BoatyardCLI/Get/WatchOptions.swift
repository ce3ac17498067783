import ArgumentParser
import Glibc
import Primitives

/// Of commands that show something which changes.
struct WatchOptions: ParsableArguments {
    @Flag(name: [.long, .customShort("w")], help: "Look again every two seconds, until Ctrl-C.")
    var watch = false

    func validate(_ options: GlobalOptions) throws {
        if watch, options.output != .table {
            throw ValidationError("--watch shows a table; programs follow GET /api/v1.0/events.")
        }
    }

    private static let interval = Duration.seconds(2)

    /// Shows what `read` answers: once, or again and again.
    func show(
        _ options: GlobalOptions, _ read: @Sendable () async throws -> Value, table: (Value) -> String
    ) async throws {
        guard watch else { return options.output.show(try await read(), table: table) }
        let interruption = Interruption { "" }
        defer { interruption.end() }
        var terminal = Terminal()
        var last: String?
        while true {
            let text = table(try await read())
            if Terminal.isThere {
                let size = Terminal.size
                let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map {
                    Text.cut(String($0), to: size.width - 1)
                }
                // What does not fit would scroll away, and be drawn over in the wrong place.
                let fits = lines.count < size.height
                let left = lines.count - (size.height - 2)
                terminal.draw(fits ? lines : lines.prefix(size.height - 2) + ["… \(left) more lines"])
            } else if text != last {
                Console.print(text)
                last = text
            }
            try await Task.sleep(for: Self.interval)
        }
    }
}
