import Primitives
import Testing

@Suite("Errors in words")
struct ErrorTextTests {
    private enum Plain: Error {
        case odd
        case detailed(secret: String)
    }

    private struct Parts: Error { var secret = "hidden" }

    @Test("an error is told in its own words, and one that has none by its name, never with what is in it")
    func words() {
        let typed = BoatyardError("a.b", "It failed", cause: CancellationError())
        #expect(typed.inWords == "It failed (it was ended from outside before it was done)")
        #expect(JSONSyntaxErrorSample.error.inWords == "\(JSONSyntaxErrorSample.error)")
        #expect(Plain.odd.inWords == "an unforeseen error: Plain.odd")
        #expect(Plain.detailed(secret: "hidden").inWords == "an unforeseen error: Plain.detailed")
        #expect(Parts().inWords == "an unforeseen error: Parts")
    }

    @Test("of a write that fails the code says whether room, a writable file system or something else is missing")
    func writes() throws {
        let folder = try TemporaryFolder(prefix: "boatyard-test")
        defer { folder.remove() }
        let error = #expect(throws: BoatyardError.self) { try FileContents.write([1], to: folder.path + "/no/file") }
        #expect(error?.code == "file.write")
        #expect(error?.kind == .failed)
        // Where a part of the path is a file there is nothing to put right but the path.
        try FileContents.write([1], to: folder.path + "/file")
        let below = #expect(throws: BoatyardError.self) { try FileContents.makeFolder(folder.path + "/file/below") }
        #expect(below?.code == "file.write")
        #expect(below?.message.hasSuffix("Not a directory. Check the path.") == true)
    }
}

private enum JSONSyntaxErrorSample {
    static var error: any Error {
        do {
            _ = try Value(json: "{")
            return CancellationError()
        } catch {
            return error
        }
    }
}
