import Glibc
import IPMI

/// A machine's console, however it is reached.
struct RemoteConsole: Sendable {
    /// Shows what the machine writes until the console ends, which is an error where nobody has asked for it.
    var follow: @Sendable (_ show: @escaping @Sendable ([UInt8]) async throws -> Void) async throws -> Void
    var write: @Sendable ([UInt8]) async throws -> Void
    var sendBreak: @Sendable () async throws -> Void

    init(
        follow: @escaping @Sendable (_ show: @escaping @Sendable ([UInt8]) async throws -> Void) async throws -> Void,
        write: @escaping @Sendable ([UInt8]) async throws -> Void,
        sendBreak: @escaping @Sendable () async throws -> Void
    ) {
        self.follow = follow
        self.write = write
        self.sendBreak = sendBreak
    }

    /// The console of a BMC's session; whoever has opened it closes it.
    init(_ console: IPMIConsole) {
        follow = { show in
            while let output = try await console.read() {
                if output.dropped > 0 { try await show(Array("\r\n[\(output.dropped) bytes are missing]\r\n".utf8)) }
                if output.isIncomplete { try await show(Array("\r\n[the BMC has lost characters]\r\n".utf8)) }
                try await show(output.bytes)
            }
        }
        write = { try await console.write($0) }
        sendBreak = { try await console.sendBreak() }
    }
}

/// Joins the terminal of this program with a machine's console, until `~.` is typed or the console ends.
enum ConsoleTerminal {
    /// - Parameter name: of the machine, for messages.
    /// - Throws: `Failure` without a terminal; what ended the console.
    static func join(_ name: String, _ console: RemoteConsole) async throws {
        try RawTerminal.enter()
        defer { RawTerminal.leave() }
        report("The console of \(name): \(EscapeKeys.help).")
        do {
            try await withThrowingTaskGroup(of: Bool.self) { group in
                group.addTask {
                    try await console.follow { show($0) }
                    return false
                }
                group.addTask {
                    try await type(into: console, from: { await RawTerminal.read() }, report: { report($0) })
                    return true
                }
                defer { group.cancelAll() }
                if try await group.next() == false { report("The console has ended.") }
            }
        } catch {
            RawTerminal.leave()
            throw error
        }
    }

    /// Types what is read until the escape that ends, which waits for nothing that was typed before.
    ///
    /// - Parameters:
    ///   - read: gives what is typed next; nil at its end.
    ///   - report: shows a line of this program's own.
    static func type(
        into console: RemoteConsole, from read: @escaping @Sendable () async -> [UInt8]?,
        report: @escaping @Sendable (String) -> Void
    ) async throws {
        let (typed, queue) = AsyncStream.makeStream(of: EscapeKeys.Key.self)
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                for await key in typed { try await send(key, to: console, report) }
                return false
            }
            group.addTask {
                var keys = EscapeKeys()
                while let characters = await read() {
                    for key in keys.take(characters) {
                        switch key {
                        case .characters, .sendBreak: queue.yield(key)
                        case .help: report(EscapeKeys.help)
                        case .leave: return true
                        }
                    }
                }
                queue.finish()
                return false
            }
            defer { group.cancelAll() }
            while let hasLeft = try await group.next() {
                if hasLeft { return }
            }
        }
    }

    private static func send(
        _ key: EscapeKeys.Key, to console: RemoteConsole, _ report: @Sendable (String) -> Void
    ) async throws {
        do {
            switch key {
            case .characters(let characters): try await console.write(characters)
            case .sendBreak: try await console.sendBreak()
            case .help, .leave: break
            }
        } catch let failure as Failure {
            try Task.checkCancellation()
            // What is typed at a machine that is off is lost; the console stays.
            report(failure.text)
        } catch let error as IPMIError {
            guard error.kind == .console(.notTaken) else { throw error }
            report(error.message)
        }
    }

    /// As it is: the terminal is the machine's.
    private static func show(_ bytes: [UInt8]) {
        let shown = bytes.filter { $0 != 0 }
        var written = 0
        while written < shown.count {
            let count = shown[written...].withUnsafeBytes { Glibc.write(STDOUT_FILENO, $0.baseAddress, $0.count) }
            if count > 0 {
                written += count
            } else if errno != EINTR {
                return
            }
        }
    }

    /// A line of this program's own, on a terminal that goes on in the column where it is.
    private static func report(_ text: String) { show(Array("\r\n[\(Text.line(text))]\r\n".utf8)) }
}
