import Jinja
import Testing

/// Expected texts are what Jinja2 3.1.6 renders.
@Suite("Expressions")
struct ExpressionTests {
    @Test(
        "literals",
        arguments: [
            (
                #"{{ 1 }} {{ 1.5 }} {{ 'a' }} {{ "b" }} {{ true }} {{ True }} {{ false }} {{ False }} {{ none }} {{ None }}"#,
                "1 1.5 a b True True False False None None"
            ),
            (
                "{{ [] }}{{ [1, 'a', [2]] }}{{ (1,) }}{{ () }}{{ {} }}{{ {'a': 1, 2: 'b'} }}{{ [1, 2,] }}{{ {'a': 1,} }}",
                "[][1, 'a', [2]](1,)(){}{'a': 1, 2: 'b'}[1, 2]{'a': 1}"
            ),
            (#"{{ 'a\nb\t\x41\u00e9\\' }}"#, "a\nb\tAé\\"),
            (#"{{ "it's" }}{{ ['it\'s', 'say "x"', 'é', '\n', '\\'] }}"#, #"it's["it's", 'say "x"', 'é', '\n', '\\']"#),
            ("{{ 1, 2 }}", "(1, 2)"),
            ("{{ {'a': {'b': [1, none, true, 1.0]}} }}", "{'a': {'b': [1, None, True, 1.0]}}"),
            (#"{{ '\q' }}"#, #"\q"#),
            ("{{ {1: 'a', 1.0: 'b', true: 'c'} }}", "{1: 'c'}"),
            (#"{{ ['\x00\x7f\u200b🐲'] }}"#, #"['\x00\x7f\u200b🐲']"#),
            ("{{ {(1, 2): 'tuple'} }}", "{(1, 2): 'tuple'}"),
        ] as [(String, String)])
    func literals(template: String, text: String) throws {
        #expect(try rendered(template) == text)
    }

    @Test(
        "attributes and subscripts",
        arguments: [
            (
                "{{ labels.role }}{{ labels['role'] }}{{ nested.a.b[1].c }}{{ nested['two words'] }}",
                "workerworkerdeep2"
            ),
            ("{{ nums[0] }}{{ nums[-1] }}{{ nums.0 }}{{ nested.a.b.1.c }}", "333deep"),
            ("[{{ nums[9] }}{{ labels.nope }}{{ nope }}{{ labels['x'] }}{{ host.nope }}{{ host[9] }}]", "[]"),
            (
                "{{ host[0] }}{{ host[-1] }}{{ (1, 2)[1] }}{{ range(5)[2] }}{{ range(5)[-1] }}[{{ range(5)[9] }}]",
                "n1224[]"
            ),
            ("{{ {1: 'a'}[1] }}{{ {none: 'b'}[none] }}[{{ {}[[]] }}]", "ab[]"),
            ("{{ users[1]['name'] }}{{ users[0].name }}{{ (users|first).name }}", "Bobannann"),
            ("{{ nums['0'] is undefined }}[{{ nums['x'] }}]", "True[]"),
        ] as [(String, String)])
    func access(template: String, text: String) throws {
        #expect(try rendered(template) == text)
    }

    @Test(
        "slices",
        arguments: [
            (
                "{{ nums[1:] }}{{ nums[:2] }}{{ nums[1:3] }}{{ nums[::2] }}{{ nums[::-1] }}{{ nums[:] }}",
                "[1, 2, 3][3, 1][1, 2][3, 2][3, 2, 1, 3][3, 1, 2, 3]"
            ),
            (
                "{{ 'hello'[1:3] }}{{ 'hello'[-3:] }}{{ 'hello'[::-1] }}{{ 'hello'[:-1] }}[{{ 'hello'[9:] }}]",
                "ellloollehhell[]"
            ),
            (
                "{{ (1, 2, 3)[1:] }}{{ range(10)[2:8:3]|list }}{{ nums[-2:] }}{{ nums[5:1:-1] }}",
                "(2, 3)[2, 5][2, 3][3, 2]"
            ),
            ("{{ nums[none:2] }}{{ 'héé'[1:2] }}", "[3, 1]é"),
        ] as [(String, String)])
    func slices(template: String, text: String) throws {
        #expect(try rendered(template) == text)
    }

    @Test(
        "calls of the functions that are there",
        arguments: [
            (
                "{{ range(3)|list }}{{ range(1, 4)|list }}{{ range(5, 0, -2)|list }}{{ range(0)|list }}{{ range(3) }}",
                "[0, 1, 2][1, 2, 3][5, 3, 1][]range(0, 3)"
            ),
            (
                "{{ dict(a=1, b=2) }}{{ dict({'a': 1}, b=2) }}{{ dict([('a', 1)]) }}{{ dict() }}",
                "{'a': 1, 'b': 2}{'a': 1, 'b': 2}{'a': 1}{}"
            ),
            (
                "{% set c = cycler('a', 'b') %}{{ c.next() }}{{ c.current }}{{ c.next() }}{{ c.next() }}{% set _ = c.reset() %}{{ c.current }}",
                "abbaa"
            ),
            ("{% set j = joiner() %}[{{ j() }}][{{ j() }}][{{ j() }}]", "[][, ][, ]"),
            ("{% set j = joiner('|') %}{% for x in nums %}{{ j() }}{{ x }}{% endfor %}", "3|1|2|3"),
            ("{% set ns = namespace(a=1) %}{% set ns.b = 2 %}{{ ns.a }}{{ ns.b }}[{{ ns.c }}]", "12[]"),
            ("{% set ns = namespace({'x': 1}, y=2) %}{{ ns.x }}{{ ns.y }}", "12"),
            ("{{ range(1, 9, 3) }}", "range(1, 9, 3)"),
            ("{{ dict(*[[('a', 1)]], **{'b': 2}) }}", "{'a': 1, 'b': 2}"),
        ] as [(String, String)])
    func functions(template: String, text: String) throws {
        #expect(try rendered(template) == text)
    }

    @Test(
        "filters bind closer than operators",
        arguments: [
            ("{{ 'a' ~ 'b'|upper }}{{ -1|abs }}{{ (1 + 2)|string * 2 }}", "aB133"),
            ("{{ 'a'|upper|lower|upper }}", "A"),
            ("{{ nums|join('-')|length }}", "7"),
            ("{{ 2 + '3'|int }}{{ not ''|default(1) }}", "5True"),
        ] as [(String, String)])
    func filters(template: String, text: String) throws {
        #expect(try rendered(template) == text)
    }

    @Test(
        "what cannot be read or called is an error with its line",
        arguments: [
            ("{{ }}", .syntax, 1),
            ("{{ 1 + }}", .syntax, 1),
            ("{{ (1 }}", .syntax, 1),
            ("{{ [1 }}", .syntax, 1),
            ("{{ {1} }}", .syntax, 1),
            ("{{ a b }}", .syntax, 1),
            ("{{ 'a }}", .syntax, 1),
            ("{{ 1 | }}", .syntax, 1),
            ("{{ a. }}", .syntax, 1),
            ("{{ a[ }}", .syntax, 1),
            ("\n{{ 1 ! 2 }}", .syntax, 2),
            ("{{ a|nosuch }}", .syntax, 1),
            ("{{ a is nosuch }}", .syntax, 1),
            ("{{ nope() }}", .undefined, 1),
            ("{{ host() }}", .evaluation, 1),
            ("{{ nope.x }}", .undefined, 1),
            ("{{ nope[0] }}", .undefined, 1),
            ("{{ labels.nope.x }}", .undefined, 1),
            ("{{ range() }}", .evaluation, 1),
            ("{{ range('a') }}", .evaluation, 1),
            ("{{ range(1, 2, 0) }}", .evaluation, 1),
            ("{{ f(a=1, 2) }}", .syntax, 1),
            ("{{ f(a=1, a=2) }}", .evaluation, 1),
            ("{{ nums['a':] }}", .evaluation, 1),
            ("{{ nums[::0] }}", .evaluation, 1),
            ("{{ {[]: 1} }}", .evaluation, 1),
            ("{{ 'a'|upper(1) }}", .evaluation, 1),
            ("{{ 'a'|replace('b') }}", .evaluation, 1),
            ("{{ 1|length }}", .evaluation, 1),
            ("{{ 5|list }}", .evaluation, 1),
            ("{{ [1, 'a']|sort }}", .evaluation, 1),
            ("{{ 5|join }}", .evaluation, 1),
            ("{{ nope|int }}", .undefined, 1),
            ("{{ nums|map|list }}", .evaluation, 1),
            ("{{ users|selectattr|list }}", .evaluation, 1),
            ("{{ nums|map(attribute='a', x=1)|list }}", .evaluation, 1),
            ("{{ 'a'|truncate(2) }}", .evaluation, 1),
            ("{{ 'a'|truncate(-9223372036854775807) }}", .evaluation, 1),
            ("{{ 5|dictsort }}", .evaluation, 1),
            ("{{ {}|dictsort(by='x') }}", .evaluation, 1),
            ("{{ 'a'|round }}", .evaluation, 1),
            ("{{ 1.5|round(1, 'x') }}", .evaluation, 1),
            ("{{ 'a'|abs }}", .evaluation, 1),
            ("{{ {'a b': 1}|xmlattr }}", .evaluation, 1),
            ("{{ [1]|xmlattr }}", .evaluation, 1),
            ("{{ range|tojson }}", .evaluation, 1),
            ("{{ cycler() }}", .evaluation, 1),
            ("{{ 'a'|wordwrap(0) }}", .evaluation, 1),
            ("{{ 1 is divisibleby }}", .evaluation, 1),
            ("{{ 'a' is even }}", .evaluation, 1),
            ("{{ dict(5) }}", .evaluation, 1),
            ("{{ [5]|urlencode }}", .evaluation, 1),
            ("{{ users|groupby }}", .evaluation, 1),
            ("{{ 5|items|list }}", .evaluation, 1),
            ("{{ a if }}", .syntax, 1),
            ("{{ 1 is }}", .syntax, 1),
            ("{{ not }}", .syntax, 1),
            ("{{ a.1b }}", .syntax, 1),
            ("{{ ) }}", .syntax, 1),
            ("{{ [) }}", .syntax, 1),
            ("{{ 1 if 2 else }}", .syntax, 1),
        ] as [(String, JinjaError.Code, Int)])
    func refused(template: String, code: JinjaError.Code, line: Int) throws {
        let error = #expect(throws: JinjaError.self) { try rendered(template) }
        #expect(error?.code == code)
        #expect(error?.line == line)
    }
}
