import CLinux
import Primitives

/// Writes patterns to free memory and reads them again: the part of a test that runs in a process of its own, since the kernel
/// ends whoever reads memory that cannot be read.
package enum MemoryPatterns {
    /// In MiB: more than the caches of processors hold.
    private static let chunk = 256
    private static let mebibyte = 1 << 20

    /// One pattern: a word of 64 bits for each place.
    struct Pattern: Sendable {
        let seed: UInt64

        /// Differs from place to place, so that a place that is another one's is noticed.
        func word(_ place: Int) -> UInt64 {
            (UInt64(truncatingIfNeeded: place) &* 0x9E37_79B9_7F4A_7C15) ^ seed
        }

        func fill(_ memory: UnsafeMutableBufferPointer<UInt64>) {
            for place in memory.indices { memory[place] = word(place) }
        }

        /// How many words are not as they were written, and the first of them.
        func mismatches(in memory: UnsafeMutableBufferPointer<UInt64>) -> (count: Int, first: String?) {
            var count = 0
            var first: String?
            for place in memory.indices {
                let wanted = word(place)
                let seen = memory[place]
                guard seen != wanted else { continue }
                if first == nil { first = "0x\(String(seen, radix: 16)) instead of 0x\(String(wanted, radix: 16))" }
                count += 1
            }
            return (count, first)
        }
    }

    /// Each bit is written as 0 and as 1, and beside equal and unequal ones.
    static let patterns = [
        Pattern(seed: 0x5555_5555_5555_5555), Pattern(seed: 0xAAAA_AAAA_AAAA_AAAA), Pattern(seed: 0),
        Pattern(seed: .max),
    ]

    /// What was found so far; a line of JSON.
    struct Progress: Sendable, Hashable {
        /// In MiB.
        var tested = 0
        var mismatches = 0
        var example: String?

        init() {}

        init?(_ value: Value) {
            guard let tested = value["tested_mib"]?.intValue, let mismatches = value["mismatches"]?.intValue else {
                return nil
            }
            self.tested = tested
            self.mismatches = mismatches
            example = value["example"]?.stringValue
        }

        var value: Value {
            ["tested_mib": .int(tested), "mismatches": .int(mismatches), "example": Value(example)]
        }
    }

    /// Tests so much memory, all of it different, and says after each piece how far it is.
    ///
    /// - Parameters:
    ///   - size: in MiB; what the kernel does not give ends the test.
    ///   - seconds: after so long no further piece is begun.
    ///   - write: gets lines of JSON.
    package static func run(size: Int, seconds: Double, write: (String) -> Void) {
        // Where memory runs out this process goes, and no other.
        try? FileContents.write(Array("1000".utf8), to: "/proc/self/oom_score_adj")
        let end = ContinuousClock.now + .seconds(seconds)
        var progress = Progress()
        while progress.tested < size, ContinuousClock.now < end {
            let piece = min(chunk, size - progress.tested)
            // It is kept: the next piece has to be other memory.
            guard let start = clinux_memory(piece * mebibyte) else { break }
            let count = piece * mebibyte / MemoryLayout<UInt64>.size
            let words = UnsafeMutableBufferPointer(
                start: start.bindMemory(to: UInt64.self, capacity: count), count: count)
            for pattern in patterns {
                pattern.fill(words)
                let (mismatches, first) = pattern.mismatches(in: words)
                progress.mismatches += mismatches
                progress.example = progress.example ?? first
            }
            progress.tested += piece
            write(progress.value.json(.compact))
        }
    }
}
