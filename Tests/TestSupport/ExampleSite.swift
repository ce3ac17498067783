import Primitives
import YAML

/// The site that comes with the package.
package enum ExampleSite {
    /// The folder of the package, without a slash at the end.
    package static let package = #filePath.split(separator: "/").dropLast(3).map { "/" + $0 }.joined()

    package static let folder = package + "/etc/examples/site"

    /// The documents of one file.
    ///
    /// - Parameter name: without `.yaml`.
    package static func documents(_ name: String) throws -> [Value] {
        try YAML.load(FileContents.read("\(folder)/\(name).yaml"))
    }

    /// All that a design consists of.
    package static func documents() throws -> [Value] {
        try ["0-layers", "global", "machines", "networks", "secrets", "type"].flatMap { try documents($0) }
    }
}
