import Cryptography
import Glibc
import OrderedCollections
import Primitives
import SiteDesign

/// What boot actions put on a node: archives of files and units, and lists of packages (`spec/drydock.md` §15).
///
/// An archive is rendered when it is first asked for, and kept under the digest of its contents.
struct BootDataService: Sendable {
    let deployments: DeploymentStore
    let actions: BootActionService
    let designs: DesignLibrary
    let fetcher: ReferenceFetcher
    let configuration: DrydockConfiguration

    /// - Throws: `DrydockError`: `.missing` for a node without boot actions, those of `BootActionService.check`; and
    ///   whatever keeps an asset from being rendered.
    func archive(node: String, kind: BootDataKind, key: String?) async throws -> BootDataArchive {
        guard let deployment = try await deployments.latestInstallation(of: node),
            let secret = try await deployments.key(deployment.id)
        else { throw DrydockError(.missing, "Error locating boot action for \(node)") }
        try await actions.check(key, against: deployment.id)
        let fileName = "\(node)-\(kind.attachmentSuffix).tar.gz"
        if let name = kind == .files ? deployment.files : deployment.units, access(path(name), R_OK) == 0 {
            return BootDataArchive(path: path(name), fileName: fileName)
        }
        let bytes = try await render(kind, of: deployment, key: secret)
        let name = try store(bytes)
        try await deployments.recordArchive(deployment.id, kind, name: name)
        return BootDataArchive(path: path(name), fileName: fileName)
    }

    /// Removes what was rendered for earlier deployments of `node`: keys that are worth nothing any more stand in it.
    func discardArchives(of node: String, before deployment: ULID) async throws {
        for name in try await deployments.takeArchives(of: node, before: deployment) { unlink(path(name)) }
    }

    /// Removes archives that were rendered before `moment`, but those of machines that are at work.
    func prune(writtenBefore moment: Timestamp) async throws -> AgedFiles.Removal {
        let used = try await deployments.archivesInUse()
        return AgedFiles.remove(below: "\(configuration.stateDirectory)/bootdata", writtenBefore: moment) {
            used.contains($0)
        }
    }

    /// The packages that the boot actions of `node` ask for.
    func packages(
        of node: BaremetalNode, in site: EffectiveSite, design: String, actions: [BootActionRecord],
        key: Secret<[UInt8]>?
    ) async throws -> PackageList {
        guard let key else { return [:] }
        let identities = Self.identities(actions, key)
        return try await renderer(site, design: design).packages(for: node) { identities[$0] }
    }

    /// Renders all that `node` will fetch, as far as that can be done before there is a deployment and without fetching
    /// anything, for nothing but the errors.
    func check(_ node: BaremetalNode, in site: EffectiveSite, design: String) throws {
        let renderer = renderer(site, design: design)
        for action in site.bootActions(of: node.name) { try renderer.check(action, for: node) }
    }

    /// Renders both archives of a deployment before it begins, so that what is wrong with an asset, or keeps it from being
    /// fetched, does not come to light on a machine whose disk has been written.
    ///
    /// - Returns: the names of the archives.
    func prepare(
        _ deployment: Deployment, _ node: BaremetalNode, in site: EffectiveSite, actions: [BootActionRecord],
        key: Secret<[UInt8]>?
    ) async throws -> (files: String?, units: String?) {
        guard let key else { return (nil, nil) }
        let identities = Self.identities(actions, key)
        let renderer = renderer(site, design: deployment.design)
        func archive(_ kind: BootActionAsset.Kind) async throws -> String {
            try store(BootActionRenderer.archive(try await renderer.members(of: kind, for: node) { identities[$0] }))
        }
        return (try await archive(.file), try await archive(.unit))
    }

    /// - Returns: the archive's name.
    private func store(_ bytes: [UInt8]) throws -> String {
        let name = "\(Hash.sha256(bytes).hex).tar.gz"
        // It holds keys: nobody but the daemon reads it.
        try FileContents.makeFolder("\(configuration.stateDirectory)/bootdata", mode: 0o700)
        try FileContents.write(bytes, to: path(name), mode: 0o600)
        return name
    }

    private func render(
        _ kind: BootDataKind, of deployment: Deployment, key: Secret<[UInt8]>
    ) async throws -> [UInt8] {
        let compiled = try await designs.compiled(deployment.design)
        guard let site = compiled.site, let node = site.node(named: deployment.node) else {
            throw DrydockError(
                .failed, "The design \(deployment.design) no longer describes the node \(deployment.node).")
        }
        let identities = Self.identities(try await deployments.bootActions(of: deployment.id), key)
        let members = try await renderer(site, design: deployment.design).members(
            of: kind == .files ? .file : .unit, for: node
        ) { identities[$0] }
        return try BootActionRenderer.archive(members)
    }

    private func renderer(_ site: EffectiveSite, design: String) -> BootActionRenderer {
        BootActionRenderer(
            site: site, designReference: design, reportURL: "\(configuration.nodeURL())/api/v1.0/bootactions/"
        ) { [fetcher] location in try await fetcher.fetch(DesignReference(location)) }
    }

    private static func identities(
        _ actions: [BootActionRecord], _ key: Secret<[UInt8]>
    ) -> [String: BootActionIdentity] {
        Dictionary(
            actions.map { ($0.name, BootActionIdentity(actionID: $0.id.description, key: key)) },
            uniquingKeysWith: { $1 })
    }

    private func path(_ name: String) -> String { "\(configuration.stateDirectory)/bootdata/\(name)" }
}
