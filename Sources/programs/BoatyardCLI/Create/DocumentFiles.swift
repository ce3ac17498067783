import Documents
import Primitives
import YAML

/// YAML files, joined into one stream as they stand, each behind a comment that names it (`FileMark`): comments, anchors
/// and line numbers survive.
struct DocumentFiles {
    let source: DocumentSet
    /// In bytes: what the daemon takes of documents at once.
    private static let limit = 64 << 20
    /// Where documents stand, by schema and name: `site/networks.yaml:12`.
    private var places: [String: [String]] = [:]

    var stream: [UInt8] { source.stream }
    /// What the stream holds.
    var documents: [Value] { source.documents }

    /// - Throws: `Failure` that names the file, and for what is no YAML the line and column.
    init(_ files: [String]) throws {
        var size = 0
        let contents = try files.map { file in
            let contents: [UInt8]
            do throws(BoatyardError) {
                contents = try FileContents.read(file, limit: Self.limit)
            } catch {
                throw Failure("Error: \(error.message)")
            }
            guard file.hasSuffix(".yaml") || file.hasSuffix(".yml") else {
                throw Failure("Error: \(file) is neither a .yaml nor a .yml file.")
            }
            size += contents.count
            guard size <= Self.limit else {
                throw Failure(
                    "Error: with \(file) the documents are more than \(Self.limit) bytes, which nobody takes.")
            }
            return (name: file, contents: contents)
        }
        do throws(DocumentSet.FileError) {
            source = try DocumentSet(contents)
        } catch {
            throw Failure("Error: \(error.description)")
        }
        for (index, document) in source.documents.enumerated() {
            places[Self.key(document["schema"], document["metadata"]?["name"]), default: []].append(
                source.place(of: index))
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
    var warnings: [Value] { source.messages.map { $0.finding() } }

    /// Of files without a document, of which the daemon does not know.
    var emptyFiles: [Value] { source.messages.filter { $0.name == .emptyFile }.map { $0.finding() } }

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
}
