import Cryptography
import Primitives
import SiteDesign
import YAML

/// Compiled designs, each compiled once for the same reference and contents.
actor DesignLibrary {
    private struct Key: Hashable {
        var reference: String
        var contents: [UInt8]
        var platform: PlatformKnowledge
    }

    private let revision: @Sendable (Int) async throws -> [DesignDocument]
    private let fetcher: ReferenceFetcher
    private let platform: @Sendable () -> PlatformKnowledge
    private var compiled: [Key: Task<CompiledDesign, Never>] = [:]
    /// Oldest first.
    private var order: [Key] = []
    private let capacity = 8

    /// - Parameters:
    ///   - revision: the rendered documents of a revision of our own Deckhand.
    ///   - platform: the images that can be installed now; asked before every compilation.
    init(
        revision: @escaping @Sendable (Int) async throws -> [DesignDocument], fetcher: ReferenceFetcher,
        platform: @escaping @Sendable () -> PlatformKnowledge
    ) {
        self.revision = revision
        self.fetcher = fetcher
        self.platform = platform
    }

    /// - Throws: `DrydockError` where the reference cannot be resolved or its contents cannot be read.
    func compiled(_ reference: String) async throws -> CompiledDesign {
        let documents = try await documents(reference)
        let key = Key(reference: reference, contents: Self.digest(documents), platform: platform())
        if let task = compiled[key] { return await task.value }
        // Large sites take a second: not on this actor.
        let task = Task.detached { SiteDesign.compile(documents, platform: key.platform) }
        compiled[key] = task
        order.append(key)
        if order.count > capacity { compiled[order.removeFirst()] = nil }
        return await task.value
    }

    /// A revision of our own Deckhand.
    ///
    /// - Throws: what rendering throws.
    func compiled(revision: Int) async throws -> CompiledDesign {
        try await compiled("deckhand+http://localhost/api/v1.0/revisions/\(revision)/rendered-documents")
    }

    private func documents(_ reference: String) async throws -> [DesignDocument] {
        switch try DesignReference(reference) {
        case .revision(let number): return try await revision(number)
        case let other:
            let bytes = try await fetcher.fetch(other)
            do {
                return try YAML.load(bytes).compactMap { DesignDocument($0) }
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
