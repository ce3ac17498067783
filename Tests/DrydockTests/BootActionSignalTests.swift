import OrderedCollections
import Primitives
import Testing

@testable import Drydock

@Suite("Signals of boot actions")
struct BootActionSignalTests {
    @Test("every part is optional, and further members of a detail are kept")
    func read() throws {
        #expect(try BootActionSignal(Array("{}".utf8)).status == nil)
        let signal = try BootActionSignal(
            Array(#"{"status": "Failure", "details": [{"message": "m", "error": true, "a": 1, "ts": "x"}]}"#.utf8))
        #expect(signal.status == .failure)
        #expect(signal.details == [.init(message: "m", isError: true, extra: ["a": 1])])
    }

    @Test(
        "anything else is refused",
        arguments: [
            "", "[]", "null", "{", #"{"status": "done"}"#, #"{"status": 1}"#, #"{"other": 1}"#, #"{"details": {}}"#,
            #"{"details": [{"message": "m"}]}"#, #"{"details": [{"message": 1, "error": true}]}"#,
            #"{"details": [{"message": "m", "error": "no"}]}"#, #"{"details": ["m"]}"#,
        ])
    func refused(text: String) {
        #expect(throws: BootActionSignal.unreadable) { try BootActionSignal(Array(text.utf8)) }
    }
}
