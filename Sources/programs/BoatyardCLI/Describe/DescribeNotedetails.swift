import ArgumentParser
import Primitives

struct DescribeNotedetails: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "notedetails", abstract: "Show what a note leads to.")

    @Argument(help: "The note's id, or notedetails/ID.")
    var id: String

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let id = try Reference.checked(
            Reference.parts(self.id, dropping: "notedetails").first ?? "",
            hint: "boatyard describe action/ID names the notes that have details.")
        let answer = try await Daemon(options).send("GET", "notedetails/\(PercentCoding.encode(id))")
        // A text that was written as JSON has its line breaks escaped.
        Console.print(answer.text.replacing("\\n", with: "\n"))
    }
}
