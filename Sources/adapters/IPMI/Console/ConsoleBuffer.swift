/// What a machine has written to its serial line since it was last asked.
package struct ConsoleOutput: Sendable, Hashable {
    /// As they came.
    package var bytes: [UInt8]
    /// So many bytes that came before these were dropped, as nobody took them.
    package var dropped: Int
    /// The BMC has lost characters of the machine, some time before the end of these.
    package var isIncomplete: Bool

    package init(bytes: [UInt8] = [], dropped: Int = 0, isIncomplete: Bool = false) {
        self.bytes = bytes
        self.dropped = dropped
        self.isIncomplete = isIncomplete
    }

    package var isEmpty: Bool { bytes.isEmpty && dropped == 0 && !isIncomplete }
}

/// Keeps what comes until it is taken: the newest bytes, where that takes too long. A reader that is slow holds up neither
/// the BMC nor the machine behind it.
package struct ConsoleBuffer: Sendable {
    private var output = ConsoleOutput()
    private let capacity: Int

    /// - Parameter capacity: in bytes.
    package init(capacity: Int = 256 << 10) { self.capacity = max(1, capacity) }

    package var isEmpty: Bool { output.isEmpty }

    /// Takes what came, and drops the oldest bytes where that is too much.
    package mutating func append(_ bytes: [UInt8], isIncomplete: Bool = false) {
        output.bytes += bytes
        output.isIncomplete = output.isIncomplete || isIncomplete
        // Half of it at once, so that a flood is not copied for each packet.
        guard output.bytes.count > capacity else { return }
        let excess = output.bytes.count - capacity / 2
        output.bytes = Array(output.bytes.dropFirst(excess))
        output.dropped += excess
    }

    /// All of it.
    package mutating func take() -> ConsoleOutput {
        defer { output = ConsoleOutput() }
        return output
    }
}
