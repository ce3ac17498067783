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

    /// Prints a YAML stream as it is, or for JSON a list of its documents.
    func show(stream: [UInt8]) throws {
        guard self == .json else {
            print(String(decoding: stream, as: UTF8.self), terminator: stream.last == 0x0a ? "" : "\n")
            return
        }
        do {
            print(Value.array(try YAML.load(stream)).json(.pretty))
        } catch {
            throw Failure("Error: the daemon's answer is no YAML: \(error.message)")
        }
    }
}
