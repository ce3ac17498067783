import ArgumentParser
import Glibc
import InstallerTools
import Primitives

struct Erase: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Erase the disks of this machine, without a plan of the daemon.",
        discussion: """
            For a machine that somebody has logged in to, in its installer or its rescue: a system that runs from a disk is \
            left alone. The daemon learns nothing of it. Without --yes it only lists what would be done.
            """)

    @Flag(help: "Let disks erase themselves where they can (NVMe sanitize or format, ATA secure erase).")
    var secure = false

    @Flag(help: "Do it.")
    var yes = false

    /// Whether the root is that of a ramdisk.
    private static var runsInMemory: Bool {
        let lines =
            (try? FileContents.read("/proc/mounts", limit: 4 << 20)).map { String(decoding: $0, as: UTF8.self) } ?? ""
        // Of several mounts at one place the last one is seen.
        let root = lines.split(separator: "\n").map { $0.split(separator: " ") }.last { $0.count > 2 && $0[1] == "/" }
        return root.map { ["rootfs", "tmpfs", "ramfs"].contains($0[2]) } ?? false
    }

    func run() async throws {
        guard Self.runsInMemory else {
            Console.write(
                "Error: this system does not run in memory, so that a disk that is erased may be its own. Boot the machine into its rescue "
                    + "(boatyard rescue NAME), and run it there.", to: STDERR_FILENO)
            throw ExitCode.failure
        }
        let log = InstallerLog()
        do {
            try await LocalErasure(log: log).run(isSecure: secure, isWanted: yes)
        } catch {
            throw Console.failure(error)
        }
    }
}

struct Booted: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Report from the installed system that it is up, once.")

    func run() async throws {
        do {
            try await BootedReportSender(log: InstallerLog()).run()
        } catch {
            throw Console.failure(error)
        }
    }
}
