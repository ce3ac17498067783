import Testing

@testable import BoatyardCLI

@Suite("Names in the paths of requests")
struct RequestNameTests {
    @Test(
        "a name with a slash, or without a character, is told as that before anything is sent",
        arguments: [
            ("nodes/a%2Fb/bmc/power", "Error: 'a/b' has a slash, which no name has."),
            ("images/%2F", "Error: '/' has a slash, which no name has."),
            ("/v3/users/a%2Fb%2Fc", "Error: 'a/b/c' has a slash, which no name has."),
            ("nodes//bmc/power", "Error: the name is empty."), ("images/", "Error: the name is empty."),
        ])
    func refused(path: String, told: String) {
        let failure = #expect(throws: Failure.self) { try Daemon.checkNames(in: path) }
        #expect(failure?.text == told && failure?.exitCode == Failure.usage)
    }

    @Test("other names are sent", arguments: ["nodes", "nodes/n1/bmc/power", "nodes/a%20b", "/v3/users/x"])
    func taken(path: String) throws { try Daemon.checkNames(in: path) }
}
