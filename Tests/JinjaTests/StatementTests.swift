import Jinja
import Testing

/// Expected texts are what Jinja2 3.1.6 renders.
@Suite("Statements")
struct StatementTests {
    @Test(
        "conditions",
        arguments: [
            ("{% if yes %}a{% endif %}{% if no %}b{% else %}c{% endif %}", "ac"),
            ("{% if no %}a{% elif yes %}b{% elif yes %}c{% else %}d{% endif %}", "b"),
            ("{% if nope %}a{% elif zero %}b{% endif %}|", "|"),
            ("{% if labels.role == 'worker' and nums %}x{% endif %}", "x"),
            ("{% if a is not defined %}u{% endif %}", "u"),
        ] as [(String, String)])
    func conditions(template: String, text: String) throws {
        #expect(try rendered(template) == text)
    }

    @Test(
        "loops",
        arguments: [
            ("{% for x in nums %}{{ x }}{% endfor %}{% for x in [] %}{% else %}none{% endfor %}", "3123none"),
            ("{% for x in nums if x > 1 %}{{ loop.index }}:{{ x }} {% endfor %}", "1:3 2:2 3:3 "),
            (
                "{% for k, v in labels.items() %}{{ k }}={{ v }} {% endfor %}{% for k in labels %}{{ k }}{% endfor %}",
                "role=worker rack=r07 rolerack"
            ),
            (
                "{% for x in 'abc' %}{{ loop.index }}{{ loop.index0 }}{{ loop.revindex }}{{ loop.revindex0 }}{{ loop.first }}{{ loop.last }}{{ loop.length }} {% endfor %}",
                "1032TrueFalse3 2121FalseFalse3 3210FalseTrue3 "
            ),
            ("{% for x in 'ab' %}{{ loop.previtem }}<{{ x }}>{{ loop.nextitem }} {% endfor %}", "<a>b a<b> "),
            ("{% for x in 'abc' %}{{ loop.cycle('odd', 'even') }} {% endfor %}", "odd even odd "),
            ("{% for x in [1, 1, 2, 2, 1] %}{% if loop.changed(x) %}{{ x }}{% endif %}{% endfor %}", "121"),
            (
                "{% for a in [1, 2] %}{% for b in 'xy' %}{{ loop.index }}{{ a }}{{ b }}{{ loop.depth }} {% endfor %}{% endfor %}",
                "11x1 21y1 12x1 22y1 "
            ),
            ("{% for (a, b), c in [((1, 2), 3)] %}{{ a }}{{ b }}{{ c }}{% endfor %}", "123"),
            (
                "{% for item in [{'n': 1, 'c': [{'n': 2, 'c': [{'n': 3}]}]}] recursive %}{{ item.n }}@{{ loop.depth }}{{ loop.depth0 }}{% if item.c %}({{ loop(item.c) }}){% endif %}{% endfor %}",
                "1@10(2@21(3@32))"
            ),
            ("{% for x in [1] %}{% set y = 5 %}{% endfor %}[{{ y }}]", "[]"),
            ("{% set x = 'outer' %}{% for x in [1] %}{{ x }}{% endfor %}{{ x }}", "1outer"),
            ("{% for x in range(3) if x %}{{ loop.length }}{% else %}no{% endfor %}", "22"),
            ("{% for x in nope %}{{ x }}{% else %}nothing{% endfor %}", "nothing"),
            ("{% set ns = namespace(n=0) %}{% for x in nums %}{% set ns.n = ns.n + x %}{% endfor %}{{ ns.n }}", "9"),
        ] as [(String, String)])
    func loops(template: String, text: String) throws {
        #expect(try rendered(template) == text)
    }

    @Test(
        "assignments",
        arguments: [
            ("{% set a = 1 %}{{ a }}{% set a, b = 2, 3 %}{{ a }}{{ b }}", "123"),
            ("{% set a = [1, 2] %}{% set (x, y) = a %}{{ y }}{{ x }}", "21"),
            ("{% set t %}text {{ host }}{% endset %}{{ t }}", "text n1"),
            ("{% set t | upper %}text{% endset %}{{ t }}", "TEXT"),
            ("{% set t | replace('t', 'T') | trim %} text {% endset %}[{{ t }}]", "[TexT]"),
            ("{% if yes %}{% set z = 1 %}{% endif %}{{ z }}", "1"),
            ("{% with %}{% set w = 1 %}{{ w }}{% endwith %}[{{ w }}]", "1[]"),
            ("{% with a = 1, b = 2 %}{{ a }}{{ b }}{% endwith %}[{{ a }}]", "12[]"),
            ("{% set a = 1 %}{% with a = 2, b = a %}{{ a }}{{ b }}{% endwith %}{{ a }}", "211"),
            ("{% set x = 1 if yes else 2 %}{{ x }}", "1"),
            ("{% set a = 1, 2 %}{{ a }}", "(1, 2)"),
            ("{% set a, b = 'xy' %}{{ b }}{{ a }}", "yx"),
        ] as [(String, String)])
    func assignments(template: String, text: String) throws {
        #expect(try rendered(template) == text)
    }

