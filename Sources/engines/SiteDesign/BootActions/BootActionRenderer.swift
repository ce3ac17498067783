import Archive
import OrderedCollections
import Primitives
import YAML

/// An asset of a boot action as a machine gets it.
package struct RenderedAsset: Sendable, Hashable {
    /// The content of an asset.
    package enum Content: Sendable, Hashable {
        case bytes([UInt8])
        case packages(PackageList)
    }

    /// Whether it is a file, a unit or a list of packages.
    package var kind: BootActionAsset.Kind
    /// The absolute path on the machine; nil for a list of packages.
    package var path: String?
    /// The permission bits; nil for a list of packages.
    package var permissions: Int?
    /// The bytes, or the packages.
    package var content: Content
}

/// Renders the assets of boot actions for machines (`docs/reference/drydock.md` §15).
///
/// The result depends on nothing but the design and `fetch`, which reads an asset's `location` and limits its size.
package struct BootActionRenderer: Sendable {
    /// Reads the contents of a location.
    package typealias Fetch = @Sendable (String) async throws -> [UInt8]

    /// The greatest size of all assets of one kind for one machine, in bytes.
    package static let largestArchive = 64 << 20

    private let site: EffectiveSite
    private let designReference: String
    private let reportURL: String
    private let fetch: Fetch
    private let fetchPackages: Fetch
    private let pipeline = Pipeline()

    /// Makes a renderer for one site.
    ///
    /// - Parameters:
    ///   - designReference: the value of `action.design_ref` in templates of locations; those of contents, which machines
    ///     get, see it without credentials.
    ///   - reportURL: the value of `action.report_url` in templates, which ends with `/`.
    ///   - fetchPackages: reads lists of packages; nil reads them with `fetch`.
    package init(
        site: EffectiveSite, designReference: String, reportURL: String, fetchPackages: Fetch? = nil,
        fetch: @escaping Fetch
    ) {
        self.site = site
        self.designReference = designReference
        self.reportURL = reportURL
        self.fetch = fetch
        self.fetchPackages = fetchPackages ?? fetch
    }

    /// The assets of `action` for `node`, of the given kinds, in the order of the document.
    ///
    /// - Throws: `BootActionError`, or what `fetch` throws.
    package func assets(
        of action: BootAction, for node: BaremetalNode, kinds: Set<BootActionAsset.Kind>,
        as identity: BootActionIdentity
    ) async throws -> [RenderedAsset] {
        let wanted = action.assets.filter { kinds.contains($0.kind) }
        guard !wanted.isEmpty else { return [] }
        let context = try context(of: node, as: identity)
        var rendered: [RenderedAsset] = []
        for asset in wanted {
            do {
                rendered.append(try finish(asset, try await body(asset, context.ofLocations), context.ofContents))
            } catch let error as BootActionError {
                throw Self.placed(error, asset, of: action)
            }
        }
        return rendered
    }

    /// Renders whatever of `action` can be rendered without fetching anything, for nothing but its errors.
    ///
    /// - Throws: `BootActionError`.
    package func check(_ action: BootAction, for node: BaremetalNode) throws {
        guard !action.assets.isEmpty else { return }
        let nobody = BootActionIdentity(
            actionID: String(repeating: "0", count: 26), key: Secret([UInt8](repeating: 0, count: 32)))
        let context = try context(of: node, as: nobody)
        for asset in action.assets {
            do {
                if try address(asset, context.ofLocations) == nil {
                    _ = try finish(asset, asset.data.map { Array($0.utf8) }, context.ofContents)
                }
            } catch let error as BootActionError {
                throw Self.placed(error, asset, of: action)
            }
        }
    }

    /// What the templates of locations and of contents can see.
    private func context(
        of node: BaremetalNode, as identity: BootActionIdentity
    ) throws -> (ofLocations: Value.Object, ofContents: Value.Object) {
        let node = try BootActionContext.node(node, in: site)
        func context(_ reference: String) -> Value.Object {
            [
                "node": node,
                "action": BootActionContext.action(identity, reportURL: reportURL, designReference: reference),
            ]
        }
        return (context(designReference), context(AddressCredentials.removed(from: designReference)))
    }

    /// The members of the archive of one kind that `node` fetches: boot actions in the order of the documents,
    /// duplicates kept.
    ///
    /// - Parameter identity: of a boot action by its name; boot actions without one are left out.
    package func members(
        of kind: BootActionAsset.Kind, for node: BaremetalNode, identity: (String) -> BootActionIdentity?
    ) async throws -> [TarMember] {
        var members: [TarMember] = []
        var size = 0
        for action in site.bootActions(of: node.name) {
            guard let identity = identity(action.name) else { continue }
            for asset in try await assets(of: action, for: node, kinds: [kind], as: identity) {
                guard case .bytes(let contents) = asset.content, let path = asset.path else { continue }
                size += contents.count
                guard size <= Self.largestArchive else {
                    throw BootActionError(
                        .tooLarge,
                        "The assets of BootAction \(action.name) make more than \(Self.largestArchive) bytes.")
                }
                members.append(TarMember(name: path, mode: asset.permissions ?? 0o600, contents: contents))
            }
        }
        return members
    }

    /// All packages for `node`; where boot actions differ on a version the later one wins.
    package func packages(
        for node: BaremetalNode, identity: (String) -> BootActionIdentity?
    ) async throws -> PackageList {
        var packages: PackageList = [:]
        for action in site.bootActions(of: node.name) {
            guard let identity = identity(action.name) else { continue }
            for asset in try await assets(of: action, for: node, kinds: [.packageList], as: identity) {
                guard case .packages(let list) = asset.content else { continue }
                for (name, version) in list { packages.updateValue(version, forKey: name) }
            }
        }
        return packages
    }

    /// What machines fetch: a gzipped tar of `members`.
    ///
    /// Compressed little: it is rendered for each deployment and crosses one network once.
    package static func archive(_ members: [TarMember]) throws -> [UInt8] {
        try Gzip.compress(Tar.archive(members), level: 1)
    }

    /// Where the asset's contents stand; nil where it brings them along.
    private func address(_ asset: BootActionAsset, _ context: Value.Object) throws -> String? {
        guard let location = asset.location else { return nil }
        let address = try pipeline.run(asset.locationPipeline ?? [], on: .text(location), context: context)
        guard case .text(let text) = address else { throw BootActionError(.pipeline, "its location became bytes") }
        return text
    }

    private func body(_ asset: BootActionAsset, _ context: Value.Object) async throws -> [UInt8]? {
        guard let address = try address(asset, context) else { return asset.data.map { Array($0.utf8) } }
        do {
            return try await (asset.kind == .packageList ? fetchPackages : fetch)(address)
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            throw BootActionError(.location, error.inWords)
        }
    }

    private func finish(
        _ asset: BootActionAsset, _ body: [UInt8]?, _ context: Value.Object
    ) throws -> RenderedAsset {
        var rendered = RenderedAsset(
            kind: asset.kind, path: asset.path, permissions: asset.permissions, content: .packages([:]))
        if asset.kind == .packageList {
            rendered.content = .packages(try body.map(Self.packages) ?? asset.packages ?? [:])
            return rendered
        }
        guard let body else { throw BootActionError(.design, "it has neither data nor a location") }
        guard let path = asset.path else { throw BootActionError(.design, "it has no path") }
        if let hazard = UnsafeText.hazard(inPath: path) {
            throw BootActionError(.unsafePath, "its path has \(hazard)")
        }
        rendered.content = .bytes(try pipeline.run(asset.dataPipeline ?? [], on: .bytes(body), context: context).bytes)
        return rendered
    }

    /// The error with the document, and the part of it, that is to be mended.
    private static func placed(
        _ error: BootActionError, _ asset: BootActionAsset, of action: BootAction
    ) -> BootActionError {
        let place = action.assets.firstIndex(of: asset).map { " number \($0 + 1)" } ?? ""
        let path = asset.path.map { " (\($0))" } ?? ""
        return BootActionError(
            error.reason, "BootAction \(action.name), \(asset.kind.rawValue) asset\(place)\(path): \(error.message)")
    }

    private static func packages(_ body: [UInt8]) throws -> PackageList {
        do {
            guard case .object(let members) = try YAML.loadOne(body) else {
                throw BootActionError(.content, "it is no mapping")
            }
            return try BootActionAsset.packages(members)
        } catch {
            throw BootActionError(.content, "the package list cannot be used: \(error.inWords)")
        }
    }
}
