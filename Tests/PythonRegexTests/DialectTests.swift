import PythonRegex
import Testing

/// The groups of the first match, as `re.search` of Python 3.11 answers.
@Suite("Areas of the dialect")
struct DialectTests {
    @Test(
        "characters and classes",
        arguments: [
            ("[abc]+", "xxcabx", ["cab"]),
            ("[^abc]+", "abxyc", ["xy"]),
            ("[a-f0-5]+", "zd3f9", ["d3f"]),
            ("[-a]+", "b-a-", ["-a-"]),
            ("[a-]+", "b-a-", ["-a-"]),
            (#"[\]\\]+"#, #"a]\"#, [#"]\"#]),
            (#"[\d\s]+"#, "ab1 2c", ["1 2"]),
            (#"[^\w]+"#, "ab-+c", ["-+"]),
            (#"[\b]"#, "a\u{8}b", ["\u{8}"]),
            (#"[\x41-\x43]+"#, "xABCD", ["ABC"]),
            (#"[\101]+"#, "xAB", ["A"]),
            (#"[\1]"#, "a\u{1}", ["\u{1}"]),
            (#"[\12]"#, "a\nb", ["\n"]),
            (#"[\0]"#, "a\u{0}", ["\u{0}"]),
            (#"\0"#, "a\u{0}b", ["\u{0}"]),
            (#"\07"#, "a\u{7}", ["\u{7}"]),
            (#"\012"#, "a\n", ["\n"]),
            (#"\101"#, "A", ["A"]),
            (#"\t\n\r\f\v\a"#, "\t\n\r\u{c}\u{b}\u{7}", ["\t\n\r\u{c}\u{b}\u{7}"]),
            (#"\u00e9\U0001F432"#, "é🐲", ["é🐲"]),
            (#"\D+"#, "12ab3", ["ab"]),
            (#"\S+"#, " ab ", ["ab"]),
            (#"\W+"#, "ab-+c", ["-+"]),
            (#"\.\*\[\]"#, ".*[]", [".*[]"]),
            (#"[a\-z]+"#, "b-z", ["-z"]),
            ("[^]]+", "]ab]", ["ab"]),
            (".", "\n", nil),
            ("..", "a\nbc", ["bc"]),
            (#"\w+"#, "-äöß_9-", ["äöß_9"]),
            ("[a-zé]+", "Xcéa", ["céa"]),
            ("{", "a{b", ["{"]),
            ("a{,}", "aaa", ["aaa"]),
            ("x{1", "x{1", ["x{1"]),
            ("[[a]+", "[a", ["[a"]),
        ] as [(String, String, [String?]?)])
    func classes(pattern: String, text: String, groups: [String?]?) throws {
        #expect(try PythonRegex(pattern).search(in: text)?.groups == groups)
    }

    @Test(
        "groups, named and numbered",
        arguments: [
            ("(a)(b)?(c)", "ac", ["ac", "a", nil, "c"]),
            ("(?P<x>a)(?P<y>b)", "ab", ["ab", "a", "b"]),
            ("(?:ab)+", "xababx", ["abab"]),
            ("((a)|b)+", "ab", ["ab", "b", "a"]),
            ("(a|ab)(c|bcd)(d*)", "abcd", ["abcd", "a", "bcd", ""]),
            (#"(?P<q>["\'])(.*?)(?P=q)"#, #"say "hi' there" x"#, [#""hi' there""#, #"""#, "hi' there"]),
            (#"(.)(.)\2\1"#, "xabbay", ["abba", "a", "b"]),
            (#"(a)\1?"#, "aa", ["aa", "a"]),
            ("()", "x", ["", ""]),
            ("(a*)+", "b", ["", ""]),
            ("(?:(a)|b)*", "ab", ["ab", "a"]),
            (#"(a)(?P<n>b)\1(?P=n)"#, "abab", ["abab", "a", "b"]),
            ("(?P<a1>x)(?(a1)y|z)", "xy", ["xy", "x"]),
            ("(?P<o><)?a(?(o)>)", "<a>", ["<a>", "<"]),
            ("(<)?a(?(1)>)", "<a", ["a", nil]),
            ("(<)?a(?(1)>|!)", "a!", ["a!", nil]),
            (#"(\d+)-(\d+)"#, "10-20", ["10-20", "10", "20"]),
            (#"((((((((((a))))))))))\10"#, "aa", ["aa", "a", "a", "a", "a", "a", "a", "a", "a", "a", "a"]),
        ] as [(String, String, [String?]?)])
    func groups(pattern: String, text: String, groups: [String?]?) throws {
        #expect(try PythonRegex(pattern).search(in: text)?.groups == groups)
    }

    @Test(
        "greedy, lazy and possessive repeats",
        arguments: [
            ("a*", "aaa", ["aaa"]),
            ("a*?", "aaa", [""]),
            ("a+?", "aaa", ["a"]),
            ("a??b", "ab", ["ab"]),
            ("a{2}", "aaa", ["aa"]),
            ("a{2,}", "aaaa", ["aaaa"]),
            ("a{0}b", "ab", ["b"]),
            ("(ab){1,2}?c", "ababc", ["ababc", "ab"]),
            ("<(.*?)>", "<a><b>", ["<a>", "a"]),
            ("<(.*)>", "<a><b>", ["<a><b>", "a><b"]),
            ("a*+a", "aaa", nil),
            ("a?+a", "a", nil),
            ("a{1,2}+b", "aaab", ["aab"]),
            ("(?>a|ab)c", "abc", nil),
            ("(?>ab|a)c", "abc", ["abc"]),
            ("(?:a|b){3}", "abab", ["aba"]),
            ("x*y", "xxxz", nil),
            ("(a+|b+)*c", "aabbc", ["aabbc", "bb"]),
            (".{3,5}?x", "abcdx", ["abcdx"]),
            ("(?:ab?){2,3}", "aabab", ["aabab"]),
            ("a{1}{", "a{", ["a{"]),
            ("a{2,3}+a", "aaa", nil),
        ] as [(String, String, [String?]?)])
    func repeats(pattern: String, text: String, groups: [String?]?) throws {
        #expect(try PythonRegex(pattern).search(in: text)?.groups == groups)
    }

    @Test(
        "anchors and boundaries",
        arguments: [
            ("^a", "ba", nil),
            ("a$", "a\n", ["a"]),
            ("a$", "a\n\n", nil),
            (#"a\Z"#, "a\n", nil),
            (#"\Aa"#, "a", ["a"]),
            ("(?m)^b", "a\nb", ["b"]),
            ("(?m)a$", "a\nb", ["a"]),
            (#"(?m)\Ab"#, "a\nb", nil),
            (#"\bword\b"#, "a word.", ["word"]),
            (#"\b"#, "  x", [""]),
            (#"\Ba\B"#, "bab", ["a"]),
            ("^$", "", [""]),
            ("(?m)^$", "a\n\nb", [""]),
            ("$", "a\n", [""]),
            (#"\bé"#, "xé é", ["é"]),
        ] as [(String, String, [String?]?)])
    func anchors(pattern: String, text: String, groups: [String?]?) throws {
        #expect(try PythonRegex(pattern).search(in: text)?.groups == groups)
    }

    @Test(
        "lookaround",
        arguments: [
            ("a(?=b)", "acab", ["a"]),
            ("a(?!b)", "abac", ["a"]),
            ("(?<=a)b", "bab", ["b"]),
            ("(?<!a)b", "abcb", ["b"]),
            ("(?<=^a)b", "ab", ["b"]),
            (#"(?=(\w+))\1:"#, "abc:", ["abc:", "abc"]),
            ("(?<=(a))b", "ab", ["b", "a"]),
            ("(?!)", "a", nil),
            ("(?=)", "a", [""]),
            ("(?<=ab|cd)e", "cde", ["e"]),
            ("(?<=a{3})b", "aaab", ["b"]),
            (#"(?<!\d)\d{2}(?!\d)"#, "123 45", ["45"]),
            ("^(?!.*x).*$", "abc", ["abc"]),
            ("^(?!.*x).*$", "axc", nil),
            (#"(?<=\bfoo )bar"#, "foo bar", ["bar"]),
            (#"(?=.*\d)(?=.*[a-z]).+"#, "1a", ["1a"]),
        ] as [(String, String, [String?]?)])
    func lookaround(pattern: String, text: String, groups: [String?]?) throws {
        #expect(try PythonRegex(pattern).search(in: text)?.groups == groups)
    }

    @Test(
        "flags, for all and for a part",
        arguments: [
            ("(?i)straße", "STRAßE", ["STRAßE"]),
            ("(?i)[a-c]+", "xABC", ["ABC"]),
            ("(?i)É", "é", ["é"]),
            (#"(?i)(a)\1"#, "aA", ["aA", "a"]),
            ("(?s).+", "a\nb", ["a\nb"]),
            (#"(?x)a b\ c [ d]#x"#, "ab c ", ["ab c "]),
            (#"(?a)\w+"#, "éa", ["a"]),
            (#"(?u)\w+"#, "éa", ["éa"]),
            ("(?ai)k", "K", ["K"]),
            ("(?i:a)B", "aB", ["aB"]),
            ("(?i:a)B", "AB", ["AB"]),
            ("(?-i:a)", "A", nil),
            ("(?i)a(?-i:b)", "AB", nil),
            ("(?i)a(?-i:b)", "Ab", ["Ab"]),
            ("(?s-i:a.)", "a\n", ["a\n"]),
            ("(?m:^b)", "a\nb", ["b"]),
            ("(?x: a b )c", "abc", ["abc"]),
            ("(?is)A.", "a\n", ["a\n"]),
            ("(?i)[^a]", "Ab", ["b"]),
            (#"(?a:\d)"#, "٤", nil),
            (#"(?a)\b"#, "é", nil),
            (#"(?a)\s"#, "\u{a0}", nil),
            ("(?ms)^b.c$", "a\nb\nc", ["b\nc"]),
        ] as [(String, String, [String?]?)])
    func flags(pattern: String, text: String, groups: [String?]?) throws {
        #expect(try PythonRegex(pattern).search(in: text)?.groups == groups)
    }

    @Test(
        "what Python cannot compile says what is wrong, in the words that Python begins with",
        arguments: [
            ("(", "missing ), unterminated subpattern"),
            ("(a", "missing ), unterminated subpattern"),
            ("a)", "unbalanced parenthesis"),
            ("[a", "unterminated character set"),
            ("[", "unterminated character set"),
            ("[z-a]", "bad character range"),
            (#"[a-\d]"#, "bad character range"),
            ("*a", "nothing to repeat"),
            ("a**", "multiple repeat"),
            ("a+*", "multiple repeat"),
            ("a{3,2}", "min repeat greater than max repeat"),
            (#"\"#, "bad escape"),
            (#"a\q"#, "bad escape"),
            (#"\1"#, "invalid group reference"),
            (#"(a\1)"#, "cannot refer to an open group"),
            ("(?P<a>x)(?P<a>y)", "redefinition of group name"),
            ("(?P=none)", "unknown group name"),
            ("(?P<1a>x)", "bad character in group name"),
            ("(?P<a", "missing >, unterminated name"),
            ("(?P=a", "missing ), unterminated name"),
            ("(?Px)", "unknown extension ?"),
            ("(?<=a+)b", "look-behind requires fixed-width pattern"),
            ("(?<!a|bc)", "look-behind requires fixed-width pattern"),
            ("(?z)", "unknown extension ?"),
            ("(?", "unexpected end of pattern"),
            ("a(?i)b", "global flags not at the start of the expression"),
            ("(?(1)a|b)", "invalid group reference"),
            ("(a)(?(1)a|b|c)", "conditional backref with more than two branches"),
            ("(?(a)b)", "unknown group name"),
            ("(?(0)a)", "bad group number"),
            ("(?(1a)b)", "bad character in group name"),
            ("(a)(?(1)b", "missing ), unterminated subpattern"),
            (#"\x4"#, "incomplete escape"),
            (#"\u12"#, "incomplete escape"),
            (#"\U0001"#, "incomplete escape"),
            ("(?#open", "missing ), unterminated comment"),
            ("^*", "nothing to repeat"),
            (#"\b+"#, "nothing to repeat"),
            ("(?i", "missing -, : or )"),
            ("(?i-i:a)", "bad inline flags"),
            ("(?-:a)", "missing flag"),
            ("(?au:a)", "bad inline flags"),
            ("(?<a)", "unknown extension ?"),
            (#"[\q]"#, "bad escape"),
            (#"\400"#, "octal escape value"),
            (#"[\400]"#, "octal escape value"),
            (#"\8"#, "invalid group reference"),
            (#"[\8]"#, "bad escape"),
            ("|*", "nothing to repeat"),
            ("(?:*)", "nothing to repeat"),
            ("(?>a", "missing ), unterminated subpattern"),
            ("a|(?=b", "missing ), unterminated subpattern"),
        ] as [(String, String)])
    func errors(pattern: String, reason: String) {
        let error = #expect(throws: PythonRegexError.self) { try PythonRegex(pattern) }
        #expect(error?.code == .syntax)
        #expect(error?.message.hasPrefix(reason) == true, "\(error?.message ?? "")")
        #expect(error?.pattern == pattern)
    }

    @Test("groups are counted, the whole match not")
    func groupCount() throws {
        #expect(try PythonRegex("(a)(?:b)(?P<c>c(d))").groupCount == 3)
        #expect(try PythonRegex("a").groupCount == 0)
    }
}
