import Dispatch
import Glibc
import Primitives

/// SIGTERM and SIGINT as something to wait for, and SIGHUP where the process was not started to outlive its terminal.
struct TerminationSignals {
    private let stream: AsyncStream<Void>
    private let sources: [any DispatchSourceSignal]

    init() {
        let (stream, continuation) = AsyncStream<Void>.makeStream()
        self.stream = stream
        sources = ([SIGTERM, SIGINT] + (HangUp.isIgnored ? [] : [SIGHUP])).map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number)
            source.setEventHandler { continuation.finish() }
            source.resume()
            return source
        }
    }

    /// Returns at the first signal, or when the task is cancelled.
    func wait() async {
        for await _ in stream {}
        for source in sources { source.cancel() }
    }
}
