import OrderedCollections
import Primitives

/// Finds every violation of a value that is known to have one, in the order in which python-jsonschema finds them.
struct ViolationCollector {
    /// Messages show values; a hostile document must not multiply itself in them.
    private static let messageLimit = 16 << 20

    private let nodes: [SchemaNode]
    private var evaluation: Evaluation
    private var found: [SchemaViolation] = []
    private var instancePath: [PathElement] = []
    private var schemaPath: [PathElement] = []
    private var messageBytes = 0

    init(nodes: [SchemaNode]) {
        self.nodes = nodes
        evaluation = Evaluation(nodes: nodes)
    }

    mutating func violations(of value: Value) -> [SchemaViolation] {
        do {
            try collect(0, value)
        } catch {
            add(error.message, error.keyword, value)
        }
        return found
    }

    private mutating func collect(_ node: Int, _ value: Value) throws(EvaluationFailure) {
        try evaluation.enter()
        for keyword in nodes[node].keywords {
            if case .reference(let target) = keyword.rule {
                try collect(target, value)
                continue
            }
            schemaPath.append(.key(keyword.name))
            try collect(keyword, value)
            schemaPath.removeLast()
            if messageBytes > Self.messageLimit {
                throw EvaluationFailure(message: "There are too many violations to list", keyword: keyword.name)
            }
        }
        evaluation.leave()
    }

    private mutating func collect(_ keyword: SchemaKeyword, _ value: Value) throws(EvaluationFailure) {
        switch (keyword.rule, value) {
        case (.allOf(let schemas), _):
            for (index, node) in schemas.enumerated() { try collectBeside(.index(index), node, value) }
        case (.items(let node), .array(let elements)):
            for (index, element) in elements.enumerated() { try collectPart(.index(index), [], node, element) }
        case (.itemTuple(let schemas), .array(let elements)):
            for (index, (node, element)) in zip(schemas, elements).enumerated() {
                try collectPart(.index(index), [.index(index)], node, element)
            }
        case (.additionalItems(let node?, let after), .array(let elements)):
            for (index, element) in elements.enumerated().dropFirst(after) {
                try collectPart(.index(index), [], node, element)
            }
        case (.additionalItems(nil, let after), .array(let elements)):
            guard elements.count > after else { return }
            let extras = elements.dropFirst(after)
            let shown = extras.map(\.pythonRepr).joined(separator: ", ")
            let verb = extras.count == 1 ? "was" : "were"
            add("Additional items are not allowed (\(shown) \(verb) unexpected)", keyword.name, value)
        case (.properties(let properties), .object(let members)):
            for property in properties {
                guard let part = members[property.key] else { continue }
                try collectPart(.key(property.key), [.key(property.key)], property.node, part)
            }
        case (.patternProperties(let patterns), .object(let members)):
            for entry in patterns {
                for (key, part) in members
                where try Evaluation.occurs(entry.pattern, in: key, keyword: "patternProperties") {
                    try collectPart(.key(key), [.key(entry.pattern.text)], entry.node, part)
                }
            }
        case (.additionalProperties(let rule), .object(let members)):
            guard let node = rule.node else { return try refuseAdditional(rule, members, value) }
            for (key, part) in members where try Evaluation.isAdditional(key, rule) {
                try collectPart(.key(key), [], node, part)
            }
        case (.dependencies(let dependencies), .object(let members)):
            for dependency in dependencies where members[dependency.key] != nil {
                switch dependency.requirement {
                case .schema(let node): try collectBeside(.key(dependency.key), node, value)
                case .keys(let keys):
                    for key in keys where members[key] == nil {
                        add("\(key.pythonRepr) is a dependency of \(dependency.key.pythonRepr)", keyword.name, value)
                    }
                }
            }
        case (.required(let keys), .object(let members)):
            for key in keys where members[key] == nil {
                add("\(key.pythonRepr) is a required property", keyword.name, value)
            }
        case (.oneOf(let schemas), _): try collectOneOf(schemas, keyword, value)
        default:
            if try !evaluation.holds(keyword.rule, value) {
                add(SchemaMessage.text(keyword.rule, value), keyword.name, value)
                if case .type([.string]) = keyword.rule, let last = found.indices.last { found[last].wantsText = true }
            }
        }
    }

    /// Violations of a further schema for the same value.
    private mutating func collectBeside(
        _ step: PathElement, _ node: Int, _ value: Value
    ) throws(EvaluationFailure) {
        schemaPath.append(step)
        try collect(node, value)
        schemaPath.removeLast()
    }

    /// Violations of a part of the current value.
    private mutating func collectPart(
        _ step: PathElement, _ schemaSteps: [PathElement], _ node: Int, _ part: Value
    ) throws(EvaluationFailure) {
        instancePath.append(step)
        schemaPath.append(contentsOf: schemaSteps)
        let chain = evaluation.beginPart()
        try collect(node, part)
        evaluation.endPart(chain)
        schemaPath.removeLast(schemaSteps.count)
        instancePath.removeLast()
    }

    private mutating func collectOneOf(
        _ schemas: [SchemaRule.Subschema], _ keyword: SchemaKeyword, _ value: Value
    ) throws(EvaluationFailure) {
        var valid: [Value] = []
        for schema in schemas where try evaluation.isValid(schema.node, value) { valid.append(schema.value) }
        if valid.isEmpty { return add(SchemaMessage.text(keyword.rule, value), keyword.name, value) }
        guard valid.count > 1 else { return }
        // The reference names the first match last.
        let shown = (valid.dropFirst() + valid.prefix(1)).map(\.pythonRepr).joined(separator: ", ")
        add("\(value.pythonRepr) is valid under each of \(shown)", keyword.name, value)
    }

    private mutating func refuseAdditional(
        _ rule: SchemaRule.AdditionalProperties, _ members: Value.Object, _ value: Value
    ) throws(EvaluationFailure) {
        var extras: [String] = []
        for key in members.keys where try Evaluation.isAdditional(key, rule) { extras.append(key) }
        guard !extras.isEmpty else { return }
        let shown = SchemaMessage.sortedList(extras)
        if let patternTexts = rule.patternTexts {
            let patterns = SchemaMessage.sortedList(patternTexts)
            let verb = extras.count == 1 ? "does" : "do"
            add("\(shown) \(verb) not match any of the regexes: \(patterns)", "additionalProperties", value)
        } else {
            let verb = extras.count == 1 ? "was" : "were"
            add("Additional properties are not allowed (\(shown) \(verb) unexpected)", "additionalProperties", value)
        }
        guard let last = found.indices.last else { return }
        found[last].unknownKeys = extras
        found[last].knownKeys = rule.known.sorted()
    }

    private mutating func add(_ message: String, _ keyword: String, _ value: Value) {
        messageBytes += message.utf8.count
        found.append(
            SchemaViolation(
                message: message, keyword: keyword, instancePath: instancePath, schemaPath: schemaPath, instance: value
            ))
    }
}
