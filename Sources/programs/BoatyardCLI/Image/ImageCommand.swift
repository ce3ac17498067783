import ArgumentParser
import Primitives
import YAML

struct ImageCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "image", abstract: "Make, import and list the images that machines are installed with.",
        subcommands: [ImageBuildCommand.self, ImageImport.self, ImageList.self, ImageShow.self, ImageRemove.self])
}

struct ImageList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List the images that there are.")

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let answer = try await Daemon(options).send("GET", "images").data(of: "GET images")
        options.output.show(answer, table: Self.text)
    }

    static func text(_ answer: Value) -> String {
        let list = answer.arrayValue ?? []
        guard !list.isEmpty else { return "There is no image. Make one: sudo boatyard image build debian-12" }
        var table = Table("Image", "Kernels", "Format", "Size", "Unpacked", "Made", "State")
        for entry in list {
            let state =
                entry["problem"]?.stringValue
                ?? (entry["file"]?.stringValue == nil ? "named in catalogue.yaml; its file is not here" : "")
            table.rows.append([
                entry["name"]?.stringValue ?? "",
                (entry["kernels"]?.arrayValue ?? []).compactMap(\.stringValue).joined(separator: ", "),
                entry["format"]?.stringValue ?? "",
                entry["size"]?.intValue.map { BuildProgress.size($0) } ?? "",
                entry["unpacked_size"]?.intValue.map { BuildProgress.size($0) } ?? "",
                NetbootList.moment(entry["built"]?["at"]), state,
            ])
        }
        return table.text
    }
}

struct ImageShow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show what is known of an image.")

    @Argument(help: "The image's name.", completion: LiveNames.images)
    var name: String

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let path = "images/\(PercentCoding.encode(name))"
        let answer = try await Daemon(options).send("GET", path).data(of: "GET \(path)")
        options.output.show(answer) { YAML.dump($0, sortedKeys: false) }
    }
}

struct ImageRemove: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove", abstract: "Remove an image with its file.",
        discussion:
            "Refused for an image that nodes of the committed documents are installed with, since none of them could be installed without it."
    )

    @Argument(help: "The image's name.", completion: LiveNames.images)
    var name: String

    @Flag(help: "Remove it even so.")
    var force = false

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        _ = try await Daemon(options).send(
            "DELETE", "images/\(PercentCoding.encode(name))", query: force ? [("force", "true")] : [])
        options.output.show(["removed": .string(name)]) { _ in "The image \(name) is removed." }
    }
}
