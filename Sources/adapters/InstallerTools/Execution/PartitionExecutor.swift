import Installation
import Primitives

/// Writes partition tables.
struct PartitionExecutor: Sendable {
    let facts: FactsReader

    /// What `sfdisk` reads: sectors are those of the disk.
    static func script(_ table: PartitionTable) throws -> String {
        let sector = table.disk.logicalSectorSize
        guard sector > 0 else {
            throw BoatyardError("disk.sectors", "The disk \(table.disk.name) does not say how long its sectors are.")
        }
        var lines = ["label: gpt", "label-id: \(table.identifier)", "unit: sectors", ""]
        for entry in table.partitions {
            guard entry.start.isMultiple(of: sector), entry.size.isMultiple(of: sector) else {
                throw BoatyardError(
                    "disk.sectors",
                    "Partition \(entry.name) does not begin and end with a sector of \(sector) bytes on \(table.disk.name)."
                )
            }
            let attributes = entry.isBootable ? ", attrs=\"LegacyBIOSBootable\"" : ""
            lines.append(
                "\(entry.number) : start=\(entry.start / sector), size=\(entry.size / sector), type=\(entry.type.guid), "
                    + "uuid=\(entry.uuid), name=\"\(try quotable(entry.name))\"\(attributes)")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func quotable(_ name: String) throws -> String {
        guard !name.contains(where: { "\"\\".contains($0) }),
            !name.unicodeScalars.contains(where: ControlCharacters.contains)
        else { throw BoatyardError("disk.name", "A partition cannot be called '\(name.prefix(40))'.") }
        return name
    }

    /// Whether `sfdisk --json` describes the table as it is to be.
    static func isThere(_ table: PartitionTable, in text: String) -> Bool {
        guard let found = (try? Value(json: text))?["partitiontable"], found["label"]?.stringValue == "gpt",
            found["id"]?.stringValue?.lowercased() == table.identifier.lowercased()
        else { return false }
        let sector = found["sectorsize"]?.intValue ?? 512
        let entries = found["partitions"]?.arrayValue ?? []
        guard entries.count == table.partitions.count, sector == table.disk.logicalSectorSize else { return false }
        return table.partitions.allSatisfy { wanted in
            entries.contains { entry in
                entry["uuid"]?.stringValue?.lowercased() == wanted.uuid
                    && entry["type"]?.stringValue?.lowercased() == wanted.type.guid
                    && entry["start"]?.intValue == wanted.start / sector
                    && entry["size"]?.intValue == wanted.size / sector
                    && entry["name"]?.stringValue ?? "" == wanted.name
            }
        }
    }

    /// Writes the table, unless it is there. The disk is locked meanwhile.
    func write(_ table: PartitionTable) async throws {
        let path = "/dev/\(table.disk.name)"
        let present = try await ChildProcess(Command("sfdisk", "--json", path)).finish()
        if case .exited(0) = present.end, Self.isThere(table, in: present.text) { return }
        let command = Command(
            ["sfdisk", "--quiet", "--wipe", "always", "--wipe-partitions", "always", path],
            input: Array(try Self.script(table).utf8))
        do {
            try await ChildProcess.run(command)
        } catch let failure as CommandFailure where failure.code == "process.failed" && failure.output.isEmpty {
            // Of a disk that refuses the table it says nothing.
            throw BoatyardError.diskWrite(path, "\(failure.message) without a reason")
        }
    }

    /// Makes sure that the kernel has the partitions, once the disk is no longer locked.
    func announce(_ table: PartitionTable) async throws {
        try await Udev.settle()
        if knows(table) { return }
        try await ChildProcess.run(Command(["partx", "--update", "/dev/\(table.disk.name)"], successes: [0, 1]))
        try await Udev.settle()
        guard knows(table) else {
            throw BoatyardError(
                "disk.partitions",
                "The kernel does not take the new partition table of \(table.disk.name): something still uses the old one. "
                    + "Boot the machine again.")
        }
    }

    private func knows(_ table: PartitionTable) -> Bool {
        let folder = "/sys/block/\(table.disk.name)"
        let parts = facts.system.names(in: folder).filter { facts.system.exists("\(folder)/\($0)/partition") }
        return parts.count == table.partitions.count
            && table.partitions.allSatisfy { entry in
                parts.contains {
                    facts.system.number("\(folder)/\($0)/partition") == entry.number
                        && facts.system.number("\(folder)/\($0)/start") == entry.start / 512
                        && facts.size("\(folder)/\($0)") == entry.size
                }
            }
    }
}
