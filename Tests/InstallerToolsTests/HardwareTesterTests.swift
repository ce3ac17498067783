import Glibc
import Primitives
import Synchronization
import TestSupport
import Testing

@testable import Installation
@testable import InstallerTools

@Suite struct HardwareTesterTests {
    private static let limits = HardwareTestPlan.Limits(
        memorySeconds: 5, readPlaces: 8, diskSeconds: 20, neighbourSeconds: 0)

    @Test("memory that keeps what is written has no mismatch, and a word that is not as written is found and told")
    func patterns() throws {
        let words = UnsafeMutableBufferPointer<UInt64>.allocate(capacity: 4096)
        defer { words.deallocate() }
        for pattern in MemoryPatterns.patterns {
            pattern.fill(words)
            #expect(pattern.mismatches(in: words).count == 0)
            words[4000] ^= 4
            let (count, first) = pattern.mismatches(in: words)
            #expect(count == 1)
            #expect(first?.contains(" instead of 0x\(String(pattern.word(4000), radix: 16))") == true)
            // A place that is another one's.
            words[4000] = words[4001]
            #expect(pattern.mismatches(in: words).count == 1)
        }
        let seeds = MemoryPatterns.patterns.map(\.seed)
        #expect(seeds.reduce(0, |) == .max && seeds.reduce(.max, &) == 0)
    }

    @Test("the program for it tells after each piece how far it is, and ends at its size")
    func program() {
        var lines: [String] = []
        MemoryPatterns.run(size: 3, seconds: 60) { lines.append($0) }
        #expect(lines == [#"{"tested_mib":3,"mismatches":0,"example":null}"#])
        lines = []
        MemoryPatterns.run(size: 3, seconds: 0) { lines.append($0) }
        #expect(lines.isEmpty)
    }

