import Primitives

/// Runs the iPXE scripts that machines are given: lines with labels, variables, `||` and `&&`.
///
/// The interpreter is a value. `next` runs the script up to the next thing that happens outside of it, and is told how
/// that ended. A command that it does not know is an error, as it would be at the firmware's prompt: a script that only
/// looks right must not pass a rehearsal. Source: the command reference of iPXE.
package struct ScriptInterpreter: Sendable {
    /// What firmware does after a script.
    package enum Outcome: Sendable, Equatable {
        /// `arguments` is the kernel's command line.
        case boot(kernel: String, arguments: [String], initrd: [String])
        /// The next device in the order of the firmware.
        case nextDevice
        /// The machine starts again.
        case reboot
    }

    /// What a script does outside of itself.
    package enum Action: Sendable, Equatable {
        /// Loads a file.
        case fetch(String)
        /// Starts the system on the first disk. If that succeeds, the script has ended.
        case startDisk
        /// Waits for so many seconds.
        case pause(Double)
        /// Shows a line on the machine's screen.
        case show(String)
        case end(Outcome)
    }

    /// A script without end is one that runs more commands than this.
    private static let most = 10_000

    private let lines: [[Command]]
    private let labels: [String: Int]
    private var variables: [String: String] = [:]
    private var kernel: (url: String, arguments: [String])?
    private var initrd: [String] = []
    /// The line, and the command in it, that is run next.
    private var place = (line: 0, command: 0)
    private var count = 0
    /// The file that is being loaded.
    private var loading: Loading?
    /// How the last command of the line ended.
    private var isGood = true

    private enum Loading {
        case kernel(String, [String])
        case initrd(String)
    }

    /// - Throws: `RehearsalError` for what is no script.
    package init(_ text: String) throws(RehearsalError) {
        let written = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard written.first == "#!ipxe" else { throw RehearsalError("The boot script does not begin with #!ipxe.") }
        var lines: [[Command]] = []
        var labels: [String: Int] = [:]
        for line in written.dropFirst() where !line.hasPrefix("#") {
            if line.hasPrefix(":") {
                labels[String(line.dropFirst())] = lines.count
            } else {
                lines.append(Command.parse(line))
            }
        }
        self.lines = lines
        self.labels = labels
    }

    /// Goes on to what comes next.
    ///
    /// - Parameter succeeded: how the last action ended. The first call has none; it is true there.
    /// - Throws: `RehearsalError` where iPXE would stop.
    package mutating func next(_ succeeded: Bool) throws(RehearsalError) -> Action {
        isGood = isGood && succeeded
        switch loading.take() {
        case .kernel(let url, let arguments) where succeeded: kernel = (url, arguments)
        case .initrd(let url) where succeeded: initrd.append(url)
        default: break
        }
        while lines.indices.contains(place.line) {
            guard lines[place.line].indices.contains(place.command) else {
                try endLine()
                continue
            }
            let command = lines[place.line][place.command]
            place.command += 1
            switch command.condition {
            case .ifGood where !isGood, .ifFailed where isGood: continue
            default: isGood = true
            }
            guard let name = command.words.first else { continue }
            count += 1
            guard count <= Self.most else { throw RehearsalError("The boot script does not end.") }
            if let action = try run(name, command.words.map(expanded)) { return action }
        }
        throw RehearsalError("The boot script ends without boot, exit, sanboot or reboot.")
    }

    /// A failure that no `||` takes ends the script.
    private mutating func endLine() throws(RehearsalError) {
        guard isGood else {
            let text = lines[place.line].map { $0.words.joined(separator: " ") }.joined(separator: " … ")
            throw RehearsalError("The boot script fails at: \(text)")
        }
        place = (place.line + 1, 0)
    }

    /// Runs one command; nil where it does nothing outside of the script.
    private mutating func run(_ name: String, _ words: [String]) throws(RehearsalError) -> Action? {
        let operands = Self.operands(words)
        switch name {
        case "kernel":
            guard let url = operands.first else { throw RehearsalError("kernel without an address.") }
            loading = .kernel(url, Array(operands.dropFirst()))
            return .fetch(url)
        case "initrd":
            guard let url = operands.first else { throw RehearsalError("initrd without an address.") }
            loading = .initrd(url)
            return .fetch(url)
        case "imgfree":
            kernel = nil
            initrd = []
        case "boot":
            guard let kernel else { throw RehearsalError("boot without a kernel.") }
            return .end(.boot(kernel: kernel.url, arguments: kernel.arguments, initrd: initrd))
        case "sanboot": return .startDisk
        case "exit":
            guard let status = operands.first, status != "0" else {
                throw RehearsalError("exit without a status leaves the machine in the menu of its firmware.")
            }
            return .end(.nextDevice)
        case "reboot": return .end(.reboot)
        case "goto":
            guard let label = operands.first, let line = labels[label] else {
                throw RehearsalError("The boot script has no label \(operands.first ?? "").")
            }
            place = (line, 0)
        case "echo": return .show(words.dropFirst().joined(separator: " "))
        case "set":
            guard let variable = operands.first else { throw RehearsalError("set without a name.") }
            variables[Self.plain(variable)] = operands.dropFirst().joined(separator: " ")
        case "inc":
            guard let variable = operands.first else { throw RehearsalError("inc without a name.") }
            variables[variable] = String((Int(variables[variable] ?? "0") ?? 0) &+ 1)
        case "iseq":
            guard operands.count == 2 else { throw RehearsalError("iseq compares two values.") }
            isGood = operands[0] == operands[1]
        case "sleep": return .pause(Double(operands.first ?? "") ?? 0)
        case "prompt":
            // Nobody presses a key.
            isGood = false
            return .pause(Self.timeout(words) ?? 0)
        default: throw RehearsalError("The boot script uses an unknown command: \(words.joined(separator: " "))")
        }
        return nil
    }

    private func expanded(_ word: String) -> String {
        var result = ""
        var rest = Substring(word)
        while let begin = rest.firstRange(of: "${"), let end = rest[begin.upperBound...].firstIndex(of: "}") {
            result += rest[..<begin.lowerBound]
            result += variables[Self.plain(String(rest[begin.upperBound..<end]))] ?? ""
            rest = rest[rest.index(after: end)...]
        }
        return result + rest
    }

    /// A variable's name without the type of its value.
    private static func plain(_ name: String) -> String { name.split(separator: ":").first.map(String.init) ?? name }

    /// What follows the command and its options, of which `--timeout` has a value.
    private static func operands(_ words: [String]) -> [String] {
        var words = words.dropFirst()
        while let first = words.first, first.hasPrefix("-") {
            words = words.dropFirst(first == "--timeout" || first == "--drive" ? 2 : 1)
        }
        return Array(words)
    }

    /// In seconds; iPXE has it in milliseconds.
    private static func timeout(_ words: [String]) -> Double? {
        guard let place = words.firstIndex(of: "--timeout"), place + 1 < words.count else { return nil }
        return Double(words[place + 1]).map { $0 / 1000 }
    }
}

/// One command of a line, and when it runs.
private struct Command: Sendable {
    enum Condition: Sendable {
        case always
        case ifGood
        case ifFailed
    }

    var condition: Condition
    var words: [String]

    static func parse(_ line: Substring) -> [Command] {
        var commands = [Command(condition: .always, words: [])]
        for word in line.split(separator: " ") {
            switch word {
            case "||": commands.append(Command(condition: .ifFailed, words: []))
            case "&&": commands.append(Command(condition: .ifGood, words: []))
            case ";": commands.append(Command(condition: .always, words: []))
            default: commands[commands.count - 1].words.append(String(word))
            }
        }
        // A blank line is no command; a line that ends with `||` has an empty one, which succeeds.
        return commands.count == 1 && commands[0].words.isEmpty ? [] : commands
    }
}

/// Why a simulated machine stopped where a real one would have.
package struct RehearsalError: Error, Sendable, CustomStringConvertible {
    package var description: String

    package init(_ description: String) { self.description = description }
}
