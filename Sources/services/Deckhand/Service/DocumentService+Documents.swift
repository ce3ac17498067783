import Documents
import Primitives
import Store

extension DocumentService {
    /// The content of a revision, unrendered, by the creation of the rows; encrypted documents show their references.
    ///
    /// - Throws: `.revisionMissing`.
    package func documents(revision: Int) async throws -> [StoredDocument] {
        let vault = vault
        return try await database.read { connection in
            try connection.requireRevision(revision)
            return try DocumentReader(connection: connection, vault: vault)
                .content(of: revision, order: .creation, revealing: false)
        }
    }

    /// Those documents of a revision that pass `filter`.
    package func documents(revision: Int, filter: DocumentFilter) async throws -> [StoredDocument] {
        try await documents(revision: revision).filter { filter.admits(DocumentView($0)) }
    }
}
