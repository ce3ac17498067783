import OrderedCollections
import Primitives

/// JSON as `tojson` writes it: sorted keys, ASCII, and nothing that HTML could take for markup.
struct ScriptJSON {
    let run: Evaluator
    let indent: Int?
    private(set) var text = ""

    init(run: Evaluator, indent: Int?) {
        self.run = run
        self.indent = indent
    }

    mutating func write(_ value: JinjaValue, depth: Int) throws(JinjaError) {
        try run.enter()
        defer { run.leave() }
        try run.charge(1)
        switch value {
        case .none: text += "null"
        case .bool(let flag): text += flag ? "true" : "false"
        case .int(let number): text += String(number)
        case .bigInt(let digits): text += digits
        case .double(let number):
            text +=
                number.isNaN ? "NaN" : number.isInfinite ? (number < 0 ? "-Infinity" : "Infinity") : number.pythonRepr
        case .string(let string): try quote(string)
        case .list, .tuple, .group:
            let elements = value.sequence ?? []
            guard !elements.isEmpty else {
                text += "[]"
                return
            }
            text += "["
            for (index, element) in elements.enumerated() {
                try separate(index, depth + 1)
                try write(element, depth: depth + 1)
            }
            close("]", depth)
        case .dictionary(let box): try write(box, depth: depth)
        default: throw run.typeError("Object of type \(value.typeName) is not JSON serializable")
        }
    }

    private mutating func write(_ box: DictionaryBox, depth: Int) throws(JinjaError) {
        var members: [(key: JinjaValue, value: JinjaValue)] = []
        for entry in box.entries.values { members.append((entry.key, entry.value)) }
        guard !members.isEmpty else {
            text += "{}"
            return
        }
        members = try run.sorted(members) { left, right throws(JinjaError) in
            try run.order(left.key, right.key) ?? 0 < 0
        }
        text += "{"
        for (index, member) in members.enumerated() {
            try separate(index, depth + 1)
            switch member.key {
            case .string(let name): try quote(name)
            case .none, .bool, .int, .double:
                text += "\""
                try write(member.key, depth: depth)
                text += "\""
            default: throw run.typeError("keys must be str, int, float, bool or None, not \(member.key.typeName)")
            }
            text += ": "
            try write(member.value, depth: depth + 1)
        }
        close("}", depth)
    }

    private mutating func separate(_ index: Int, _ depth: Int) throws(JinjaError) {
        if index > 0 { text += indent == nil ? ", " : "," }
        newLine(depth)
        try run.checkSize(text.utf8.count)
    }

    private mutating func close(_ bracket: String, _ depth: Int) {
        newLine(depth)
        text += bracket
    }

    private mutating func newLine(_ depth: Int) {
        guard let indent else { return }
        text += "\n" + String(repeating: " ", count: indent * depth)
    }

    private mutating func quote(_ string: String) throws(JinjaError) {
        try run.charge(string.utf8.count)
        text += "\""
        for scalar in string.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            case "\u{8}": text += "\\b"
            case "\u{c}": text += "\\f"
            case "<", ">", "&", "'": escape(UInt16(scalar.value))
            case " "..."~": text.unicodeScalars.append(scalar)
            default: for unit in String(scalar).utf16 { escape(unit) }
            }
        }
        text += "\""
        try run.checkSize(text.utf8.count)
    }

    private mutating func escape(_ unit: UInt16) {
        let digits = String(unit, radix: 16)
        text += "\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
    }
}
