import Archive
import Drydock
import IPMI
import NIOCore
import NIOPosix
import OrderedCollections
import Primitives
import Simulator
import SiteDesign
import Store
import Synchronization
import TestSupport

/// A machine with a real BMC on loopback, whose firmware and installer are functions that ask the service.
final class TestMachine: Sendable {
    /// What a test may order a machine to do wrong.
    struct Faults: Sendable {
        /// Power goes, once, after this phase was reported.
        var losesPowerAfter: InstallerPhase?
        /// The installer fails at this phase, once.
        var failsAt: InstallerPhase?
        /// What `lshw -xml` says of it.
        var lshw = "<list></list>"
        /// Its installer does not know how to wait for another plan.
        var isOld = false
        /// It says then that it would fail in the same way again.
        var failsForGood = false
        var neverSignals = false
        var signalsFailure = false
        var neverBoots = false
        /// What its console shows in place of a boot from its disk.
        var stopsWith: String?
        /// What its installer does before it reports `started`.
        var beforeStarted: (@Sendable (TestMachine) async throws -> Void)?
        /// How often it is switched on before it does anything.
        var silentBoots = 0
        /// What it does in place of a boot from the network.
        var instead: (@Sendable (DrydockService) async throws -> Void)?
        /// What the test of its hardware finds; nothing wrong where it is empty.
        var findings: [Value] = []
        var hangsInTest = false
        /// What it waits for before it reports what its test has found.
        var beforeReport: (@Sendable () async throws -> Void)?
    }

    struct Record: Sendable {
        var powerOns = 0
        /// The flags that it was last powered on with.
        var bootFlags: BootFlags?
        /// The boot devices that its BMC was told, in their order.
        var bootDevices: [BootDevice] = []
        /// Deployments whose start was acknowledged.
        var started: [String] = []
        var deployed: [String] = []
        var erased = 0
        /// The plans of its rescues.
        var rescues: [Value] = []
        /// The plans of its tests.
        var tests: [Value] = []
        /// What the kernel lines of its installers said that it was booted for.
        var modes: [String] = []
        /// Power was cut between `started` and `booted`.
        var cutWhileInstalling = 0
        var isInstalling = false
        var complaints: [String] = []
        /// How many reports of its test the daemon had no room for.
        var failedReports = 0
    }

    let node: String
    let mac: MACAddress
    let bmcAddress: String
    let daemon: Mutex<TestDaemon?> = Mutex(nil)
    private let record = Mutex(Record())
    private let faults: Mutex<Faults>
    private let work = Mutex<Task<Void, Never>?>(nil)
    let line = SerialLine()
    private let attached = Mutex<(isAttached: Bool, waiting: [CheckedContinuation<Void, Never>])>((false, []))
    private let disk = Mutex<(deployment: String, token: String, plan: Value)?>(nil)
    private let server = Mutex<BMCServer?>(nil)
    private let redfish = Mutex<RedfishServer?>(nil)
    private let chassis = Mutex<SimulatedChassis?>(nil)

    init(node: String, mac: MACAddress, bmcAddress: String, faults: Faults = Faults()) {
        self.node = node
        self.mac = mac
        self.bmcAddress = bmcAddress
        self.faults = Mutex(faults)
    }

    /// That of the last installation.
    var plan: Value? { disk.withLock { $0?.plan } }

    var story: Record { record.withLock { $0 } }

    var isOff: Bool { chassis.withLock { $0 }?.isPoweredOn == false }

    /// The image in the drive of its BMC; nil where it has none.
    var image: String? {
        guard let bmc = redfish.withLock({ $0 }) else { return nil }
        return bmc.state.withLock { $0.image.stringValue }
    }

