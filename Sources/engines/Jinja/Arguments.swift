/// The evaluated arguments of a call.
struct Arguments {
    var positional: [JinjaValue] = []
    var named: [(name: String, value: JinjaValue)] = []

    init(_ positional: [JinjaValue] = []) { self.positional = positional }

    subscript(name: String) -> JinjaValue? { named.first { $0.name == name }?.value }

    /// The arguments in the order of `parameters`, nil where one is missing.
    func bound(_ parameters: String..., in evaluator: Evaluator) throws(JinjaError) -> [JinjaValue?] {
        guard positional.count <= parameters.count else {
            throw evaluator.typeError("takes at most \(parameters.count) arguments, got \(positional.count)")
        }
        var values: [JinjaValue?] = positional
        values += Array(repeating: nil, count: parameters.count - positional.count)
        for (name, value) in named {
            guard let index = parameters.firstIndex(of: name) else {
                throw evaluator.typeError("got an unexpected keyword argument '\(name)'")
            }
            guard values[index] == nil else {
                throw evaluator.typeError("got multiple values for argument '\(name)'")
            }
            values[index] = value
        }
        return values
    }
}
