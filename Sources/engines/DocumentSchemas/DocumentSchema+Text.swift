import OrderedCollections
import Primitives

/// What a kind of document may say, as Markdown that reads well in a terminal, too.
extension DocumentSchema {
    /// What the kind is for, who reads it, an example, and every member.
    package var markdown: String {
        var lines = ["# \(kind)", "", "`\(schema)`", "", summary, "", "Read by: \(readers)", "", "```yaml"]
        lines += exampleDocument
        lines += ["```"]
        let members = SchemaMember.all(of: data)
        guard !members.isEmpty else { return (lines + [""]).joined(separator: "\n") }
        lines += ["", "## Members of `data`", ""]
        for member in members {
            lines.append(String(repeating: "  ", count: member.depth) + "- " + member.text)
        }
        return (lines + [""]).joined(separator: "\n")
    }

    /// A whole document, in the lines of YAML.
    package var exampleDocument: [String] {
        var lines = ["schema: \(schema)", "metadata:"]
        if isControl {
            lines += ["  schema: metadata/Control/v1", "  name: \(exampleName)"]
        } else {
            lines += [
                "  schema: metadata/Document/v1", "  name: \(exampleName)", "  layeringDefinition:",
                "    abstract: false",
                "    layer: site",
                "  storagePolicy: \(schema.hasPrefix("deckhand/") && !schema.contains("Public") ? "encrypted" : "cleartext")",
            ]
        }
        let value = example.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        guard value.count > 1 || example.contains(": ") else { return lines + ["data: \(example)"] }
        return lines + ["data:"] + value.map { $0.isEmpty ? "" : "  " + $0 }
    }

    private var exampleName: String {
        switch schema {
        case "deckhand/LayeringPolicy/v1": "layering-policy"
        case "deckhand/DataSchema/v1": "example/Service/v1"
        case "deckhand/ValidationPolicy/v1": "validation-policy"
        case "shipyard/DeploymentConfiguration/v1": "deployment-configuration"
        case "shipyard/DeploymentStrategy/v1": "deployment-strategy"
        case "drydock/BaremetalNode/v1": "n1"
        case "drydock/HardwareProfile/v1": "server"
        case "drydock/HostProfile/v1": "worker"
        case "drydock/Network/v1", "drydock/NetworkLink/v1": "oam"
        case "drydock/Rack/v1": "rack-1"
        case "drydock/Region/v1": "region"
        case "drydock/BootAction/v1": "motd"
        case "deckhand/Passphrase/v1": "bmc-password"
        default: "example"
        }
    }
}

/// A member of `data`, with its place and what is said of it.
struct SchemaMember {
    /// Below how many other members it stands.
    let depth: Int
    /// The last part of its path; `NAME` for one whose key is a name, with the list's brackets behind.
    let name: String
    let schema: Value
    let isRequired: Bool

    /// One line of Markdown.
    var text: String {
        var words = "`\(name)` (\(SchemaMember.type(of: schema))\(isRequired ? ", mandatory" : ""))"
        if let meaning = schema["description"]?.stringValue { words += ": \(meaning)" }
        if let standard = schema["default"] { words += " Default: `\(SchemaMember.shown(standard))`." }
        if let example = schema["examples"]?[0] { words += " Example: `\(SchemaMember.shown(example))`." }
        return words
    }

    /// Every member of a schema, each before those below it.
    static func all(of schema: Value, depth: Int = 0) -> [SchemaMember] {
        var members: [SchemaMember] = []
        let required = Set((schema["required"]?.arrayValue ?? []).compactMap(\.stringValue))
        for (name, part) in schema["properties"]?.objectValue ?? [:] {
            members.append(SchemaMember(depth: depth, name: name, schema: part, isRequired: required.contains(name)))
            members += below(part, depth + 1)
        }
        if let others = schema["additionalProperties"], others.objectValue != nil {
            members += named(others, depth)
        }
        return members
    }

    private static func below(_ part: Value, _ depth: Int) -> [SchemaMember] {
        if let items = part["items"] { return all(of: items, depth: depth) }
        return all(of: part, depth: depth)
    }

    /// Of an object whose keys are names: the value has a line where it has members itself.
    private static func named(_ value: Value, _ depth: Int) -> [SchemaMember] {
        let inner = below(value, depth + 1)
        guard !inner.isEmpty else { return [] }
        return [SchemaMember(depth: depth, name: "NAME", schema: value, isRequired: false)] + inner
    }

    /// In words: `text`, `list of texts`, `one of bios, uefi`.
    static func type(of schema: Value) -> String {
        if let values = schema["enum"]?.arrayValue {
            let words = values.compactMap(\.stringValue).map { "`\($0)`" }
            return words.count == 1 ? words.joined() : "one of \(words.joined(separator: ", "))"
        }
        switch name(of: schema) {
        case "array":
            let items = schema["items"].map(type) ?? "values"
            return items == "text" ? "list of texts" : items == "object" ? "list of objects" : "list, each \(items)"
        case "string": return "text"
        case "boolean": return "true or false"
        case "number", "integer": return "number"
        case "object": return schema["additionalProperties"]?.objectValue == nil ? "object" : "by name"
        default: return choices(schema)
        }
    }

    private static func choices(_ schema: Value) -> String {
        let words = (schema["anyOf"]?.arrayValue ?? []).filter { name(of: $0) != "null" }.map(type)
        var seen: Set<String> = []
        return words.filter { seen.insert($0).inserted }.joined(separator: " or ")
    }

    private static func name(of schema: Value) -> String? {
        schema["type"]?.stringValue ?? schema["type"]?[0]?.stringValue
    }

    private static func shown(_ value: Value) -> String { value.stringValue ?? value.json(.compact) }
}
