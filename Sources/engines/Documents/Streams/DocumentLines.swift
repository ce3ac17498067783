import OrderedCollections
import Primitives
import YAML

/// On which lines of the stream that was put one document stands. No text of it: that is the document itself.
package struct DocumentLines: Sendable, Hashable {
    /// Of the document.
    package let line: Int
    package let metadata: Part?
    package let data: Part?

    /// A section of the document.
    package struct Part: Sendable, Hashable {
        /// Of its key.
        package let line: Int
        /// Of what is in it; empty where nothing more is known.
        package let map: LineMap

        package init(line: Int, map: LineMap) {
            self.line = line
            self.map = map
        }
    }

    /// - Parameter hidesData: keeps nothing of how the data is laid out, which encrypted documents do not show.
    package init(_ map: LineMap, of document: Value, hidesData: Bool) {
        line = map.line
        let members = map.members() ?? []
        let keys = document.objectValue.map { Array($0.keys) } ?? []
        func part(_ section: String, isHidden: Bool) -> Part? {
            // Repeated keys are one member: then it is not known which is which.
            guard keys.count == members.count, let index = keys.firstIndex(of: section) else { return nil }
            let (line, value) = members[index]
            return Part(line: line, map: isHidden ? LineMap(base: line, entries: []) : value)
        }
        metadata = part("metadata", isHidden: false)
        data = part("data", isHidden: hidesData)
    }

    package init(line: Int, metadata: Part?, data: Part?) {
        self.line = line
        self.metadata = metadata
        self.data = data
    }

    /// The line of `place` in a section, which holds `value`; of what is around it where its own is not known.
    package func line(of section: Explanation.Section, _ place: DataPlace, in value: Value) -> Int {
        guard let part = section == .metadata ? metadata : data else { return line }
        var found = part.line
        var map = part.map
        var value = value
        for step in place.steps {
            switch (step, value) {
            case (.member(let name), .object(let object)):
                guard let index = object.index(forKey: name), let members = map.members(),
                    // Metadata has its defaults at the end; beyond that, repeated keys are one member.
                    members.count == object.count || (section == .metadata && members.count < object.count),
                    members.indices.contains(index)
                else { return found }
                (found, map) = members[index]
                value = object.elements[index].value
            case (.element(let index), .array(let array)):
                guard array.indices.contains(index), let elements = map.elements(), elements.count == array.count else {
                    return found
                }
                map = elements[index]
                found = map.line
                value = array[index]
            default: return found
            }
        }
        return found
    }
}
