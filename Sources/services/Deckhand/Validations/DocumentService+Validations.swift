import Documents
import OrderedCollections
import Primitives
import Store

extension DocumentService {
    /// Stores what another component found about a revision (`docs/reference/deckhand.md` §13).
    ///
    /// - Parameter payload: `status`, a text of at most 8 characters, `validator`, and optionally `errors`.
    /// - Returns: the body of the answer: `status` and `validator`.
    /// - Throws: `.malformed` for a payload that lacks them, `.revisionMissing`.
    package func addValidation(revision: Int, name: String, payload: Value) async throws -> Value {
        guard let status = payload["status"], let validator = payload["validator"], !status.isFalsy, !validator.isFalsy
        else {
            throw DocumentError(
                .malformed, #"Validation payload must contain keys: "status", "validator"."#)
        }
        guard let text = status.stringValue, text.unicodeScalars.count <= 8 else {
            throw DocumentError(
                .malformed, "The status of a validation must be a text of 8 characters or less.")
        }
        let errors = payload["errors"] ?? []
        try await database.write { connection in
            try connection.requireRevision(revision)
            try connection.execute(
                "INSERT INTO deckhand_validations (revision, name, status, validator, errors) VALUES (?, ?, ?, ?, ?)",
                [
                    SQLValue(revision), .text(name), .text(text), .blob(Array(validator.json(.compact).utf8)),
                    .blob(Array(errors.json(.compact).utf8)),
                ])
        }
        return ["status": status, "validator": validator]
    }

    /// The validations of a revision, each with the worst status of its entries: first those that were posted, by name,
    /// then those that policies expect and nobody posted.
    ///
    /// - Throws: `.revisionMissing`.
    package func validationSummaries(revision: Int) async throws -> [(name: String, status: String)] {
        let (posted, expectation) = try await validations(revision)
        let byName = Dictionary(grouping: posted, by: \.name)
        var summaries = byName.keys.sorted().map { name in
            let worst = byName[name]?.map(\.status).min() ?? ""
            return (name: name, status: expectation.expects(name) ? worst : "ignored [\(worst)]")
        }
        for name in expectation.names where byName[name] == nil { summaries.append((name: name, status: "failure")) }
        return summaries
    }

    /// All entries of one name, in the order of posting.
    ///
    /// - Throws: `.revisionMissing`.
    package func validationEntries(revision: Int, name: String) async throws -> [ValidationEntry] {
        let (posted, expectation) = try await validations(revision)
        let entries = posted.filter { $0.name == name }.map(expectation.judged)
        if entries.isEmpty, expectation.names.contains(name) {
            var missing = ValidationExpectation.missing
            missing.name = name
            return [missing]
        }
        return entries
    }

    /// One entry of a validation.
    ///
    /// - Parameter index: from 0 in the order of posting; negative numbers count from the end.
    /// - Throws: `.validationMissing`, `.revisionMissing`.
    package func validationEntry(revision: Int, name: String, index: Int) async throws -> ValidationEntry {
        let entries = try await validationEntries(revision: revision, name: name)
        let place = index < 0 ? entries.count.addingReportingOverflow(index).partialValue : index
        guard entries.indices.contains(place) else {
            throw DocumentError.validationMissing(entry: index, name: name, revision: revision)
        }
        return entries[place]
    }

    /// All entries of all names, in the order of posting.
    ///
    /// - Throws: `.revisionMissing`.
    package func validationDetails(revision: Int) async throws -> [ValidationEntry] {
        let (posted, expectation) = try await validations(revision)
        var entries = posted.map(expectation.judged)
        let names = Set(posted.map(\.name))
        if expectation.names.contains(where: { !names.contains($0) }) { entries.append(ValidationExpectation.missing) }
        return entries
    }

    private func validations(_ revision: Int) async throws -> ([ExternalValidation], ValidationExpectation) {
        let vault = vault
        return try await database.read { connection in
            try connection.requireRevision(revision)
            let posted = try connection.query(
                "SELECT name, status, validator, errors FROM deckhand_validations WHERE revision = ? ORDER BY id",
                [SQLValue(revision)]
            ).map { row in
                ExternalValidation(
                    name: try row.text(0), status: try row.text(1), validator: try Value(json: try row.blob(2)),
                    errors: try Value(json: try row.blob(3)))
            }
            let policies = try DocumentReader(connection: connection, vault: vault)
                .written(by: revision, kind: DocumentKind.validationPolicy)
            return (posted, ValidationExpectation(policies))
        }
    }
}
