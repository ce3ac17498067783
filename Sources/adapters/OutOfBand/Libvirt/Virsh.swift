import Dispatch
import Glibc
import Primitives
import Processes

/// Runs `virsh`, of Debian's package `libvirt-clients`.
struct Virsh: Sendable {
    /// `qemu+ssh://root@192.0.2.7/system`
    let uri: String
    /// The path of the program.
    var program = "/usr/bin/virsh"

    /// Threads for calls that block. Those of the concurrency pool must not.
    private static let threads = DispatchQueue(label: "boatyard.virsh", attributes: .concurrent)
    /// A definition of a guest is some kilobytes.
    private static let outputLimit = 4 << 20

    /// A connection by SSH asks nobody for a password.
    private var connection: String {
        guard uri.contains("+ssh:"), !uri.contains("no_tty=") else { return uri }
        return uri + (uri.contains("?") ? "&" : "?") + "no_tty=1"
    }

    /// Runs one command; at cancellation it is killed.
    ///
    /// - Throws: `BoatyardError` `process.start`; `CancellationError`.
    func run(_ arguments: [String], input: [UInt8] = [], seconds: Double) async throws -> ShortProcess.Outcome {
        let words = [program, "--quiet", "--connect", connection] + arguments
        let stop: (read: CInt, write: CInt)
        do { stop = try SpawnedProcess.pipe() } catch {
            throw BoatyardError("process.start", "Cannot run \(program): \(error).")
        }
        defer {
            close(stop.read)
            close(stop.write)
        }
        // ssh looks for its keys there.
        let home = getenv("HOME").map { ["HOME": String(cString: $0)] } ?? [:]
        let outcome: Result<ShortProcess.Outcome, BoatyardError> = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                Self.threads.async {
                    let result = Result { () throws(BoatyardError) -> ShortProcess.Outcome in
                        try ShortProcess.run(
                            words, environment: home, input: input, limit: Self.outputLimit, seconds: seconds,
                            stop: stop.read)
                    }
                    continuation.resume(returning: result)
                }
            }
        } onCancel: {
            _ = write(stop.write, "x", 1)
        }
        try Task.checkCancellation()
        return try outcome.get()
    }
}
