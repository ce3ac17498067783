/// A piece of a template.
struct Token: Sendable, Equatable {
    enum Kind: Sendable, Equatable {
        /// Text between tags, whitespace control applied.
        case text(String)
        case outputBegin
        case outputEnd
        case blockBegin
        case blockEnd
        case name(String)
        case string(String)
        case integer(Int)
        case float(Double)
        case sign(String)
        case end
    }

    var kind: Kind
    /// From 1.
    var line: Int

    func isSign(_ sign: String) -> Bool { kind == .sign(sign) }

    func isName(_ name: String) -> Bool { kind == .name(name) }

    var name: String? { if case .name(let name) = kind { name } else { nil } }

    /// How error messages call the token.
    var description: String {
        switch kind {
        case .text: "template text"
        case .outputBegin: "'{{'"
        case .outputEnd: "end of print statement"
        case .blockBegin: "'{%'"
        case .blockEnd: "end of statement block"
        case .name(let name): "'\(name)'"
        case .string: "a string"
        case .integer, .float: "a number"
        case .sign(let sign): "'\(sign)'"
        case .end: "end of template"
        }
    }
}
