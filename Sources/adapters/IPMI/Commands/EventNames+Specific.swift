extension EventNames {
    /// The states that are peculiar to a sensor's type, by the type (IPMI v2.0 table 42-3).
    static let specific: [UInt8: [String]] = [
        0x05: [
            "chassis intrusion", "drive bay intrusion", "I/O card area intrusion", "processor area intrusion",
            "LAN leash lost", "unauthorized dock", "fan area intrusion",
        ],
        0x06: [
            "secure mode violation", "pre-boot user password violation", "pre-boot set-up password violation",
            "pre-boot network password violation", "other pre-boot password violation",
            "out-of-band password violation",
        ],
        0x07: [
            "IERR", "thermal trip", "FRB1/BIST failure", "FRB2/hang in POST", "FRB3/start-up failure",
            "configuration error", "uncorrectable CPU-complex error", "processor present", "processor disabled",
            "terminator present", "processor throttled", "uncorrectable machine check", "correctable machine check",
        ],
        0x08: [
            "present", "failure detected", "failure predicted", "input lost", "input lost or out of range",
            "input out of range", "configuration error", "inactive",
        ],
        0x09: [
            "power off", "power cycle", "240VA power down", "interlock power down", "input lost",
            "soft power control failure", "failure detected", "failure predicted",
        ],
        0x0c: [
            "correctable ECC", "uncorrectable ECC", "parity", "memory scrub failed", "memory device disabled",
            "correctable ECC logging limit reached", "present", "configuration error", "spare", "memory throttled",
            "critical overtemperature",
        ],
        0x0d: [
            "drive present", "drive fault", "failure predicted", "hot spare", "consistency check in progress",
            "in critical array", "in failed array", "rebuild in progress", "rebuild aborted",
        ],
        0x0f: ["POST error", "firmware hang", "firmware progress"],
        0x10: [
            "correctable memory error logging disabled", "event type logging disabled", "log cleared",
            "all logging disabled", "log full", "log almost full", "correctable machine check logging disabled",
        ],
        0x11: [
            "BIOS watchdog reset", "OS watchdog reset", "OS watchdog shut down", "OS watchdog power down",
            "OS watchdog power cycle", "OS watchdog diagnostic interrupt", "OS watchdog expired",
            "OS watchdog pre-timeout interrupt",
        ],
        0x12: [
            "system reconfigured", "OEM system boot", "undetermined hardware failure", "auxiliary log entry added",
            "PEF action", "clock synchronized",
        ],
        0x13: [
            "front panel diagnostic interrupt", "bus timeout", "I/O channel check", "software NMI", "PCI PERR",
            "PCI SERR", "EISA fail-safe timeout", "bus correctable error", "bus uncorrectable error", "fatal NMI",
            "bus fatal error", "bus degraded",
        ],
        0x14: ["power button", "sleep button", "reset button", "FRU latch open", "FRU service request"],
        0x19: ["soft power control failure", "thermal trip"],
        0x1b: ["connected", "incorrect cable"],
        0x1d: [
            "power up", "hard reset", "warm reset", "PXE boot requested", "automatic boot to diagnostic",
            "hard reset by software", "warm reset by software", "restart",
        ],
        0x1e: [
            "no bootable medium", "diskette not bootable", "PXE server not found", "boot sector invalid",
            "time-out at the selection of the boot source",
        ],
        0x1f: [
            "A: boot completed", "C: boot completed", "PXE boot completed", "diagnostic boot completed",
            "CD-ROM boot completed", "ROM boot completed", "boot completed", "installation started",
            "installation completed", "installation aborted", "installation failed",
        ],
        0x20: [
            "critical stop during OS load", "run-time critical stop", "graceful stop", "graceful shutdown",
            "soft shutdown by PEF", "agent not responding",
        ],
        0x21: [
            "fault", "identify", "device installed", "ready for installation", "ready for removal", "slot power off",
            "removal requested", "interlock", "slot disabled", "spare device",
        ],
        0x22: [
            "S0/G0 working", "S1 sleeping", "S2 sleeping", "S3 sleeping", "S4 suspend to disk", "S5/G2 soft off",
            "S4/S5 soft off", "G3 mechanical off", "sleeping in S1, S2 or S3", "G1 sleeping",
            "S5 entered by override", "legacy on", "legacy off", "", "unknown",
        ],
        0x23: ["timer expired", "hard reset", "power down", "power cycle", "", "", "", "", "timer interrupt"],
        0x24: ["page generated", "LAN alert generated", "PET generated", "SNMP trap generated"],
        0x25: ["entity present", "entity absent", "entity disabled"],
        0x27: ["LAN heartbeat lost", "LAN heartbeat"],
        0x28: [
            "sensor access degraded", "controller access degraded", "management controller off line",
            "management controller unavailable", "sensor failure", "FRU failure",
        ],
        0x29: ["battery low", "battery failed", "battery present"],
        0x2a: ["session activated", "session deactivated", "invalid user name or password", "password disabled"],
        0x2b: [
            "hardware changed", "firmware or software changed", "hardware incompatible", "firmware incompatible",
            "hardware version invalid", "firmware version invalid", "hardware change successful",
            "software change successful",
        ],
        0x2c: [
            "not installed", "inactive", "activation requested", "activation in progress", "active",
            "deactivation requested", "deactivation in progress", "communication lost",
        ],
    ]
}
