import OrderedCollections

/// The rules by which a child's settings are laid over its parent's (`docs/reference/drydock.md` §6).
///
/// `!` unsets a value; `!name` takes a member of the parent's away.
enum Inheritance {
    static func scalar(_ child: String?, _ parent: String?) -> String? {
        guard let child else { return parent }
        return child == "!" ? nil : child
    }

    /// Lays the scalars at `paths` over those of the parent.
    static func scalars<Whole>(
        _ child: inout Whole, _ parent: Whole, _ paths: WritableKeyPath<Whole, String?>...
    ) {
        for path in paths { child[keyPath: path] = scalar(child[keyPath: path], parent[keyPath: path]) }
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
    static func members<Member: Heir>(_ child: [Member], _ parent: [Member]) -> [Member] {
        let own = child.filter { !$0.name.hasPrefix("!") }
        guard !parent.isEmpty else { return own }
        guard !child.isEmpty else { return parent }
        let byName = Dictionary(child.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        let inherited: [Member] = parent.compactMap { member in
            if let override = byName[member.name] { return override.inheriting(from: member) }
            return byName["!" + member.name] == nil ? member : nil
        }
        let known = Set(parent.map(\.name))
        return inherited + own.filter { !known.contains($0.name) }
    }

    /// nil where neither has the list at all.
    static func members<Member: Heir>(_ child: [Member]?, _ parent: [Member]?) -> [Member]? {
        child == nil && parent == nil ? nil : members(child ?? [], parent ?? [])
    }
}

/// A member of a list that profiles hand down, known by its name.
protocol Heir {
    var name: String { get }
    /// What is set here, else what is set there.
    func inheriting(from parent: Self) -> Self
}

extension HostSettings {
    /// These settings laid over those of the parent.
    func inheriting(from parent: HostSettings) -> HostSettings {
        var merged = self
        Inheritance.scalars(
            &merged, parent, \.hardwareProfile, \.primaryNetwork, \.rack, \.image, \.kernel, \.outOfBandType)
        merged.kernelParameters = Inheritance.map(kernelParameters, parent.kernelParameters)
        merged.outOfBandParameters = Inheritance.map(outOfBandParameters, parent.outOfBandParameters)
        merged.tags = Inheritance.list(tags, parent.tags)
        merged.ownerData = Inheritance.map(ownerData, parent.ownerData)
        merged.interfaces = Inheritance.members(interfaces, parent.interfaces)
        merged.storageDevices = Inheritance.members(storageDevices, parent.storageDevices)
        merged.arrays = Inheritance.members(arrays, parent.arrays)
        merged.volumeGroups = Inheritance.members(volumeGroups, parent.volumeGroups)
        return merged
    }
}

extension Interface: Heir {
    func inheriting(from parent: Interface) -> Interface {
        var merged = self
        Inheritance.scalars(&merged, parent, \.link)
        merged.slaves = Inheritance.list(slaves, parent.slaves)
        merged.networks = Inheritance.list(networks, parent.networks)
        merged.sriov = sriov ?? parent.sriov
        return merged
    }
}
