import Installation

extension FactsReader {
    /// Reads what a test holds against its plan.
    ///
    /// - Parameter patience: in seconds: how long a disk of the plan may take to appear, as in an installation.
    func read(for plan: HardwareTestPlan, log: InstallerLog, patience: Double = 120) async throws -> MachineFacts {
        let deadline = ContinuousClock.now + .seconds(patience)
        var isFirst = true
        while let problem = HardwareComparison.missingDisk(plan, try kernelDisks()), ContinuousClock.now < deadline {
            if isFirst { log.write("waits for a disk: \(problem.message)") }
            isFirst = false
            try await Task.sleep(for: .seconds(2))
        }
        return try await readPatiently()
    }

    /// How many disks are asked at a time.
    private static let width = 8

    /// Reads the same as `read`, of a machine whose disks may not answer. What stands on one that has not answered in time is left
    /// out.
    ///
    /// - Parameters:
    ///   - seconds: for each disk.
    ///   - contents: reads a device by its path.
    func readPatiently(
        seconds: Double = 45,
        contents: @escaping @Sendable (String) async throws -> DiskContents = { try await DiskContents.read(of: $0) }
    ) async throws -> MachineFacts {
        var disks = try kernelDisks()
        let names = disks.map(\.name)
        let found: [String: DiskContents] = await withTaskGroup(
            of: (name: String, contents: DiskContents?).self
        ) { group in
            var answers: [String: DiskContents] = [:]
            for (place, name) in names.enumerated() {
                if place >= Self.width, let ended = await group.next() { answers[ended.name] = ended.contents }
                group.addTask {
                    let answer = await Patience.outcome(within: seconds) { try? await contents("/dev/\(name)") }
                    return (name, answer ?? nil)
                }
            }
            for await ended in group { answers[ended.name] = ended.contents }
            return answers
        }
        try Task.checkCancellation()
        for place in disks.indices { found[disks[place].name]?.apply(to: &disks[place]) }
        return try await facts(of: disks, try await layers(above: names.filter { found[$0] != nil }))
    }
}
