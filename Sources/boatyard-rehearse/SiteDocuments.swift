import Documents
import Glibc
import Primitives
import Rehearsal
import SiteDesign
import YAML

/// A site's documents from files, rendered as the daemon will render them.
enum SiteDocuments {
    static func rendered(from paths: [String]) throws -> [DesignDocument] {
        var raw: [StoredDocument] = []
        for file in try paths.flatMap(files) {
            let documents: [Value]
            do {
                documents = try YAML.load(try FileContents.read(file))
            } catch let error as YAMLError {
                throw RehearsalError("\(file): \(error)")
            }
            for (index, document) in documents.enumerated() where !document.isNull {
                do throws(DocumentError) {
                    let draft = try DocumentDraft(document)
                    raw.append(
                        StoredDocument(
                            id: raw.count + 1, bucket: "rehearsal", revision: 1, identity: draft.identity,
                            metadata: draft.metadata, data: draft.data, secret: nil))
                } catch {
                    throw RehearsalError("\(file), document \(index + 1): \(describe(error))")
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
        ([error.message] + error.messages.map(\.message)).joined(separator: " ")
    }

    /// The file itself, or the YAML files of a folder and of those below it in the order of their names.
    private static func files(_ path: String) throws -> [String] {
        var status = stat()
        guard stat(path, &status) == 0 else {
            throw RehearsalError("Cannot read \(path): \(String(cString: strerror(errno))).")
        }
        guard status.st_mode & S_IFMT == S_IFDIR else { return [path] }
        guard let handle = opendir(path) else {
            throw RehearsalError("Cannot read \(path): \(String(cString: strerror(errno))).")
        }
        defer { closedir(handle) }
        var names: [String] = []
        while let entry = readdir(handle) {
            names.append(
                withUnsafePointer(to: entry.pointee.d_name) {
                    $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                })
        }
        var files: [String] = []
        for name in names.sorted() where !name.hasPrefix(".") {
            let below = path + "/" + name
            var status = stat()
            guard stat(below, &status) == 0 else { continue }
            if status.st_mode & S_IFMT == S_IFDIR {
                files += try Self.files(below)
            } else if name.hasSuffix(".yaml") || name.hasSuffix(".yml") {
                files.append(below)
            }
        }
        return files
    }
}
