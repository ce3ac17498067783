import OrderedCollections
import Primitives

/// Reads members of a document's data with the conversions of Drydock's model: numbers and flags become texts,
/// `True` and `False` as Python writes them (`docs/reference/drydock.md` §5).
struct FieldReader {
    let object: Value.Object

    init(_ object: Value.Object) { self.object = object }

    /// - Throws: where `value` is no object.
    init(_ value: Value, _ field: String) throws {
        guard case .object(let object) = value else {
            throw IngestError.unexpected("Field `\(field)' must be an object")
        }
        self.init(object)
    }

    subscript(key: String) -> Value { object[key] ?? .null }

    /// The members of a section; none where it is absent.
    func section(_ key: String) throws -> FieldReader {
        self[key].isNull ? FieldReader([:]) : try FieldReader(self[key], key)
    }

    /// A section, or nil where the document has none.
    func optionalSection(_ key: String) throws -> FieldReader? {
        self[key].isNull ? nil : try FieldReader(self[key], key)
    }

    func text(_ key: String) throws -> String? { try Self.text(self[key], key) }

    func requiredText(_ key: String) throws -> String {
        guard let text = try text(key) else { throw IngestError.missing(key) }
        return text
    }

    func texts(_ key: String) throws -> [String]? {
        guard !self[key].isNull else { return nil }
        guard let list = self[key].arrayValue else { throw IngestError.unexpected("Field `\(key)' must be a list") }
        return try list.map {
            guard let text = try Self.text($0, key) else { throw IngestError.missing(key) }
            return text
        }
    }

    func number(_ key: String) throws -> Int? {
        switch self[key] {
        case .null: return nil
        case .int(let number): return number
        case .double(let number):
            guard let whole = Int(exactly: number.rounded(.towardZero)) else { break }
            return whole
        case .string(let text):
            guard let number = Int(text) else { break }
            return number
        default: break
        }
        throw IngestError.unexpected("Field `\(key)' must be a number")
    }

    func flag(_ key: String) throws -> Bool? {
        guard !self[key].isNull else { return nil }
        guard let flag = self[key].boolValue else { throw IngestError.unexpected("Field `\(key)' must be a flag") }
        return flag
    }

    /// A map of texts; members that are null are left out. nil where the document has none.
    func labels(_ key: String) throws -> Labels? {
        guard let members = try optionalSection(key) else { return nil }
        return try members.allTexts()
    }

    func allTexts() throws -> Labels {
        var labels = Labels(minimumCapacity: object.count)
        for (name, value) in object { labels[name] = try Self.text(value, name) }
        return labels
    }

    static func text(_ value: Value, _ field: String) throws -> String? {
        switch value {
        case .null: nil
        case .string(let text): text
        case .int(let number): String(number)
        case .bigInt(let digits): digits
        case .bool(let flag): flag ? "True" : "False"
        case .double(let number): "\(number)"
        case .array, .object:
            throw IngestError.unexpected("A string is required in field \(field), not a list or an object")
        }
    }
}
