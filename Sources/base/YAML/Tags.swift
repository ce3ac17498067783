import CLibYAML
import Primitives

/// The tags of YAML 1.1's repository that PyYAML's safe loader constructs.
enum Tag: String {
    case null = "tag:yaml.org,2002:null"
    case bool = "tag:yaml.org,2002:bool"
    case int = "tag:yaml.org,2002:int"
    case float = "tag:yaml.org,2002:float"
    case binary = "tag:yaml.org,2002:binary"
    case timestamp = "tag:yaml.org,2002:timestamp"
    case string = "tag:yaml.org,2002:str"
    case sequence = "tag:yaml.org,2002:seq"
    case orderedMap = "tag:yaml.org,2002:omap"
    case pairs = "tag:yaml.org,2002:pairs"
    case mapping = "tag:yaml.org,2002:map"
    case set = "tag:yaml.org,2002:set"
    /// Means something as the key of a mapping only.
    case merge = "tag:yaml.org,2002:merge"
    /// Means something as the key of a mapping only.
    case value = "tag:yaml.org,2002:value"

    /// In bytes: no tag is longer. What else is written as one may take long to compare.
    private static let longest = 64

    /// Nil where a text is none of them.
    init?(written text: String) {
        guard text.utf8.count <= Self.longest else { return nil }
        self.init(rawValue: text)
    }

    var kind: String {
        switch self {
        case .sequence, .orderedMap, .pairs: "sequence"
        case .mapping, .set: "mapping"
        case .null, .bool, .int, .float, .binary, .timestamp, .string, .merge, .value: "scalar"
        }
    }

    /// The tag of a collection: `implicit` where none is written.
    static func ofCollection(
        _ written: UnsafeMutablePointer<yaml_char_t>?, implicit: Tag, at mark: Mark
    ) throws(YAMLError) -> Tag {
        guard let written else { return implicit }
        let text = String(cString: written)
        if written[0] == UInt8(ascii: "!"), written[1] == 0 { return implicit }
        guard let tag = Tag(written: text), tag != .merge, tag != .value else { throw .unknownTag(text, at: mark) }
        guard tag.kind == implicit.kind else {
            throw mark.error("expected a \(tag.kind) node, but found \(implicit.kind)")
        }
        return tag
    }
}

extension YAMLError {
    static func unknownTag(_ tag: String, at mark: Mark) -> YAMLError {
        mark.error("could not determine a constructor for the tag \(tag.pythonRepr)")
    }
}
