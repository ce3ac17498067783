import Primitives
import YAML

extension OutputFormat {
    /// Prints the daemon's answer itself for programs, or what `table` makes of it for people.
    func show(_ value: Value, table: (Value) -> String) {
        switch self {
        case .json: print(value.json(.pretty))
        case .yaml: print(YAML.dump(value), terminator: "")
        case .table: print(table(value))
        }
    }
}
