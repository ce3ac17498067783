import PythonRegex
import Testing

@Suite("Searching as Python's re does")
struct SearchTests {
    /// Pattern, text, groups of the first match (nil: no match), as `re.search` answers.
    static let cases: [(String, String, [String?]?)] = [
        ("^(.*):(.*)$", "image:tag", ["image:tag", "image", "tag"]),
        ("b", "abc", ["b"]),
        ("^abc$", "abc\n", ["abc"]),
        ("\\Aabc\\Z", "abc\n", nil),
        ("a|ab", "ab", ["a"]),
        ("(a)|(b)", "b", ["b", nil, "b"]),
        ("(?:a|b)+c", "ababc", ["ababc"]),
        ("a{2,3}", "aaaa", ["aaa"]),
        ("a{2,3}?", "aaaa", ["aa"]),
        ("a{,2}b", "aaab", ["aab"]),
        ("a{x}", "a{x}", ["a{x}"]),
        ("<.+?>", "<a><b>", ["<a>"]),
        ("<.+>", "<a><b>", ["<a><b>"]),
        ("[^a-c]+", "abcxyz", ["xyz"]),
        ("[]a]+", "]a", ["]a"]),
        ("[\\w.-]+@[\\w.-]+", "to ann.b@site-1.org now", ["ann.b@site-1.org"]),
        ("\\bfoo\\b", "a foo b", ["foo"]),
        ("\\Boo", "foo", ["oo"]),
        ("(?P<word>\\w+) (?P=word)", "the the", ["the the", "the"]),
        ("(\\w)\\1", "hello", ["ll", "l"]),
        ("(?i)HeLLo", "say hello", ["hello"]),
        ("(?i:A)b", "ab", ["ab"]),
        ("(?i:A)b", "aB", nil),
        ("(?m)^b$", "a\nb\nc", ["b"]),
        ("(?s)a.b", "a\nb", ["a\nb"]),
        ("a.b", "a\nb", nil),
        ("(?x) a  b # comment\n c", "abc", ["abc"]),
        ("foo(?=bar)", "foobar", ["foo"]),
        ("foo(?!bar)", "foobar foobaz", ["foo"]),
        ("(?<=\\$)\\d+", "cost $42", ["42"]),
        ("(?<!a)b", "ab b", ["b"]),
        ("(a*)*", "aaa", ["aaa", ""]),
        ("(a|b)*?c", "abc", ["abc", "b"]),
        ("(?:)*x", "x", ["x"]),
        ("(a)?b(?(1)c|d)", "abc bd", ["abc", "a"]),
        ("(a)?b(?(1)c|d)", "bd", ["bd", nil]),
        ("(?>a+)ab", "aaab", nil),
        ("a++b", "aab", ["aab"]),
        ("a++ab", "aab", nil),
        ("\\x41\\u00e9\\101", "AéA", ["AéA"]),
        ("\\d+", "x٤٢", ["٤٢"]),
        ("(?a)\\d+", "x٤٢", nil),
        ("^🐲*$", "🐲🐲", ["🐲🐲"]),
        ("\\s", "a\u{a0}b", ["\u{a0}"]),
        ("[\\d-]+", "1-2", ["1-2"]),
        ("a(?#comment)b", "ab", ["ab"]),
        ("", "abc", [""]),
        ("$", "ab", [""]),
        ("(?=(a+))a*b\\1", "baaabac", ["aba", "a"]),
        ("(a(?=(b))|x)+", "xab", ["xa", "a", "b"]),
        ("(?<=a{2})b", "aab", ["b"]),
    ]

    @Test("a search finds what Python finds", arguments: cases)
    func search(pattern: String, text: String, groups: [String?]?) throws {
        #expect(try PythonRegex(pattern).search(in: text)?.groups == groups)
        #expect(try PythonRegex(pattern).occurs(in: text) == (groups != nil))
    }

    @Test("a match starts at the start of the text")
    func matchAtStart() throws {
        #expect(try PythonRegex("b").match(atStartOf: "ab") == nil)
        #expect(try PythonRegex("a").match(atStartOf: "ab")?[0] == "a")
    }

    @Test("groups are found by name and by number, and lie where they lie in code points")
    func groupsByName() throws {
        let match = try #require(try PythonRegex("(?P<host>\\w+)\\.(\\w+)").search(in: "é n1.site"))
        #expect(match["host"] == "n1")
        #expect(match[2] == "site")
        #expect(match["none"] == nil)
        #expect(match[7] == nil)
        #expect(match.range == 2..<9)
    }

    @Test(
        "all matches are replaced, empty ones too, and the replacement is literal",
        arguments: [
            ("x*", "abxd", "-", "-a-b--d-"),
            ("b", "abcb", "\\1$0", "a\\1$0c\\1$0"),
            ("(MAAS_IP)", "http://MAAS_IP:80/MAAS_IP", "10.0.0.1", "http://10.0.0.1:80/10.0.0.1"),
            ("^", "ab", ">", ">ab"),
            ("(?m)^", "a\nb", ">", ">a\n>b"),
            ("none", "abc", "-", "abc"),
            ("b|", "abc", "-", "-a--c-"),
            (".", "é🐲", "x", "xx"),
        ])
    func replaceAll(pattern: String, text: String, replacement: String, result: String) throws {
        #expect(try PythonRegex(pattern).replaceAll(in: text, with: replacement) == result)
    }
}
