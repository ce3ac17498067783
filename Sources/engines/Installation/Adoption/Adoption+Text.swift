import OrderedCollections
import Primitives
import SiteDesign

extension Adoption {
    /// The documents as a stream of YAML in printable ASCII, with comments that say what was chosen and why.
    ///
    /// A `drydock/HardwareProfile/v1` where none fits, then the `drydock/BaremetalNode/v1`.
    ///
    /// - Parameter file: where the stream will stand, for the commands in the first comment.
    package func text(file: String) -> String {
        var lines = CommentedYAML()
        describe(file, &lines)
        if case .new(let profile, let reasons) = hardware { write(profile, reasons, &lines) }
        writeNode(&lines)
        return lines.text
    }

    private func describe(_ file: String, _ lines: inout CommentedYAML) {
        lines.comment("Node \(request.name), from the inventory of the machine that boots from \(machine.mac).")
        lines.comment("Nothing is staged. Review this, then:")
        lines.comment("  boatyard create configdocs \(request.name) --filename \(file) --append")
        lines.comment("  boatyard commit configdocs")
        lines.comment("")
        lines.comment(
            "The machine: "
                + [
                    machine.model.isEmpty ? "of unknown make" : machine.model, machine.serial.map { "serial \($0)" },
                    machine.cpuCount > 0 ? "\(machine.cpuCount) CPUs" : nil,
                    machine.memory > 0 ? "\(machine.memory) MiB" : nil,
                    machine.firmware.map { "boots by \($0.rawValue)" }, machine.bmcAddress.map { "BMC \($0)" },
                ].compactMap(\.self).joined(separator: ", "))
        for disk in machine.disks {
            lines.comment(
                "  disk "
                    + [
                        disk.name, disk.size > 0 ? ByteCount.text(disk.size) : nil, disk.address.map { "at \($0)" },
                        disk.model, disk.serial.map { "serial \($0)" },
                    ].compactMap(\.self).joined(separator: ", "))
        }
        for card in machine.cards {
            lines.comment(
                "  interface "
                    + [
                        card.name, card.mac?.description, card.address.map { "at \($0)" }, card.hasLink ? "link" : nil,
                        card.mac == machine.mac ? "booted" : nil,
                    ].compactMap(\.self).joined(separator: ", "))
        }
        var remarks = remarks
        if case .new(let profile, _) = hardware { remarks += profile.lacks }
        guard !remarks.isEmpty else { return }
        lines.comment("")
        lines.comment("To look at:")
        for remark in remarks { lines.comment("  \(remark)") }
    }

    private func write(_ profile: NewHardwareProfile, _ reasons: [String], _ lines: inout CommentedYAML) {
        lines.begin("drydock/HardwareProfile/v1", profile.name, layer: layer) {
            $0.comment("None of the site's hardware profiles fits:")
            for reason in reasons { $0.comment("  \(reason).") }
        }
        if let vendor = machine.vendor.map(CommentedYAML.harmless), !vendor.isEmpty {
            lines.member("vendor", vendor, depth: 1)
        }
        let mode = machine.firmware ?? .bios
        lines.member(
            "boot_mode", mode.rawValue, depth: 1, comment: machine.firmware == nil ? "not in the inventory" : nil)
        lines.member("bootstrap_protocol", "pxe", depth: 1)
        if !profile.aliases.isEmpty { lines.line("device_aliases:", depth: 1) }
        for alias in profile.aliases {
            lines.comment(alias.reason, depth: 2)
            lines.key(alias.name, depth: 2)
            lines.member("address", alias.address, depth: 3)
            lines.member("bus_type", alias.bus, depth: 3)
            lines.member("dev_type", CommentedYAML.harmless(alias.type), depth: 3)
        }
        if !profile.cpuSets.isEmpty {
            lines.comment("As in the profile that does not fit: compare with this machine's processors.", depth: 1)
            lines.line("cpu_sets:", depth: 1)
            for (name, set) in profile.cpuSets { lines.member(name, set, depth: 2) }
        }
        if !profile.hugePages.isEmpty {
            lines.comment("As in the profile that does not fit: compare with this machine's memory.", depth: 1)
            lines.line("hugepages:", depth: 1)
            for pages in profile.hugePages {
                lines.key(pages.name, depth: 2)
                lines.member("size", pages.size, depth: 3)
                lines.line("count: \(pages.count)", depth: 3)
            }
        }
    }

