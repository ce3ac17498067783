import ArgumentParser
import Primitives

struct GetConfigdocs: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "configdocs", abstract: "Compare collections of the committed and the buffered documents.")

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let collections = try await Daemon(options).get("configdocs")
        options.output.show(collections) { value in
            var table = Table("Collection", "Base", "Base Status", "New", "New Status")
            for row in value.arrayValue ?? [] {
                func version(_ prefix: String) -> String {
                    let revision = row[prefix + "_revision"]?.intValue.map { " (revision \($0))" } ?? ""
                    return (row[prefix + "_version"]?.stringValue ?? "") + revision
                }
                table.rows.append([
                    row["collection_name"]?.stringValue ?? "", version("base"),
                    row["base_status"]?.stringValue ?? "", version("new"), row["new_status"]?.stringValue ?? "",
                ])
            }
            return table.text
        }
    }
}
