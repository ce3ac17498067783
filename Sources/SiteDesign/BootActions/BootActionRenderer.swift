import Archive
import OrderedCollections
import Primitives
import YAML

/// An asset as a machine gets it.
package struct RenderedAsset: Sendable, Hashable {
    package enum Content: Sendable, Hashable {
        case bytes([UInt8])
        case packages(PackageList)
    }

    package var kind: BootActionAsset.Kind
    package var path: String?
    package var permissions: Int?
    package var content: Content
}

/// Renders the assets of boot actions for machines (`spec/drydock.md` §15).
///
/// Pure but for `fetch`, which gets what stands at an asset's `location` and limits what it gets.
package struct BootActionRenderer: Sendable {
    package typealias Fetch = @Sendable (String) async throws -> [UInt8]

    /// What all assets of one kind may come to for one machine, in bytes.
    package static let largestArchive = 64 << 20

    private let site: EffectiveSite
    private let designReference: String
    private let reportURL: String
    private let fetch: Fetch
    private let pipeline = Pipeline()

    /// - Parameters:
    ///   - designReference: `action.design_ref` in templates.
    ///   - reportURL: `action.report_url` in templates; ends with `/`.
    package init(site: EffectiveSite, designReference: String, reportURL: String, fetch: @escaping Fetch) {
        self.site = site
        self.designReference = designReference
        self.reportURL = reportURL
        self.fetch = fetch
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
        let context: Value.Object = [
            "node": try BootActionContext.node(node, in: site),
            "action": BootActionContext.action(identity, reportURL: reportURL, designReference: designReference),
        ]
        var rendered: [RenderedAsset] = []
        for asset in wanted { rendered.append(try await render(asset, of: action, context)) }
        return rendered
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
    package static func archive(_ members: [TarMember]) throws -> [UInt8] { try Gzip.compress(Tar.archive(members)) }

    private func render(
        _ asset: BootActionAsset, of action: BootAction, _ context: Value.Object
    ) async throws -> RenderedAsset {
        var body: [UInt8]?
        if let location = asset.location {
            guard
                case .text(let address) = try pipeline.run(
                    asset.locationPipeline ?? [], on: .text(location), context: context)
            else { throw BootActionError(.pipeline, "The location of an asset of \(action.name) became bytes.") }
            body = try await fetch(address)
        } else if let data = asset.data {
            body = Array(data.utf8)
        }
        if asset.kind == .packageList {
            let packages = try body.map { try Self.packages($0, of: action) } ?? asset.packages ?? [:]
            return RenderedAsset(
                kind: asset.kind, path: asset.path, permissions: asset.permissions, content: .packages(packages))
        }
        guard let body else {
            throw BootActionError(.design, "An asset of BootAction \(action.name) has neither data nor a location.")
        }
        guard let path = asset.path else {
            throw BootActionError(.design, "An asset of BootAction \(action.name) has no path.")
        }
        if let hazard = UnsafeText.hazard(inPath: path) {
            throw BootActionError(.unsafePath, "The path of an asset of BootAction \(action.name) has \(hazard).")
        }
        let bytes = try pipeline.run(asset.dataPipeline ?? [], on: .bytes(body), context: context).bytes
        return RenderedAsset(kind: asset.kind, path: path, permissions: asset.permissions, content: .bytes(bytes))
    }

    private static func packages(_ body: [UInt8], of action: BootAction) throws -> PackageList {
        do {
            guard case .object(let members) = try YAML.loadOne(body) else {
                throw BootActionError(.content, "it is no mapping")
            }
            return try BootActionAsset.packages(members)
        } catch {
            throw BootActionError(.content, "The package list of BootAction \(action.name) cannot be used: \(error).")
        }
    }
}
