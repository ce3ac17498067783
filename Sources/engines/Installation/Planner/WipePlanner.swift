/// Empties disks, so that nothing of what was on them shows up again in what is made next.
///
/// From the top down: an array that is stopped before its contents are wiped has them again when it is made anew, and
/// partitions vanish with the table of their disk.
struct WipePlanner {
    let facts: MachineFacts

    /// - Parameters:
    ///   - disks: what is wiped, in the order of the result.
    ///   - discards: whether the disks discard what they hold.
    func operations(for disks: [MachineFacts.Disk], discards: Bool) -> [InstallationOperation] {
        let own = Set(disks.map(\.name))
        let layers = layers(on: own)
        var operations: [InstallationOperation] = []
        // Uses first: nothing can be taken apart while it is mounted.
        for layer in layers { operations += releases(of: layer) }
        for layer in layers {
            if !isShared(layer, beside: own) { operations += wipe(layer) }
            operations += takingApart(layer)
        }
        for disk in disks {
            operations.append(
                InstallationOperation(
                    "wipe \(disk.name)", "Remove what identifies the contents of \(disk.name).",
                    .wipe(
                        Wipe(
                            device: "/dev/\(disk.name)", disk: disk.name, identity: DiskIdentity(disk),
                            ranges: Wipe.ranges(size: disk.size, dataOffset: disk.arrayDataOffset),
                            discards: discards))))
        }
        return operations
    }

    /// Everything on any of the disks, what is on top first.
    private func layers(on disks: Set<String>) -> [MachineFacts.Layer] {
        var found: [MachineFacts.Layer] = []
        var names: Set<String> = []
        for disk in facts.disks where disks.contains(disk.name) {
            for layer in facts.layers(on: disk.name) where names.insert(layer.name).inserted { found.append(layer) }
        }
        return topDown(found)
    }

    /// So that each comes before what it stands on. Whoever stands on himself by way of others comes last.
    private func topDown(_ layers: [MachineFacts.Layer]) -> [MachineFacts.Layer] {
        var rest = layers
        var ordered: [MachineFacts.Layer] = []
        while !rest.isEmpty {
            let lowers = Set(rest.flatMap(\.lowers))
            let top = rest.filter { !lowers.contains($0.name) }
            guard !top.isEmpty else { return ordered + rest }
            ordered += top
            let names = Set(top.map(\.name))
            rest.removeAll { names.contains($0.name) }
        }
        return ordered
    }

    /// Whether a part of it is on another disk, which is none to write to.
    private func isShared(_ layer: MachineFacts.Layer, beside own: Set<String>) -> Bool {
        facts.disks.contains { disk in
            !own.contains(disk.name) && facts.layers(on: disk.name).contains { $0.name == layer.name }
        }
    }

    private func releases(of layer: MachineFacts.Layer) -> [InstallationOperation] {
        var operations: [InstallationOperation] = []
        if layer.isSwap {
            operations.append(
                InstallationOperation(
                    "swapoff \(layer.name)", "Stop swapping to \(layer.path).",
                    .release(Release(kind: .swapOff, device: layer.path, mountPoints: []))))
        }
        if !layer.mountPoints.isEmpty {
            let innermostFirst = layer.mountPoints.sorted { $0.utf8.count > $1.utf8.count }
            operations.append(
                InstallationOperation(
                    "unmount \(layer.name)", "Unmount \(layer.path).",
                    .release(Release(kind: .unmount, device: layer.path, mountPoints: innermostFirst))))
        }
        return operations
    }

    private func wipe(_ layer: MachineFacts.Layer) -> [InstallationOperation] {
        // A thin pool cannot be written to, and one whose volume group lacks a disk has no size.
        guard !layer.isReadOnly, layer.size > 0 else { return [] }
        let disk = layer.kind == .partition ? layer.lowers.first : nil
        return [
            InstallationOperation(
                "wipe \(layer.name)", "Remove what identifies the contents of \(layer.path).",
                .wipe(
                    Wipe(
                        device: layer.path, disk: disk, identity: nil,
                        ranges: Wipe.ranges(size: layer.size, dataOffset: layer.arrayDataOffset), discards: false)))
        ]
    }

    private func takingApart(_ layer: MachineFacts.Layer) -> [InstallationOperation] {
        switch layer.kind {
        case .partition: []
        case .array:
            [
                InstallationOperation(
                    "stop \(layer.name)", "Stop the array \(layer.path).",
                    .release(Release(kind: .stopArray, device: layer.path, mountPoints: [])))
            ]
        case .mapped:
            [
                InstallationOperation(
                    "remove \(layer.name)", "Remove the mapping \(layer.path).",
                    .release(Release(kind: .removeMapping, device: layer.path, mountPoints: [])))
            ]
        }
    }
}