    private func writeNode(_ lines: inout CommentedYAML) {
        lines.begin("drydock/BaremetalNode/v1", request.name, layer: layer)
        lines.member("host_profile", request.profile, depth: 1)
        switch hardware {
        case .inherited(let name): lines.comment("The hardware profile \(name) of the host profile fits.", depth: 1)
        case .existing(let name, let reasons):
            for reason in reasons { lines.comment("\(reason).", depth: 1) }
            lines.comment("\(name) fits.", depth: 1)
            lines.member("hardware_profile", name, depth: 1)
        case .new(let profile, _): lines.member("hardware_profile", profile.name, depth: 1, comment: "the one above")
        }
        lines.line("addressing:", depth: 1)
        for address in addresses {
            lines.comment(address.reason, depth: 2)
            lines.member("- network", address.network, depth: 2)
            lines.member("address", address.address, depth: 3)
        }
        lines.line("metadata:", depth: 1)
        if let rack = request.rack {
            lines.member("rack", rack, depth: 2)
        } else {
            lines.comment("rack: where the machine stands (--rack)", depth: 2)
        }
        lines.member("boot_mac", machine.mac.description, depth: 2)
        let pins = pins.map { ($0, CommentedYAML.harmless($1)) }
        guard request.isPinned, !pins.isEmpty else { return }
        lines.comment("Only the machine that tells these is the node.", depth: 2)
        lines.line("owner_data:", depth: 2)
        for (key, value) in pins { lines.member(key, value, depth: 3) }
    }
}

/// YAML that is written line by line, since an emitter has no comments.
struct CommentedYAML {
    private(set) var text = ""

    /// Begins a document of Deckhand's down to `data:`.
    mutating func begin(
        _ schema: String, _ name: String, layer: String, comments: (inout CommentedYAML) -> Void = { _ in }
    ) {
        line("---", depth: 0)
        comments(&self)
        line("schema: \(schema)", depth: 0)
        line("metadata:", depth: 0)
        line("schema: metadata/Document/v1", depth: 1)
        member("name", name, depth: 1)
        line("layeringDefinition:", depth: 1)
        line("abstract: false", depth: 2)
        member("layer", layer, depth: 2)
        line("storagePolicy: cleartext", depth: 1)
        line("data:", depth: 0)
    }

    /// `KEY: VALUE`. The key is one of ours, or a name of a document.
    mutating func member(_ key: String, _ value: String, depth: Int, comment: String? = nil) {
        let name = key == "- network" ? key : Self.scalar(key)
        line("\(name): \(Self.scalar(value))" + (comment.map { "  # \(Self.printable($0))" } ?? ""), depth: depth)
    }

    /// `KEY:`, for a mapping below it.
    mutating func key(_ key: String, depth: Int) { line("\(Self.scalar(key)):", depth: depth) }

    mutating func comment(_ text: String, depth: Int = 0) {
        line(text.isEmpty ? "#" : "# \(Self.printable(text))", depth: depth)
    }

    mutating func line(_ line: String, depth: Int) { text += String(repeating: "  ", count: depth) + line + "\n" }

    /// With `?` for all that is no printable ASCII, a line feed above all.
    private static func printable(_ text: String) -> String {
        var shown = String.UnicodeScalarView()
        for scalar in text.unicodeScalars { shown.append(isPrintable(scalar) ? scalar : "?") }
        return String(shown)
    }

    /// A description that a machine has given of itself, without all that is no printable ASCII, or that shells take for more
    /// than a text.
    static func harmless(_ text: String) -> String {
        var kept = String.UnicodeScalarView()
        for scalar in text.unicodeScalars where isPrintable(scalar) && !"\"'`;\\${}&".unicodeScalars.contains(scalar) {
            kept.append(scalar)
        }
        return String(kept).trimmed
    }

    private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool { (0x20...0x7e).contains(scalar.value) }

    /// A scalar that is read as this text by YAML 1.1 and 1.2: plain where nobody could take it for something else.
    static func scalar(_ text: String) -> String {
        if IPv4Address(text) != nil || isPlain(text) { return text }
        if text.unicodeScalars.allSatisfy(isPrintable) { return "'\(text.replacing("'", with: "''"))'" }
        let escaped = text.unicodeScalars.map { scalar -> String in
            switch scalar {
            case "\"", "\\": return "\\\(scalar)"
            case _ where isPrintable(scalar): return String(scalar)
            default:
                let digits = String(scalar.value, radix: 16)
                return "\\U" + String(repeating: "0", count: max(0, 8 - digits.count)) + digits
            }
        }
        return "\"\(escaped.joined())\""
    }

    /// Words that YAML 1.1 reads as something else than a text, in lower case.
    private static let words: Set = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"]

    private static func isPlain(_ text: String) -> Bool {
        guard let first = text.utf8.first, (97...122).contains(first) || (65...90).contains(first),
            !words.contains(text.lowercased())
        else { return false }
        return text.utf8.allSatisfy {
            (97...122).contains($0) || (65...90).contains($0) || (48...57).contains($0)
                || [UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: ".")].contains($0)
        }
    }
}
