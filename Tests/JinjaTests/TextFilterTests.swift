import Testing

/// Expected texts are what Jinja2 3.1.6 renders.
@Suite("Filters of texts")
struct TextFilterTests {
    @Test(
        "letters change their case",
        arguments: [
            ("{{ text|upper }}", "HELLO, WÖRLD & <CO>"),
            ("{{ text|lower }}", "hello, wörld & <co>"),
            ("{{ 'hELLO wORLD'|capitalize }}", "Hello world"),
            ("{{ ''|capitalize }}", ""),
            ("{{ 'hello big-world (of) [x] {y} <z> it''s'|title }}", "Hello Big-World (Of) [X] {Y} <Z> Its"),
            ("{{ 'foo\tbar\nbaz'|title }}", "Foo\tBar\nBaz"),
            ("{{ 12|upper }}", "12"),
            ("{{ none|upper }}", "NONE"),
            ("{{ 'straße'|upper }}", "STRASSE"),
            ("{{ 'ÄÖ'|lower }}", "äö"),
        ] as [(String, String)])
    func letterCase(template: String, text: String) throws {
        #expect(try rendered(template) == text)
    }

    @Test(
        "blanks, or given characters, go from the ends",
        arguments: [
            (#"[{{ '  a b \n'|trim }}]"#, "[a b]"),
            ("[{{ 'xxaxx'|trim('x') }}]", "[a]"),
            ("[{{ '-+a+-'|trim(chars='+-') }}]", "[a]"),
            ("[{{ 5|trim }}]", "[5]"),
            ("[{{ ' a '|trim(none) }}]", "[a]"),
        ] as [(String, String)])
    func trimming(template: String, text: String) throws {
        #expect(try rendered(template) == text)
    }

    @Test(
        "texts are centred",
        arguments: [
            ("[{{ 'ab'|center(5) }}]", "[  ab ]"),
            ("[{{ 'ab'|center(6) }}]", "[  ab  ]"),
            ("[{{ 'abc'|center(6) }}]", "[ abc  ]"),
            ("[{{ 'abc'|center(width=2) }}]", "[abc]"),
            ("{{ 'a'|center|length }}", "80"),
        ] as [(String, String)])
    func centring(template: String, text: String) throws {
        #expect(try rendered(template) == text)
    }

    @Test(
        "parts are replaced, the first so many of them",
        arguments: [
            ("{{ 'aaa'|replace('a', 'b') }}", "bbb"),
            ("{{ 'aaa'|replace('a', 'b', 2) }}", "bba"),
            ("{{ 'aaa'|replace(old='a', new='', count=1) }}", "aa"),
            ("{{ 121|replace(1, 'x') }}", "x2x"),
            ("{{ 'ab'|replace('', '-') }}", "-a-b-"),
            ("{{ 'ab'|replace('', '-', 2) }}", "-a-b"),
            ("{{ 'ab'|replace('c', 'd') }}", "ab"),
            ("{{ 'aaa'|replace('aa', 'b') }}", "ba"),
            ("{{ 'aaa'|replace('a', 'b', 0) }}", "aaa"),
        ] as [(String, String)])
    func replacement(template: String, text: String) throws {
        #expect(try rendered(template) == text)
    }

    @Test(
        "lines are indented, the first and the blank ones on request",
        arguments: [
            ("{{ lines|indent }}", "one\n    two\n\n    three"),
            ("{{ lines|indent(2) }}", "one\n  two\n\n  three"),
            ("{{ lines|indent(2, true) }}", "  one\n  two\n\n  three"),
            ("{{ lines|indent(2, blank=true) }}", "one\n  two\n  \n  three"),
            ("{{ lines|indent('> ', true, true) }}", "> one\n> two\n> \n> three"),
            ("{{ 'a'|indent(2, first=true) }}", "  a"),
            ("{{ ''|indent(2, first=true) }}", "  "),
            (#"{{ 'a\nb\n'|indent(1) }}|"#, "a\n b\n|"),
            (#"{{ 'a\r\nb'|indent(1) }}"#, "a\n b"),
            (#"{{ 'a\nb'|indent(0) }}"#, "a\nb"),
        ] as [(String, String)])
    func indentation(template: String, text: String) throws {
        #expect(try rendered(template) == text)
    }

    @Test(
        "long texts are cut at a word or anywhere",
        arguments: [
            ("{{ 'foo bar baz qux'|truncate(9) }}", "foo..."),
            ("{{ 'foo bar baz qux'|truncate(9, true) }}", "foo ba..."),
            ("{{ 'foo bar baz qux'|truncate(11) }}", "foo bar baz qux"),
            ("{{ 'foo bar baz qux'|truncate(11, false, '...', 0) }}", "foo bar..."),
            ("{{ 'foo bar baz qux'|truncate(9, end='…', leeway=0) }}", "foo bar…"),
            ("{{ 'foobarbazqux'|truncate(6, false, '..', 0) }}", "foob.."),
            ("{{ 'short'|truncate }}", "short"),
            ("{{ 'foo bar'|truncate(length=3, leeway=0, end='') }}", "foo"),
        ] as [(String, String)])
    func truncation(template: String, text: String) throws {
        #expect(try rendered(template) == text)
    }

    @Test(
        "words are counted as runs of letters, digits and underscores",
        arguments: [
            ("{{ 'foo bar baz'|wordcount }}", "3"),
            ("{{ ''|wordcount }}", "0"),
            ("{{ 'a-b c_d, é1'|wordcount }}", "4"),
            ("{{ text|wordcount }}", "3"),
        ] as [(String, String)])
    func wordCount(template: String, text: String) throws {
        #expect(try rendered(template) == text)
    }

    @Test(
        "lines are wrapped between words, and inside those that are longer than a line",
        arguments: [
            ("{{ 'the quick brown fox'|wordwrap(10) }}", "the quick\nbrown fox"),
            ("{{ 'a verylongword here'|wordwrap(5) }}", "a ver\nylong\nword\nhere"),
            ("{{ 'a verylongword here'|wordwrap(5, false) }}", "a\nverylongword\nhere"),
            (
                "{{ 'a verylongword here'|wordwrap(5, break_long_words=false, wrapstring=' | ') }}",
                "a | verylongword | here"
            ),
            ("{{ 'well-known state-of-the-art'|wordwrap(8) }}", "well-\nknown\nstate-\nof-the-\nart"),
            (
                "{{ 'well-known state-of-the-art'|wordwrap(8, break_on_hyphens=false) }}",
                "well-kno\nwn state\n-of-the-\nart"
            ),
            (#"{{ 'one two\nthree four'|wordwrap(6) }}"#, "one\ntwo\nthree\nfour"),
            ("{{ 'a  b   c'|wordwrap(3) }}", "a\nb\nc"),
            ("{{ ''|wordwrap(3) }}", ""),
            ("{{ '   lead'|wordwrap(4) }}", "lead"),
            ("{{ 'short'|wordwrap }}", "short"),
            ("{{ 'aa bb'|wordwrap(2, true, '/') }}", "aa/bb"),
        ] as [(String, String)])
    func wrapping(template: String, text: String) throws {
        #expect(try rendered(template) == text)
    }

    @Test(
        "markup is escaped and taken away",
        arguments: [
            (#"{{ '<a href="x">it\'s & so</a>'|e }}"#, "&lt;a href=&#34;x&#34;&gt;it&#39;s &amp; so&lt;/a&gt;"),
            ("{{ 5|escape }}", "5"),
            ("{{ 'a<b'|forceescape }}", "a&lt;b"),
            (#"{{ '<b>bold</b>  and\n <i>more</i>'|striptags }}"#, "bold and more"),
            ("{{ '&lt;b&gt; &amp; &#39;x&#39;'|striptags }}", "<b> & 'x'"),
            ("{{ 'a<b>'|safe }}", "a<b>"),
            ("{{ 5|string + 'x' }}", "5x"),
            ("{{ 'a < b'|striptags }}", "a < b"),
            ("{{ 'a<!-- <b> -->c<!-- <i>d'|striptags }}", "acd"),
            ("{{ 'a <b> < c > d'|striptags }}", "a d"),
        ] as [(String, String)])
    func markup(template: String, text: String) throws {
        #expect(try rendered(template) == text)
    }

    @Test(
        "mappings become attributes of markup",
        arguments: [
            (
                #"<a{{ {'class': 'x y', 'id': 3, 'gone': none, 'undef': nope, 'q': '"<'}|xmlattr }}>"#,
                #"<a class="x y" id="3" q="&#34;&lt;">"#
            ),
            ("<a {{ {'b': 1}|xmlattr(false) }}>", #"<a b="1">"#),
            ("<a{{ {}|xmlattr }}>", "<a>"),
            ("<a{{ {'a': none}|xmlattr(autospace=true) }}>", "<a>"),
        ] as [(String, String)])
    func attributes(template: String, text: String) throws {
        #expect(try rendered(template) == text)
    }

    @Test(
        "texts and pairs are encoded for addresses",
        arguments: [
            ("{{ 'a b/c?d=é&f~g-h_i.j'|urlencode }}", "a%20b/c%3Fd%3D%C3%A9%26f~g-h_i.j"),
            ("{{ {'a b': 'c/d', 'e': 5}|urlencode }}", "a+b=c%2Fd&e=5"),
            ("{{ [('x', 'y z'), ('u', '&')]|urlencode }}", "x=y+z&u=%26"),
            ("{{ 5|urlencode }}", "5"),
            ("{{ labels.items()|urlencode }}", "role=worker&rack=r07"),
        ] as [(String, String)])
    func addresses(template: String, text: String) throws {
        #expect(try rendered(template) == text)
    }

    @Test(
        "the filter format fills in %-directives",
        arguments: [
            ("{{ '%s-%03d'|format('a', 7) }}", "a-007"),
            ("{{ '%(a)s %(b)5.1f'|format(a='x', b=2) }}", "x   2.0"),
            ("{{ 'plain'|format }}", "plain"),
            ("{{ '%s'|format(nums) }}", "[3, 1, 2, 3]"),
            ("{{ '%s'|format(nothing) }}", "None"),
        ] as [(String, String)])
    func formatting(template: String, text: String) throws {
        #expect(try rendered(template) == text)
    }
}
