import OrderedCollections

/// Kernel parameters of a node: references into its hardware profile, and the command line
/// (`docs/reference/drydock.md` §6).
enum KernelParameters {
    private static let reference = "hardwareprofile:"

    /// - Throws: `DesignError` where a reference has no dot after its type.
    static func resolved(_ parameters: Labels, from hardware: HardwareProfile) throws -> Labels {
        try parameters.mapValues { value in
            guard value.hasPrefix(reference) else { return value }
            return try lookup(value.dropFirst(reference.count), in: hardware) ?? value
        }
    }

    /// nil where the hardware profile has no such thing.
    private static func lookup(_ reference: Substring, in hardware: HardwareProfile) throws -> String? {
        let parts = reference.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else {
            throw DesignError("Kernel parameter reference hardwareprofile:\(reference) names no member of its type")
        }
        switch parts[0] {
        case "cpuset": return hardware.cpuSets[String(parts[1])]
        case "hugepages":
            guard let dot = parts[1].lastIndex(of: ".") else { return nil }
            let name = parts[1][..<dot]
            guard let pages = hardware.hugePages.first(where: { $0.name == name }) else { return nil }
            switch parts[1][dot...].dropFirst() {
            case "size": return pages.size
            case "count": return String(pages.count)
            default: return nil
            }
        default: return nil
        }
    }

    /// The command line as Drydock writes it: huge pages first, a space before each other parameter, a parameter that
    /// is `True` by its name alone.
    ///
    /// - Throws: `DesignError` where `hugepages` and `hugepagesz` do not come together.
    static func commandLine(_ parameters: Labels) throws -> String {
        var line = ""
        if let size = parameters["hugepagesz"] {
            guard let count = parameters["hugepages"] else {
                throw DesignError("must specify both size and count for hugepages")
            }
            line = "hugepagesz=\(size) hugepages=\(count)"
        }
        let written: Set<String> = line.isEmpty ? [] : ["hugepagesz", "hugepages"]
        for (name, value) in parameters where !written.contains(name) {
            line += value == "True" ? " \(name)" : " \(name)=\(value)"
        }
        return line
    }
}

extension BaremetalNode {
    /// The values of the kernel parameter `console`, in their order; those that no boot script can carry are left out.
    package var consoles: [String] {
        (settings.kernelParameters["console"] ?? "").split(separator: " ")
            .map { $0.hasPrefix("console=") ? String($0.dropFirst("console=".count)) : String($0) }
            .filter { !$0.isEmpty && $0.utf8.allSatisfy(Self.isOfConsole) }
    }

    /// Letters, digits and what stands in names such as `ttyS1,115200n8` and `uart8250,mmio32,0xfedc9000`.
    private static func isOfConsole(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"):
            true
        default:
            [UInt8(ascii: ","), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: ":")].contains(
                byte)
        }
    }

    /// The kernel's command line, `docs/reference/drydock.md` §6: it may begin with a space.
    ///
    /// - Throws: where huge pages are given by halves, which a validator reports too.
    package func kernelCommandLine() throws -> String { try KernelParameters.commandLine(settings.kernelParameters) }
}
