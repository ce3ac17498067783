import Primitives

/// Reads members of a plan, and says in errors where in it they are.
struct PlanReader {
    let value: Value
    /// `disks[0].partitions[1]`; empty for the plan itself.
    let path: String

    init(_ value: Value, path: String = "") {
        self.value = value
        self.path = path
    }

    /// - Parameter key: of a member; nil for the value itself.
    func wrong(_ key: String?, _ what: String) -> InstallationError {
        let parts = [path, key ?? ""].filter { !$0.isEmpty }
        let member = parts.joined(separator: ".")
        let place = parts.isEmpty ? "It" : "'\(member)'"
        return InstallationError(
            .plan, "The plan cannot be used: \(place) \(what).", member: parts.isEmpty ? nil : (member, what))
    }

    /// nil where it is missing or null.
    func member(_ key: String) -> Value? {
        guard let member = value[key], !member.isNull else { return nil }
        return member
    }

    func object(_ key: String) throws(InstallationError) -> PlanReader {
        guard let member = member(key), member.objectValue != nil else { throw wrong(key, "must be an object") }
        return PlanReader(member, path: path.isEmpty ? key : "\(path).\(key)")
    }

    /// Empty where it is missing or null.
    func list(_ key: String, atMost limit: Int) throws(InstallationError) -> [PlanReader] {
        guard let member = member(key) else { return [] }
        guard let elements = member.arrayValue else { throw wrong(key, "must be a list") }
        guard elements.count <= limit else { throw wrong(key, "has more than \(limit) entries") }
        let prefix = path.isEmpty ? key : "\(path).\(key)"
        return elements.enumerated().map { PlanReader($1, path: "\(prefix)[\($0)]") }
    }

    func optionalText(_ key: String, atMost limit: Int) throws(InstallationError) -> String? {
        guard let member = member(key) else { return nil }
        guard let text = member.stringValue else { throw wrong(key, "must be a text") }
        guard text.utf8.count <= limit else { throw wrong(key, "is longer than \(limit) bytes") }
        return text
    }

    func text(_ key: String, atMost limit: Int) throws(InstallationError) -> String {
        guard let text = try optionalText(key, atMost: limit) else { throw wrong(key, "is missing") }
        return text
    }

    /// A text that `check` finds nothing wrong with.
    ///
    /// - Parameter check: says what is wrong, as `has a '/' in it`; nil for nothing.
    func text(
        _ key: String, atMost limit: Int, _ check: (String) -> String?
    ) throws(InstallationError) -> String {
        let text = try text(key, atMost: limit)
        if let fault = check(text) { throw wrong(key, "\(fault)") }
        return text
    }

    /// As `text`; nil where it is missing or null.
    func optionalText(
        _ key: String, atMost limit: Int, _ check: (String) -> String?
    ) throws(InstallationError) -> String? {
        guard member(key) != nil else { return nil }
        return try text(key, atMost: limit, check)
    }

    /// Texts of a list, each checked.
    func texts(
        _ key: String, atMost count: Int, each limit: Int, _ check: (String) -> String?
    ) throws(InstallationError) -> [String] {
        var texts: [String] = []
        for element in try list(key, atMost: count) {
            guard let text = element.value.stringValue else { throw element.wrong(nil, "must be a text") }
            guard text.utf8.count <= limit else { throw element.wrong(nil, "is longer than \(limit) bytes") }
            if let fault = check(text) { throw element.wrong(nil, fault) }
            texts.append(text)
        }
        return texts
    }

    func flag(_ key: String, default value: Bool) throws(InstallationError) -> Bool {
        guard let member = member(key) else { return value }
        guard let flag = member.boolValue else { throw wrong(key, "must be true or false") }
        return flag
    }

    func optionalNumber(_ key: String, _ range: ClosedRange<Int>) throws(InstallationError) -> Int? {
        guard let member = member(key) else { return nil }
        guard let number = member.intValue, range.contains(number) else {
            throw wrong(key, "must be a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    func number(_ key: String, _ range: ClosedRange<Int>) throws(InstallationError) -> Int {
        guard let number = try optionalNumber(key, range) else { throw wrong(key, "is missing") }
        return number
    }

    /// One of the cases of an enumeration, by its text.
    func choice<T: RawRepresentable<String>>(
        _ key: String, _ type: T.Type, default value: T? = nil
    ) throws(InstallationError) -> T {
        guard let text = try optionalText(key, atMost: 64) else {
            guard let value else { throw wrong(key, "is missing") }
            return value
        }
        guard let choice = T(rawValue: text) else {
            throw wrong(key, "is '\(text.shownInMessage)', which is not known")
        }
        return choice
    }
}

extension String {
    /// At most 80 characters, without controls.
    var shownInMessage: String {
        let text = ControlCharacters.escaped(self, keepsLines: false)
        return text.count <= 80 ? text : String(text.prefix(80)) + "…"
    }
}
