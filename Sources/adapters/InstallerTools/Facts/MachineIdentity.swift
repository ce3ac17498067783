import Primitives

/// What tells one machine from the others, and what it has.
package struct MachineIdentity: Sendable, Hashable {
    /// As the firmware tells them; nil where it tells none.
    package var serial: String?
    /// As DMI has it.
    package var uuid: String?
    /// Who made the machine.
    package var vendor: String?
    /// What its maker calls it.
    package var product: String?
    /// Threads of execution.
    package var cpuCount: Int?
    /// In MiB: what the kernel has to give.
    package var memory: Int?
    /// Whether it was booted by UEFI.
    package var isUEFI: Bool

    package init(in system: SystemFiles = SystemFiles()) {
        let dmi = "/sys/class/dmi/id"
        serial = system.text("\(dmi)/product_serial") ?? system.text("\(dmi)/chassis_serial")
        uuid = system.text("\(dmi)/product_uuid")
        vendor = system.text("\(dmi)/sys_vendor")
        product = system.text("\(dmi)/product_name")
        let processors = (system.text("/proc/cpuinfo") ?? "").split(whereSeparator: \.isNewline)
            .count { $0.hasPrefix("processor") }
        cpuCount = processors > 0 ? processors : nil
        memory = Self.memory(in: system.text("/proc/meminfo") ?? "")
        isUEFI = system.exists("/sys/firmware/efi")
    }

    /// `MemTotal:       16331720 kB`
    private static func memory(in text: String) -> Int? {
        text.split(whereSeparator: \.isNewline).lazy
            .filter { $0.hasPrefix("MemTotal:") }
            .compactMap { line in line.split(separator: " ").dropFirst().first.flatMap { Int($0) } }
            .map { $0 / 1024 }.first { $0 > 0 }
    }
}
