import Glibc
import Synchronization

/// Which input a worker is at, in a file that the worker and its supervisor map: it outlives the worker.
///
/// `@unchecked`: the memory is written by one thread and read by another process, which takes any value for true.
final class Progress: @unchecked Sendable {
    private let memory: UnsafeMutablePointer<Int>

    /// - Parameter path: of the file, which is made where it is not there.
    init?(path: String) {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        guard ftruncate(descriptor, 16) == 0,
            let start = mmap(nil, 16, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0), start != MAP_FAILED
        else { return nil }
        memory = start.bindMemory(to: Int.self, capacity: 2)
    }

    deinit { munmap(memory, 16) }

    /// Of the input that is being read.
    var number: Int {
        get { memory[0] }
        set { memory[0] = newValue }
    }

    /// How many inputs were answered with an error.
    var refused: Int {
        get { memory[1] }
        set { memory[1] = newValue }
    }
}
