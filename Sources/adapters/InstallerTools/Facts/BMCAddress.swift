import Primitives

/// The address of this machine's own BMC, asked from within.
enum BMCAddress {
    /// Whether the kernel has found a BMC.
    static func hasDevice(in system: SystemFiles) -> Bool {
        ["/dev/ipmi0", "/dev/ipmi/0", "/dev/ipmidev/0"].contains(where: system.exists)
    }

    /// - Returns: nil where there is no BMC, or where it has no address.
    static func read(in system: SystemFiles = SystemFiles()) async throws -> IPv4Address? {
        if let address = VirtualDevices(in: system).bmc { return address }
        guard hasDevice(in: system) else { return nil }
        for channel in ["1", "2", "8"] {
            do {
                let command = Command("ipmitool", "lan", "print", channel, deadline: 20)
                if let address = parse(try await ChildProcess.run(command).text) { return address }
            } catch is CommandFailure {
                continue
            }
        }
        return nil
    }

    /// The line `IP Address              : 10.0.0.11` of `ipmitool lan print`.
    static func parse(_ text: String) -> IPv4Address? {
        for line in text.split(whereSeparator: \.isNewline) {
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2, parts[0].trimmed == "IP Address", let address = IPv4Address(parts[1].trimmed) else {
                continue
            }
            return address.rawValue == 0 ? nil : address
        }
        return nil
    }
}
