import CLibYAML
import Primitives

/// What a scalar event stands for.
enum Scalar {
    case text(String)
    /// Anything but a string.
    case node(YAMLNode)
    /// `<<`, which is no value but says where the mapping's other members come from.
    case merge
    /// `=`, a plain string where it is a key, and nothing elsewhere.
    case value

    init(_ event: yaml_event_t) throws(YAMLError) {
        let scalar = event.data.scalar
        let text = UnsafeBufferPointer(start: UnsafePointer(scalar.value), count: scalar.length)
        guard !CombiningCharacters.exceedLimit(text) else {
            throw Mark(event.start_mark).error(CombiningCharacters.problem)
        }
        if scalar.plain_implicit != 0 {
            self = try Self.plain(text, event)
        } else if let tag = scalar.tag, scalar.quoted_implicit == 0, tag[0] != UInt8(ascii: "!") || tag[1] != 0 {
            self = try Self.tagged(text, String(cString: tag), Mark(event.start_mark))
        } else {
            self = .text(String(decoding: text, as: UTF8.self))
        }
    }

    private static func plain(_ text: UnsafeBufferPointer<UInt8>, _ event: yaml_event_t) throws(YAMLError) -> Scalar {
        switch ImplicitTag(text) {
        case .string: .text(String(decoding: text, as: UTF8.self))
        case .null: .node(.null)
        case .bool(let flag): .node(.bool(flag))
        case .int: .node(try integer(text, Mark(event.start_mark)))
        case .float: .node(try float(text, Mark(event.start_mark)))
        case .timestamp: .node(try timestamp(text, Mark(event.start_mark)))
        case .merge: .merge
        case .value: .value
        }
    }

    private static func tagged(
        _ text: UnsafeBufferPointer<UInt8>, _ name: String, _ mark: Mark
    ) throws(YAMLError) -> Scalar {
        guard let tag = Tag(written: name) else { throw .unknownTag(name, at: mark) }
        switch tag {
        case .null: return .node(.null)
        case .bool: return .node(try boolean(text, mark))
        case .int: return .node(try integer(text, mark))
        case .float: return .node(try float(text, mark))
        case .timestamp: return .node(try timestamp(text, mark))
        case .binary: return .node(try binary(text, mark))
        case .string: return .text(String(decoding: text, as: UTF8.self))
        case .merge: return .merge
        case .value: return .value
        case .sequence, .orderedMap, .pairs, .mapping, .set:
            throw mark.error("expected a \(tag.kind) node, but found scalar")
        }
    }

    private static func boolean(_ text: UnsafeBufferPointer<UInt8>, _ mark: Mark) throws(YAMLError) -> YAMLNode {
        switch String(decoding: text, as: UTF8.self).lowercased() {
        case "yes", "true", "on": .bool(true)
        case "no", "false", "off": .bool(false)
        default: throw mark.error("not a boolean: \(excerpt(text))")
        }
    }

    private static func integer(_ text: UnsafeBufferPointer<UInt8>, _ mark: Mark) throws(YAMLError) -> YAMLNode {
        guard text.count <= Numbers.integerDigits else {
            throw mark.error("integer of more than \(Numbers.integerDigits) digits")
        }
        guard let number = Numbers.integer(text) else { throw mark.error("not an integer: \(excerpt(text))") }
        return number
    }

    private static func float(_ text: UnsafeBufferPointer<UInt8>, _ mark: Mark) throws(YAMLError) -> YAMLNode {
        guard let number = Numbers.float(text) else { throw mark.error("not a number: \(excerpt(text))") }
        return .float(number)
    }

    private static func timestamp(_ text: UnsafeBufferPointer<UInt8>, _ mark: Mark) throws(YAMLError) -> YAMLNode {
        guard let timestamp = YAMLTimestamp(text) else { throw mark.error("not a date and time: \(excerpt(text))") }
        return .timestamp(timestamp)
    }

    private static func binary(_ text: UnsafeBufferPointer<UInt8>, _ mark: Mark) throws(YAMLError) -> YAMLNode {
        guard let bytes = Base64.decode(text) else { throw mark.error("failed to decode base64 data") }
        return .bytes(bytes)
    }

    private static func excerpt(_ text: UnsafeBufferPointer<UInt8>) -> String {
        String(decoding: text.prefix(40), as: UTF8.self).pythonRepr + (text.count > 40 ? "…" : "")
    }
}
