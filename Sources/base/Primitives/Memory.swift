import CMalloc

/// How the process takes memory from the system, and gives it back.
package enum Memory {
    /// Makes all threads use one heap. It is called once, at the start of a program that runs for long.
    ///
    /// glibc gives each thread a heap of its own. Swift's tasks move between threads, and leave all of these heaps
    /// fragmented.
    package static func shareHeap() { cmalloc_keep_together() }

    private static let afterwards = MemoryReturn()

    /// Called when work on much data has ended: gives back what it freed once no other such work follows.
    ///
    /// - Parameter size: of the data, in bytes.
    package static func noteWork(size: Int) { afterwards.noteWork(size: size) }

    /// Returns freed memory of all heaps to the system. It takes some milliseconds, in which no thread can allocate.
    package static func returnFreed() { cmalloc_return_freed() }
}