    /// - Parameter redfish: gives it a BMC with Redfish, without TLS, in the place of IPMI.
    func plugIn(
        user: String, password: String, redfish: Bool = false, console: BMCConfiguration.ConsoleProtection? = .either
    ) async throws -> BMCEndpoint {
        line.onInput { [weak self] in if case .attached(let isAttached) = $0 { self?.note(isAttached) } }
        var configuration = BMCConfiguration(
            user: user, password: Secret(password), guid: [UInt8](repeating: 3, count: 16))
        configuration.console = console
        let chassis = SimulatedChassis { [weak self] event in self?.happened(event) }
        let server = try await BMCServer.start(
            group: MultiThreadedEventLoopGroup.singleton, host: "127.0.0.1", port: 0,
            configuration: configuration, chassis: chassis, line: line)
        self.chassis.withLock { $0 = chassis }
        self.server.withLock { $0 = server }
        guard redfish else { return server.endpoint }
        let bmc = try await RedfishServer.start({ state in
            (state.user, state.password) = (user, password)
            state.onPower = { isOn, boot in
                // The image of the installer asks the daemon, too.
                let target = boot["BootSourceOverrideTarget"]
                let isFromNetwork = target == "Pxe" || target == "Cd"
                chassis.setBootFlags(
                    BootFlags(
                        device: isFromNetwork ? .pxe : .disk, isEFI: boot["BootSourceOverrideMode"] == "UEFI"))
                _ = chassis.control(isOn ? .on : .off)
            }
        })
        self.redfish.withLock { $0 = bmc }
        return BMCEndpoint(host: "127.0.0.1", port: bmc.port)
    }

    func unplug() async {
        work.withLock { $0?.cancel() }
        await server.withLock { $0 }?.stop()
        await redfish.withLock { $0 }?.stop()
    }

    func bmcStatistics() async throws -> BMCStatistics {
        try await server.withLock { $0 }?.statistics() ?? BMCStatistics()
    }

    func setBMCFaults(_ faults: BMCFaults) async throws { try await server.withLock { $0 }?.setFaults(faults) }

    /// Opens its console, as another daemon might.
    func takeConsole() async throws -> IPMISession {
        guard let endpoint = server.withLock({ $0 })?.endpoint else { throw Trouble("no BMC") }
        let session = try await IPMIClient(group: MultiThreadedEventLoopGroup.singleton).open(
            endpoint: endpoint,
            credentials: BMCCredentials(user: "operator", password: Secret("anchors-aweigh")))
        _ = try await session.openConsole()
        return session
    }

    /// Whether somebody looks at its serial line.
    var isAttached: Bool { attached.withLock { $0.isAttached } }

    /// Writes to its serial line, once somebody looks at it, and waits until the daemon has kept that.
    func show(_ text: String) async throws {
        await withCheckedContinuation { continuation in
            attached.withLock { attached in
                if attached.isAttached { continuation.resume() } else { attached.waiting.append(continuation) }
            }
        }
        line.write(Array("\(text)\r\n".utf8))
        while true {
            let kept = try? await ask { try await $0.consoleText(node: node, boot: 0) }
            if let kept, String(decoding: kept, as: UTF8.self).contains(text.suffix(20)) { return }
            try await Task.sleep(for: .milliseconds(10))
        }
    }

    private func note(_ isAttached: Bool) {
        let waiting = attached.withLock { attached in
            attached.isAttached = isAttached
            defer { if isAttached { attached.waiting = [] } }
            return isAttached ? attached.waiting : []
        }
        for continuation in waiting { continuation.resume() }
    }

    /// As somebody does who stands before it: the next boot is from the network, and it is switched on.
    func bootFromNetworkByHand() {
        guard let chassis = chassis.withLock({ $0 }) else { return }
        chassis.setBootFlags(BootFlags(device: .pxe))
        _ = chassis.control(.on)
    }

    private func happened(_ event: ChassisEvent) {
        switch event {
        case .poweredOn(let flags):
            record.withLock {
                $0.powerOns += 1
                $0.bootFlags = flags
            }
            boot(network: flags.isValid && flags.device == .pxe)
        case .reset(let flags): boot(network: flags.isValid && flags.device == .pxe)
        case .poweredOff:
            work.withLock { $0?.cancel() }
            record.withLock { if $0.isInstalling { $0.cutWhileInstalling += 1 } }
        case .mediaChanged: break
        case .bootFlagsChanged(let flags): record.withLock { $0.bootDevices.append(flags.device) }
        }
    }

    private func boot(network: Bool) {
        let task = Task {
            do {
                if network { try await bootFromNetwork() } else { try await bootFromDisk() }
            } catch is CancellationError {
            } catch {
                record.withLock { $0.complaints.append("\(error)") }
            }
        }
        work.withLock { work in
            work?.cancel()
            work = task
        }
    }

