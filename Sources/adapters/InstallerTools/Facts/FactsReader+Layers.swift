import Installation
import Primitives

extension FactsReader {
    /// Partitions, arrays and mapped devices, each after what it stands on.
    func layers(above disks: [String]) async throws -> [MachineFacts.Layer] {
        let mounts = MountTable(system.text("/proc/self/mountinfo") ?? "")
        let swaps = Self.swapped(system.text("/proc/swaps") ?? "")
        var waiting = try candidates(disks)
        var known = Set(disks)
        var layers: [MachineFacts.Layer] = []
        while let place = waiting.firstIndex(where: { known.isSuperset(of: $0.lowers) }) {
            var layer = waiting.remove(at: place)
            let contents = try await DiskContents.read(of: layer.path)
            layer.signatures = contents.signatures
            layer.arrayDataOffset = contents.arrayDataOffset
            let number = system.text("/sys/class/block/\(layer.name)/dev")
            layer.mountPoints = number.map { mounts.points(of: $0) } ?? []
            layer.isSwap = [layer.path, "/dev/\(layer.name)"].contains(where: swaps.contains)
            known.insert(layer.name)
            layers.append(layer)
        }
        return layers
    }

    private func candidates(_ disks: [String]) throws -> [MachineFacts.Layer] {
        let stacked = try system.list("/sys/block").filter { $0.hasPrefix("md") || $0.hasPrefix("dm-") }
        var layers = try (disks + stacked.filter { $0.hasPrefix("md") }).flatMap { owner in
            try system.list("/sys/block/\(owner)").compactMap { name -> MachineFacts.Layer? in
                let folder = "/sys/block/\(owner)/\(name)"
                guard name.hasPrefix(owner), system.exists("\(folder)/partition") else { return nil }
                return MachineFacts.Layer(
                    name: name, kind: .partition, size: size(folder), lowers: [owner],
                    isReadOnly: system.flag("\(folder)/ro"))
            }
        }
        for name in stacked {
            let folder = "/sys/block/\(name)"
            // An array that is not assembled has no members, and one that was stopped no size.
            let lowers = try system.list("\(folder)/slaves")
            guard !lowers.isEmpty else { continue }
            let isMapped = name.hasPrefix("dm-")
            let mapping = isMapped ? system.text("\(folder)/dm/name").map { "/dev/mapper/\($0)" } : nil
            layers.append(
                MachineFacts.Layer(
                    name: name, path: mapping, kind: isMapped ? .mapped : .array, size: size(folder), lowers: lowers,
                    isReadOnly: system.flag("\(folder)/ro")))
        }
        return layers
    }

    /// The first word of each line of `/proc/swaps` but the first.
    private static func swapped(_ text: String) -> Set<String> {
        Set(
            text.split(whereSeparator: \.isNewline).dropFirst().compactMap {
                $0.split(whereSeparator: \.isWhitespace).first.map { String($0) }
            })
    }
}

/// What is mounted where, of `/proc/self/mountinfo` (proc(5)).
package struct MountTable: Sendable {
    /// A mounted file system.
    package struct Entry: Sendable, Hashable {
        /// `8:1`
        package var device: String
        /// An absolute path.
        package var point: String
    }

    /// In the order in which they were mounted.
    package let entries: [Entry]

    package init(_ text: String) {
        entries = text.split(whereSeparator: \.isNewline).compactMap { line in
            let fields = line.split(separator: " ", omittingEmptySubsequences: false)
            guard fields.count > 5 else { return nil }
            return Entry(device: String(fields[2]), point: Self.unescaped(fields[4]))
        }
    }

    /// Of this process.
    package static func current() -> MountTable { MountTable(SystemFiles().text("/proc/self/mountinfo") ?? "") }

    /// Where a device is mounted.
    package func points(of device: String) -> [String] { entries.filter { $0.device == device }.map(\.point) }

    /// What is mounted at a folder or below it, the newest first.
    package func points(below folder: String) -> [String] {
        entries.map(\.point).filter { $0 == folder || $0.hasPrefix(folder + "/") }.reversed()
    }

    /// `\040` is a blank.
    private static func unescaped(_ text: Substring) -> String {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.first {
            let digits = rest.dropFirst().prefix(3)
            if byte == UInt8(ascii: "\\"), digits.count == 3, digits.allSatisfy({ (48...55).contains($0) }) {
                bytes.append(UInt8(truncatingIfNeeded: digits.reduce(0) { $0 << 3 | Int($1 - 48) }))
                rest = rest.dropFirst(4)
            } else {
                bytes.append(byte)
                rest = rest.dropFirst()
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
