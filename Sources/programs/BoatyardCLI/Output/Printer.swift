import Primitives
import YAML

extension OutputFormat {
    /// Prints the daemon's answer itself for programs, or what `table` makes of it for people.
    func show(_ value: Value, table: (Value) -> String) {
        switch self {
        case .json: Console.print(value.json(.pretty))
        case .yaml: Console.print(YAML.dump(value), terminator: "")
        case .table: Console.print(table(value))
        }
    }

    /// Prints a YAML stream as it is, or for JSON a list of its documents.
    func show(stream: [UInt8]) throws {
        guard self == .json else {
            Console.print(String(decoding: stream, as: UTF8.self), terminator: stream.last == 0x0a ? "" : "\n")
            return
        }
        do {
            Console.print(Value.array(try YAML.load(stream)).json(.pretty))
        } catch {
            throw Failure("Error: the daemon's answer is no YAML: \(error.message)")
        }
    }
}
