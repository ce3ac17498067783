import Cryptography
import Deckhand
import Documents
import OutboundHTTP
import Primitives
import SiteDesign
import YAML

/// Compiled designs, each compiled once for the same documents and the same images.
actor DesignLibrary {
    typealias Compile = @Sendable ([DesignDocument], ImageCatalogSource) -> CompiledDesign

    /// What a compiled design follows from.
    private struct Key: Hashable {
        var documents: Source
        var platform: ImageCatalogSource
    }

    private enum Source: Hashable {
        /// A revision of this daemon's Deckhand.
        case rendered(RenderedRevision.Identity)
        /// The digest of what was fetched.
        case fetched([UInt8])
    }

    private let revision: @Sendable (Int) async throws -> RenderedRevision
    private let fetcher: ReferenceFetcher
    private let platform: @Sendable () -> ImageCatalogSource
    private let compile: Compile
    private var compiled: [Key: Task<CompiledDesign, any Error>] = [:]
    /// Oldest first.
    private var order: [Key] = []
    private let capacity = 8

    /// Makes an empty library.
    ///
    /// - Parameters:
    ///   - revision: the rendered documents of a revision of this daemon's Deckhand.
    ///   - platform: the images that can be installed now; it is called before every compilation.
    init(
        revision: @escaping @Sendable (Int) async throws -> RenderedRevision, fetcher: ReferenceFetcher,
        platform: @escaping @Sendable () -> ImageCatalogSource,
        compile: @escaping Compile
    ) {
        self.revision = revision
        self.fetcher = fetcher
        self.platform = platform
        self.compile = compile
    }

    /// - Throws: `DrydockError`: `.missing` where there is no such design, `.invalid` for a reference or contents that
    ///   cannot be used, `.unreachable` where somebody else has the design and does not answer.
    func compiled(_ reference: String) async throws -> CompiledDesign {
        switch try DesignReference(reference) {
        case .revision(let number):
            do {
                return try await compiled(revision: number)
            } catch let error as DocumentError {
                throw DrydockError(error.kind == .missing ? .missing : .invalid, error.description)
            }
        case let other:
            let bytes = try await fetcher.design(other)
            return try await compiled(.fetched(Hash.sha256(bytes))) {
                do {
                    return try YAML.load(bytes).compactMap { DesignDocument($0) }
                } catch {
                    throw DrydockError(
                        .invalid,
                        "The design at \(AddressCredentials.removed(from: reference)) cannot be read: \(LogRedactor.redact(error.inWords))"
                    )
                }
            }
        }
    }

    /// The compiled design of a revision of this daemon's Deckhand.
    ///
    /// - Throws: what rendering throws.
    func compiled(revision number: Int) async throws -> CompiledDesign {
        let rendered = try await revision(number)
        // As clients of Deckhand get them: the order of keys decides the order of devices and labels.
        return try await compiled(.rendered(rendered.identity)) {
            rendered.documents.compactMap { DesignDocument($0.value) }
        }
    }

    /// Checks what can be told of a reference without fetching anything.
    ///
    /// - Throws: `DrydockError`: `.invalid` for a reference that nobody reads, `.missing` for a revision that Deckhand does not
    ///   have.
    nonisolated func require(_ reference: String) async throws {
        switch try DesignReference(reference) {
        case .file(let path): try fetcher.requireFiles(path)
        case .remote(let address), .promenade(let address):
            guard RemoteAddress(address) != nil else { throw ReferenceFetcher.unreadableAddress }
        case .revision(let number):
            do {
                _ = try await revision(number)
            } catch let error as DocumentError where error.kind == .missing {
                throw DrydockError(.missing, error.description)
            } catch is DocumentError {
                // It is there; why it does not render is the result of the task.
            }
        }
    }

    /// - Parameter documents: reads the documents, where they have not been compiled yet.
    private func compiled(
        _ source: Source, documents: @escaping @Sendable () throws -> [DesignDocument]
    ) async throws -> CompiledDesign {
        let key = Key(documents: source, platform: platform())
        if let task = compiled[key] { return try await task.value }
        // Large sites take a second: not on this actor.
        let task = Task.detached { [compile] in compile(try documents(), key.platform) }
        compiled[key] = task
        order.append(key)
        if order.count > capacity { compiled[order.removeFirst()] = nil }
        do {
            return try await task.value
        } catch {
            compiled[key] = nil
            order.removeAll { $0 == key }
            throw error
        }
    }
}
