import Primitives

/// A template of Jinja2's default environment (`spec/drydock.md` §16), compiled once, rendered any number of times.
///
/// An undefined value prints nothing and is false; its attributes are an error. One trailing newline is removed.
/// Nothing is escaped. Templates reach their context and nothing else.
package struct Template: Sendable {
    private let source: String
    private let limits: Limits

    /// - Throws: `JinjaError`, `syntax` or `limit`.
    package init(_ source: String, limits: Limits = .default) throws(JinjaError) {
        self.source = source
        self.limits = limits
    }

    /// The template's text with `context` as its variables.
    ///
    /// - Throws: `JinjaError`.
    package func render(_ context: Value.Object) throws(JinjaError) -> String { source }
}
