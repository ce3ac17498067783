import Installation

/// How the virtual machines of a site are made.
package struct VirtualMachineOptions: Sendable, Hashable {
    /// The bridge that all their network interfaces are on, in the network namespace of this process.
    package var bridge: String
    /// The folder for disks, the firmware's variables, and consoles: one folder in it for each machine.
    package var folder: String
    /// In MiB, of each machine.
    package var memory = 1536
    /// Of each machine; see `processors(of:host:)`.
    package var processors = 2
    /// The time at which the hardware clock of each machine stands at each start: `2001-01-01`; nil for the time of this host.
    package var clock: String?
    /// The machines whose firmware starts only what is signed. They have to be UEFI machines.
    package var secureBoot: Set<String> = []
    /// The machines whose firmware boots by HTTP instead of TFTP. They have to be UEFI machines.
    package var httpBoot: Set<String> = []
    /// The machines whose firmware asks the network before the disk where no BMC orders anything.
    package var networkFirst: Set<String> = []

    package init(bridge: String, folder: String) {
        self.bridge = bridge
        self.folder = folder
    }

    /// How many processors each machine has: two where the host has as many for all of them. Processors of one machine that
    /// take turns on one of the host wait for each other.
    package static func processors(of machines: Int, host: Int) -> Int {
        max(1, min(2, host / max(1, machines)))
    }

    /// - Throws: `RehearsalError` for a name that is no machine's, and where firmware is asked for what it cannot.
    package func check(against site: RehearsedSite) throws(RehearsalError) {
        for names in [secureBoot, httpBoot, networkFirst] { try site.check(names) }
        for machine in site.machines where machine.firmware == .bios {
            if secureBoot.contains(machine.name) || httpBoot.contains(machine.name) {
                throw RehearsalError(
                    "\(machine.name) boots by BIOS, which knows neither Secure Boot nor HTTP boot: its hardware profile must "
                        + "have boot_mode uefi.")
            }
        }
    }
}
