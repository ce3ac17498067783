import CLibYAML
import Glibc

/// The events of a YAML stream, one at a time, as libyaml's parser finds them.
///
/// Owns the parser and its current event; both live on the heap, as C keeps their addresses.
final class EventReader {
    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private let current: UnsafeMutablePointer<yaml_event_t>
    private let input: UnsafeBufferPointer<UInt8>

    /// - Parameter input: must stay valid as long as the reader does.
    init(_ input: UnsafeBufferPointer<UInt8>) {
        parser = .allocate(capacity: 1)
        parser.initialize(to: yaml_parser_t())
        current = .allocate(capacity: 1)
        current.initialize(to: yaml_event_t())
        self.input = input
        yaml_parser_initialize(parser)
        yaml_parser_set_input_string(parser, input.baseAddress, input.count)
    }

    deinit {
        yaml_event_delete(current)
        yaml_parser_delete(parser)
        current.deallocate()
        parser.deallocate()
    }

    /// libyaml compares each `%TAG` directive with all before it; a megabyte of them takes it more than ten seconds.
    private static let tagDirectives = 100

    /// Refuses a stream with too many `%TAG` directives, wherever in it they are. NULs between the characters are
    /// those of UTF-16.
    func checkDirectives() throws(YAMLError) {
        guard let start = input.baseAddress else { return }
        var found = 0
        var position = 0
        while let next = memchr(start + position, Int32(UInt8(ascii: "%")), input.count - position) {
            let offset = UnsafeRawPointer(next) - UnsafeRawPointer(start)
            position = offset + 1
            let following = input[position..<min(position + 6, input.count)].filter { $0 != 0 }.prefix(3)
            guard following.elementsEqual("TAG".utf8) else { continue }
            found += 1
            guard found <= Self.tagDirectives else {
                throw placeOfByte(offset).error("more than \(Self.tagDirectives) %TAG directives")
            }
        }
    }

    /// The next event, valid until the next call.
    func next() throws(YAMLError) -> yaml_event_t {
        yaml_event_delete(current)
        guard yaml_parser_parse(parser, current) == 1 else { throw failure() }
        return current.pointee
    }

    private func failure() -> YAMLError {
        let state = parser.pointee
        let problem = state.problem.map { String(cString: $0) } ?? "out of memory"
        guard state.error != YAML_READER_ERROR else { return placeOfByte(state.problem_offset).error(problem) }
        let context = state.context.map { "\(String(cString: $0)) from line \(state.context_mark.line + 1)" }
        return Mark(state.problem_mark).error(problem, context: context)
    }

    /// libyaml gives only the offset in bytes of what it cannot decode.
    private func placeOfByte(_ offset: Int) -> Mark {
        let before = input[..<min(max(0, offset), input.count)]
        let lineStart = before.lastIndex(of: 0x0a).map { $0 + 1 } ?? 0
        // Bytes that continue a character in UTF-8 are not counted.
        let column = before[lineStart...].count { $0 & 0xc0 != 0x80 } + 1
        return Mark(line: before.count { $0 == 0x0a } + 1, column: column)
    }
}

extension Mark {
    init(_ mark: yaml_mark_t) { self.init(line: mark.line + 1, column: mark.column + 1) }
}
