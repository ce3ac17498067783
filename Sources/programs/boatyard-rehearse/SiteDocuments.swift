import Documents
import Primitives
import Simulator
import SiteDesign
import YAML

/// A site's documents from files, rendered as the daemon will render them.
enum SiteDocuments {
    static func rendered(from paths: [String]) throws -> [DesignDocument] {
        var raw: [StoredDocument] = []
        for file in try paths.flatMap(files) {
            let documents: [(value: Value, line: Int)]
            do {
                documents = try YAML.loadWithMarks(try FileContents.read(file))
            } catch let error as YAMLError {
                let context = error.context.map { "\($0): " } ?? ""
                throw RehearsalError("\(file):\(error.line):\(error.column): \(context)\(error.problem)")
            }
            for (document, line) in documents where !document.isNull {
                do throws(DocumentError) {
                    let draft = try DocumentDraft(document)
                    raw.append(
                        StoredDocument(
                            id: raw.count + 1, bucket: "rehearsal", revision: 1, identity: draft.identity,
                            metadata: draft.metadata, data: draft.data, secret: nil))
                } catch {
                    throw RehearsalError("\(file):\(line): \(describe(error))")
                }
            }
        }
        do {
            return try DocumentEngine.render(raw).map {
                DesignDocument(schema: $0.schema, name: $0.name, data: $0.data)
            }
        } catch {
            throw RehearsalError(describe(error))
        }
    }

    private static func describe(_ error: DocumentError) -> String {
        let reasons = error.messages.map(\.message).filter { $0 != error.message }
        return ([error.message] + reasons).joined(separator: ": ")
    }

    /// The file itself, or the YAML files of a folder and of those below it in the order of their names.
    private static func files(_ path: String) throws(BoatyardError) -> [String] {
        guard FolderContents.isFolder(path) else { return [path] }
        return try FolderContents.files(in: path, suffixes: [".yaml", ".yml"], recurse: true)
    }
}
