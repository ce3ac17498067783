import Jinja
import Synchronization

/// Compiled templates by their source: one is compiled once however many machines it is rendered for.
final class TemplateCache: Sendable {
    /// For everything that renders boot actions.
    static let shared = TemplateCache()

    private struct State {
        var templates: [String: Template] = [:]
        /// Of the sources of all of them, in bytes.
        var size = 0
    }

    private let state = Mutex(State())
    private let capacity: Int

    /// - Parameter capacity: how long all sources may be in all, in bytes; then it starts anew.
    init(capacity: Int = 8 << 20) { self.capacity = capacity }

    /// - Throws: `JinjaError` for what is no template, every time it is asked for.
    func template(_ source: String) throws(JinjaError) -> Template {
        if let known = state.withLock({ $0.templates[source] }) { return known }
        let template = try Template(source)
        let size = source.utf8.count
        guard size <= capacity else { return template }
        state.withLock { state in
            if state.size + size > capacity { state = State() }
            if state.templates.updateValue(template, forKey: source) == nil { state.size += size }
        }
        return template
    }

    var count: Int { state.withLock { $0.templates.count } }
}
