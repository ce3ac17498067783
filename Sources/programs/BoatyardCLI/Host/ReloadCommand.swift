import ArgumentParser
import Primitives

struct ReloadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reload",
        abstract: "Have the daemon read its configuration, policy and certificates anew.",
        discussion: """
            All of it is checked first: where something is wrong, the daemon goes on as it was, and this says what and where. No \
            connection is dropped. 'systemctl reload boatyard' does the same. A certificate that was renewed is taken within two \
            minutes by itself.
            """)

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let answer = try await Daemon(options).send("POST", "reload").data(of: "POST reload")
        options.output.show(answer) { answer in
            func names(_ key: String) -> String {
                Text.line((answer[key]?.arrayValue ?? []).compactMap(\.stringValue).joined(separator: ", "))
            }
            let (applied, late) = (names("applied"), names("at_restart"))
            var lines = [applied.isEmpty ? "Nothing that holds at once has changed." : "In effect now: \(applied)"]
            if !late.isEmpty { lines.append("In effect at the next start (systemctl restart boatyard): \(late)") }
            return lines.joined(separator: "\n")
        }
    }
}
