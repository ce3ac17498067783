import Glibc

/// Reads one input after the other on a thread with a stack as small as a task of the daemon may have.
struct Worker: Sendable {
    let reader: FuzzReader
    let mutator: Mutator
    let seed: UInt64
    let range: Range<Int>
    /// Since the start; 0 for no limit.
    let seconds: Int

    /// A quarter of the 8 MiB that systemd and shells give a thread, in an optimized build; without optimization frames
    /// are several times as large.
    static let stackSize = isOptimized ? 2 << 20 : 8 << 20

    private static let isOptimized: Bool = {
        var isDebug = false
        assert(
            {
                isDebug = true; return true
            }())
        return !isDebug
    }()

    func run(_ progress: Progress) {
        let start = ContinuousClock.now
        for number in range {
            progress.number = number
            read(mutator.input(seed: seed, number: number), progress)
            if seconds > 0, number % 64 == 0, .now - start >= .seconds(seconds) {
                progress.number = number + 1
                return
            }
        }
        progress.number = range.upperBound
    }

    func read(_ input: [UInt8], _ progress: Progress?) {
        do { try reader.read(input) } catch { if let progress { progress.refused += 1 } }
    }

    /// Runs `body` on a thread with such a stack, to its end.
    static func onSmallStack(_ body: @escaping @Sendable () -> Void) -> Bool {
        final class Start: Sendable {
            let body: @Sendable () -> Void
            init(_ body: @escaping @Sendable () -> Void) { self.body = body }
        }
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        pthread_attr_setstacksize(&attributes, stackSize)
        let start = Unmanaged.passRetained(Start(body))
        var thread = pthread_t()
        let status = pthread_create(
            &thread, &attributes,
            { argument in
                if let argument { Unmanaged<Start>.fromOpaque(argument).takeRetainedValue().body() }
                return nil
            }, start.toOpaque())
        guard status == 0 else {
            start.release()
            return false
        }
        pthread_join(thread, nil)
        return true
    }
}
