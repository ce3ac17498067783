import Cryptography
import OrderedCollections
import Primitives
import SiteDesign
import Store

/// What boot actions put on a node: archives of files and units, and lists of packages
/// (`docs/reference/drydock.md` §15).
///
/// Archives are rendered before an installation begins, and kept under the digest of their contents: a new deployment
/// with another design brings new ones for what has changed, and shares what has not.
package struct BootDataService: Sendable {
    let deployments: DeploymentStore
    let designs: DesignLibrary
    let fetcher: ReferenceFetcher
    /// The rendered documents of a revision of this daemon's Deckhand as its clients get them, for assets whose
    /// location is there.
    let documents: @Sendable (_ revision: Int, _ query: String) async throws -> [UInt8]
    let configuration: DrydockConfiguration
    let archives: SealedArchives
    let index = BootDataIndex()
    private let opened = OpenedArchives()
    private let openings = SingleFlight<BootDataArchive.Contents>()
    private let renderings = SingleFlight<BootDataArchive>()
    /// By deployment and boot.
    let plans = SingleFlight<Value>()

    init(
        deployments: DeploymentStore, designs: DesignLibrary, fetcher: ReferenceFetcher,
        documents: @escaping @Sendable (_ revision: Int, _ query: String) async throws -> [UInt8],
        configuration: DrydockConfiguration
    ) {
        self.deployments = deployments
        self.designs = designs
        self.fetcher = fetcher
        self.documents = documents
        self.configuration = configuration
        archives = SealedArchives(folder: "\(configuration.stateDirectory)/bootdata", vault: deployments.vault)
    }

    /// What a node fetches; rendered where it is not there any more.
    ///
    /// - Parameters:
    ///   - key: the value of `X-Bootaction-Key`, if there is one.
    ///   - peer: the address of the client with its port; nil where it is not known.
    /// - Throws: `DrydockError`: `.missing` for a node without boot actions, `.unauthenticated` without a key, `.forbidden`
    ///   for a wrong one, where the token that it came with is void, and once the machine has reported `bootdata`; and whatever keeps an asset from being rendered, where the archive is gone.
    package func archive(
        node: String, kind: BootDataKind, key: String?, peer: String? = nil
    ) async throws -> BootDataArchive {
        let entry = try await admitted(node, key)
        switch try await deployments.holding(entry.deployment) {
        case .all: break
        case .none: throw BootActionKey.invalid
        case .signals:
            let time = Timestamp.now()
            try await deployments.database.write { connection in
                _ = try MachineStore.note(
                    .bootData, of: node, peer: peer.map(InstallerService.host), at: time, connection)
            }
            throw BootActionKey.invalid
        }
        // Whoever removes the file wants another one.
        if let name = entry.name(kind), archives.contains(name) {
            // One that none of the keys opens, or that is damaged, is gone.
            do {
                return BootDataArchive(node: node, kind: kind, name: name, contents: try await contents(of: name))
            } catch let error as BoatyardError where SealedArchives.isDamage(error) {
                archives.remove(name)
            }
        }
        return try await renderings.result(of: "\(entry.deployment) \(kind) \(entry.keyDigest.hex)") {
            guard let deployment = try await deployments.deployment(entry.deployment),
                let secret = try await deployments.key(deployment.id)
            else { throw Self.unknown(node) }
            // The plan may have been given to another boot meanwhile, whose key is not for this one.
            guard BootActionKey.digest(secret) == entry.keyDigest else { throw BootActionKey.invalid }
            let bytes = try await render(kind, of: deployment, key: secret)
            let name = try archives.store(bytes)
            opened.keep(bytes, of: name)
            if name != entry.name(kind) {
                try await deployments.recordArchive(deployment, kind, name: name)
                index.forget(node)
            }
            // What is too large to be held is read from disk, as by those who come later.
            let isHeld = bytes.count <= OpenedArchives.largest
            return BootDataArchive(
                node: node, kind: kind, name: name,
                contents: isHeld ? .whole(bytes) : try await contents(of: name))
        }
    }

    private func contents(of name: String) async throws -> BootDataArchive.Contents {
        if let contents = opened.contents(of: name) { return .whole(contents) }
        return try await openings.result(of: name) {
            let file = try archives.open(name)
            guard file.length <= OpenedArchives.largest else {
                // Once an answer has begun nothing else can take its place: whether the key opens it shows at the first
                // piece. Of one that is damaged further on the next client gets another.
                if file.count > 0 { _ = try file.piece(0) }
                return .pieces(length: file.length) { [archives] offset in
                    do {
                        return try file.piece(offset / SealedArchives.pieceSize).plaintext.reveal()
                    } catch let error as BoatyardError where SealedArchives.isDamage(error) {
                        archives.remove(name)
                        throw error
                    }
                }
            }
            var contents: [UInt8] = []
            contents.reserveCapacity(file.length)
            for index in 0..<file.count { contents += try file.piece(index).plaintext.reveal() }
            opened.keep(contents, of: name)
            return .whole(contents)
        }
    }

    /// What is known of the node, once the key has been found to be that of its deployment.
    private func admitted(_ node: String, _ key: String?) async throws -> BootDataIndex.Entry {
        if let known = index.entry(of: node) {
            do {
                try BootActionKey.check(key, digest: known.keyDigest)
                return known
            } catch  where error.kind == .forbidden {
                // The index may be a moment behind a new deployment.
            }
        }
        let age = index.age
        guard let deployment = try await deployments.latestInstallation(of: node),
            let secret = try await deployments.key(deployment.id)
        else { throw Self.unknown(node) }
        let entry = BootDataIndex.Entry(
            deployment: deployment.id, keyDigest: BootActionKey.digest(secret), files: deployment.files,
            units: deployment.units)
        index.keep(entry, of: node, readAt: age)
        try BootActionKey.check(key, digest: entry.keyDigest)
        return entry
    }

    private static func unknown(_ node: String) -> DrydockError {
        DrydockError(.missing, "Error locating boot action for \(node)")
    }

    /// Forgets the index entry of `node`, which has a new deployment, and removes archives of earlier deployments that
    /// no other deployment uses. They contain keys that are void.
    func discardArchives(of node: String, before deployment: ULID) async throws {
        index.forget(node)
        remove(try await deployments.takeArchives(of: node, before: deployment))
    }

    /// Removes those of the archives that no deployment has.
    func discard(_ names: [String]) async throws { remove(try await deployments.unrecorded(names)) }

    private func remove(_ names: [String]) {
        let names = Set(names)
        for name in names { archives.remove(name) }
        opened.forget { names.contains($0) }
    }

    /// Removes archives that were rendered before `moment`, but those of machines that are at work.
    func prune(writtenBefore moment: Timestamp) async throws -> AgedFiles.Removal {
        let used = try await deployments.archivesInUse()
        let removal = archives.prune(writtenBefore: moment, used: used)
        opened.forget { !archives.contains($0) }
        return removal
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

    /// Renders both archives of a deployment before it begins, so that a faulty asset, or one that cannot be fetched,
    /// fails the task before a disk is written.
    ///
    /// - Returns: the names of the archives.
    func prepare(
        _ deployment: MachineDeployment, _ node: BaremetalNode, in site: EffectiveSite, actions: [BootActionRecord],
        key: Secret<[UInt8]>?
    ) async throws -> (files: String?, units: String?) {
        guard let key else { return (nil, nil) }
        let identities = Self.identities(actions, key)
        let renderer = renderer(site, design: deployment.design.reveal())
        func archive(_ kind: BootActionAsset.Kind) async throws -> String {
            try archives.store(
                BootActionRenderer.archive(try await renderer.members(of: kind, for: node) { identities[$0] }))
        }
        return (try await archive(.file), try await archive(.unit))
    }

    private func render(
        _ kind: BootDataKind, of deployment: MachineDeployment, key: Secret<[UInt8]>
    ) async throws -> [UInt8] {
        let (site, node) = try await described(deployment)
        let identities = Self.identities(try await deployments.bootActions(of: deployment.id), key)
        let members = try await renderer(site, design: deployment.design.reveal()).members(
            of: kind == .files ? .file : .unit, for: node
        ) { identities[$0] }
        return try BootActionRenderer.archive(members)
    }

    /// What the design of a deployment says of its node.
    func described(_ deployment: MachineDeployment) async throws -> (EffectiveSite, BaremetalNode) {
        let compiled = try await designs.compiled(deployment.design.reveal())
        guard let site = compiled.site, let node = site.node(named: deployment.node) else {
            throw DrydockError(
                .failed, "The design \(deployment.design) no longer describes the node \(deployment.node).")
        }
        return (site, node)
    }

    private func renderer(_ site: EffectiveSite, design: String) -> BootActionRenderer {
        BootActionRenderer(
            site: site, designReference: design, reportURL: "\(configuration.nodeURL())/api/v1.0/bootactions/"
        ) { [fetcher, documents] location in
            let reference = try DesignReference(location)
            guard case .revision(let number) = reference else { return try await fetcher.fetch(reference) }
            let query = location.firstIndex(of: "?").map { String(location[location.index(after: $0)...]) } ?? ""
            return try await documents(number, query)
        }
    }

    private static func identities(
        _ actions: [BootActionRecord], _ key: Secret<[UInt8]>
    ) -> [String: BootActionIdentity] {
        Dictionary(
            actions.map { ($0.name, BootActionIdentity(actionID: $0.id.description, key: key)) },
            uniquingKeysWith: { $1 })
    }
}
