import Documents
import Primitives
import Store

extension DocumentService {
    /// The documents of a revision, unrendered, in the order in which their rows were created. Encrypted documents have
    /// references in place of their data.
    ///
    /// - Parameter revealing: reads what encrypted documents hold, too (`StoredDocument.payload`).
    /// - Throws: `.revisionMissing`.
    package func documents(revision: Int, revealing: Bool = false) async throws -> [StoredDocument] {
        let vault = vault
        return try await database.read { connection in
            try connection.requireRevision(revision)
            return try DocumentReader(connection: connection, vault: vault)
                .content(of: revision, order: .creation, revealing: revealing)
        }
    }

    /// The documents of a revision that pass `filter`, unrendered, in the order of `documents(revision:)`.
    ///
    /// - Throws: `.revisionMissing`.
    package func documents(
        revision: Int, filter: DocumentFilter, revealing: Bool = false
    ) async throws -> [StoredDocument] {
        try await documents(revision: revision, revealing: revealing).filter { filter.admits(DocumentView($0)) }
    }
}
