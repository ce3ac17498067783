import ArgumentParser
import Glibc
import InstallerTools
import Primitives

struct Install: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Introduce this machine to the daemon, and carry out the plan that it gives.",
        discussion: """
            The kernel's command line has to have boatyard.url and boatyard.mac, as the boot program sets them; without \
            boatyard.token the daemon is asked what this machine boots. A plan installs this machine, erases it, or lets people log in to it.
            """)

    @Option(help: "The file with the kernel's command line.")
    var commandLine = "/proc/cmdline"

    @Flag(help: "Only say what the machine has to do afterwards, instead of restarting it.")
    var stay = false

    func run() async throws {
        let log = InstallerLog()
        let ending: InstallationRun.Ending
        do {
            let text = String(decoding: try FileContents.read(commandLine, limit: 64 << 10), as: UTF8.self)
            var parameters = try BootParameters(commandLine: text)
            switch try await BootTicket.obtain(parameters, log: log) {
            case .installer(let token, let mode):
                parameters.mode = mode
                ending = try await InstallerAgent(parameters: parameters, token: token, log: log).run()
            case .disk: ending = try await InstalledDisk.bootNext(log: log)
            }
        } catch {
            throw Console.failure(error)
        }
        switch ending {
        case .stop(let reason): log.write("stops: \(reason)")
        case .reboot(let reason):
            log.write("restarts this machine: \(reason)")
            if !stay { try await Restart.now(log) }
        }
    }
}

/// The restart of this machine.
enum Restart {
    /// Lets systemd stop everything; where it cannot, the kernel restarts at once.
    static func now(_ log: InstallerLog) async throws {
        sync()
        do {
            try await ChildProcess.run(Command("systemctl", "reboot", "--no-wall", deadline: 30))
        } catch let failure as CommandFailure {
            log.write("systemd does not restart this machine: \(failure)")
            do {
                try await ChildProcess.run(Command("systemctl", "reboot", "--force", "--force", deadline: 30))
            } catch {
                throw Console.failure(error)
            }
        }
    }
}
