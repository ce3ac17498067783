import Glibc
import Primitives

/// The lock of a whole disk, which keeps udev from opening it while it is written to
/// (https://systemd.io/BLOCK_DEVICE_LOCKING). Released with its owner.
struct DiskLock: Sendable {
    /// Whoever closes it gives up the lock.
    private let file: Descriptor

    /// In tries of 100 ms: udev holds the lock while it looks at a disk.
    private static let tries = 300

    /// - Parameter name: the kernel's name of the disk.
    /// - Throws: `BoatyardError` `disk.open` or `disk.locked`.
    static func take(_ name: String) async throws -> DiskLock {
        let descriptor = open("/dev/\(name)", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw BoatyardError(
                "disk.open", "The disk \(name) cannot be opened: \(systemErrorText()). Is it still there?")
        }
        let lock = DiskLock(file: Descriptor(descriptor))
        for _ in 0..<Self.tries {
            if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return lock }
            try await Task.sleep(for: .milliseconds(100))
        }
        throw BoatyardError(
            "disk.locked",
            "Another process has held the lock of the disk \(name) for half a minute. See what it is with "
                + "'lslocks' on the machine.")
    }

    func release() { file.close() }
}

/// udev, where it runs.
enum Udev {
    private static let control = "/run/udev/control"

    /// Returns once udev has nothing to do any more. Never called while a lock is held, which udev would wait for.
    static func settle() async throws {
        guard access(control, F_OK) == 0 else { return }
        do {
            try await ChildProcess.run(Command("udevadm", "settle", "--timeout=30", deadline: 40))
        } catch is CommandFailure {
            // What is missing afterwards is waited for by name.
        }
    }
}
