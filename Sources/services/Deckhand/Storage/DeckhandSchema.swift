import Store

/// The tables of Deckhand.
///
/// A document row is part of the revisions from `since` up to `until`, without `until` itself. The content of revision
/// N is thus `since <= N AND until > N`, one range of one index. What a document holds is stored once, however many
/// revisions hold it.
package enum DeckhandSchema {
    /// The tables of buckets, revisions, documents, tags and validations.
    package static let migration = Migration(
        number: 1, name: "deckhand",
        statements: [
            """
            CREATE TABLE deckhand_revisions (
                id INTEGER PRIMARY KEY,
                created INTEGER NOT NULL
            ) STRICT
            """,
            """
            CREATE TABLE deckhand_buckets (
                revision INTEGER NOT NULL REFERENCES deckhand_revisions (id),
                bucket TEXT NOT NULL,
                PRIMARY KEY (revision, bucket)
            ) STRICT, WITHOUT ROWID
            """,
            """
            CREATE TABLE deckhand_identities (
                id INTEGER PRIMARY KEY,
                schema TEXT NOT NULL,
                name TEXT NOT NULL,
                layer TEXT,
                layer_key TEXT NOT NULL,
                UNIQUE (schema, name, layer_key)
            ) STRICT
            """,
            """
            CREATE TABLE deckhand_secrets (
                reference TEXT PRIMARY KEY,
                sealed BLOB NOT NULL
            ) STRICT, WITHOUT ROWID
            """,
            """
            CREATE TABLE deckhand_contents (
                id INTEGER PRIMARY KEY,
                metadata_hash BLOB NOT NULL,
                data_hash BLOB NOT NULL,
                metadata BLOB NOT NULL,
                data BLOB NOT NULL,
                secret TEXT REFERENCES deckhand_secrets (reference),
                UNIQUE (data_hash, metadata_hash)
            ) STRICT
            """,
            "CREATE INDEX deckhand_contents_secret ON deckhand_contents (secret) WHERE secret IS NOT NULL",
            """
            CREATE TABLE deckhand_documents (
                id INTEGER PRIMARY KEY,
                identity INTEGER NOT NULL REFERENCES deckhand_identities (id),
                content INTEGER NOT NULL REFERENCES deckhand_contents (id),
                bucket TEXT NOT NULL,
                shown INTEGER NOT NULL,
                since INTEGER NOT NULL,
                until INTEGER NOT NULL
            ) STRICT
            """,
            "CREATE INDEX deckhand_documents_alive ON deckhand_documents (until, since)",
            "CREATE INDEX deckhand_documents_content ON deckhand_documents (content)",
            "CREATE INDEX deckhand_documents_identity ON deckhand_documents (identity, until)",
            """
            CREATE TABLE deckhand_tags (
                id INTEGER PRIMARY KEY,
                revision INTEGER NOT NULL REFERENCES deckhand_revisions (id),
                tag TEXT NOT NULL,
                data BLOB NOT NULL,
                UNIQUE (revision, tag)
            ) STRICT
            """,
            """
            CREATE TABLE deckhand_validations (
                id INTEGER PRIMARY KEY,
                revision INTEGER NOT NULL REFERENCES deckhand_revisions (id),
                name TEXT NOT NULL,
                status TEXT NOT NULL,
                validator BLOB NOT NULL,
                errors BLOB NOT NULL
            ) STRICT
            """,
            "CREATE INDEX deckhand_validations_revision ON deckhand_validations (revision, name)",
        ])

    /// Adds the lines of each document in the stream that was put (`StoredLines`).
    package static let lines = Migration(
        number: 6, name: "deckhand lines",
        statements: [
            """
            CREATE TABLE deckhand_lines (
                revision INTEGER PRIMARY KEY REFERENCES deckhand_revisions (id),
                first_document INTEGER NOT NULL,
                lines BLOB NOT NULL
            ) STRICT
            """
        ])

    /// Adds the files that the stream was made of (`FileMark`).
    package static let files = Migration(
        number: 8, name: "deckhand files",
        statements: [
            """
            CREATE TABLE deckhand_files (
                revision INTEGER NOT NULL REFERENCES deckhand_revisions (id),
                line INTEGER NOT NULL,
                file TEXT NOT NULL,
                file_line INTEGER NOT NULL,
                PRIMARY KEY (revision, line)
            ) STRICT, WITHOUT ROWID
            """
        ])

    /// Adds an index that finds the newest revisions with a tag (`DocumentService.newestRevisions`).
    package static let tags = Migration(
        number: 10, name: "deckhand tags by name",
        statements: ["CREATE INDEX deckhand_tags_tag ON deckhand_tags (tag, revision)"])

    /// What there is to be said of how the documents are written that were put (`StoredRemarks`).
    package static let remarks = Migration(
        number: 14, name: "deckhand remarks",
        statements: ["ALTER TABLE deckhand_lines ADD COLUMN remarks BLOB"])

    /// All migrations of Deckhand. Their numbers have gaps, which the other services' migrations fill.
    package static let migrations = [migration, lines, files, tags, remarks]

    /// In the order in which their rows can go.
    static let tables = [
        "deckhand_files", "deckhand_lines", "deckhand_validations", "deckhand_tags", "deckhand_documents",
        "deckhand_contents",
        "deckhand_secrets",
        "deckhand_identities", "deckhand_buckets", "deckhand_revisions",
    ]

    /// `until` of a document that no revision has ended.
    static let forever = SQLValue.int(.max)
}
