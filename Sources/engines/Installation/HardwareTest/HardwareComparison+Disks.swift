import Primitives

extension HardwareComparison {
    var disks: [HardwareFinding] {
        let selection = DiskSelection(node: plan.node, facts: facts)
        var findings: [HardwareFinding] = []
        var used: [String: String] = [:]
        for wanted in plan.disks {
            do {
                let disk = try selection.disk(for: wanted.selector, device: wanted.device, name: nil)
                let other = used[disk.name]
                used[disk.name] = other ?? wanted.device
                // What would be refused by the installation.
                try selection.check(disk, for: wanted.device)
                try selection.requireFree(disk, for: wanted.device, takenBy: other)
                findings.append(
                    HardwareFinding(
                        .diskPresence, wanted.device, .passed, "is \(selection.describe(disk))"))
            } catch {
                findings.append(
                    HardwareFinding(
                        .diskPresence, wanted.device, .error, error.message,
                        expected: "\(wanted.device) is laid out"))
            }
        }
        for readings in readings.disks {
            let device = used[readings.name]
            let subject = device.map { $0 == readings.name ? $0 : "\($0) (\(readings.name))" } ?? readings.name
            findings.append(lenient(Self.health(subject, readings.health), isUsed: device != nil))
            findings.append(lenient(Self.reading(subject, readings.reading), isUsed: device != nil))
        }
        if readings.disks.isEmpty {
            findings.append(HardwareFinding(.diskHealth, "disks", .unchecked, "the machine has no disk"))
        }
        return findings
    }

    /// - Parameter disks: of the machine.
    /// - Returns: why a disk of the plan is missing, which may only be late; nil where each is there.
    package static func missingDisk(_ plan: HardwareTestPlan, _ disks: [MachineFacts.Disk]) -> InstallationError? {
        let selection = DiskSelection(node: plan.node, facts: MachineFacts(firmware: .bios, disks: disks))
        for wanted in plan.disks {
            do {
                _ = try selection.disk(for: wanted.selector, device: wanted.device, name: nil)
            } catch {
                if error.reason == .diskMissing { return error }
            }
        }
        return nil
    }

    /// What the design does not use fails no machine.
    private func lenient(_ finding: HardwareFinding, isUsed: Bool) -> HardwareFinding {
        guard !isUsed, finding.result == .error else { return finding }
        var finding = finding
        finding.result = .warning
        finding.seen += "; the design does not use this disk"
        return finding
    }

    private static func health(_ subject: String, _ reading: Reading<DiskHealth>) -> HardwareFinding {
        switch reading {
        case .missing(let reason): return HardwareFinding(.diskHealth, subject, .unchecked, reason)
        case .read(let health):
            if !health.faults.isEmpty {
                let all = (health.faults + health.remarks).joined(separator: ", ")
                return HardwareFinding(.diskHealth, subject, .error, all, remedy: "Replace the disk.")
            }
            if !health.remarks.isEmpty {
                return HardwareFinding(
                    .diskHealth, subject, .warning, health.remarks.joined(separator: ", "),
                    remedy: "Have a spare ready, and test again in a while: more of them mean that it is failing.")
            }
            return HardwareFinding(.diskHealth, subject, .passed, health.summary)
        }
    }

    /// In seconds: a disk of today reads a piece in a hundredth.
    private static let slow = 3.0

    private static func reading(_ subject: String, _ reading: Reading<DiskReadings.ReadTest>) -> HardwareFinding {
        switch reading {
        case .missing(let reason): return HardwareFinding(.diskReading, subject, .unchecked, reason)
        case .read(let test):
            let amount = "\(test.read) of \(test.wanted) places were read"
            if !test.failures.isEmpty {
                let shown = test.failures.prefix(3).joined(separator: "; ")
                let more = test.failures.count > 3 ? " and \(test.failures.count - 3) more" : ""
                return HardwareFinding(
                    .diskReading, subject, .error, "\(amount), failed \(shown)\(more)",
                    remedy: "Look at its cable and its place; if it fails there, too, replace the disk.")
            }
            if test.isHanging {
                return HardwareFinding(
                    .diskReading, subject, .error, "\(amount), then the disk did not answer any more",
                    remedy:
                        "Look at its cable, its place and its controller; if it fails elsewhere, too, replace the disk."
                )
            }
            if test.read < test.wanted || test.slowest > slow {
                return HardwareFinding(
                    .diskReading, subject, .warning, "\(amount), the slowest in \(tenths(test.slowest)) s",
                    remedy: "Test it alone (boatyard test --full): a disk that reads slowly may be about to fail.")
            }
            return HardwareFinding(
                .diskReading, subject, .passed, "\(amount), the slowest in \(tenths(test.slowest)) s")
        }
    }

    private static func tenths(_ seconds: Double) -> String {
        let tenths = Int(exactly: (max(0, min(seconds, 1e9)) * 10).rounded()) ?? 0
        return "\(tenths / 10).\(tenths % 10)"
    }
}
