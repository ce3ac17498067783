import BoatyardCLI
import BoatyardDHCP
import BoatyardDaemon
import BoatyardRehearsal
import Glibc
import Primitives

/// One program under several names, since its parts share most of their code: it does what it is called.
@main
enum Main {
    @MainActor
    static func main() async {
        // The thread pool asks for priorities that only root may give, and would tell the journal each time that it gets none.
        setenv("LIBDISPATCH_LOG", "NO", 0)
        switch ProcessArguments.programName {
        case "boatyardd": await DaemonProgram.main()
        case "boatyard-rehearse": await RehearsalProgram.main()
        case "boatyard-dhcp": DHCPProgram.main()
        case .some: await CommandLineProgram.main()
        case nil:
            let line = Array("boatyard: \(ProcessArguments.unreadable)\n".utf8)
            _ = Glibc.write(STDERR_FILENO, line, line.count)
            exit(EXIT_FAILURE)
        }
    }
}
