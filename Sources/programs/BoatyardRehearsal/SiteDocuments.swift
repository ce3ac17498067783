import Documents
import Primitives
import Simulator
import SiteDesign

/// A site's documents from files, rendered as the daemon will render them.
enum SiteDocuments {
    static func rendered(from paths: [String]) throws -> [DesignDocument] {
        let files = try files(paths).map { (name: $0, contents: try FileContents.read($0)) }
        let documents: DocumentSet
        do throws(DocumentSet.FileError) {
            documents = try DocumentSet(files)
        } catch {
            throw RehearsalError(error.description)
        }
        return try rendered(documents)
    }

    static func rendered(_ documents: DocumentSet) throws(RehearsalError) -> [DesignDocument] {
        do {
            return try DocumentEngine.render(documents.stored()).map {
                DesignDocument(schema: $0.schema, name: $0.name, data: $0.data)
            }
        } catch {
            throw RehearsalError(describe(error))
        }
    }

    private static func describe(_ error: DocumentError) -> String {
        let reasons = error.messages.map { message in
            message.place.map { "\($0): \(message.message)" } ?? message.message
        }
        return ([error.message] + reasons.filter { $0 != error.message } + [error.remedy].compactMap { $0 })
            .joined(separator: ": ")
    }

    /// The files of some paths, a folder's those of `files(_:)`.
    static func files(_ paths: [String]) throws(BoatyardError) -> [String] {
        var found: [String] = []
        for path in paths { found += try files(path) }
        return found
    }

    /// The file itself, or the YAML files of a folder and of those below it in the order of their names.
    private static func files(_ path: String) throws(BoatyardError) -> [String] {
        guard FolderContents.isFolder(path) else { return [path] }
        return try FolderContents.files(in: path, suffixes: [".yaml", ".yml"], recurse: true)
    }
}
