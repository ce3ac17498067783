/// Why a template cannot be compiled or rendered.
package struct JinjaError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What went wrong.
    package enum Code: Sendable, Equatable {
        /// The template is no Jinja, or names an unknown filter or test.
        case syntax
        /// A missing value was used for more than printing and testing.
        case undefined
        /// An operation on values that it does not apply to.
        case evaluation
        /// A limit was exceeded: loops, output, nesting, size of a value.
        case limit
    }

    /// What went wrong.
    package var code: Code
    package var message: String
    /// The template's line, from 1.
    package var line: Int

    package var description: String { "\(message), at line \(line) of the template" }
}
