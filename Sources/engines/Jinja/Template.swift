import Primitives

/// A template of Jinja2's default environment (`docs/reference/drydock.md` §16), compiled once, rendered any number of
/// times.
///
/// An undefined value prints nothing and is false; its attributes are an error. One trailing newline is removed.
/// Nothing is escaped. Templates reach their context and nothing else: no file, no other template, no host object.
package struct Template: Sendable {
    private let statements: [Statement]
    private let limits: Limits

    /// - Throws: `JinjaError`, `syntax` or `limit`.
    package init(_ source: String, limits: Limits = .default) throws(JinjaError) {
        statements = try Parser.statements(of: source, limits: limits)
        self.limits = limits
    }

    /// The template's text with `context` as its variables.
    ///
    /// - Throws: `JinjaError`.
    package func render(_ context: Value.Object) throws(JinjaError) -> String {
        let evaluator = Evaluator(context: context, limits: limits)
        defer { evaluator.finish() }
        try evaluator.render(statements)
        return evaluator.output
    }
}
