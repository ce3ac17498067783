import Glibc

/// Measured figures, printed as they come, and whether all are within their ceilings.
struct Figures {
    private(set) var areWithinCeilings = true

    mutating func check(_ title: String, _ value: Double, _ unit: String, ceiling: Double) {
        let isWithin = value <= ceiling
        if !isWithin { areWithinCeilings = false }
        print("  \(Self.padded(title))\(Self.text(value)) \(unit) (ceiling \(ceiling)) \(isWithin ? "ok" : "OVER")")
    }

    func tell(_ title: String, _ value: Double, _ unit: String) {
        print("  \(Self.padded(title))\(Self.text(value)) \(unit)")
    }

    mutating func fail() { areWithinCeilings = false }

    /// CPU time of the whole process that `work` takes, in milliseconds.
    static func cpu(_ work: () throws -> Void) rethrows -> Double {
        let begun = now()
        try work()
        return now() - begun
    }

    private static func now() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) * 1000 + Double(time.tv_nsec) / 1_000_000
    }

    private static func padded(_ title: String) -> String {
        title + String(repeating: " ", count: max(1, 56 - title.count))
    }

    private static func text(_ value: Double) -> String {
        let hundredths = Int((value * 100).rounded())
        let fraction = hundredths % 100
        return "\(hundredths / 100).\(fraction < 10 ? "0" : "")\(fraction)"
    }
}
