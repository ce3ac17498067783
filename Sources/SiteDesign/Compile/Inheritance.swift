import OrderedCollections

/// The rules by which a child's settings are laid over its parent's (`spec/drydock.md` §6).
///
/// `!` unsets a value; `!name` takes a member of the parent's away.
enum Inheritance {
    static func scalar(_ child: String?, _ parent: String?) -> String? {
        guard let child else { return parent }
        return child == "!" ? nil : child
    }

    /// The parent's order first, then what only the child has.
    static func map(_ child: Labels, _ parent: Labels) -> Labels {
        guard !child.isEmpty else { return parent }
        var merged = parent
        for name in child.keys where name.hasPrefix("!") { merged[String(name.dropFirst())] = nil }
        for (name, value) in child where !name.hasPrefix("!") { merged[name] = value }
        return merged
    }

    static func map(_ child: Labels?, _ parent: Labels?) -> Labels? {
        guard let child else { return parent }
        return map(child, parent ?? [:])
    }

    /// The child's first, then those of the parent that are neither taken away nor there already.
    static func list(_ child: [String], _ parent: [String]) -> [String] {
        guard !child.isEmpty else { return parent }
        let own = child.filter { !$0.hasPrefix("!") }
        let hidden = Set(child)
        return own + parent.filter { !hidden.contains($0) && !hidden.contains("!" + $0) }
    }

    /// Members with names: the parent's order first, then what only the child has.
    static func members<Member>(
        _ child: [Member], _ parent: [Member], name: (Member) -> String, merge: (Member, Member) -> Member
    ) -> [Member] {
        let own = child.filter { !name($0).hasPrefix("!") }
        guard !parent.isEmpty else { return own }
        guard !child.isEmpty else { return parent }
        let byName = Dictionary(child.map { (name($0), $0) }, uniquingKeysWith: { first, _ in first })
        let inherited: [Member] = parent.compactMap { member in
            if let override = byName[name(member)] { return merge(override, member) }
            return byName["!" + name(member)] == nil ? member : nil
        }
        let known = Set(parent.map(name))
        return inherited + own.filter { !known.contains(name($0)) }
    }
}

extension HostSettings {
    /// These settings laid over those of the parent.
    func inheriting(from parent: HostSettings) -> HostSettings {
        var merged = self
        merged.hardwareProfile = Inheritance.scalar(hardwareProfile, parent.hardwareProfile)
        merged.primaryNetwork = Inheritance.scalar(primaryNetwork, parent.primaryNetwork)
        merged.rack = Inheritance.scalar(rack, parent.rack)
        merged.image = Inheritance.scalar(image, parent.image)
        merged.kernel = Inheritance.scalar(kernel, parent.kernel)
        merged.kernelParameters = Inheritance.map(kernelParameters, parent.kernelParameters)
        merged.outOfBandType = Inheritance.scalar(outOfBandType, parent.outOfBandType)
        merged.outOfBandParameters = Inheritance.map(outOfBandParameters, parent.outOfBandParameters)
        merged.tags = Inheritance.list(tags, parent.tags)
        merged.ownerData = Inheritance.map(ownerData, parent.ownerData)
        merged.interfaces = Inheritance.members(interfaces, parent.interfaces, name: \.name) { $0.inheriting(from: $1) }
        merged.storageDevices = Inheritance.members(storageDevices, parent.storageDevices, name: \.name) {
            $0.inheriting(from: $1)
        }
        merged.volumeGroups = Inheritance.members(volumeGroups, parent.volumeGroups, name: \.name) {
            $0.inheriting(from: $1)
        }
        return merged
    }
}

extension Interface {
    func inheriting(from parent: Interface) -> Interface {
        var merged = self
        merged.link = Inheritance.scalar(link, parent.link)
        merged.slaves = Inheritance.list(slaves, parent.slaves)
        merged.networks = Inheritance.list(networks, parent.networks)
        merged.sriov = sriov ?? parent.sriov
        return merged
    }
}