    private func ask<T: Sendable>(_ question: (DrydockService) async throws -> T) async throws -> T {
        try Task.checkCancellation()
        guard let daemon = daemon.withLock({ $0 }) else { throw Trouble("no daemon") }
        let answer = try await daemon.ask(question)
        try Task.checkCancellation()
        return answer
    }

    private func bootFromNetwork() async throws {
        let isSilent = faults.withLock { faults in
            faults.silentBoots -= 1
            return faults.silentBoots >= 0
        }
        guard !isSilent else { return }
        if let instead = faults.withLock({ $0.instead }) { return try await ask(instead) }
        let script = try await ask { try await $0.bootScript(mac: mac, peer: "192.0.2.77:4000") }
        guard let line = script.split(separator: "\n").first(where: { $0.hasPrefix("kernel ") }) else {
            return try await bootFromDisk()
        }
        let mode = line.split(separator: " ").first { $0.hasPrefix("boatyard.mode=") }
        record.withLock { $0.modes.append(mode.map { String($0.dropFirst("boatyard.mode=".count)) } ?? "") }
        try await install(token: try bootToken(in: script))
    }

    private func install(token: String) async throws {
        let inventory: Value = [
            "mac": .string(mac.description), "bmc_address": .string(bmcAddress), "cpu_count": 8, "memory_mib": 16384,
            "details": [
                ["generator": "lshw", "format": "text/xml", "data": .string(faults.withLock { $0.lshw })],
                ["generator": "lldp", "format": "text/xml", "data": "<lldp/>"],
            ],
        ]
        do {
            _ = try await ask { try await $0.inventory(token: token, inventory) }
            while true {
                switch try await ask({ try await $0.installPlan(token: token, wait: .seconds(1)) }) {
                case .nothingYet: continue
                case .alreadyStarted: return reboot(network: true)
                case .plan(let plan) where plan["kind"] == "test":
                    guard try await test(plan, token) else { return }
                case .plan(let plan):
                    guard try await carryOut(plan, token) else { return }
                }
            }
        } catch let error as DrydockError where error.kind == .forbidden {
            reboot(network: true)
        }
    }

    static let passed: Value = [
        "check": "memory size", "subject": "memory", "result": "passed", "seen": "16 GiB", "expected": nil,
        "remedy": nil,
    ]

    /// - Returns: whether another plan is to be waited for.
    private func test(_ plan: Value, _ token: String) async throws -> Bool {
        record.withLock { $0.tests.append(plan) }
        guard !faults.withLock({ $0.hangsInTest }) else { return false }
        for status in ["started", "finished"] {
            let report: Value = ["sequence": 1, "operation": "test memory", "status": .string(status)]
            try await ask { try await $0.installOperation(token: token, report) }
        }
        if let wait = faults.withLock({ $0.beforeReport }) { try await wait() }
        let findings = faults.withLock { $0.findings }
        let body: Value = [
            "test": plan["test"] ?? nil, "findings": .array(findings.isEmpty ? [Self.passed] : findings),
        ]
        var answer: Value?
        while answer == nil {
            do {
                answer = try await ask { try await $0.hardwareReport(token: token, body) }
            } catch let error as DrydockError where error.kind == .conflict {
                reboot(network: true)
                return false
            } catch is StoreError {
                // As the agent does at a 503.
                record.withLock { $0.failedReports += 1 }
                await Task.yield()
            }
        }
        guard answer?["next"] == "continue" else {
            reboot(network: false)
            return false
        }
        return true
    }

