import JSONSchema
import OrderedCollections
import Primitives
import PythonRegex

/// What a substitution did that can hardly be meant, though Deckhand does it without a word.
struct SubstitutionRemark: Sendable, Hashable {
    enum Kind: Sendable, Hashable {
        /// Makes a new member whose name is almost that of one that is there: a typing error.
        case nearName(String)
        /// Its pattern is not in the text.
        case patternAbsent(String)
        /// Its pattern is looked for in the first of several texts, which then stands in the place of them all.
        case severalTexts
    }

    let kind: Kind
    let destination: DocumentIdentity
    /// Of the substitution.
    let index: Int
    /// Of its destination.
    let number: Int

    /// - Parameter metadata: of the document.
    func message(_ metadata: Value) -> DocumentValidationMessage {
        let dest = metadata["substitutions"]?.arrayValue.flatMap {
            $0.indices.contains(index) ? $0[index]["dest"] : nil
        }
        let list = dest?.arrayValue
        let entry = list.flatMap { $0.indices.contains(number) ? $0[number] : nil } ?? dest
        let path = entry?["path"]?.stringValue?.shown ?? ""
        let (text, remedy, key) =
            switch kind {
            case .nearName(let near):
                (
                    "dest.path \(path) of substitution \(index) makes a new member beside \(near.shown)",
                    "Correct the path, if \(near.shown) is meant.", "path"
                )
            case .patternAbsent(let pattern):
                (
                    "dest.pattern \(pattern.shown) of substitution \(index) does not occur in the text at \(path): nothing "
                        + "is put in",
                    "Correct the pattern or the text, or remove the substitution.", "pattern"
                )
            case .severalTexts:
                (
                    "dest.path \(path) of substitution \(index) leads to several places, and with a pattern the text of "
                        + "the first is put in all of them, as Deckhand does",
                    "Write one destination for each place.", "path"
                )
            }
        var message = DocumentValidationMessage(
            message: text, name: .substitution, level: .warning,
            documents: [.init(schema: destination.schema, layer: destination.layer, name: destination.name)],
            diagnostic: .string(remedy))
        message.path =
            [.key("metadata"), .key("substitutions"), .index(index), .key("dest")]
            + (list == nil ? [] : [.index(number)]) + [.key(key)]
        message.concernsKey = true
        return message
    }
}

extension RenderTree {
    /// The name of a member that `path`, which leads nowhere, almost names; nil where there is none.
    func nearName(to path: JSONPath) -> String? {
        var node = root
        for step in path.steps {
            // Names of members of a secret are part of it.
            guard !node.isSecret else { return nil }
            switch step {
            case .name(let name):
                guard node.isMapping, let members = node.members else { return nil }
                guard let next = members[name] else { return Self.near(name, members.keys) }
                node = next
            case .index(let index):
                guard node.isList, let elements = node.elements, let place = elements.place(index) else { return nil }
                node = elements[place]
            case .anyName, .anyIndex, .descend: return nil
            }
        }
        return nil
    }

    /// A name that is one slip away. Names that differ by their numbers, or by an ending, are different on purpose.
    private static func near(_ name: String, _ names: OrderedSet<String>) -> String? {
        let letters = { (text: String) in text.filter { !$0.isNumber } }
        let length = name.utf8.count
        guard length > 4 else { return nil }
        return names.first { other in
            abs(other.utf8.count - length) <= 1 && isSlip(Array(name.utf8), Array(other.utf8))
                && letters(other) != letters(name) && !other.hasPrefix(name) && !name.hasPrefix(other)
        }
    }

    /// Whether one letter is wrong, left out or too much, or two neighbours have changed places.
    private static func isSlip(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        let (short, long) = left.count <= right.count ? (left, right) : (right, left)
        guard long.count - short.count <= 1, short != long else { return false }
        let start = zip(short, long).prefix { $0 == $1 }.count
        let (shortRest, longRest) = (short[start...], long[start...])
        if short.count < long.count { return shortRest.elementsEqual(longRest.dropFirst()) }
        if shortRest.dropFirst().elementsEqual(longRest.dropFirst()) { return true }
        return shortRest.count > 1 && shortRest.dropFirst(2).elementsEqual(longRest.dropFirst(2))
            && shortRest.prefix(2).elementsEqual(longRest.prefix(2).reversed())
    }
}
