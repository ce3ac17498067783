import OrderedCollections
import Primitives
import SiteDesign

/// Site designs held against what the installer can do.
package enum InstallableDesign {
    /// As `SiteDesign.compile`, with an error for each machine whose plan the installer would refuse: BY1031. Of a machine that has
    /// another error already nothing is added.
    package static func compile(
        _ documents: [DesignDocument], platform: ImageCatalogSource = .absent, outOfBandTypes: OutOfBandTypes? = nil
    ) -> CompiledDesign {
        var design = SiteDesign.compile(documents, platform: platform, outOfBandTypes: outOfBandTypes)
        guard let site = design.site else { return design }
        let wrong = Set(design.messages.filter(\.error).flatMap(\.documents))
        let errors = site.nodes.compactMap { node -> DesignValidationMessage? in
            wrong.contains(DocumentReference(.baremetalNode, node.name)) ? nil : error(of: node, in: site)
        }
        guard !errors.isEmpty else { return design }
        design.messages += errors
        design.status = .invalid
        return design
    }

    /// Reads what follows from the design of a node as the installer will read its plan.
    ///
    /// - Parameter parts: as `InstallPlanBuilder.plan` makes them.
    package static func check(_ parts: Value.Object, of node: BaremetalNode) throws(InstallationError) {
        var plan = parts
        plan["kind"] = "install"
        plan["deployment"] = .string(String(repeating: "0", count: 26))
        plan["image"] = ["name": .string(node.image ?? "none"), "kernel": Value(node.kernel)]
        plan["report_url"] = "http://localhost/"
        _ = try MachinePlan(.object(plan))
    }

    private static func error(of node: BaremetalNode, in site: EffectiveSite) -> DesignValidationMessage? {
        let parts: Value.Object
        do {
            parts = try InstallPlanBuilder(site: site, node: node).plan()
        } catch {
            return message(node, (error as? BoatyardError)?.message ?? error.inWords, at: [])
        }
        do {
            try check(parts, of: node)
            return nil
        } catch {
            guard let member = error.member else { return message(node, error.message, at: []) }
            let place = PlanMember(member.path, of: .object(parts))
            return message(node, "\(place.name) \(member.fault)", at: place.steps)
        }
    }

    private static func message(_ node: BaremetalNode, _ fault: String, at path: [DesignStep])
        -> DesignValidationMessage
    {
        var message = DesignValidationMessage(
            name: "BY1031",
            message: "Installation: BaremetalNode \(node.name) cannot be installed as it is designed: \(fault)",
            level: .error, diagnostic: "The installer would refuse the plan of this machine.",
            documents: [DocumentReference(.baremetalNode, node.name)])
        message.path = path
        return message
    }
}

/// A member of a plan, and where in the design it comes from.
struct PlanMember {
    /// For people: `fstype of the logical volume data`.
    let name: String
    /// Where in the data of a node it stands; empty where that is not known.
    let steps: [DesignStep]

    /// How the design calls members of plans.
    private static let keys: [String: [DesignStep]] = [
        "filesystem.type": ["filesystem", "fstype"], "filesystem.mountpoint": ["filesystem", "mountpoint"],
        "filesystem.options": ["filesystem", "mount_options"], "filesystem.label": ["filesystem", "fs_label"],
        "filesystem.uuid": ["filesystem", "fs_uuid"], "size": ["size"], "level": ["level"],
    ]

    /// - Parameters:
    ///   - path: as errors about plans have it, `disks[0].partitions[1].size`.
    ///   - plan: that it is about.
    init(_ path: String, of plan: Value) {
        var rest = path.split(separator: ".").map(String.init)
        var words: [String] = []
        var steps: [DesignStep] = []
        var value: Value? = plan
        loop: while let part = rest.first {
            let pieces = part.split(separator: "[")
            guard pieces.count == 2, let index = Int(pieces[1].dropLast()), let key = pieces.first.map(String.init)
            else { break }
            value = value?[key]?[index]
            let own = value?[key == "disks" ? "device" : "name"]?.stringValue ?? ""
            switch key {
            case "disks":
                words.append("disk \(own)")
                steps += ["storage", "physical_devices", .key(own)]
            case "partitions":
                words = ["partition \(own)"] + words
                steps += ["partitions", .element(own)]
            case "volume_groups":
                words.append("volume group \(own)")
                steps += ["storage", "volume_groups", .key(own)]
            case "logical_volumes":
                words = ["logical volume \(own)"]
                steps += ["logical_volumes", .element(own)]
            case "raid":
                words.append("array \(own)")
                steps += ["storage", "raid", .key(own)]
            default: break loop
            }
            rest = Array(rest.dropFirst())
        }
        guard !words.isEmpty else {
            name = "'\(path)'"
            self.steps = []
            return
        }
        let key = rest.joined(separator: ".")
        let written = Self.keys[key]
        let last = written?.last.map { if case .key(let text) = $0 { text } else { key } } ?? key
        name = (last.isEmpty ? "the " : "\(last) of the ") + words.joined(separator: " of ")
        self.steps = steps + (written ?? [])
    }
}
