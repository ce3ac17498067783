import ArgumentParser
import Glibc
import Primitives

struct CreateConfigdocs: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "configdocs", abstract: "Stage a collection of documents in the buffer.")

    @Argument(help: "The collection's name.", completion: LiveNames.collections)
    var collection: String

    @Flag(help: "Add the collection to what the buffer holds.")
    var append = false

    @Flag(help: "Throw away what the buffer holds.")
    var replace = false

    @Option(help: "A YAML file; may be repeated.")
    var filename: [String] = []

    @Option(help: "A folder of .yaml and .yml files; may be repeated.")
    var directory: [String] = []

    @Flag(help: "Take the folders below --directory, too.")
    var recurse = false

    @Flag(help: "Empty the collection.")
    var emptyCollection = false

    @Flag(name: .shortAndLong, help: "Show informational messages, too.")
    var verbose = false

    @OptionGroup var options: GlobalOptions

    func validate() throws {
        if append, replace { throw ValidationError("Give either --append or --replace.") }
        if !filename.isEmpty, !directory.isEmpty { throw ValidationError("Give either --filename or --directory.") }
        if emptyCollection != (filename.isEmpty && directory.isEmpty) {
            throw ValidationError("Give --filename, --directory or --empty-collection.")
        }
    }

    func run() async throws {
        var query: [(String, String)] = []
        if append { query.append(("buffermode", "append")) }
        if replace { query.append(("buffermode", "replace")) }
        if emptyCollection { query.append(("empty-collection", "true")) }
        let files = try DocumentFiles(
            filename + directory.flatMap { try DocumentFiles.list($0, recurse: recurse) })
        let daemon = try Daemon(options)
        do {
            let answer = try await daemon.send(
                "POST", "configdocs/\(PercentCoding.encode(collection))", query: query,
                contentType: "application/x-yaml", body: files.stream)
            options.output.show(try answer.data(of: "POST configdocs")) {
                for line in MessageList.lines(files.emptyFiles) { Console.printError(line) }
                return MessageList.status(
                    $0, done: "Configuration documents added.", verbose: verbose, place: files.place)
            }
        } catch let failure as Failure {
            guard let status = failure.status else { throw failure }
            throw Failure(status: status, body: failure.body, place: files.place)
        }
    }
}