    /// - Returns: whether another plan is to be waited for.
    private func carryOut(_ plan: Value, _ token: String) async throws -> Bool {
        guard plan["kind"] != "rescue" else {
            record.withLock { $0.rescues.append(plan) }
            return false
        }
        var sequence = 0
        let deployment = plan["deployment"]?.stringValue ?? ""
        func report(_ phase: InstallerPhase, _ message: String = "", isPermanent: Bool = false) async throws -> String {
            sequence += 1
            let body: Value = [
                "phase": .string(phase.rawValue), "message": .string(message), "sequence": .int(sequence),
                "permanent": .bool(isPermanent),
                "takes_next_plan": .bool(phase == .started && !faults.withLock(\.isOld)),
            ]
            return try await ask { try await $0.installEvent(token: token, body) }["next"]?.stringValue ?? ""
        }
        if let before = faults.withLock({ $0.beforeStarted }) { try await before(self) }
        guard try await report(.started) == "continue" else {
            reboot(network: true)
            return false
        }
        if plan["kind"] == "erase" {
            record.withLock { $0.erased += 1 }
            disk.withLock { $0 = nil }
            return (try? await report(.erased)) == "continue"
        }
        record.withLock {
            $0.started.append(deployment)
            $0.isInstalling = true
        }
        for phase in [InstallerPhase.started, .partitioned, .image, .configured, .bootdata] {
            if faults.withLock({ $0.takes(\.losesPowerAfter, phase) }) {
                record.withLock { $0.isInstalling = false }
                chassis.withLock { $0 }?.turnOff()
                throw CancellationError()
            }
            if faults.withLock({ $0.takes(\.failsAt, phase) }) {
                record.withLock { $0.isInstalling = false }
                _ = try await report(
                    .failed, "the disk is on fire", isPermanent: faults.withLock { $0.failsForGood })
                return false
            }
            if phase == .bootdata { try await fetchBootData(plan) }
            if phase != .started { _ = try await report(phase) }
        }
        disk.withLock { $0 = (deployment, token, plan) }
        if try await report(.installed) == "reboot" { reboot(network: false) }
        return false
    }

    private func fetchBootData(_ plan: Value) async throws {
        guard let key = plan["boot_data"]?["key"]?.stringValue else { return }
        for kind in [BootDataKind.units, .files] {
            let archive = try await ask { try await $0.bootData.archive(node: node, kind: kind, key: key) }
            let bytes = try await archive.bytes()
            let members = try Tar.read(Gzip.decompress(bytes, limit: 1 << 24), limit: 1 << 24)
            if members.contains(where: { !$0.name.hasPrefix("/") }) {
                record.withLock { $0.complaints.append("a member's path is not absolute") }
            }
        }
    }

    private func bootFromDisk() async throws {
        guard let (deployment, token, plan) = disk.withLock({ $0 }) else { return }
        guard !faults.withLock({ $0.neverBoots }) else { return }
        if let text = faults.withLock({ $0.stopsWith }) { return try await show(text) }
        // Its units run once.
        let isFirst = !story.deployed.contains(deployment)
        if isFirst {
            _ = try await ask { try await $0.installEvent(token: token, ["phase": "booted", "sequence": 100]) }
        }
        record.withLock {
            $0.isInstalling = false
            $0.deployed.append(deployment)
        }
        guard isFirst, !faults.withLock({ $0.neverSignals }) else { return }
        let status: Value = faults.withLock { $0.signalsFailure } ? "failure" : "success"
        for action in plan["boot_actions"]?.arrayValue ?? [] where action["signaling"] == true {
            let id = action["action_id"]?.stringValue ?? ""
            let body: Value = ["status": status, "details": [["message": "it ran", "error": false, "line": 7]]]
            do {
                _ = try await ask {
                    try await $0.signal(
                        action: id, key: plan["boot_data"]?["key"]?.stringValue, body: Array(body.json().utf8))
                }
            } catch let error as DrydockError where error.kind == .conflict {
                // The answer to the first one was lost.
            }
        }
    }

    /// Somebody presses its button: it boots from the network.
    func switchOnByHand() {
        chassis.withLock { $0 }?.setBootFlags(BootFlags(device: .pxe))
        _ = chassis.withLock { $0 }?.control(.on)
    }

    /// It does nothing the next times that it is switched on to boot from the network.
    func keepSilent(_ boots: Int) { faults.withLock { $0.silentBoots = boots } }

    /// From now on its test finds nothing wrong.
    func repair() { faults.withLock { $0.findings = [] } }

    func switchOffByHand() { chassis.withLock { $0 }?.turnOff() }

    /// The installer dies, the power stays on.
    func hang() { work.withLock { $0?.cancel() } }

    private func reboot(network: Bool) {
        if network { chassis.withLock { $0 }?.setBootFlags(BootFlags(device: .pxe)) }
        chassis.withLock { $0 }?.restart()
    }
}

extension TestMachine.Faults {
    /// Whether the fault is ordered for `phase`; it is used up then.
    fileprivate mutating func takes(_ path: WritableKeyPath<Self, InstallerPhase?>, _ phase: InstallerPhase) -> Bool {
        guard self[keyPath: path] == phase else { return false }
        self[keyPath: path] = nil
        return true
    }
}
