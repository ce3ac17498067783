import OrderedCollections
import Primitives
import SiteDesign
import Testing

@testable import Installation

@Suite("A machine's hardware, held against its design")
struct HardwareComparisonTests {
    static let plan: Value = [
        "kind": "test", "node": "n1", "test": .string(Fixture.deployment), "mode": "quick", "memory_mib": 131_072,
        "limits": HardwareTestPlan.Limits(.quick).value,
        "disks": [
            [
                "device": "bootdisk",
                "selector": ["alias": "bootdisk", "address": "0:2.0.0", "bus_type": "scsi"],
            ]
        ],
        "interfaces": [
            interface("eno1", "0000:01:00.0", "switch-3 Ethernet6"),
            interface("eno2", "0000:01:00.1", "switch-3 Ethernet7"),
        ],
    ]

    private static func interface(_ name: String, _ address: String, _ neighbour: String?) -> Value {
        [
            "name": .string(name),
            "selector": ["alias": .string(name), "address": .string(address), "bus_type": "pci"],
            "bond": "bond0", "speed": 10_000, "neighbour": Value(neighbour),
        ]
    }

    private static func read(_ members: OrderedDictionary<String, Value> = [:]) throws -> HardwareTestPlan {
        var object = plan.objectValue ?? [:]
        for (key, value) in members { object[key] = value }
        guard case .test(let plan) = try MachinePlan(.object(object)) else {
            throw InstallationError(.plan, "The fixture is no test.")
        }
        return plan
    }

    private static func link(
        _ name: String, _ port: String?, speed: Int? = 10_000, hasCarrier: Bool = true, isFullDuplex: Bool = true
    ) -> LinkReadings {
        LinkReadings(
            name: name,
            link: .read(LinkState(hasCarrier: hasCarrier, speed: speed, isFullDuplex: isFullDuplex, fastest: 25_000)),
            neighbours: .read(port.map { [Neighbour(system: "switch-3", port: $0)] } ?? []))
    }

    /// Of a machine that is as its design says.
    private static var good: HardwareReadings {
        HardwareReadings(
            memory: MemoryReadings(
                installed: 131_072, usable: 128_500,
                patterns: .read(.init(tested: 100_000, free: 120_000, seconds: 50)),
                errors: .read(.init(correctedBefore: 0, corrected: 0, uncorrected: 0))),
            disks: ["sda", "sdb"].map {
                DiskReadings(
                    name: $0, health: .read(DiskHealth(isPassed: true)),
                    reading: .read(.init(read: 16, wanted: 16, slowest: 0.02)))
            }, links: [link("eno1", "Ethernet6"), link("eno2", "Ethernet7")],
            clocks: ClockReadings(system: .read(1), hardware: .read(-2), bmc: .read(30)))
    }

    private func findings(
        _ plan: HardwareTestPlan? = nil, on facts: MachineFacts = Fixture.machine(),
        _ change: (inout HardwareReadings) -> Void = { _ in }
    ) throws -> [HardwareFinding] {
        var readings = Self.good
        change(&readings)
        return HardwareComparison(try plan ?? Self.read(), facts, readings).findings
    }

    /// Those that have not passed, as sentences with their result before them.
    private func told(_ findings: [HardwareFinding]) -> [String] {
        findings.filter { $0.result != .passed }.map { "\($0.result.rawValue): \($0.sentence)" }
    }

    @Test("a machine that is as designed passes every check, and each has a finding")
    func passes() throws {
        let findings = try findings()
        #expect(told(findings).isEmpty)
        #expect(findings.summary == "0 errors, 0 warnings, 15 passed, 0 not checked")
        for check in HardwareFinding.Check.allCases { #expect(findings.contains { $0.check == check }, "\(check)") }
    }

    @Test("a plan that is damaged says where")
    func damaged() {
        for (key, value) in [
            ("mode", "slow"), ("limits", nil), ("test", "x"), ("memory_mib", -1), ("disks", [["device": "a/b"]]),
            ("interfaces", [["name": "eno1"]]),
        ] as [(String, Value)] {
            #expect(throws: InstallationError.self) { try Self.read([key: value]) }
        }
    }

    @Test("swapped cables are told with what each hears, and whose cable it is")
    func swapped() throws {
        let findings = try findings {
            $0.links = [Self.link("eno1", "Ethernet7"), Self.link("eno2", "Ethernet6")]
        }
        #expect(
            told(findings) == [
                "error: eno1: neighbour: hears switch-3 Ethernet7, the design says switch-3 Ethernet6. That is the neighbour "
                    + "of eno2: its cable is in eno1. Swap the cables.",
                "error: eno2: neighbour: hears switch-3 Ethernet6, the design says switch-3 Ethernet7. That is the neighbour "
                    + "of eno1: its cable is in eno2. Swap the cables.",
            ])
    }

