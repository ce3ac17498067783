import Installation
import Primitives

/// What stands at the beginning and end of a block device, as `blkid`, `wipefs` and `mdadm` tell it.
package struct DiskContents: Sendable, Hashable {
    /// PTUUID of the partition table, else the UUID of what stands on the whole device.
    package var identifier: String?
    /// Of a file system, or of another use of the whole device: `ext4`, `LVM2_member`; nil where there is none.
    package var type: String?
    /// UUID of that.
    package var uuid: String?
    /// PARTUUID of the partition that the device is; nil where it is none.
    package var partitionUUID: String?
    /// Types of all marks.
    package var signatures: [String] = []
    /// In bytes: where the data of an array begins on this member; nil where it is none.
    package var arrayDataOffset: Int?

    /// Looks at a device.
    ///
    /// - Parameter path: its node. One that cannot be read, such as a drive without a medium, has nothing on it.
    package static func read(of path: String) async throws -> DiskContents {
        var contents = try await DiskContents(blkid: Self.output(["blkid", "-p", "-o", "export", path], [0, 2, 8]))
        contents.signatures = signatures(wipefs: try await Self.output(["wipefs", "--json", "--no-act", path], [0]))
        if contents.signatures.contains("linux_raid_member") {
            contents.arrayDataOffset = dataOffset(mdadm: try await Self.output(["mdadm", "--examine", path], [0]))
        }
        return contents
    }

    func apply(to disk: inout MachineFacts.Disk) {
        disk.identifier = identifier
        disk.signatures = signatures
        disk.arrayDataOffset = arrayDataOffset
    }

    private static func output(_ arguments: [String], _ successes: Set<Int32>) async throws -> String {
        do {
            let command = Command(arguments, deadline: 30, successes: successes)
            return try await ChildProcess.run(command).text
        } catch is CommandFailure {
            return ""
        }
    }

    /// Of `blkid -p -o export`: a line `NAME=VALUE` for each.
    package init(blkid text: String) {
        var values: [String: String] = [:]
        for line in text.split(whereSeparator: \.isNewline) {
            let parts = line.split(separator: "=", maxSplits: 1)
            if parts.count == 2 { values[String(parts[0])] = String(parts[1]).replacing("\\ ", with: " ") }
        }
        type = values["TYPE"]
        uuid = values["UUID"]
        identifier = values["PTUUID"] ?? values["UUID"]
        partitionUUID = values["PART_ENTRY_UUID"]?.lowercased()
    }

    /// Of `wipefs --json`: `{"signatures": [{"type": "gpt", …}]}`; nothing at all where there are none.
    package static func signatures(wipefs text: String) -> [String] {
        let marks = (try? Value(json: text))?["signatures"]?.arrayValue ?? []
        var seen: Set<String> = []
        return marks.compactMap { $0["type"]?.stringValue }.filter { seen.insert($0).inserted }
    }

    /// Of `mdadm --examine`: `    Data Offset : 264192 sectors`.
    package static func dataOffset(mdadm text: String) -> Int? {
        for line in text.split(whereSeparator: \.isNewline) {
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2, parts[0].trimmed == "Data Offset" else { continue }
            let sectors = parts[1].trimmed.prefix { $0.isNumber }
            let bytes = Int(sectors)?.multipliedReportingOverflow(by: 512)
            return bytes.flatMap { $0.overflow ? nil : $0.partialValue }
        }
        return nil
    }
}
