import Synchronization

/// The cable between a machine's serial port and its BMC. What the machine writes while nobody looks is lost, as on metal.
package final class SerialLine: Sendable {
    /// What comes from the BMC's end.
    package enum Input: Sendable, Hashable {
        case characters([UInt8])
        case lineBreak
        /// Somebody begins to look, or stops.
        case attached(Bool)
    }

    private struct Output {
        var reader: (@Sendable ([UInt8]) -> Void)?
        var isAttached = false
    }

    private let output = Mutex(Output())
    private let input = Mutex<(@Sendable (Input) -> Void)?>(nil)

    package init() {}

    /// The machine writes.
    package func write(_ characters: [UInt8]) { output.withLock { $0.isAttached ? $0.reader : nil }?(characters) }

    /// The machine writes a line.
    package func write(line: String) { write(Array("\(line)\r\n".utf8)) }

    /// - Parameter reader: the machine's end; called in order, returns at once.
    package func onInput(_ reader: @escaping @Sendable (Input) -> Void) { input.withLock { $0 = reader } }

    /// - Parameter reader: the BMC's end; called in order, returns at once.
    func onOutput(_ reader: (@Sendable ([UInt8]) -> Void)?) { output.withLock { $0.reader = reader } }

    func give(_ input: Input) {
        if case .attached(let isAttached) = input { output.withLock { $0.isAttached = isAttached } }
        self.input.withLock { $0 }?(input)
    }
}
