/// Why a pattern cannot be used, or why matching it was given up.
package struct PythonRegexError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What went wrong.
    package enum Code: Sendable, Equatable {
        /// The pattern is no regular expression of the dialect.
        case syntax
        /// The pattern, compiled, would be larger than is reasonable.
        case tooLarge
        /// Matching took more steps than allowed: the pattern backtracks catastrophically on this text.
        case tooManySteps
    }

    /// What went wrong.
    package var code: Code
    package var message: String
    /// The regular expression at fault.
    package var pattern: String

    package var description: String { "\(message), in the pattern \(pattern)" }
}
