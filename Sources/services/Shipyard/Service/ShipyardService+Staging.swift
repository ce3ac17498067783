import Deckhand
import Documents
import Logging
import MessageCatalog
import OrderedCollections
import Primitives
import SiteActions
import YAML

extension ShipyardService {
    /// The collections and how they differ between two versions, as `GET configdocs` returns them.
    ///
    /// - Parameter versions: the values of the parameter; nil where it was not given.
    /// - Throws: `ShipyardError` for versions that cannot be compared.
    package func collectionStatus(versions: [String]?) async throws -> Value {
        let pair = try VersionPair(versions)
        let roles = try await roles()
        let (old, new) = try pair.revisions(roles)
        guard old != 0 || new != 0 else { return [] }
        let changes = try await changes(from: old, to: new)
        return .array(
            changes.map { collection, change in
                [
                    "collection_name": .string(collection), "base_version": .string(pair.old.rawValue),
                    "base_revision": .int(old), "new_version": .string(pair.new.rawValue), "new_revision": .int(new),
                    "new_status": .string(change.rawValue),
                    "base_status": change == .created ? "not present" : "present",
                ]
            })
    }

    /// Stages a collection, as `POST configdocs/{collection}` does.
    ///
    /// - Parameters:
    ///   - body: a stream of YAML; ignored where `isEmptyCollection` is true.
    ///   - bufferMode: the value of the parameter; nil where it was not given.
    /// - Returns: the report. The collection is in the buffer even where the report has errors.
    /// - Throws: `ShipyardError` where nothing was staged.
    package func addCollection(
        _ collection: String, body: [UInt8], bufferMode: String?, isEmptyCollection: Bool
    ) async throws -> ValidationReport {
        let remarks: [String]
        var revision: Int?
        do {
            let turn = try lock.acquire()
            defer { lock.release(turn) }
            guard !body.isEmpty || isEmptyCollection else { throw ShipyardError.lengthMissing }
            let read = Result { () throws(DocumentError) in
                try DocumentStream(isEmptyCollection ? [] : body, dropsEmpty: true)
            }
            remarks = try checkVersionDocument(read)
            let base = try await stagingBase(collection, bufferMode)
            let library = dependencies.documents
            // What cannot be staged leaves the buffer as it is.
            do {
                let stream = try read.get()
                try stream.requireMappings()
                let draft = try await library.draft(
                    bucket: collection, documents: stream.documents, lines: stream.lines)
                if !(isEmptyCollection && base.replacesBuffer), try await library.holds(draft, revision: base.revision)
                {
                    throw Self.unchanged(collection)
                }
                let result =
                    base.replacesBuffer
                    ? try await library.put(draft, afterRollbackTo: base.revision) : try await library.put(draft)
                revision = result.revision ?? base.buffer
            } catch let error as DocumentError {
                throw Self.unstaged(error)
            }
            await tell("staged", ["collection": .string(collection), "revision": revision.map(Value.int) ?? .null])
        }
        // Others may change the buffer while the report is made of what was staged.
        var report = ValidationReport(messages: await messages(ofStaged: revision, collection))
        if let severity = dependencies.versionOnCreate { report.add(remarks, severity) }
        return report
    }

    /// The documents of a collection, as `GET configdocs/{collection}` returns them.
    ///
    /// - Returns: a stream of YAML.
    /// - Throws: `ShipyardError` for an unknown version or collection.
    package func collection(_ collection: String, version: String?, cleartext: Bool) async throws -> [UInt8] {
        let version = try parse(version)
        let roles = try await roles()
        if version == .buffer, !(try await bufferContents(roles).holds(collection)) {
            throw ShipyardError(
                .collectionMissing, "No documents to retrieve",
                "The Shipyard buffer is empty or does not contain this collection")
        }
        guard let revision = roles[version] else {
            throw Self.missing(collection, version, hint: "There is no such version yet")
        }
        let documents = try await dependencies.documents.documents(
            revision: revision, filter: DocumentFilter(buckets: [collection]), revealing: cleartext)
        // Only the buffer tells of a collection that it deletes.
        guard version == .buffer || !documents.isEmpty else {
            throw Self.missing(
                collection, version, hint: "It has never been in it, or was deleted by a commit before it")
        }
        return YAML.dumpBytes(documents.map { DocumentView($0, redacted: !cleartext, revealed: cleartext).value })
    }

    /// The rendered documents of a version, as `GET renderedconfigdocs` returns them.
    ///
    /// - Returns: a stream of YAML.
    /// - Throws: `ShipyardError` for an unknown version, and where it cannot be rendered.
    package func renderedDocuments(version: String?, cleartext: Bool) async throws -> [UInt8] {
        let version = try parse(version)
        let roles = try await roles()
        guard let revision = roles[version] else {
            let reason = "\(version.rawValue) version does not exist"
            var messages: [Value] = [["message": .string(reason), "error": true]]
            if version == .buffer, roles.committed != nil {
                messages.append([
                    "message": "The buffer is empty since it was committed. Ask with version=committed", "error": false,
                ])
            }
            throw ShipyardError(.versionMissing, "This revision does not exist", reason, messages: messages)
        }
        do {
            return try await dependencies.documents.renderedAnswer(
                revision: revision, CachedRendering.Form(.yaml, isRedacted: !cleartext)
            ).bytes
        } catch let error as DocumentError {
            throw ShipyardError(
                .renderingFailed, "Deckhand indicated an error while rendering", error.description,
                messages: DeckhandErrorText.messages(error), cause: error)
        }
    }
}

