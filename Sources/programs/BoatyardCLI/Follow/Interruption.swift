import Dispatch
import Glibc

/// Ctrl-C as an end with a last word, exit status 130 as shells have it.
struct Interruption {
    private let source: any DispatchSourceSignal

    init(_ lastWord: @escaping @Sendable () -> String) {
        signal(SIGINT, SIG_IGN)
        source = DispatchSource.makeSignalSource(signal: SIGINT)
        source.setEventHandler {
            Console.printError(lastWord())
            Glibc.exit(130)
        }
        source.resume()
    }

    /// From now on Ctrl-C ends the program as ever.
    func end() {
        source.cancel()
        signal(SIGINT, SIG_DFL)
    }
}