    @Test(
        "macros",
        arguments: [
            (
                "{% macro m(a, b='x') %}[{{ a }}{{ b }}]{% endmacro %}{{ m(1) }}{{ m(1, 2) }}{{ m(b=3, a=4) }}{{ m() }}",
                "[1x][12][43][x]"
            ),
            ("{% macro m() %}{{ varargs }}{{ kwargs }}{% endmacro %}{{ m(1, 2, x=3) }}", "(1, 2){'x': 3}"),
            ("{% macro m(a) %}{{ caller() }}{{ a }}{% endmacro %}{% call m(1) %}body{% endcall %}", "body1"),
            ("{% macro m() %}{{ caller('p', 2) }}{% endmacro %}{% call(x, y) m() %}{{ x }}{{ y }}{% endcall %}", "p2"),
            (
                "{% macro m(a, b=1) %}{{ varargs }}{% endmacro %}{{ m.name }}{{ m.arguments }}{{ m.catch_varargs }}{{ m.catch_kwargs }}{{ m.caller }}",
                "m('a', 'b')TrueFalseFalse"
            ),
            ("{% macro fact(n) %}{{ n if n < 2 else n * fact(n - 1)|int }}{% endmacro %}{{ fact(5) }}", "120"),
            ("{% macro m(a) %}{{ host }}{{ a }}{% endmacro %}{{ m('x')|upper }}", "N1X"),
            ("{% macro m(a, b=a) %}{{ a }}{{ b }}{% endmacro %}{{ m(1) }}", "11"),
            (
                "{% macro m() %}{% if caller is defined %}called{% else %}plain{% endif %}{% endmacro %}{{ m() }}{% call m() %}{% endcall %}",
                "plaincalled"
            ),
            ("{% macro m(a) %}{{ a }}{% endmacro %}{{ m(*[1]) }}{{ m(**{'a': 2}) }}", "12"),
            (
                "{% macro m() %}{% for x in [1] %}{{ varargs[0] }}{% endfor %}{% if kwargs.k %}{{ kwargs.k }}{% endif %}{% endmacro %}{{ m(5, k=6) }}",
                "56"
            ),
            (
                "{% macro m() %}{% set a = varargs %}{% with b = kwargs %}{{ a }}{{ b }}{% endwith %}{% endmacro %}{{ m(1, x=2) }}",
                "(1,){'x': 2}"
            ),
            ("{% macro m() %}{% filter upper %}{{ varargs|join }}{% endfilter %}{% endmacro %}{{ m('a') }}", "A"),
            (
                "{% macro m() %}{% set s %}{{ [varargs, {'a': kwargs}] }}{% endset %}{{ s }}{% endmacro %}{{ m(1) }}",
                "[(1,), {'a': {}}]"
            ),
            (
                "{% macro m() %}{{ -varargs[0] ~ (not kwargs) ~ (varargs[0] == 1) ~ varargs[0:1] }}{% endmacro %}{{ m(1) }}",
                "-1TrueTrue(1,)"
            ),
            (
                "{% macro m() %}{{ (varargs or 1) and 2 if varargs else 3 }}{{ varargs is sequence }}{% endmacro %}{{ m() }}",
                "3True"
            ),
            (
                "{% macro o() %}{% call i() %}{{ varargs }}{% endcall %}{% endmacro %}{% macro i() %}{{ caller() }}{% endmacro %}{{ o(7) }}",
                "()"
            ),
        ] as [(String, String)])
    func macros(template: String, text: String) throws {
        #expect(try rendered(template) == text)
    }

    @Test(
        "filter blocks, blocks, raw text and comments",
        arguments: [
            ("{% filter upper %}a{{ host }}{% endfilter %}", "AN1"),
            ("{% filter replace('a', 'b')|upper %}banana{% endfilter %}", "BBNBNB"),
            ("{% block x %}in{% endblock %}{% block y %}{{ host }}{% endblock y %}", "inn1"),
            ("{% raw %}{{ x }}{% y %}{# z #}{% endraw %}", "{{ x }}{% y %}{# z #}"),
            ("a{# comment {{ x }} #}b", "ab"),
            ("{#- c -#} x", "x"),
            ("{% raw -%} a {%- endraw %}", "a"),
            ("{% block t scoped %}s{% endblock %}", "s"),
        ] as [(String, String)])
    func blocks(template: String, text: String) throws {
        #expect(try rendered(template) == text)
    }

