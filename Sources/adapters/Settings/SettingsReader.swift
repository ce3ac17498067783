import Primitives
import YAML

/// Reads a section of the configuration, key by key, and refuses what nobody asked for.
///
/// A setting `listeners.api.address` may also come from the environment, as `BOATYARD_LISTENERS_API_ADDRESS`, which
/// wins over the file.
struct SettingsReader {
    private let file: String
    private let environment: [String: String]
    private let path: [String]
    private var members: [MarkedNode.Member]
    private let line: Int?
    /// What was asked for, in its order: what the section may have.
    private var known: [String] = []
    /// What is set, in the file or the environment, here and in the sections that were read: `listeners.api.address` and its text.
    private(set) var written: [String: String] = [:]
    /// The variables that what was asked for may come from, here and in the sections that were read.
    private var variables: [String] = []

    /// - Parameter root: nil for an empty or missing file.
    init(file: String, root: MarkedNode?, environment: [String: String]) throws {
        self.file = file
        self.environment = environment
        path = []
        line = nil
        members = try Self.members(of: root, file: file, line: nil, what: "the file", expected: "sections like 'log:'")
    }

    private init(_ parent: SettingsReader, _ name: String, _ members: [MarkedNode.Member], _ line: Int?) {
        file = parent.file
        environment = parent.environment
        path = parent.path + [name]
        self.members = members
        self.line = line
    }

    /// Reads a section that may be missing. The body must ask for every key the section may have.
    mutating func section<T>(_ name: String, _ body: (inout SettingsReader) throws -> T) throws -> T {
        let member = take(name)
        let line = member?.key.line
        let members = try Self.members(
            of: member?.value, file: file, line: line, what: key(name), expected: "a section with keys below it")
        var reader = SettingsReader(self, name, members, line)
        let result = try body(&reader)
        try reader.finish()
        written.merge(reader.written) { $1 }
        variables += reader.variables
        return result
    }

    /// Whether any of `names` is set, in the file or the environment. Where none is, all have been asked for.
    mutating func hasAny(_ names: [String]) -> Bool {
        let isAnySet = names.contains { name in
            environment[variable(name)] != nil
                || members.contains { Self.text(of: $0.key) == name && $0.value.content != .scalar(.null) }
        }
        for name in names {
            variables.append(variable(name))
            if isAnySet { note(name) } else { _ = take(name) }
        }
        return isAnySet
    }

    /// A setting, or nil where it is not set.
    ///
    /// - Parameter expected: completes "expected …"; said when `parse` answers nil.
    mutating func value<T>(_ name: String, expected: String, _ parse: (String) -> T?) throws -> T? {
        let member = take(name)
        variables.append(variable(name))
        let text: String
        let place: String
        if let override = environment[variable(name)] {
            text = override
            place = "environment variable \(variable(name))"
        } else if let member {
            place = Self.place(file, member.value.line ?? member.key.line)
            guard let written = Self.text(of: member.value) else {
                if member.value.content == .scalar(.null) { return nil }
                let kind =
                    switch member.value.content {
                    case .scalar(.timestamp): "a date"
                    case .scalar(.bytes): "binary data"
                    default: "a collection"
                    }
                throw SettingsError(place: place, message: "\(key(name)) is \(kind), expected \(expected)")
            }
            text = written
        } else {
            return nil
        }
        written[key(name)] = text
        guard let value = parse(text) else {
            throw SettingsError(
                place: place,
                message: "\(key(name)) is '\(AddressCredentials.removed(from: text))', expected \(expected)")
        }
        return value
    }

    /// An error about the section itself.
    func failure(_ message: String) -> SettingsError {
        SettingsError(place: Self.place(file, line), message: message)
    }

    /// Refuses the keys that were not asked for.
    func finish() throws {
        guard let unknown = members.first else { return }
        let name = Self.text(of: unknown.key) ?? "?"
        let near = NearNames.of(name, among: known)
        let listed = (near.isEmpty ? known : near).map { "'\(key($0))'" }
        let choice = listed.count > 1 ? listed.dropLast().joined(separator: ", ") + " or " : ""
        throw SettingsError(
            place: Self.place(file, unknown.key.line),
            message: "unknown key '\(key(name))', expected \(choice)\(listed.last ?? "nothing")"
                + (near.isEmpty ? "; check its spelling and indentation" : ""))
    }

    /// Refuses variables that no setting comes from, where they are meant for one by their section or their spelling. Others,
    /// such as `BOATYARD_URL`, are for other programs.
    func refuseUnknownVariables() throws {
        let sections = known.map { variable($0) + "_" }
        let prefix = variable("")
        for name in environment.keys.sorted() where name.hasPrefix(prefix) && !variables.contains(name) {
            let near = NearNames.of(
                String(name.dropFirst(prefix.count)), among: variables.map { String($0.dropFirst(prefix.count)) })
            guard !near.isEmpty || sections.contains(where: name.hasPrefix) else { continue }
            throw SettingsError(
                place: "environment variable \(name)",
                message: "no setting comes from it, "
                    + (near.isEmpty
                        ? "expected BOATYARD_ and the names of a section and a key of boatyard.yaml"
                        : "expected \(near.map { prefix + $0 }.joined(separator: " or "))"))
        }
    }

    private mutating func note(_ name: String) { if !known.contains(name) { known.append(name) } }

    private mutating func take(_ name: String) -> MarkedNode.Member? {
        note(name)
        guard let index = members.firstIndex(where: { Self.text(of: $0.key) == name }) else { return nil }
        return members.remove(at: index)
    }

    private func key(_ name: String) -> String { (path + [name]).joined(separator: ".") }

    private func variable(_ name: String) -> String {
        "BOATYARD_" + (path + [name]).joined(separator: "_").uppercased()
    }

    private static func members(
        of node: MarkedNode?, file: String, line: Int?, what: String, expected: String
    ) throws -> [MarkedNode.Member] {
        guard let node, node.content != .scalar(.null) else { return [] }
        guard case .mapping(let members) = node.content else {
            throw SettingsError(
                place: place(file, node.line ?? line), message: "\(what) is no section, expected \(expected)")
        }
        for (index, member) in members.enumerated() {
            let first = members[..<index].first { $0.key.content == member.key.content }
            guard let first else { continue }
            throw SettingsError(
                place: place(file, member.key.line),
                message: "key '\(text(of: member.key) ?? "?")' is set twice, expected once; it is first on line "
                    + "\(first.key.line ?? 0)")
        }
        return members
    }

    private static func place(_ file: String, _ line: Int?) -> String { line.map { "\(file):\($0)" } ?? file }

    /// A scalar as it reads; nil for collections, null and types that no setting has.
    private static func text(of node: MarkedNode) -> String? {
        guard case .scalar(let scalar) = node.content else { return nil }
        switch scalar {
        case .string(let text): return text
        case .int(let number): return String(number)
        case .bigInt(let digits): return digits
        case .float(let number): return String(number)
        case .bool(let flag): return flag ? "true" : "false"
        default: return nil
        }
    }
}
