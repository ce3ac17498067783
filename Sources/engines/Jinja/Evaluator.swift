import OrderedCollections
import Primitives

/// Renders one template once.
final class Evaluator {
    private static let valueDepthLimit = 400

    let limits: Limits
    /// The line that is being rendered, for errors.
    var line = 1
    var scope: Scope
    private(set) var output = ""
    /// Statements, expressions and calls that are under way.
    private var depth = 0
    private var iterations = 0
    private var work = 0
    /// What may hold itself: emptied when rendering ends.
    private var tracked: [any Releasable] = []
    private var context: Value.Object

    init(context: Value.Object, limits: Limits) {
        self.context = context
        self.limits = limits
        scope = Scope(parent: nil)
        tracked.append(scope)
    }

    /// Breaks the circles that macros, namespaces and changed lists may form.
    func finish() {
        for object in tracked { object.release() }
        tracked.removeAll()
    }

    func track(_ object: any Releasable) { tracked.append(object) }

    func fail(_ code: JinjaError.Code, _ message: String) -> JinjaError {
        JinjaError(code: code, message: message, line: line)
    }

    func typeError(_ message: String) -> JinjaError { fail(.evaluation, message) }

    /// Counts work on `count` bytes or elements, of one value where they are more than one value may have.
    func charge(_ count: Int) throws(JinjaError) {
        work += min(count, limits.work) + 1
        if work > limits.work { throw fail(.limit, "The template does more work than \(limits.work) steps") }
    }

    /// Checks the size of a value about to be built, and counts it as work.
    func chargeValue(_ size: Int) throws(JinjaError) {
        try checkSize(size)
        try charge(size)
    }

    func checkSize(_ size: Int) throws(JinjaError) {
        if size > limits.valueSize {
            throw fail(.limit, "A value of \(size) elements or bytes exceeds the limit of \(limits.valueSize)")
        }
    }

    func countIteration() throws(JinjaError) {
        iterations += 1
        if iterations > limits.iterations {
            throw fail(.limit, "The template's loops exceed \(limits.iterations) rounds")
        }
        try charge(1)
    }

    /// Counts a level of nesting of statements, calls or values; `leave` has to follow.
    func enter() throws(JinjaError) {
        depth += 1
        if depth > 5 * limits.nesting {
            throw fail(.limit, "Calls, blocks and values nest too deeply (\(5 * limits.nesting) levels)")
        }
    }

    func leave() { depth -= 1 }

    /// Refuses a value that a loop has nested so deeply that releasing it could exhaust the stack.
    func checkDepth(_ value: JinjaValue) throws(JinjaError) {
        if value.depth > Self.valueDepthLimit {
            throw fail(.limit, "A value nests more than \(Self.valueDepthLimit) levels deep")
        }
    }

    func write(_ text: String) throws(JinjaError) {
        output += text
        try charge(text.utf8.count)
        if output.utf8.count > limits.output {
            throw fail(.limit, "The template's output exceeds \(limits.output) bytes")
        }
    }

    /// What `body` writes, apart from the output.
    func captured(_ body: () throws(JinjaError) -> Void) throws(JinjaError) -> String {
        let outer = output
        output = ""
        defer { output = outer }
        try body()
        return output
    }

    func value(of name: String) -> JinjaValue {
        if let value = scope.value(name) { return value }
        if let value = context[name] {
            // Converted once: a list that is changed stays changed.
            let converted = JinjaValue(value)
            root.variables[name] = converted
            return converted
        }
        if let function = JinjaValue.Function(rawValue: name) { return .function(function) }
        return .undefined("'\(name)' is undefined")
    }

    private var root: Scope {
        var scope = scope
        while let parent = scope.parent { scope = parent }
        return scope
    }

    func assign(_ value: JinjaValue, to target: Target) throws(JinjaError) {
        try checkDepth(value)
        switch target {
        case .name(let name): scope.variables[name] = value
        case .tuple(let targets):
            let values = try elements(of: value)
            guard values.count == targets.count else {
                let problem = values.count < targets.count ? "not enough values" : "too many values"
                throw typeError("\(problem) to unpack (expected \(targets.count), got \(values.count))")
            }
            for (target, value) in zip(targets, values) { try assign(value, to: target) }
        case .attribute(let name, let attribute):
            guard case .namespace(let namespace) = self.value(of: name) else {
                throw typeError("cannot assign attribute on non-namespace object")
            }
            namespace.attributes[attribute] = value
        }
    }
}
