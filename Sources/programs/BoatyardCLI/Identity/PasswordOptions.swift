import ArgumentParser
import Glibc
import Primitives

/// Where a password comes from: a file, an option that others on this host can see, or a person.
struct PasswordOptions: ParsableArguments {
    @Option(help: "The password. Others can see it in the list of processes; better a file or the prompt.")
    var password: String?

    @Option(help: "A file whose first line is the password; - is standard input.")
    var passwordFile: String?

    func validate() throws {
        if password != nil, passwordFile != nil {
            throw ValidationError("Give either --password or --password-file.")
        }
    }

    var isGiven: Bool { password != nil || passwordFile != nil }

    /// - Parameter isNew: asks a person twice.
    func read(prompt: String, isNew: Bool) throws -> Secret<String> {
        if let password { return Secret(password) }
        if let passwordFile { return Secret(try Self.firstLine(passwordFile)) }
        return try Self.ask(prompt, isNew: isNew)
    }

    /// Asks a person.
    ///
    /// - Parameters:
    ///   - isNew: twice.
    ///   - what: is asked for, in one word.
    ///   - option: names a file of it.
    static func ask(
        _ prompt: String, isNew: Bool, what: String = "password", option: String = "--password-file"
    ) throws -> Secret<String> {
        guard isatty(STDIN_FILENO) == 1 else {
            throw Failure(
                "Error: there is no terminal to ask for the \(what); give \(option).", exitCode: Failure.usage)
        }
        let first = try ask(prompt, what: what)
        if isNew, try ask("Once more: ", what: what) != first {
            throw Failure("Error: the two \(what)s differ.", exitCode: Failure.usage)
        }
        return Secret(first)
    }

    /// The first line of a file, or of standard input where it is `-`.
    static func firstLine(_ file: String, mayBeEmpty: Bool = false) throws -> String {
        let line: String
        if file == "-" {
            line = StandardInput.line() ?? ""
        } else {
            let bytes = try FileContents.read(file, limit: 64 << 10)
            line = String(decoding: bytes.prefix { $0 != 0x0a && $0 != 0x0d }, as: UTF8.self)
        }
        guard mayBeEmpty || !line.isEmpty else { throw Failure("Error: \(file) has no password in its first line.") }
        return line
    }

    /// Reads a line that is not shown. A signal that ends the program gives the terminal back as it was, by the shell.
    private static func ask(_ prompt: String, what: String) throws -> String {
        var saved = termios()
        guard tcgetattr(STDIN_FILENO, &saved) == 0 else {
            throw Failure("Error: the terminal cannot be read: \(systemErrorText()).")
        }
        var silent = saved
        silent.c_lflag &= ~tcflag_t(ECHO)
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent)
        defer {
            tcsetattr(STDIN_FILENO, TCSAFLUSH, &saved)
            Console.printError("")
        }
        let bytes = Array(Text.line(prompt).utf8)
        _ = bytes.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
        guard let line = StandardInput.line(), !line.isEmpty else { throw Failure("Error: no \(what) was given.") }
        return line
    }
}