    @Test(
        "white space is kept, and taken away at dashes",
        arguments: [
            ("a\n{% if yes %}\nb\n{% endif %}\nc", "a\n\nb\n\nc"),
            ("a \n {%- if yes -%} \n b \n {%- endif -%} \n c", "abc"),
            ("a {{- ' b ' -}} c", "a b c"),
            ("x\n{#- comment -#}\ny", "xy"),
            ("line\n", "line"),
            ("line\n\n", "line\n"),
            ("a\r\nb\r\n", "a\nb"),
            ("  {{ 1 }}  \n", "  1  "),
            ("{% for x in [1, 2] -%}\n {{ x }}\n{% endfor %}", "1\n2\n"),
            ("{%+ if yes %}a{% endif +%}\n", "a"),
            ("a{{ 1 -}}\n\n b", "a1b"),
        ] as [(String, String)])
    func whiteSpace(template: String, text: String) throws {
        #expect(try rendered(template) == text)
    }

    @Test(
        "what cannot be read is an error with its line",
        arguments: [
            ("{% if %}{% endif %}", .syntax, 1),
            ("{% if 1 %}", .syntax, 1),
            ("{% endif %}", .syntax, 1),
            ("{% else %}", .syntax, 1),
            ("\n{% for %}{% endfor %}", .syntax, 2),
            ("{% for x nums %}{% endfor %}", .syntax, 1),
            ("{% for x in %}{% endfor %}", .syntax, 1),
            ("{% nosuch %}", .syntax, 1),
            ("{% set %}", .syntax, 1),
            ("{% set a %}", .syntax, 1),
            ("{% set 1 = 2 %}", .syntax, 1),
            ("{% macro %}{% endmacro %}", .syntax, 1),
            ("{% macro m(1) %}{% endmacro %}", .syntax, 1),
            ("{% macro m(a=1, b) %}{% endmacro %}", .syntax, 1),
            ("{% call 5 %}{% endcall %}", .syntax, 1),
            ("{% filter nosuch %}{% endfilter %}", .syntax, 1),
            ("\n\n{% if 1 %}{% endfor %}", .syntax, 3),
            ("{# open", .syntax, 1),
            ("{{ open", .syntax, 1),
            ("{% if 1", .syntax, 1),
            ("a\n{% set x = %}", .syntax, 2),
            ("{% block %}{% endblock %}", .syntax, 1),
            ("{% with a %}{% endwith %}", .syntax, 1),
            ("{% for a, b in [1] %}{% endfor %}", .evaluation, 1),
            ("{% for a, b in [(1, 2, 3)] %}{% endfor %}", .evaluation, 1),
            ("{% set a, b = [1] %}", .evaluation, 1),
            ("{% set x.y = 1 %}", .evaluation, 1),
            ("{% for x in 5 %}{% endfor %}", .evaluation, 1),
            ("{% for true in [1] %}{% endfor %}", .syntax, 1),
            ("{% set none = 1 %}", .syntax, 1),
            ("{% macro m(a) %}{% endmacro %}\n{{ m(1, 2) }}", .evaluation, 2),
            ("{% macro m(a) %}{% endmacro %}{{ m(b=1) }}", .evaluation, 1),
            ("{% macro m(a) %}{% endmacro %}{{ m(1, a=2) }}", .evaluation, 1),
            ("{% block a %}{% endblock %}{% block a %}{% endblock %}", .syntax, 1),
            ("{% macro m() %}{% endmacro %}{% call m() %}{% endcall %}", .evaluation, 1),
            ("{% for x in [1] %}{{ loop([2]) }}{% endfor %}", .evaluation, 1),
            ("{% break %}", .syntax, 1),
            ("{% block a %}{% endblock b %}", .syntax, 1),
            ("{% if 1 %}{% else %}{% elif 1 %}{% endif %}", .syntax, 1),
            ("{% %}", .syntax, 1),
            ("{%", .syntax, 1),
            ("{% for x in [1] %}{{ loop.cycle() }}{% endfor %}", .evaluation, 1),
        ] as [(String, JinjaError.Code, Int)])
    func refused(template: String, code: JinjaError.Code, line: Int) throws {
        let error = #expect(throws: JinjaError.self) { try rendered(template) }
        #expect(error?.code == code)
        #expect(error?.line == line)
    }
}
