/// The disk of a machine that is installed and has booted the installer all the same: its firmware has the network first, and its
/// boot program cannot ask the daemon.
package enum InstalledDisk {
    /// Has UEFI firmware boot the disk at the next start, once.
    package static func bootNext(log: InstallerLog) async throws -> InstallationRun.Ending {
        log.write("this machine is installed; it boots its disk")
        let entries: EFIEntries
        do {
            entries = try await EFIEntries.read()
            guard let entry = entries.firstDisk else {
                return .stop("the firmware has no boot entry for a disk; put the disk first in its boot order")
            }
            try await ChildProcess.run(Command("efibootmgr", "--quiet", "--bootnext", entry.number))
            return .reboot("the firmware boots \(entry.label) next")
        } catch let failure as CommandFailure {
            return .stop(
                "the firmware cannot be told to boot the disk (\(failure)); put the disk first in its boot order")
        }
    }
}
