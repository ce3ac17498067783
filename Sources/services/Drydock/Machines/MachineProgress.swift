/// How far the installation or erasure of a machine has come, by what its installer has reported.
package struct MachineProgress: Sendable, Hashable {
    /// The furthest phase that was reported; nil until the installer has started.
    package var phase: InstallerPhase?
    /// How many phases were reported, from 0 to `stages`.
    package var stage: Int
    /// How many phases there are.
    package var stages: Int

    private static let installing: [InstallerPhase] = [
        .started, .partitioned, .image, .configured, .bootdata, .installed, .booted,
    ]
    private static let erasing: [InstallerPhase] = [.started, .erased]

    /// Nil for a machine that is neither being installed or erased nor has failed at it.
    init?(_ lifecycle: MachineLifecycle) {
        let phases: [InstallerPhase]
        switch lifecycle.state {
        case .deploying, .failedDeployment: phases = Self.installing
        case .releasing, .diskErasing, .failedDiskErasing: phases = Self.erasing
        default: return nil
        }
        phase = lifecycle.work?.phase
        stage = phase.flatMap(phases.firstIndex).map { $0 + 1 } ?? 0
        stages = phases.count
    }
}
