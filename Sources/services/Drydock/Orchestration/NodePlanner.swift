import Netboot
import OrderedCollections
import Primitives
import SiteDesign

/// A node's installation plan, by parts and as a whole (`docs/reference/node-protocol.md` §2).
struct NodePlanner: Sendable {
    private let node: BaremetalNode
    private let builder: InstallPlanBuilder

    /// - Parameter lshw: what `lshw -xml` said of the machine, so that device aliases can be named as its kernel does.
    /// - Throws: where that cannot be read.
    init(site: EffectiveSite, node: BaremetalNode, lshw: String?) throws {
        var names: [String: String] = [:]
        if let lshw, let profile = site.hardwareProfile(of: node) {
            names = try HardwareInventory(lshw: Array(lshw.utf8)).logicalNames(for: profile)
        }
        self.node = node
        builder = InstallPlanBuilder(site: site, node: node, logicalNames: names)
    }

    /// - Throws: `BoatyardError` where the design's network cannot be set up on the machine; so do the others.
    func network() throws { _ = try builder.network() }

    func storage() throws { _ = try builder.disks() }

    func platform() throws {
        guard node.image != nil else {
            throw DrydockError(.invalid, "Node \(node.name) has no image to install: set platform.image.")
        }
        try Self.check(try builder.plan(), of: node)
    }

    /// - Parameters:
    ///   - key: of the boot actions; nil where there are none.
    ///   - image: the node's image; nil where its file is not on this host.
    func plan(
        deployment: ULID, actions: [BootActionRecord], key: Secret<[UInt8]>?, packages: PackageList,
        image: InstallableImage?, nodeURL: String
    ) throws -> Value {
        var plan: Value.Object = [
            "kind": "install", "deployment": .string(deployment.description), "node": .string(node.name),
            "fqdn": .string(node.fqdn),
            "image": [
                "name": Value(node.image), "kernel": Value(node.kernel),
                "url": Value(image.map { nodeURL + $0.location }), "sha256": Value(image?.sha256),
                "size": image.map { .int($0.size) } ?? .null,
                "unpacked_size": image.map { .int($0.unpackedSize) } ?? .null, "format": Value(image?.format.rawValue),
            ],
        ]
        plan.merge(try builder.plan(packages: packages)) { $1 }
        plan["boot_data"] =
            key.map { key in
                [
                    "key": .string(key.reveal().hex),
                    "files": .string("\(nodeURL)/api/v1.0/bootdata/\(node.name)/files"),
                    "units": .string("\(nodeURL)/api/v1.0/bootdata/\(node.name)/units"),
                ]
            } ?? .null
        plan["boot_actions"] = .array(
            actions.map { action in
                [
                    "name": .string(action.name), "action_id": .string(action.id.description),
                    "signaling": .bool(action.status != .unreported),
                    "report_url": .string("\(nodeURL)/api/v1.0/bootaction/\(action.id)"),
                ]
            })
        plan["report_url"] = .string("\(nodeURL)/agent/v1/events")
        return .object(plan)
    }
}
