/// Parses tokens into statements.
struct Parser {
    private let tokens: [Token]
    private var index = 0
    let nesting: Int
    /// How deeply blocks and brackets nest at this place.
    private var depth = 0
    /// Unknown filters and tests outside of conditions: those inside fail only when they are reached.
    var unknownNames: [JinjaError] = []
    /// The names of the blocks so far.
    var blockNames: Set<String> = []

    static func statements(of source: String, limits: Limits) throws(JinjaError) -> [Statement] {
        var parser = Parser(tokens: try Lexer.tokens(of: source), nesting: limits.nesting)
        let statements = try parser.body(until: [])
        if let unknown = parser.unknownNames.first { throw unknown }
        return statements
    }

    private init(tokens: [Token], nesting: Int) {
        self.tokens = tokens
        self.nesting = nesting
    }

    var current: Token { tokens[min(index, tokens.count - 1)] }

    var following: Token { tokens[min(index + 1, tokens.count - 1)] }

    @discardableResult
    mutating func next() -> Token {
        let token = current
        index += 1
        return token
    }

    mutating func skipSign(_ sign: String) -> Bool {
        guard current.isSign(sign) else { return false }
        index += 1
        return true
    }

    mutating func skipName(_ name: String) -> Bool {
        guard current.isName(name) else { return false }
        index += 1
        return true
    }

    mutating func expectSign(_ sign: String) throws(JinjaError) {
        guard skipSign(sign) else { throw error("Expected '\(sign)', found \(current.description)") }
    }

    mutating func expectName(_ name: String) throws(JinjaError) {
        guard skipName(name) else { throw error("Expected '\(name)', found \(current.description)") }
    }

    mutating func expectAnyName() throws(JinjaError) -> String {
        guard let name = current.name else { throw error("Expected a name, found \(current.description)") }
        index += 1
        return name
    }

    mutating func expectBlockEnd() throws(JinjaError) {
        guard current.kind == .blockEnd else { throw error("Expected '%}', found \(current.description)") }
        index += 1
    }

    func error(_ message: String) -> JinjaError {
        JinjaError(code: .syntax, message: message, line: current.line)
    }

    /// Counts a bracket or block that opens; `leave` has to follow.
    mutating func enter() throws(JinjaError) {
        depth += 1
        if depth > nesting { throw tooDeep() }
    }

    mutating func leave() { depth -= 1 }

    func tooDeep() -> JinjaError {
        JinjaError(code: .limit, message: "The template nests more than \(nesting) levels deep", line: current.line)
    }

    /// Statements up to a block tag of one of the names, which becomes the current token; to the end if there are none.
    mutating func body(until ends: [String]) throws(JinjaError) -> [Statement] {
        try enter()
        defer { leave() }
        var statements: [Statement] = []
        while true {
            let token = next()
            switch token.kind {
            case .text(let text): statements.append(Statement(node: .text(text), line: token.line))
            case .outputBegin:
                let expression = try tuple()
                guard current.kind == .outputEnd else {
                    throw error("Expected '}}', found \(current.description)")
                }
                next()
                statements.append(Statement(node: .output(expression), line: token.line))
            case .blockBegin:
                if let name = current.name, ends.contains(name) { return statements }
                statements.append(contentsOf: try statement())
                try expectBlockEnd()
            default:
                guard ends.isEmpty else {
                    throw error("The template ends where {% \(ends.joined(separator: " %} or {% ")) %} is missing")
                }
                return statements
            }
        }
    }

    /// The body of a block tag, up to the tag `end`, its name consumed.
    mutating func block(until ends: String...) throws(JinjaError) -> (body: [Statement], end: String) {
        _ = skipSign(":")
        try expectBlockEnd()
        let body = try body(until: ends)
        return (body, try expectAnyName())
    }
}
