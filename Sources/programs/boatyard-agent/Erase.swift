import ArgumentParser
import InstallerTools
import Primitives

struct Erase: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Erase the disks of this machine, without a plan of the daemon.",
        discussion: """
            For a machine that somebody has logged in to. The daemon learns nothing of it. Without --yes it only lists what \
            would be done.
            """)

    @Flag(help: "Let disks erase themselves where they can (NVMe sanitize or format, ATA secure erase).")
    var secure = false

    @Flag(help: "Do it.")
    var yes = false

    func run() async throws {
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
