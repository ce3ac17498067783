import Cryptography
import Deckhand
import Documents
import Primitives
import SiteDesign
import YAML

/// Compiled designs, each compiled once for the same reference and contents.
actor DesignLibrary {
    private struct Key: Hashable {
        var reference: String
        var contents: [UInt8]
        var platform: ImageCatalogSource
    }

    private struct Digest {
        weak var rendered: RenderedRevision?
        var bytes: [UInt8]
    }

    private let revision: @Sendable (Int) async throws -> RenderedRevision
    private let fetcher: ReferenceFetcher
    private let platform: @Sendable () -> ImageCatalogSource
    private var compiled: [Key: Task<CompiledDesign, Never>] = [:]
    /// Of revisions of our own Deckhand as it last rendered them: a large site takes long to digest.
    private var digests: [Int: Digest] = [:]
    /// Oldest first.
    private var order: [Key] = []
    private let capacity = 8

    /// - Parameters:
    ///   - revision: the rendered documents of a revision of our own Deckhand.
    ///   - platform: the images that can be installed now; asked before every compilation.
    init(
        revision: @escaping @Sendable (Int) async throws -> RenderedRevision, fetcher: ReferenceFetcher,
        platform: @escaping @Sendable () -> ImageCatalogSource
    ) {
        self.revision = revision
        self.fetcher = fetcher
        self.platform = platform
    }

    /// - Throws: `DrydockError` where the reference cannot be resolved or its contents cannot be read.
    func compiled(_ reference: String) async throws -> CompiledDesign {
        let (digest, documents) = try await contents(reference)
        let key = Key(reference: reference, contents: digest, platform: platform())
        if let task = compiled[key] { return await task.value }
        // Large sites take a second: not on this actor.
        let task = Task.detached { SiteDesign.compile(documents(), platform: key.platform) }
        compiled[key] = task
        order.append(key)
        if order.count > capacity { compiled[order.removeFirst()] = nil }
        return await task.value
    }

    /// - Throws: `DrydockError` `.invalid` where no file is read as a design.
    nonisolated func requireFiles(_ path: String) throws { try fetcher.requireFiles(path) }

    /// A revision of our own Deckhand.
    ///
    /// - Throws: what rendering throws.
    func compiled(revision: Int) async throws -> CompiledDesign {
        try await compiled("deckhand+http://localhost/api/v1.0/revisions/\(revision)/rendered-documents")
    }

    private func contents(
        _ reference: String
    ) async throws -> (digest: [UInt8], documents: @Sendable () -> [DesignDocument]) {
        switch try DesignReference(reference) {
        case .revision(let number):
            let rendered = try await revision(number)
            // As clients of Deckhand get them: the order of keys decides the order of devices and labels.
            let documents: @Sendable () -> [DesignDocument] = {
                rendered.documents.compactMap { DesignDocument($0.value) }
            }
            if let known = digests[number], known.rendered === rendered { return (known.bytes, documents) }
            let digest = Self.digest(documents())
            if digests.count >= 4 * capacity { digests = [:] }
            digests[number] = Digest(rendered: rendered, bytes: digest)
            return (digest, documents)
        case let other:
            let bytes = try await fetcher.fetch(other)
            do {
                let documents = try YAML.load(bytes).compactMap { DesignDocument($0) }
                return (Self.digest(documents), { documents })
            } catch {
                throw DrydockError(.invalid, "The design at \(reference) cannot be read: \(error)")
            }
        }
    }

    private static func digest(_ documents: [DesignDocument]) -> [UInt8] {
        let stream = SHA256Stream()
        for document in documents {
            let value: Value = [.string(document.schema), .string(document.name), document.data]
            stream.update(Array(value.json(.compact).utf8))
        }
        return stream.finalize()
    }
}
