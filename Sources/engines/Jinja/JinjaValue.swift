import OrderedCollections
import Primitives

/// A value while a template is rendered.
enum JinjaValue {
    case undefined(String)
    case none
    case bool(Bool)
    case int(Int)
    /// The digits of an integer beyond 64 bits; it can be printed and compared, no more.
    case bigInt(String)
    case double(Double)
    case string(String)
    case list(ListBox)
    case tuple(ListBox)
    /// What `groupby` yields: a pair whose parts have names.
    indirect case group(JinjaValue, ListBox)
    case dictionary(DictionaryBox)
    /// `items()`, `keys()`, `values()` of a mapping.
    case view(View, ListBox)
    case range(start: Int, stop: Int, step: Int)
    /// A class of Python, by name; it does nothing but print.
    case type(String)
    case namespace(Namespace)
    case macro(Macro)
    case function(Function)
    indirect case method(JinjaValue, String)
    case loop(Loop)
    case cycler(Cycler)
    case joiner(Joiner)

    enum View: String {
        case items = "dict_items"
        case keys = "dict_keys"
        case values = "dict_values"
    }

    /// The global functions.
    enum Function: String, CaseIterable {
        case range, dict, namespace, cycler, joiner
    }
}

/// Something with identity whose contents are dropped when rendering ends, as it may hold itself.
protocol Releasable: AnyObject {
    func release()
}

/// The elements of a list, a tuple or a view; only lists change.
final class ListBox: Releasable {
    var elements: [JinjaValue]
    /// How many containers lie above each other in it, as far as it was filled in order.
    var depth: Int

    init(_ elements: [JinjaValue]) {
        self.elements = elements
        depth = 1 + (elements.lazy.map(\.depth).max() ?? 0)
    }

    func release() { elements.removeAll() }
}

final class DictionaryBox: Releasable {
    struct Entry {
        var key: JinjaValue
        var value: JinjaValue
    }

    private(set) var entries: OrderedDictionary<JinjaKey, Entry>
    /// As of `ListBox`.
    private(set) var depth = 1

    init(_ entries: OrderedDictionary<JinjaKey, Entry> = [:]) {
        self.entries = entries
        depth = 1 + (entries.values.lazy.map(\.value.depth).max() ?? 0)
    }

    subscript(text: String) -> JinjaValue? { entries[.string(text)]?.value }

    func set(_ text: String, _ value: JinjaValue) { set(.string(text), .string(text), value) }

    /// A key that is there keeps its place and its form.
    func set(_ key: JinjaKey, _ shown: JinjaValue, _ value: JinjaValue) {
        if entries[key] != nil {
            entries[key]?.value = value
        } else {
            entries[key] = Entry(key: shown, value: value)
        }
        depth = max(depth, 1 + value.depth)
    }

    func remove(_ key: JinjaKey) -> JinjaValue? { entries.removeValue(forKey: key)?.value }

    var keys: [JinjaValue] { entries.values.map(\.key) }

    func release() { entries.removeAll() }
}

/// `namespace()`: attributes that `set` can change from inner scopes.
final class Namespace: Releasable {
    var attributes: [String: JinjaValue] = [:]
    func release() { attributes.removeAll() }
}

/// A macro and the scope that it was defined in.
final class Macro {
    let definition: MacroDefinition
    let scope: Scope

    init(_ definition: MacroDefinition, scope: Scope) {
        self.definition = definition
        self.scope = scope
    }
}

/// The variables of one block.
final class Scope: Releasable {
    let parent: Scope?
    /// Room for a loop's variable and `loop`.
    var variables = [String: JinjaValue](minimumCapacity: 3)

    init(parent: Scope?) { self.parent = parent }

    func value(_ name: String) -> JinjaValue? {
        var scope: Scope? = self
        while let current = scope {
            if let value = current.variables[name] { return value }
            scope = current.parent
        }
        return nil
    }

    func release() { variables.removeAll() }
}

final class Cycler {
    let items: [JinjaValue]
    var index = 0
    init(_ items: [JinjaValue]) { self.items = items }
}

final class Joiner {
    let separator: String
    var wasUsed = false
    init(_ separator: String) { self.separator = separator }
}

