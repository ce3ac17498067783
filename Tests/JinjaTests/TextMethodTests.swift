import Jinja
import Testing

/// Expected texts are what Jinja2 3.1.6 renders with the methods of Python's str.
@Suite("Methods of texts")
struct TextMethodTests {
    @Test(
        "letters change their case",
        arguments: [
            ("{{ 'aBc dE'.upper() }}{{ 'aBc dE'.lower() }}{{ 'aBc dE'.swapcase() }}", "ABC DEabc deAbC De"),
            ("{{ 'hello wORLD x1y'.title() }}", "Hello World X1Y"),
            ("{{ 'hELLO wORLD'.capitalize() }}[{{ ''.capitalize() }}]", "Hello world[]"),
            ("{{ 'ÄB'.casefold() }}", "äb"),
            ("{{ 'ǆ'.title() }}{{ 'ǆ'.capitalize() }}", "ǅǅ"),
        ] as [(String, String)])
    func letterCase(template: String, text: String) throws {
        #expect(try rendered(template) == text)
    }

    @Test(
        "what a text consists of",
        arguments: [
            ("{{ 'ABC1'.isupper() }}{{ 'ABc'.isupper() }}{{ '1'.isupper() }}", "TrueFalseFalse"),
            ("{{ 'abc1'.islower() }}{{ 'abC'.islower() }}{{ ''.islower() }}", "TrueFalseFalse"),
            (#"{{ ' \t\n'.isspace() }}{{ ''.isspace() }}{{ ' a'.isspace() }}"#, "TrueFalseFalse"),
            ("{{ 'aé'.isalpha() }}{{ 'a1'.isalpha() }}{{ ''.isalpha() }}", "TrueFalseFalse"),
            ("{{ 'a1é²'.isalnum() }}{{ 'a-'.isalnum() }}", "TrueFalse"),
            ("{{ '12'.isdigit() }}{{ '1²'.isdigit() }}{{ '½'.isdigit() }}", "TrueTrueFalse"),
            ("{{ '12'.isdecimal() }}{{ '1²'.isdecimal() }}{{ '٣'.isdecimal() }}", "TrueFalseTrue"),
            ("{{ '12'.isnumeric() }}{{ '½'.isnumeric() }}{{ 'a'.isnumeric() }}", "TrueTrueFalse"),
            ("{{ 'abc'.isascii() }}{{ 'é'.isascii() }}{{ ''.isascii() }}", "TrueFalseTrue"),
        ] as [(String, String)])
    func kinds(template: String, text: String) throws {
        #expect(try rendered(template) == text)
    }

    @Test(
        "blanks, or given characters, go from the ends",
        arguments: [
            ("[{{ ' a '.strip() }}][{{ ' a '.lstrip() }}][{{ ' a '.rstrip() }}]", "[a][a ][ a]"),
            ("[{{ 'xyaxy'.strip('xy') }}][{{ 'xxa'.lstrip('x') }}][{{ 'axx'.rstrip('x') }}]", "[a][a][a]"),
            ("[{{ ' a '.strip(none) }}]", "[a]"),
            ("{{ 'prefix-a'.removeprefix('prefix-') }}{{ 'a'.removeprefix('b') }}", "aa"),
            ("{{ 'a.yaml'.removesuffix('.yaml') }}{{ 'a'.removesuffix('b') }}", "aa"),
        ] as [(String, String)])
    func stripping(template: String, text: String) throws {
        #expect(try rendered(template) == text)
    }

    @Test(
        "texts are split at separators, blanks and line ends",
        arguments: [
            ("{{ 'a,b,,c'.split(',') }}", "['a', 'b', '', 'c']"),
            ("{{ 'a,b,c'.split(',', 1) }}", "['a', 'b,c']"),
            ("{{ 'a,b,c'.rsplit(',', 1) }}", "['a,b', 'c']"),
            ("{{ 'a,b,c'.rsplit(',', 9223372036854775807) }}", "['a', 'b', 'c']"),
            ("{{ 'a'.rjust(-9223372036854775807 - 1) + 'b'.ljust(-9223372036854775807 - 1) }}", "ab"),
            ("{{ '-1'.zfill(-9223372036854775807 - 1) }}", "-1"),
            ("{{ 'a,b,c'.split(',', 9223372036854775807) }}", "['a', 'b', 'c']"),
            ("{{ ' a  b c '.split() }}", "['a', 'b', 'c']"),
            ("{{ ' a  b c '.split(none, 1) }}", "['a', 'b c ']"),
            ("{{ ' a  b c '.rsplit(none, 1) }}", "[' a  b', 'c']"),
            ("{{ ''.split() }}{{ ''.split(',') }}", "[]['']"),
            ("{{ 'a--b--c'.split('--') }}", "['a', 'b', 'c']"),
            ("{{ 'a,b'.split(sep=',', maxsplit=0) }}", "['a,b']"),
            (#"{{ 'a\nb\r\nc\n'.splitlines() }}"#, "['a', 'b', 'c']"),
            (#"{{ 'a\nb\r\nc'.splitlines(true) }}"#, #"['a\n', 'b\r\n', 'c']"#),
            ("{{ 'k=v=w'.partition('=') }}{{ 'kv'.partition('=') }}", "('k', '=', 'v=w')('kv', '', '')"),
            ("{{ 'k=v=w'.rpartition('=') }}{{ 'kv'.rpartition('=') }}", "('k=v', '=', 'w')('', '', 'kv')"),
            ("{{ 'a,b,c'.rsplit(',') }}", "['a', 'b', 'c']"),
            ("{{ 'a b'.rsplit() }}", "['a', 'b']"),
            ("{{ 'äxö'.split('x') }}", "['ä', 'ö']"),
        ] as [(String, String)])
    func splitting(template: String, text: String) throws {
        #expect(try rendered(template) == text)
    }

    @Test(
        "parts are found, counted and replaced",
        arguments: [
            (
                "{{ 'hello'.find('l') }}{{ 'hello'.rfind('l') }}{{ 'hello'.find('x') }}{{ 'hello'.rfind('x') }}",
                "23-1-1"
            ),
            ("{{ 'hello'.index('l') }}", "2"),
            ("{{ 'hello'.count('l') }}{{ 'aaaa'.count('aa') }}{{ 'abc'.count('') }}", "224"),
            ("{{ 'éab'.find('b') }}", "2"),
            (
                "{{ 'a.b.c'.replace('.', '-') }}{{ 'a.b.c'.replace('.', '-', 1) }}{{ 'ab'.replace('', '-') }}{{ 'ab'.replace('a', 'b', -1) }}",
                "a-b-ca-b.c-a-b-bb"
            ),
            (
                "{{ 'hello'.startswith('he') }}{{ 'hello'.startswith('x') }}{{ 'hello'.startswith(('x', 'h')) }}",
                "TrueFalseTrue"
            ),
            (
                "{{ 'hello'.endswith('lo') }}{{ 'hello'.endswith('x') }}{{ 'hello'.endswith(('x', 'o')) }}",
                "TrueFalseTrue"
            ),
        ] as [(String, String)])
    func finding(template: String, text: String) throws {
        #expect(try rendered(template) == text)
    }

    @Test(
        "texts are joined and brought to a width",
        arguments: [
            ("{{ ', '.join(['a', 'b']) }}{{ '-'.join('abc') }}[{{ ''.join([]) }}]", "a, ba-b-c[]"),
            ("{{ '42'.zfill(5) }}{{ '-42'.zfill(5) }}{{ '+4'.zfill(4) }}{{ '12345'.zfill(3) }}", "00042-0042+00412345"),
            (
                "[{{ 'a'.ljust(3) }}][{{ 'a'.rjust(3) }}][{{ 'a'.center(4) }}][{{ 'ab'.center(5) }}]",
                "[a  ][  a][ a  ][  ab ]"
            ),
            ("[{{ 'a'.ljust(3, '.') }}][{{ 'a'.rjust(3, '.') }}][{{ 'a'.center(4, '*') }}]", "[a..][..a][*a**]"),
            ("[{{ 'abc'.ljust(2) }}]", "[abc]"),
        ] as [(String, String)])
    func padding(template: String, text: String) throws {
        #expect(try rendered(template) == text)
    }

    @Test(
        "what Python refuses is an error",
        arguments: [
            ("{{ 'a'.split('') }}", .evaluation, 1),
            ("{{ 'a'.partition('') }}", .evaluation, 1),
            ("{{ 'a'.index('b') }}", .evaluation, 1),
            ("{{ 'a'.join([1]) }}", .evaluation, 1),
            ("{{ 'a'.ljust(3, 'ab') }}", .evaluation, 1),
            ("{{ 'a'.upper(1) }}", .evaluation, 1),
            ("{{ 'a'.replace('a') }}", .evaluation, 1),
            ("{{ 'a'.nosuch() }}", .undefined, 1),
            ("{{ 'a'.startswith(1) }}", .evaluation, 1),
            ("{{ ','.join(5) }}", .evaluation, 1),
            ("{{ 'a'.zfill('x') }}", .evaluation, 1),
            ("{{ 'a'.find() }}", .evaluation, 1),
            ("{{ ','.join() }}", .evaluation, 1),
        ] as [(String, JinjaError.Code, Int)])
    func refused(template: String, code: JinjaError.Code, line: Int) throws {
        let error = #expect(throws: JinjaError.self) { try rendered(template) }
        #expect(error?.code == code)
        #expect(error?.line == line)
    }
}
