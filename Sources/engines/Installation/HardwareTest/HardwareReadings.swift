import Primitives

/// What was read of a machine's hardware, before it is held against the design.
package struct HardwareReadings: Sendable {
    /// Of all modules together.
    package var memory: MemoryReadings
    /// By name.
    package var disks: [DiskReadings]
    /// By name.
    package var links: [LinkReadings]
    /// Of the system, the hardware and the BMC.
    package var clocks: ClockReadings

    /// - Parameters: as the members.
    package init(memory: MemoryReadings, disks: [DiskReadings], links: [LinkReadings], clocks: ClockReadings) {
        self.memory = memory
        self.disks = disks
        self.links = links
        self.clocks = clocks
    }
}

/// Something that was read, or the reason why it was not.
package enum Reading<Seen: Sendable & Hashable>: Sendable, Hashable {
    /// What was seen.
    case read(Seen)
    /// Why: `smartctl is not in this installer`.
    case missing(String)
}

/// Memory, as firmware, kernel and a test tell of it.
package struct MemoryReadings: Sendable {
    /// In MiB: of the modules, as the firmware lists them; nil where it does not.
    package var installed: Int?
    /// In MiB: what the kernel has to give; nil where it does not say.
    package var usable: Int?
    /// What was written and read again.
    package var patterns: Reading<PatternTest>
    /// What the controllers have counted.
    package var errors: Reading<ErrorCounts>

    /// - Parameters: as the members.
    package init(installed: Int?, usable: Int?, patterns: Reading<PatternTest>, errors: Reading<ErrorCounts>) {
        self.installed = installed
        self.usable = usable
        self.patterns = patterns
        self.errors = errors
    }

    /// Patterns that were written to free memory and read again.
    package struct PatternTest: Sendable, Hashable {
        /// In MiB: how much memory had each pattern.
        package var tested: Int
        /// In MiB: how much was free for it.
        package var free: Int
        /// How long it took.
        package var seconds: Double
        /// Words of 64 bits that were not read as they were written.
        package var mismatches: Int
        /// The first of them: `at 0x7f… 0x0… instead of 0x1…`.
        package var example: String?
        /// The kernel ended the test since memory could not be read (SIGBUS).
        package var isEndedByHardware: Bool

        package init(
            tested: Int, free: Int, seconds: Double, mismatches: Int = 0, example: String? = nil,
            isEndedByHardware: Bool = false
        ) {
            self.tested = tested
            self.free = free
            self.seconds = seconds
            self.mismatches = mismatches
            self.example = example
            self.isEndedByHardware = isEndedByHardware
        }
    }

    /// What the memory controllers have counted since the kernel began (EDAC).
    package struct ErrorCounts: Sendable, Hashable {
        /// Before the patterns.
        package var correctedBefore: Int
        /// After the patterns.
        package var corrected: Int
        /// After the patterns.
        package var uncorrected: Int
        /// Labels of modules with errors.
        package var modules: [String]

        package init(correctedBefore: Int, corrected: Int, uncorrected: Int, modules: [String] = []) {
            self.correctedBefore = correctedBefore
            self.corrected = corrected
            self.uncorrected = uncorrected
            self.modules = modules
        }
    }
}

/// One disk, as it tells of itself and as it is read.
package struct DiskReadings: Sendable {
    /// The kernel's name.
    package var name: String
    /// By SMART.
    package var health: Reading<DiskHealth>
    /// Of pieces from all over it.
    package var reading: Reading<ReadTest>

    package init(name: String, health: Reading<DiskHealth>, reading: Reading<ReadTest>) {
        self.name = name
        self.health = health
        self.reading = reading
    }

    /// Pieces that were read from places all over a disk.
    package struct ReadTest: Sendable, Hashable {
        /// How many were read, and how many were wanted.
        package var read: Int
        package var wanted: Int
        /// Places that could not be read, each with the reason: `at 480.1 GB: Input/output error`.
        package var failures: [String]
        /// In seconds: of the slowest piece.
        package var slowest: Double
        /// Whether the disk did not answer at all any more.
        package var isHanging: Bool

        package init(read: Int, wanted: Int, failures: [String] = [], slowest: Double = 0, isHanging: Bool = false) {
            self.read = read
            self.wanted = wanted
            self.failures = failures
            self.slowest = slowest
            self.isHanging = isHanging
        }
    }
}

/// One network interface and who is at its other end.
package struct LinkReadings: Sendable {
    /// The kernel's name.
    package var name: String
    /// What the kernel says of it.
    package var link: Reading<LinkState>
    /// Those that were heard by LLDP.
    package var neighbours: Reading<[Neighbour]>

    package init(name: String, link: Reading<LinkState>, neighbours: Reading<[Neighbour]>) {
        self.name = name
        self.link = link
        self.neighbours = neighbours
    }
}

/// In seconds: how far clocks are ahead of the daemon's; negative where they are behind.
package struct ClockReadings: Sendable {
    /// Before it was set by the daemon's time.
    package var system: Reading<Int>
    /// After that.
    package var hardware: Reading<Int>
    package var bmc: Reading<Int>

    package init(system: Reading<Int>, hardware: Reading<Int>, bmc: Reading<Int>) {
        self.system = system
        self.hardware = hardware
        self.bmc = bmc
    }
}
