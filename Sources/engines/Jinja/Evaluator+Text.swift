import OrderedCollections
import Primitives

extension Evaluator {
    /// Python's `str()`, as output shows values.
    func text(of value: JinjaValue) throws(JinjaError) -> String {
        switch value {
        case .string(let text): text
        case .undefined: ""
        default: try repr(of: value)
        }
    }

    /// Python's `repr()`.
    func repr(of value: JinjaValue) throws(JinjaError) -> String {
        var text = ""
        try appendRepr(of: value, to: &text)
        return text
    }

    private func appendRepr(of value: JinjaValue, to text: inout String) throws(JinjaError) {
        try enter()
        defer { leave() }
        let before = text.utf8.count
        switch value {
        case .undefined: text += "Undefined"
        case .none: text += "None"
        case .bool(let flag): text += flag ? "True" : "False"
        case .int(let number): text += String(number)
        case .bigInt(let digits): text += digits
        case .double(let number): text += number.pythonRepr
        case .string(let string): text += string.pythonRepr
        case .list(let box): try appendReprs(of: box.elements, "[", "]", to: &text)
        case .tuple, .group:
            let elements = value.sequence ?? []
            try appendReprs(of: elements, "(", elements.count == 1 ? ",)" : ")", to: &text)
        case .view(let view, let box): try appendReprs(of: box.elements, view.rawValue + "([", "])", to: &text)
        case .dictionary(let box):
            text += "{"
            for (index, entry) in box.entries.values.enumerated() {
                if index > 0 { text += ", " }
                try appendRepr(of: entry.key, to: &text)
                text += ": "
                try appendRepr(of: entry.value, to: &text)
            }
            text += "}"
        case .range(let start, let stop, let step):
            text += "range(\(start), \(stop)\(step == 1 ? "" : ", \(step)"))"
        case .type(let name): text += "<class '\(name)'>"
        case .macro(let macro): text += "<Macro '\(macro.definition.name)'>"
        case .loop(let loop): text += "<LoopContext \(loop.index + 1)/\(loop.items.count)>"
        case .namespace(let namespace):
            text += "<Namespace with \(namespace.attributes.count) attributes>"
        case .function(let function): text += "<function \(function.rawValue)>"
        case .method(_, let name): text += "<method \(name)>"
        case .cycler, .joiner: text += "<\(value.typeName)>"
        }
        try charge(text.utf8.count - before)
        try checkSize(text.utf8.count)
    }

    private func appendReprs(
        of elements: [JinjaValue], _ open: String, _ close: String, to text: inout String
    ) throws(JinjaError) {
        text += open
        for (index, element) in elements.enumerated() {
            if index > 0 { text += ", " }
            try appendRepr(of: element, to: &text)
        }
        text += close
    }
}