    @Test("a cable in another port, one that hears nobody, and one that nobody named are told apart")
    func neighbours() throws {
        var findings = try findings { $0.links[1] = Self.link("eno2", "Ethernet9") }
        #expect(
            told(findings) == [
                "error: eno2: neighbour: hears switch-3 Ethernet9, the design says switch-3 Ethernet7. Put the cable into the "
                    + "port of the design, or correct the design."
            ])
        findings = try self.findings { $0.links[1] = Self.link("eno2", nil) }
        #expect(
            told(findings) == [
                "error: eno2: neighbour: hears nobody in 65 s, the design says switch-3 Ethernet7. Follow the cable, and look "
                    + "whether LLDP is switched on at the port of the switch."
            ])
        findings = try self.findings { $0.links[1].neighbours = .missing("lldpd does not answer") }
        #expect(told(findings).first?.hasPrefix("not checked: eno2: neighbour: lldpd does not answer") == true)
        let plan = try Self.read(["interfaces": [Self.interface("eno2", "0000:01:00.1", nil)]])
        #expect(
            told(try self.findings(plan)) == [
                "not checked: eno2: neighbour: hears switch-3 Ethernet7; the design names no neighbour. Where that is right, "
                    + "let the design say so: metadata.owner_data, neighbour.eno2: 'switch-3 Ethernet7'."
            ])
    }

    @Test("links that are down, slow, half duplex or slower than their bond are told")
    func links() throws {
        func told(_ link: LinkReadings) throws -> [String] {
            self.told(try findings { $0.links[1] = link }).map { $0.prefix { $0 != "(" && $0 != "." }.description }
        }
        #expect(
            try told(Self.link("eno2", nil, speed: nil, hasCarrier: false)) == [
                "error: eno2: link: has no link, the design says 10000 Mbit/s",
                "not checked: eno2: neighbour: there is no link to hear on, the design says switch-3 Ethernet7",
            ])
        #expect(
            try told(Self.link("eno2", "Ethernet7", speed: 1000)) == [
                "error: eno2: link: has a link of 1000 Mbit/s "
            ])
        #expect(
            try told(Self.link("eno2", "Ethernet7", isFullDuplex: false)) == [
                "error: eno2: link: has a link of 10000 Mbit/s, half duplex "
            ])
        #expect(
            try told(Self.link("eno2", "Ethernet7", speed: nil)) == [
                "not checked: eno2: link: has a link, and its driver does not tell the speed, the design says 10000 Mbit/s"
            ])
        let mixed = try findings { $0.links[0] = Self.link("eno1", "Ethernet6", speed: 25_000) }
        #expect(
            self.told(mixed) == [
                "warning: eno2: link: has a link of 10000 Mbit/s (the card can do 25000); another link of its bond has 25000, "
                    + "the design says 10000 Mbit/s. Look at its cable and transceiver, and at the port of the switch."
            ])
        let absent = try Self.read(["interfaces": [Self.interface("eno9", "0000:09:00.0", nil)]])
        #expect(
            self.told(try findings(absent)).first?.contains("has no network interface eno9 at 0000:09:00.0") == true)
    }

    @Test("memory that is missing, does not keep what is written, or has errors is told with what to do")
    func memory() throws {
        func told(_ change: @escaping (inout MemoryReadings) -> Void) throws -> [String] {
            self.told(try findings { change(&$0.memory) })
        }
        #expect(
            try told { ($0.installed, $0.usable) = (114_688, 112_000) } == [
                "error: memory: memory size: 112 GiB, of which 112000 MiB can be used, the design says 128 GiB. Look whether "
                    + "all modules are in and seated; the firmware's log may name one that failed."
            ])
        // Of what is missing a part may be switched off besides.
        #expect(
            try told { ($0.installed, $0.usable) = (65_536, 32_000) }.first?
                .hasPrefix(
                    "error: memory: memory size: 64 GiB, of which 32000 MiB can be used, the design says 128 GiB")
                == true)
        #expect(try told { $0.installed = nil } == [])
        #expect(try told { ($0.installed, $0.usable) = (nil, 98_000) }.first?.hasPrefix("error") == true)
        #expect(try told { $0.usable = 98_000 }.first?.hasPrefix("warning") == true)
        #expect(
            try told {
                $0.installed = 262_144; $0.usable = 260_000
            }.first?.hasPrefix("warning") == true)
        #expect(try told { ($0.installed, $0.usable) = (nil, nil) }.first?.hasPrefix("not checked") == true)
        #expect(
            try told {
                $0.patterns = .read(
                    .init(tested: 2048, free: 4096, seconds: 9, mismatches: 3, example: "0x1 instead of 0x0"))
            } == [
                "error: memory: memory patterns: 3 words were not read as they were written (2 GiB of 4 GiB free), first 0x1 "
                    + "instead of 0x0. Find the module with the firmware's own test, and replace it."
            ])
        #expect(
            try told { $0.patterns = .read(.init(tested: 0, free: 4096, seconds: 9, isEndedByHardware: true)) }
                .first?.hasPrefix("error") == true)
        #expect(try told { $0.patterns = .missing("why") } == ["not checked: memory: memory patterns: why."])
        #expect(
            try told {
                $0.errors = .read(.init(correctedBefore: 2, corrected: 5, uncorrected: 1, modules: ["A1", "B2"]))
            } == [
                "error: memory: memory errors: 1 uncorrected and 5 corrected errors since the start, 3 of them during the test "
                    + "(A1, B2). Replace the module."
            ])
        #expect(
            try told { $0.errors = .read(.init(correctedBefore: 2, corrected: 2, uncorrected: 0)) }
                .first?.hasPrefix("warning") == true)
        let silent = try Self.read(["memory_mib": nil])
        #expect(self.told(try findings(silent) { $0.memory.usable = 98_000 }).first?.hasPrefix("warning") == true)
        #expect(
            self.told(try findings(silent)) == [
                "not checked: memory: memory size: 128 GiB, of which 128500 MiB can be used; the design does not say how much "
                    + "it should be. Say so in metadata.owner_data: memory_gib."
            ])
    }

    @Test("a failing disk fails the machine where the design uses it, and is told where it does not")
    func disks() throws {
        func told(_ place: Int, _ change: @escaping (inout DiskReadings) -> Void) throws -> [String] {
            self.told(try findings { change(&$0.disks[place]) })
        }
        #expect(
            try told(0) { $0.health = .read(DiskHealth(isPassed: false, replaced: 2)) } == [
                "error: bootdisk (sda): disk health: the disk itself says that it is failing, 2 sectors are replaced. Replace "
                    + "the disk."
            ])
        #expect(
            try told(1) { $0.health = .read(DiskHealth(isPassed: false)) } == [
                "warning: sdb: disk health: the disk itself says that it is failing; the design does not use this disk. "
                    + "Replace the disk."
            ])
        #expect(try told(0) { $0.health = .read(DiskHealth(replaced: 2)) }.first?.hasPrefix("warning") == true)
        #expect(
            try told(0) { $0.health = .missing("smartctl is not in this installer, which is a small one") } == [
                "not checked: bootdisk (sda): disk health: smartctl is not in this installer, which is a small one."
            ])
        #expect(
            try told(0) { $0.reading = .read(.init(read: 15, wanted: 16, failures: ["at 1.0 GB: Input/output error"])) }
                .first?.hasPrefix("error: bootdisk (sda): disk reading: 15 of 16 places were read, failed at 1.0 GB")
                == true)
        #expect(
            try told(0) { $0.reading = .read(.init(read: 3, wanted: 16, isHanging: true)) }.first?
                .hasPrefix(
                    "error: bootdisk (sda): disk reading: 3 of 16 places were read, then the disk did not answer")
                == true)
        #expect(
            try told(0) { $0.reading = .read(.init(read: 16, wanted: 16, slowest: 4.2)) }.first?
                .hasPrefix("warning: bootdisk (sda): disk reading: 16 of 16 places were read, the slowest in 4.2 s")
                == true)
        let missing = try Self.read([
            "disks": [
                [
                    "device": "datadisk",
                    "selector": ["alias": "datadisk", "address": "0:2.9.0", "bus_type": "scsi"],
                ]
            ]
        ])
        #expect(
            self.told(try findings(missing)).first?.hasPrefix("error: datadisk: disk: n1 has no disk datadisk") == true)
    }

    @Test("a disk that the installation would refuse has not passed, and one that is late can be told from others")
    func refusedDisks() throws {
        func told(_ change: (inout [MachineFacts.Disk]) -> Void) throws -> [String] {
            var disks = Fixture.disks
            change(&disks)
            return self.told(try findings(on: Fixture.machine(disks: disks)))
        }
        #expect(
            try told { $0[0].isReadOnly = true }.first?.contains("which is bootdisk of the design, is read-only")
                == true)
        #expect(try told { $0[0].signatures = ["VMFS_volume_member"] }.first?.contains("VMFS_volume_member") == true)
        let paths = try told { disks in
            disks[1].wwns = disks[0].wwns
            disks[1].size = disks[0].size
        }
        #expect(paths.first?.hasPrefix("error: bootdisk: disk: n1: sda") == true)
        #expect(paths.first?.contains("is seen on several paths") == true)
        // What the design does not use is nobody's trouble.
        #expect(try told { $0[1].isReadOnly = true }.isEmpty)
        let twice = try Self.read([
            "disks": .array(
                ["bootdisk", "datadisk"].map { name in
                    [
                        "device": .string(name),
                        "selector": ["alias": .string(name), "address": "0:2.0.0", "bus_type": "scsi"],
                    ]
                })
        ])
        let same = self.told(try findings(twice))
        #expect(same.count == 1)
        #expect(
            same.first?.hasPrefix(
                "error: datadisk: disk: n1: bootdisk and datadisk of the design are the same disk, sda") == true)

        let plan = try Self.read()
        #expect(HardwareComparison.missingDisk(plan, Fixture.disks) == nil)
        #expect(HardwareComparison.missingDisk(plan, [Fixture.disks[1]])?.reason == .diskMissing)
        // Two that could be meant do not become one by waiting.
        var other = Fixture.disks[0]
        other.name = "sdc"
        #expect(HardwareComparison.missingDisk(plan, Fixture.disks + [other]) == nil)
    }

    @Test("clocks that are off are warned of, each with its remedy")
    func clocks() throws {
        let told = told(
            try findings {
                $0.clocks = ClockReadings(system: .read(-788_940_000), hardware: .read(61), bmc: .read(3_600))
            })
        #expect(
            told.map { $0.prefix { $0 != "." }.description } == [
                "warning: clock: system clock: 25 years behind the daemon's clock",
                "warning: clock: hardware clock: 61 s ahead of the daemon's clock",
                "warning: BMC: BMC clock: 60 min ahead of the daemon's clock",
            ])
        #expect(told.last?.contains("It may show local time: set its time zone to UTC") == true, "\(told)")
        let unread = try findings {
            $0.clocks = ClockReadings(system: .missing("a"), hardware: .missing("b"), bmc: .missing("c"))
        }
        #expect(unread.count(.unchecked) == 3)
    }

    @Test("findings are read as they were written, bounded, without controls and secrets")
    func report() throws {
        let all = try findings {
            $0.links = []
            $0.disks = []
        }
        for finding in all {
            #expect(HardwareFinding(finding.value) == finding)
        }
        let hostile: Value = [
            "check": "link", "subject": "eno1\u{1b}[2J", "result": "error",
            "seen": .string("password=hunter2 " + String(repeating: "x", count: 5000)), "expected": nil,
        ]
        let read = try #require(HardwareFinding(hostile))
        #expect(read.subject == "eno1\\u001b[2J" && read.seen.count <= 1024 && !read.seen.contains("hunter2"))
        for broken: Value in [
            nil, [], ["check": "luck", "result": "passed", "subject": "a", "seen": "b"], ["check": "link"],
        ] {
            #expect(HardwareFinding(broken) == nil)
        }
    }
}