/// The key of a mapping: equal numbers are one key whatever their type.
enum JinjaKey: Hashable {
    case none
    case undefined
    case int(Int)
    case double(Double)
    case string(String)
    case tuple([JinjaKey])
}

extension JinjaValue {
    /// A value of the context, with everything in it.
    init(_ value: Value) {
        switch value {
        case .null: self = .none
        case .bool(let flag): self = .bool(flag)
        case .int(let number): self = .int(number)
        case .bigInt(let digits): self = .bigInt(digits)
        case .double(let number): self = .double(number)
        case .string(let text): self = .string(text)
        case .array(let elements): self = .list(ListBox(elements.map { JinjaValue($0) }))
        case .object(let members):
            let box = DictionaryBox()
            for (key, value) in members { box.set(key, JinjaValue(value)) }
            self = .dictionary(box)
        }
    }

    static func newList(_ elements: [JinjaValue]) -> JinjaValue { .list(ListBox(elements)) }

    static func newTuple(_ elements: [JinjaValue]) -> JinjaValue { .tuple(ListBox(elements)) }

    /// How many containers lie above each other in it.
    var depth: Int {
        switch self {
        case .list(let box), .tuple(let box), .view(_, let box): box.depth
        case .group(let key, let box): 1 + max(key.depth, box.depth)
        case .dictionary(let box): box.depth
        case .method(let receiver, _): 1 + receiver.depth
        default: 0
        }
    }

    var isUndefined: Bool { if case .undefined = self { true } else { false } }

    /// Python's name of the value's class.
    var typeName: String {
        switch self {
        case .undefined: "Undefined"
        case .none: "NoneType"
        case .bool: "bool"
        case .int, .bigInt: "int"
        case .double: "float"
        case .string: "str"
        case .list: "list"
        case .tuple, .group: "tuple"
        case .dictionary: "dict"
        case .view(let view, _): view.rawValue
        case .range: "range"
        case .type: "type"
        case .namespace: "Namespace"
        case .macro: "Macro"
        case .function, .method: "builtin_function_or_method"
        case .loop: "LoopContext"
        case .cycler: "Cycler"
        case .joiner: "Joiner"
        }
    }

    /// Python's `bool()`.
    var isTrue: Bool {
        switch self {
        case .undefined, .none: false
        case .bool(let flag): flag
        case .int(let number): number != 0
        case .double(let number): number != 0
        case .string(let text): !text.isEmpty
        case .list(let box), .tuple(let box), .view(_, let box): !box.elements.isEmpty
        case .dictionary(let box): !box.entries.isEmpty
        case .range(let start, let stop, let step): PythonRange.count(start, stop, step) > 0
        default: true
        }
    }

    /// The elements of a list, a tuple or what else is a sequence of values.
    var sequence: [JinjaValue]? {
        switch self {
        case .list(let box), .tuple(let box), .view(_, let box): box.elements
        case .group(let key, let box): [key, .list(box)]
        default: nil
        }
    }

    /// A boolean, an integer or a float as a number.
    var number: JinjaNumber? {
        switch self {
        case .bool(let flag): .int(flag ? 1 : 0)
        case .int(let number): .int(number)
        case .double(let number): .double(number)
        default: nil
        }
    }

    /// A boolean or an integer.
    var integer: Int? {
        switch self {
        case .bool(let flag): flag ? 1 : 0
        case .int(let number): number
        default: nil
        }
    }

    var text: String? { if case .string(let text) = self { text } else { nil } }
}

/// A number under Python's arithmetic.
enum JinjaNumber {
    case int(Int)
    case double(Double)

    var double: Double {
        switch self {
        case .int(let number): Double(number)
        case .double(let number): number
        }
    }
}

/// `range(start, stop, step)`.
enum PythonRange {
    static func count(_ start: Int, _ stop: Int, _ step: Int) -> Int {
        let (low, high) = step > 0 ? (start, stop) : (stop, start)
        guard step != 0, low < high else { return 0 }
        let (distance, overflow) = high.subtractingReportingOverflow(low)
        guard !overflow else { return .max }
        return Int(clamping: (UInt(distance) - 1) / step.magnitude + 1)
    }

    static func element(_ start: Int, _ step: Int, _ index: Int) -> Int { start &+ step &* index }
}