extension ShipyardService {
    private func parse(_ version: String?) throws(ShipyardError) -> DocumentVersion {
        guard let version = DocumentVersion(rawValue: (version ?? DocumentVersion.buffer.rawValue).lowercased()) else {
            throw ShipyardError(
                .invalidVersion, "Invalid version query parameter specified",
                "version must be buffer, committed, last_site_action, successful_site_action")
        }
        return version
    }

    private func changes(from old: Int, to new: Int) async throws -> OrderedDictionary<String, BucketChange> {
        do {
            return try await dependencies.documents.diff(old, new)
        } catch {
            throw ShipyardError(
                .deckhandFailed, "Unable to retrieve revisions",
                "Deckhand has responded unexpectedly: 500:\(error.inWords)",
                cause: error)
        }
    }

    func bufferContents(_ roles: RevisionRoles) async throws -> BufferContents {
        guard let buffer = roles.buffer else { return BufferContents(changes: [:]) }
        return BufferContents(changes: try await changes(from: roles.committed ?? 0, to: buffer))
    }

    /// What is to be said about a missing deployment version document.
    private func checkVersionDocument(
        _ stream: Result<DocumentStream, DocumentError>
    ) throws(ShipyardError) -> [String] {
        guard dependencies.versionOnCreate != nil else { return [] }
        let (schema, name) = DocumentCheck.version
        // What is no YAML has no such document; Deckhand will say what is wrong with it.
        let documents = (try? stream.get())?.documents ?? []
        let isThere = documents.contains {
            $0["schema"]?.stringValue == schema && $0["metadata"]?["name"]?.stringValue == name
        }
        if isThere { return [] }
        let message = "Expected document to be present with schema: \(schema) and name: \(name)"
        guard dependencies.versionOnCreate == .error else { return [message] }
        throw ShipyardError(
            .deploymentVersionMissing, "Deployment version document missing from collection",
            "Collection rejected due to missing deployment data document", messages: [["message": .string(message)]])
    }

    /// What a collection is added to.
    private struct StagingBase {
        /// The revision whose other collections stay; 0 for none.
        var revision: Int
        /// The newest revision, if nothing newer has been committed.
        var buffer: Int?
        /// Whether the buffer has to be given up.
        var replacesBuffer = false
    }

    /// - Throws: where the buffer does not take the collection; the buffer stays as it is.
    private func stagingBase(_ collection: String, _ parameter: String?) async throws -> StagingBase {
        let roles = try await roles()
        let contents = try await bufferContents(roles)
        if contents.isEmpty { return StagingBase(revision: roles.latest ?? 0, buffer: roles.buffer) }
        guard let mode = BufferMode(parameter: parameter) else {
            throw ShipyardError(
                .invalidBufferMode, "Invalid buffermode parameter specified",
                "buffermode must be append, replace, rejectoncontents")
        }
        guard contents.isWritable(collection, mode) else {
            throw ShipyardError(
                .bufferOccupied, "Invalid collection specified for buffer", "Buffermode : \(mode.rawValue)",
                messages: [
                    [
                        "message": .string(
                            "Buffer is either not empty or the collection already exists in buffer. Setting a "
                                + "different buffermode may provide the desired functionality")
                    ]
                ])
        }
        guard mode == .replace else { return StagingBase(revision: roles.latest ?? 0, buffer: roles.buffer) }
        return StagingBase(revision: roles.committed ?? 0, buffer: roles.buffer, replacesBuffer: true)
    }

    /// The collection is in the buffer by now: what keeps it from being validated is one more message.
    private func messages(ofStaged revision: Int?, _ collection: String) async -> [Value] {
        guard let revision else { return [] }
        do {
            return try await stagedMessages(revision, collection: collection)
        } catch {
            dependencies.logger.error(
                .stagedNotValidated, "revision \(revision) is staged and cannot be validated: \(error.inWords)")
            return [ComponentMessages.stagedUnvalidated(error)]
        }
    }

    /// The errors that Deckhand stored when the revision was made.
    func storedErrors(_ revision: Int?) async throws -> [Value] {
        guard let revision else { return [] }
        return try await dependencies.documents.validationDetails(revision: revision).flatMap { entry in
            entry.errors.map { ComponentMessages.deckhand($0, validation: entry.name ?? "") }
        }
    }

    private static func unstaged(_ error: DocumentError) -> ShipyardError {
        guard error.kind == .conflict else {
            return ShipyardError(
                .documentsRejected, "Document(s) invalid syntax or otherwise unsuitable", error.description,
                cause: error)
        }
        return ShipyardError(
            .documentsConflict, "Documents may not exist in more than one collection", error.description, cause: error)
    }

    private static func missing(_ collection: String, _ version: DocumentVersion, hint: String) -> ShipyardError {
        let reason = "No collection \(collection) for revision \(version.rawValue)"
        return ShipyardError(
            .collectionMissing, "No documents to retrieve", reason,
            messages: [["message": .string(reason)], ["message": .string(hint), "error": false]])
    }

    private static func unchanged(_ collection: String) -> ShipyardError {
        ShipyardError(
            .collectionUnchanged, "Collection \(collection) not added to Shipyard buffer",
            "Collection created no new revision",
            messages: [
                [
                    "message": .string(
                        "The collection \(collection) added no new revision, and has been rejected as invalid input. "
                            + "This likely means that the collection already exists and was reloaded with the same "
                            + "contents")
                ]
            ])
    }
}
