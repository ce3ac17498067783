import Primitives
import YAML

/// YAML files, joined into one stream as they stand: comments, anchors and line numbers survive.
struct DocumentFiles {
    private(set) var stream: [UInt8] = []
    /// Where documents stand, by schema and name: `site/networks.yaml:12`.
    private(set) var places: [String: String] = [:]
    /// What the stream holds.
    private(set) var documents: [Value] = []

    /// - Throws: `Failure` that names the file, and for what is no YAML the line and column.
    init(_ files: [String]) throws {
        for file in files {
            guard file.hasSuffix(".yaml") || file.hasSuffix(".yml") else {
                throw Failure("Error: \(file) is neither a .yaml nor a .yml file.")
            }
            let contents: [UInt8]
            do {
                contents = try FileContents.read(file)
            } catch {
                throw Failure("Error: \(error.message)")
            }
            do throws(YAMLError) {
                for (document, line) in try YAML.loadWithMarks(contents) {
                    documents.append(document)
                    let key = Self.key(document["schema"], document["metadata"]?["name"])
                    if places[key] == nil { places[key] = "\(file):\(line)" }
                }
            } catch {
                let context = error.context.map { "\($0): " } ?? ""
                throw Failure("Error: \(file):\(error.line):\(error.column): \(context)\(error.problem)")
            }
            if !Self.startsDocument(contents) { stream += Array("---\n".utf8) }
            stream += contents
            if stream.last != 0x0a { stream.append(0x0a) }
        }
    }

    /// The YAML files of a folder, in the order of their names.
    static func list(_ folder: String, recurse: Bool) throws -> [String] {
        let files: [String]
        do {
            files = try FolderContents.files(in: folder, suffixes: [".yaml", ".yml"], recurse: recurse)
        } catch {
            throw Failure("Error: \(error.message)")
        }
        guard !files.isEmpty else { throw Failure("Error: \(folder) holds no .yaml or .yml file.") }
        return files
    }

    /// - Parameter document: as messages name one, `{schema, name}`; what a document lacks is an empty text there.
    func place(of document: Value) -> String? { places[Self.key(document["schema"], document["name"])] }

    private static func key(_ schema: Value?, _ name: Value?) -> String {
        "\(schema?.stringValue ?? "")\n\(name?.stringValue ?? "")"
    }

    /// Whether a `---` line comes before the first content.
    private static func startsDocument(_ contents: [UInt8]) -> Bool {
        for line in contents.split(separator: 0x0a) {
            if line.starts(with: "---".utf8) { return true }
            let isBlank = line.allSatisfy { $0 == 0x20 || $0 == 0x0d || $0 == 0x09 }
            if !isBlank, line.first != UInt8(ascii: "#"), line.first != UInt8(ascii: "%") { return false }
            if line.first == UInt8(ascii: "%") { return true }
        }
        return false
    }
}
