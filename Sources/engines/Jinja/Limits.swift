/// What one template may cost. A template that exceeds a limit fails with a `JinjaError` of code `limit`.
package struct Limits: Sendable, Equatable {
    /// Rounds of all loops together.
    package var iterations: Int
    /// Bytes of output.
    package var output: Int
    /// How deeply expressions, blocks and macro calls may nest.
    package var nesting: Int
    /// Elements of one list, bytes of one string; also the numbers of one `range()`.
    package var valueSize: Int
    /// Work in all, where an element or a byte that an operation handles counts one.
    package var work: Int

    package init(
        iterations: Int = 100_000, output: Int = 4 << 20, nesting: Int = 100, valueSize: Int = 1 << 20,
        work: Int = 6_000_000
    ) {
        self.iterations = iterations
        self.output = output
        self.nesting = nesting
        self.valueSize = valueSize
        self.work = work
    }

    /// Ample for boot actions, small for the machine.
    package static let `default` = Limits()
}