    @Test("how the program ended says whether memory is bad, or what was not checked")
    func endings() {
        func judge(_ end: CommandOutcome.End, _ text: String) -> Reading<MemoryReadings.PatternTest> {
            let outcome = CommandOutcome(end: end, output: Array(text.utf8), isTruncated: false, tail: [])
            return MemoryTester.judge(outcome, free: 1000, seconds: 2)
        }
        let good = #"{"tested_mib": 256, "mismatches": 0, "example": null}"# + "\n"
        let bad = #"{"tested_mib": 512, "mismatches": 2, "example": "0x1 instead of 0x0"}"# + "\n"
        #expect(judge(.exited(0), good) == .read(.init(tested: 256, free: 1000, seconds: 2)))
        let found = MemoryReadings.PatternTest(
            tested: 512, free: 1000, seconds: 2, mismatches: 2, example: "0x1 instead of 0x0")
        #expect(judge(.exited(0), good + bad) == .read(found))
        // What was found before it was ended counts.
        #expect(judge(.late, good + bad + "{\"tested") == .read(found))
        #expect(
            judge(.signalled(SIGBUS), good)
                == .read(.init(tested: 256, free: 1000, seconds: 2, isEndedByHardware: true)))
        #expect(
            judge(.signalled(SIGKILL), good) == .missing("the kernel ended the test: other programs needed the memory"))
        #expect(judge(.late, good) == .missing("the test did not end in time"))
        #expect(judge(.exited(1), "") == .missing("the test ended with status 1"))
    }

    @Test("pieces are read from the begin, the end and between, in whole sectors")
    func places() {
        #expect(DiskTester.places(size: 8 << 20, count: 3) == [0, 3_670_016, 7 << 20])
        #expect(DiskTester.places(size: 512, count: 16) == [0])
        #expect(DiskTester.places(size: 2 << 20, count: 512).count == 3)
        let large = DiskTester.places(size: 20_000_588_955_648, count: 512)
        #expect(large.count == 512 && large.allSatisfy { $0 % 4096 == 0 })
        #expect((large.last ?? 0) + 1 << 20 <= 20_000_588_955_648)
    }

    @Test(
        "a disk is read without being changed; what is behind its end fails, and what cannot be opened is not checked")
    func reading() async throws {
        try await withTemporaryFolder { folder in
            let path = "\(folder)/disk"
            try FileContents.write([UInt8](repeating: 7, count: 4 << 20), to: path)
            let tester = DiskTester(limits: Self.limits)
            guard case .read(let test) = await tester.reading(path, size: 4 << 20) else { throw Trouble("not read") }
            #expect(test.read == 5 && test.wanted == 5 && test.failures.isEmpty && !test.isHanging)
            guard case .read(let short) = await tester.reading(path, size: 64 << 20) else { throw Trouble("not read") }
            #expect(short.read == 1 && short.failures.count == 7 && short.failures[0].hasSuffix("it ends here"))
            #expect(
                await tester.reading("\(folder)/none", size: 4 << 20)
                    == .missing("\(folder)/none cannot be opened: No such file or directory"))
        }
    }

    @Test("a disk that stops to answer is told with what it gave before, and its thread is left to itself")
    func hanging() async throws {
        try await withTemporaryFolder { folder in
            let path = "\(folder)/disk"
            try FileContents.write([UInt8](repeating: 7, count: 4 << 20), to: path)
            var ends: [CInt] = [-1, -1]
            let status = pipe(&ends)
            #expect(status == 0)
            let (silent, end) = (ends[0], ends[1])
            var limits = Self.limits
            limits.diskSeconds = 1
            let tester = DiskTester(limits: limits) { file, buffer, count, place in
                // Until the test is over.
                if place >= 1 << 20 { _ = read(silent, buffer, 1) }
                return pread(file, buffer, count, off_t(place))
            }
            guard case .read(let test) = await tester.reading(path, size: 4 << 20) else { throw Trouble("not read") }
            #expect(test.isHanging && test.read == 2 && test.wanted == 5 && test.failures.isEmpty)
            close(end)
        }
    }

    /// A disk in a tree like `/sys`, known by its serial.
    private static func addDisk(_ name: String, serial: String, in root: String) throws {
        let folder = "\(root)/sys/block/\(name)"
        try FileContents.makeFolder("\(folder)/device")
        try FileContents.write(Array("2048\n".utf8), to: "\(folder)/size")
        try FileContents.write(Array("\(serial)\n".utf8), to: "\(folder)/device/serial")
    }

    @Test("a disk that does not answer holds nothing up: its contents are left out, those of others are not")
    func silentDisk() async throws {
        try await withTemporaryFolder { folder in
            try Self.addDisk("boatyardtest0", serial: "S1", in: folder)
            try Self.addDisk("boatyardtest1", serial: "S2", in: folder)
            let reader = FactsReader(system: SystemFiles(root: folder))
            let facts = try await reader.readPatiently(seconds: 2) { path in
                if path == "/dev/boatyardtest0" {
                    // As a program that waits for the disk: it is not ended by its task.
                    await withUnsafeContinuation { (never: UnsafeContinuation<Void, Never>) in
                        Self.neverResumed.withLock { $0.append(never) }
                    }
                }
                var contents = DiskContents(blkid: "PTUUID=aa")
                contents.signatures = ["gpt"]
                return contents
            }
            #expect(facts.disks.map(\.name) == ["boatyardtest0", "boatyardtest1"])
            #expect(facts.disks.map(\.signatures) == [[], ["gpt"]])
            #expect(facts.disks.map(\.identifier) == [nil, "aa"])
        }
    }

    private static let neverResumed = Mutex<[UnsafeContinuation<Void, Never>]>([])

    @Test("a disk of the plan that is late is waited for, and one that does not come only for a while")
    func lateDisk() async throws {
        try await withTemporaryFolder { folder in
            let disk: Value = [
                "device": "bootdisk", "selector": ["alias": "bootdisk", "address": "S2", "bus_type": "serial"],
            ]
            let wanted: Value = [
                "kind": "test", "node": "n1", "test": "01CZTB7GN1000G40R40M30E27Z", "mode": "quick", "memory_mib": nil,
                "limits": Self.plan["limits"] ?? nil, "disks": [disk], "interfaces": [],
            ]
            guard case .test(let plan) = try MachinePlan(wanted) else { throw Trouble("no test") }
            try Self.addDisk("boatyardtest0", serial: "S1", in: folder)
            let reader = FactsReader(system: SystemFiles(root: folder))
            let lines = Mutex<[String]>([])
            let missing = try await reader.read(
                for: plan, log: InstallerLog { line in lines.withLock { $0.append(line) } }, patience: 0)
            #expect(missing.disks.map(\.name) == ["boatyardtest0"])
            #expect(lines.withLock { $0.isEmpty })
            // It comes once it is waited for.
            let log = InstallerLog { line in
                lines.withLock { $0.append(line) }
                try? Self.addDisk("boatyardtest1", serial: "S2", in: folder)
            }
            let facts = try await reader.read(for: plan, log: log)
            #expect(facts.disks.map(\.name) == ["boatyardtest0", "boatyardtest1"])
            #expect(lines.withLock { $0.count == 1 && $0[0].contains("waits for a disk: n1 has no disk bootdisk") })
        }
    }

    @Test("a link that comes up late is listened on for its full time, one that is interrupted is not called silent")
    func neighbours() {
        let began = ContinuousClock.now
        func at(_ seconds: Int) -> ContinuousClock.Instant { began + .seconds(seconds) }
        var wait = NeighbourWait(limit: .seconds(65), began: began)
        wait.note(up: ["eno1"], at: at(2))
        #expect(wait.isOpen("eno1") && !wait.isOpen("eno2"))
        // After the time in which all links mostly come up.
        wait.note(up: ["eno1", "eno2"], at: at(18))
        #expect(wait.isOpen("eno2"))
        wait.note(up: ["eno1", "eno2"], at: at(67))
        #expect(!wait.isOpen("eno1") && wait.isComplete("eno1") && wait.isOpen("eno2") && !wait.isComplete("eno2"))
        let silent: [String: [Neighbour]] = [:]
        #expect(LinkTester.neighbours(of: "eno1", silent, wait) == .read([]))
        let late = LinkTester.neighbours(of: "eno2", silent, wait)
        #expect(late == .missing("its link came up too late, or went down meanwhile, to hear a neighbour on it"))
        #expect(LinkTester.neighbours(of: "eno2", silent, nil) == .read([]))
        #expect(LinkTester.neighbours(of: "eno2", nil, wait) != .read([]))
        let heard = [Neighbour(system: "switch-3", port: "Ethernet7")]
        #expect(LinkTester.neighbours(of: "eno2", ["eno2": heard], wait) == .read(heard))
        wait.note(up: ["eno1", "eno2"], at: at(83))
        #expect(!wait.isOpen("eno2") && wait.isComplete("eno2"))
        // A link that goes up and down for ever is not waited for for ever.
        wait.note(up: [], at: at(84))
        wait.note(up: ["eno1"], at: at(85))
        #expect(!wait.isOpen("eno1") && !wait.isComplete("eno1"))
    }

    @Test("where memory runs out the kernel ends the test of it, and systemd leaves the agent alone")
    func unit() throws {
        let folder = "\(ExampleSite.package)/packaging/installer/root/etc/systemd/system"
        let text = String(decoding: try FileContents.read("\(folder)/boatyard-agent.service"), as: UTF8.self)
        #expect(text.split(separator: "\n").contains("OOMPolicy=continue"))
    }

    @Test("what does not end in time is left to itself")
    func patience() async {
        #expect(await Patience.outcome(within: 60) { 7 } == 7)
        let outcome = await Patience.outcome(within: 0) { () -> Int in
            while !Task.isCancelled { await Task.yield() }
            return 1
        }
        #expect(outcome == nil)
    }

    @Test("errors of memory controllers are read with the modules that have some")
    func controllers() async throws {
        try await withTemporaryFolder { folder in
            let mc = "\(folder)/sys/devices/system/edac/mc/mc0"
            for (file, text) in [
                ("ce_count", "3"), ("ue_count", "1"), ("dimm0/dimm_ce_count", "3"), ("dimm0/dimm_label", "CPU_A1"),
                ("dimm1/dimm_ce_count", "0"),
            ] {
                let path = "\(mc)/\(file)"
                try FileContents.makeFolder(String(path[..<(path.lastIndex(of: "/") ?? path.endIndex)]))
                try FileContents.write(Array("\(text)\n".utf8), to: path)
            }
            try FileContents.makeFolder("\(folder)/proc")
            try FileContents.write(
                Array("MemTotal: 2097152 kB\nMemAvailable: 102400 kB\n".utf8), to: "\(folder)/proc/meminfo")
            let tester = MemoryTester(system: SystemFiles(root: folder), ownProgram: "/bin/true")
            let readings = try await tester.read(seconds: 1)
            #expect(
                readings.errors
                    == .read(.init(correctedBefore: 3, corrected: 3, uncorrected: 1, modules: ["CPU_A1"])))
            #expect(readings.usable == 2048)
            #expect(readings.patterns == .missing("only 100 MiB are free"))
            let clocks = try await ClockTester(system: SystemFiles(root: folder)).read(offset: -70)
            #expect(clocks.system == .read(-70))
            #expect(clocks.hardware == .missing("the kernel has no hardware clock (/sys/class/rtc/rtc0)"))
            #expect(clocks.bmc == .missing("the machine shows no BMC (/dev/ipmi0)"))
        }
    }

    private static func answer(_ status: String, _ body: String = "") -> String { ScriptedDaemon.json(status, body) }

    /// Runs an agent that has the plan of a test already; `then` are the answers behind that to its report.
    private func run(
        _ plan: Value, _ answers: [String], mode: String = "test"
    ) async throws -> (ending: InstallationRun.Ending, requests: [String]) {
        try await withTemporaryFolder { folder in
            let daemon = try await ScriptedDaemon.start(answers)
            let line =
                "boatyard.url=http://127.0.0.1:\(daemon.port) boatyard.mac=525400000011 boatyard.token=t "
                + "boatyard.mode=\(mode)"
            let file = AgentState.File(path: "\(folder)/state.json")
            try file.write(AgentState(plan: plan))
            let log = InstallerLog { _ in }
            let parameters = try BootParameters(commandLine: line)
            let agent = InstallerAgent(
                parameters: parameters, token: Secret("t"), log: log,
                connection: NodeConnection(url: parameters.url, token: Secret("t"), log: log, firstPause: 0.01),
                file: file, target: TargetRoot(path: "\(folder)/target"), ownProgram: "/bin/true")
            let ending = try await agent.run()
            await daemon.stop()
            return (ending, daemon.requests)
        }
    }

    private static let plan: Value = [
        "kind": "test", "node": "n1", "test": "01CZTB7GN1000G40R40M30E27Z", "mode": "quick", "memory_mib": nil,
        "limits": ["memory_seconds": 0, "read_places": 1, "disk_seconds": 10, "neighbour_seconds": 0], "disks": [],
        "interfaces": [],
    ]

    @Test("what is found is reported with every check, and the machine boots as before where it is installed")
    func report() async throws {
        let (ending, requests) = try await run(Self.plan, [Self.answer("200 OK", #"{"next": "reboot"}"#)])
        #expect(ending == .reboot("n1 is tested, and boots as it did before"))
        let report = try #require(requests.first { $0.hasPrefix("POST /agent/v1/test ") })
        let body = try Value(json: Array((report.split(separator: "\r\n\r\n", maxSplits: 1).last ?? "").utf8))
        #expect(body["test"] == "01CZTB7GN1000G40R40M30E27Z")
        let findings = (body["findings"]?.arrayValue ?? []).compactMap { HardwareFinding($0) }
        for check in [HardwareFinding.Check.memorySize, .memoryPatterns, .memoryErrors, .systemClock, .link] {
            #expect(findings.contains { $0.check == check }, "\(check)")
        }
        #expect(requests.contains { $0.contains("test memory") && $0.hasPrefix("POST /agent/v1/operations") })
    }

    @Test("where nothing is installed the agent waits for its next plan after the test, and carries it out")
    func goesOn() async throws {
        let rescue = #"{"kind": "rescue", "node": "n1", "authorized_keys": []}"#
        let (ending, requests) = try await run(
            Self.plan, [Self.answer("200 OK", #"{"next": "continue"}"#), Self.answer("200 OK", rescue)])
        guard case .stop(let reason) = ending else { throw Trouble("\(ending)") }
        #expect(reason.contains("authorized_keys"))
        #expect(requests.last?.hasPrefix("GET /agent/v1/plan") == true)
    }

    @Test("a plan of a test that cannot be read is not reported as a failed installation; nobody's test is begun anew")
    func unreadable() async throws {
        let broken: Value = ["kind": "test", "node": "n1", "test": "01CZTB7GN1000G40R40M30E27Z", "mode": "quick"]
        let (ending, requests) = try await run(broken, [Self.answer("200 OK", "{}")])
        guard case .stop(let reason) = ending else { throw Trouble("\(ending)") }
        #expect(reason.hasPrefix("n1 cannot be tested: The plan cannot be used: 'limits'") && requests.isEmpty)
        let rescued = try await run(Self.plan, [Self.answer("200 OK", "{}")], mode: "rescue")
        #expect(rescued.ending == .stop("n1 was booted for rescue; the plan that is there for it is left alone"))
    }
}
