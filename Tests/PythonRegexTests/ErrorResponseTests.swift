import PythonRegex
import Testing

@Suite("Patterns that are refused")
struct ErrorResponseTests {
    @Test(
        "what Python cannot compile is refused with the reason",
        arguments: [
            "(", ")", "(a", "a)", "[a", "[z-a]", "[\\d-z]", "*a", "+", "a**", "a{2}{3}", "a{3,2}", "\\", "\\q", "\\1",
            "(a\\1)", "(?P<a>x)(?P<a>y)", "(?P=none)", "(?P<1a>x)", "(?<=a+)b", "(?<=a|bc)d", "(?z)", "(?", "(?P",
            "a(?i)b", "(?(1)a|b)", "(a)(?(1)a|b|c)", "\\x4", "\\u12", "\\p{L}", "\\cC", "\\N{DIGIT ONE}", "(?#open",
            "^*",
            "a{99999999999999999999}", "\\U00110000", "[\\q]", "(?L)a", "{1}", "(?P<>a)", "(?(1", "(?i-", "(?i-z:a)",
            "(?-a:x)",
        ])
    func syntax(pattern: String) {
        #expect { try PythonRegex(pattern) } throws: { ($0 as? PythonRegexError)?.code == .syntax }
    }

    @Test("what would take the whole memory to compile is refused")
    func size() {
        let patterns = [
            "((a{1,1000}b){1,1000}c){1,1000}", "(?:(?:(?:){4000}){4000}){4000}",
            String(repeating: "(", count: 100_000) + String(repeating: ")", count: 100_000),
        ]
        for pattern in patterns {
            #expect { try PythonRegex(pattern) } throws: { ($0 as? PythonRegexError)?.code == .tooLarge }
        }
    }

    @Test(
        "catastrophic backtracking is given up, not waited for",
        arguments: ["(a+)+$", "(a|a)*$", "(a|aa)+$", "(.*a){20}$", "(?=(a+)+$)b", "((a*)*)*$", "(a*?)*?$"])
    func catastrophe(pattern: String) throws {
        let regex = try PythonRegex(pattern, stepLimit: 200_000)
        #expect { try regex.search(in: String(repeating: "a", count: 40) + "b") } throws: {
            ($0 as? PythonRegexError)?.code == .tooManySteps
        }
    }

    @Test("a long text is matched without recursion")
    func longText() throws {
        let text = String(repeating: "ab", count: 50_000)
        #expect(try PythonRegex("^(?:a|b)*$").occurs(in: text))
        #expect(try PythonRegex("^(?:ab)*c").occurs(in: text) == false)
    }
}
