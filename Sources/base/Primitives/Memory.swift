import CMalloc

/// How the process takes memory from the system, and gives it back.
package enum Memory {
    /// Has all threads share one heap. Called once, at the start of a program that lives long.
    ///
    /// glibc gives each thread a heap of its own. Work that wanders between threads, as Swift's tasks do, then leaves
    /// every one of them full of holes. What is freed is kept for what comes next: for each buffer that the system gives
    /// anew, it clears every page. `returnFreed` ends that.
    package static func shareHeap() { cmalloc_keep_together() }

    private static let afterwards = MemoryReturn()

    /// Called when work on much data has ended: gives back what it freed once no other such work follows.
    ///
    /// - Parameter size: of the data, in bytes.
    package static func noteWork(size: Int) { afterwards.noteWork(size: size) }

    /// Gives back what was freed, wherever it lies; some milliseconds in which nobody can allocate.
    package static func returnFreed() { cmalloc_return_freed() }
}
