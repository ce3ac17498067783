import Documents
import Primitives
import YAML

/// YAML files, joined into one stream as they stand, each behind a comment that names it (`FileMark`): comments, anchors
/// and line numbers survive.
struct DocumentFiles {
    private(set) var stream: [UInt8] = []
    /// In bytes: what the daemon takes of documents at once.
    private static let limit = 64 << 20
    /// Where documents stand, by schema and name: `site/networks.yaml:12`.
    private var places: [String: [String]] = [:]
    /// What the stream holds.
    private(set) var documents: [Value] = []
    /// Of each document, in its file.
    private var lines: [StreamLines] = []

    /// - Throws: `Failure` that names the file, and for what is no YAML the line and column.
    init(_ files: [String]) throws {
        for file in files {
            let contents: [UInt8]
            do {
                contents = try FileContents.read(file, limit: Self.limit)
            } catch {
                throw Failure("Error: \(error.message)")
            }
            guard file.hasSuffix(".yaml") || file.hasSuffix(".yml") else {
                throw Failure("Error: \(file) is neither a .yaml nor a .yml file.")
            }
            guard stream.count + contents.count <= Self.limit else {
                throw Failure(
                    "Error: with \(file) the documents are more than \(Self.limit) bytes, which nobody takes.")
            }
            do throws(YAMLError) {
                for (document, map) in try YAML.loadWithLines(contents) {
                    documents.append(document)
                    lines.append(StreamLines(maps: [map], files: [FileMark(line: 0, file: file, fileLine: 1)]))
                    places[Self.key(document["schema"], document["metadata"]?["name"]), default: []]
                        .append("\(file):\(map.line)")
                }
            } catch {
                let context = error.context.map { "\($0): " } ?? ""
                throw Failure("Error: \(file):\(error.line):\(error.column): \(context)\(error.problem)")
            }
            let startsDocument = Self.startsDocument(contents)
            stream += Array((FileMark.text(file: file, fileLine: startsDocument ? 1 : 0) ?? "").utf8)
            if !startsDocument { stream += Array("---\n".utf8) }
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
    /// - Returns: several where documents of several layers have the name.
    func place(of document: Value) -> String? {
        places[Self.key(document["schema"], document["name"])]?.prefix(4).joined(separator: ", ")
    }

    /// What is to be said of the documents as they are written.
    var warnings: [Value] {
        UnknownKeys.warnings(documents) { key, index in
            lines[index].place(of: key, in: documents[index], at: 0)
        }.map(\.value)
    }

    /// The documents that a message of the engine names, `[example/Kind/v1, site] name`, as messages name them.
    func documents(namedIn message: String) -> [Value] {
        var seen: Set<String> = []
        return documents.compactMap { document in
            let schema = document["schema"]?.stringValue ?? ""
            let name = document["metadata"]?["name"]?.stringValue ?? ""
            let layer = document["metadata"]?["layeringDefinition"]?["layer"]?.stringValue
            let texts = ["[\(schema), \(layer ?? "None")] \(name)", "[\(schema)] \(name)"]
            let isNamed = texts.contains { text in
                message.ranges(of: text).contains { range in
                    let next = message[range.upperBound...].unicodeScalars.first
                    return next.map { !Self.continuesName($0) } ?? true
                }
            }
            guard isNamed, seen.insert(Self.key(document["schema"], document["metadata"]?["name"])).inserted else {
                return nil
            }
            return ["schema": .string(schema), "name": .string(name)]
        }
    }

    private static func continuesName(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.isAlphabetic || scalar.properties.numericType != nil || "-_".unicodeScalars.contains(scalar)
    }

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
