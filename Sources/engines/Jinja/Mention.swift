/// Which names a body uses: Jinja gives a macro only those special variables that it mentions.
extension MacroDefinition {
    func mentions(_ name: String) -> Bool { body.contains { $0.mentions(name) } }
}

extension Statement {
    fileprivate func mentions(_ name: String) -> Bool {
        switch node {
        case .text: false
        case .output(let expression): expression.mentions(name)
        case .condition(let branches, let otherwise):
            branches.contains { $0.test.mentions(name) || $0.body.contains { $0.mentions(name) } }
                || otherwise.contains { $0.mentions(name) }
        case .loop(let loop):
            loop.items.mentions(name) || loop.test?.mentions(name) == true
                || (loop.body + loop.otherwise).contains { $0.mentions(name) }
        case .set(_, let expression): expression.mentions(name)
        case .setBlock(_, let filters, let body), .filterBlock(let filters, let body):
            filters.contains { $0.arguments.mentions(name) } || body.contains { $0.mentions(name) }
        case .with(let bindings, let body):
            bindings.contains { $0.value.mentions(name) } || body.contains { $0.mentions(name) }
        case .macro(let definition): definition.mentions(name)
        case .call(let definition, let expression): definition.mentions(name) || expression.mentions(name)
        case .block(let body): body.contains { $0.mentions(name) }
        }
    }
}

extension Expression.ArgumentList {
    fileprivate func mentions(_ name: String) -> Bool { expressions.contains { $0.mentions(name) } }
}

extension Expression {
    fileprivate func mentions(_ name: String) -> Bool {
        switch node {
        case .none, .bool, .integer, .float, .string: false
        case .name(let own): own == name
        case .list(let parts), .tuple(let parts), .concatenation(let parts): parts.contains { $0.mentions(name) }
        case .dictionary(let pairs): pairs.contains { $0.key.mentions(name) || $0.value.mentions(name) }
        case .attribute(let operand, _), .not(let operand), .negative(let operand), .positive(let operand):
            operand.mentions(name)
        case .element(let left, let right), .and(let left, let right), .or(let left, let right),
            .operation(let left, _, let right):
            left.mentions(name) || right.mentions(name)
        case .slice(let operand, let slice):
            [operand, slice.start, slice.stop, slice.step].contains { $0?.mentions(name) == true }
        case .call(let operand, let arguments): operand.mentions(name) || arguments.mentions(name)
        case .filter(let operand, let call), .test(let operand, let call):
            operand.mentions(name) || call.arguments.mentions(name)
        case .comparison(let left, let comparisons):
            left.mentions(name) || comparisons.contains { $0.right.mentions(name) }
        case .conditional(let test, let then, let otherwise):
            test.mentions(name) || then.mentions(name) || otherwise?.mentions(name) == true
        }
    }
}
