import Primitives
import TestSupport
import YAML

extension Conformance {
    static func documents(_ path: String) throws -> [Value] { try YAML.load(bytes(path)) }
}
