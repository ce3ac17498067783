import Jinja
import OrderedCollections
import Primitives
import TestSupport
import Testing

@Suite("Templates that mean harm")
struct HostileTests {
    private func code(
        _ source: String, _ context: Value.Object = [:], limits: Limits = .default
    ) -> JinjaError.Code? {
        do {
            _ = try Template(source, limits: limits).render(context)
            return nil
        } catch {
            return error.code
        }
    }

    @Test(
        "a template that would take for ever or fill the memory is stopped",
        arguments: [
            "{% for i in range(100000000000) %}{{ i }}{% endfor %}",
            "{% for a in range(1000) %}{% for b in range(1000) %}{% for c in range(1000) %}{% endfor %}{% endfor %}{% endfor %}",
            "{{ range(9223372036854775807) | list }}",
            "{{ range(-9223372036854775807, 9223372036854775807)|length }}",
            "{{ 'a' * 1000000000000 }}",
            "{{ [1] * 1000000000000 }}",
            "{{ 'a' * 9223372036854775807 * 9223372036854775807 }}",
            "{% set ns = namespace(x='ab') %}{% for i in range(100) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}",
            "{% set ns = namespace(x=[1]) %}{% for i in range(100) %}{% set ns.x = ns.x + ns.x %}{% endfor %}",
            "{% set ns = namespace(x=[1]) %}{% for i in range(99999) %}{% set ns.x = [ns.x] %}{% endfor %}",
            "{% set ns = namespace(x={}) %}{% for i in range(99999) %}{% set ns.x = {'a': ns.x} %}{% endfor %}",
            "{% set ns = namespace(x=(1, 2)) %}{% for i in range(64) %}{% set ns.x = (ns.x, ns.x) %}{% endfor %}{{ ns.x }}",
            "{% set l = [] %}{% for i in range(3) %}{% set _ = l.append(l) %}{% endfor %}{{ l }}",
            "{% set l = [] %}{% set _ = l.append(l) %}{{ l == [l] }}{{ l|tojson }}",
            "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
            "{% macro a(n) %}{{ b(n) }}{% endmacro %}{% macro b(n) %}{{ a(n) }}{% endmacro %}{{ a(1) }}",
            "{% macro m(n) %}{% for i in [1, 2] %}{{ m(n) }}{% endfor %}{% endmacro %}{{ m(1) }}",
            "{% macro m(f) %}{% call m(f) %}{{ caller }}{% endcall %}{{ caller() }}{% endmacro %}{{ m(1) }}",
            "{% for x in [1] recursive %}{{ loop([1]) }}{% endfor %}",
            "{% for i in range(99999) %}{{ 'x' * 1000 }}{% endfor %}",
            "{% set s = 'a' * 900000 %}{% for i in range(99999) %}{% if s|upper %}{% endif %}{% endfor %}",
            "{% set l = range(90000)|list %}{% for i in l %}{% set _ = l|sort %}{% endfor %}",
            "{% set s = 'a' * 500000 %}{% for i in range(99999) %}{% if s[i] %}{% endif %}{% endfor %}",
            "{% set s = 'a' * 500000 %}{% for i in range(99999) %}{% if s == s ~ '' %}{% endif %}{% endfor %}",
            "{% set s = 'a' * 900000 %}{{ s.replace('a', s) }}", "{% set s = 'a' * 900000 %}{{ s.replace('', s) }}",
            "{{ 'a'.center(1000000000000) }}", "{{ 'a'|indent(1000000000000, true) }}",
            "{{ '%1000000000000d' % 1 }}", "{{ '{:1000000000000}'.format(1) }}",
            "{{ 2 ** 10000000000 }}", "{{ 9223372036854775807 + 1 }}", "{{ -9223372036854775807 - 2 }}",
            "{{ 9223372036854775807 * 2 }}", "{{ 99999999999999999999 }}", "{{ '1e300'|int }}",
            "{{ (-9223372036854775807 - 1) // -1 }}", "{{ (-9223372036854775807 - 1)|abs }}",
            "{{ ['a' * 900000, 'a' * 900000]|join }}", "{{ [[1] * 900000, [1] * 900000]|sum(start=[]) }}",
            "{{ 'ab'|batch(2, 1)|list }}{{ [1]|batch(1000000000000, 0) }}", "{{ [1]|slice(1000000000000) }}",
        ])
    func exhaustion(source: String) {
        // A tenth of the work that is allowed by default, which an unoptimised build takes seconds for.
        #expect(code(source, limits: Limits(work: 600_000)) == .limit)
    }

    @Test("a template that nests too deeply is refused before it is rendered")
    func nesting() {
        let deep = 10_000
        func repeated(_ text: String) -> String { String(repeating: text, count: deep) }
        let sources = [
            "{{ \(repeated("("))1\(repeated(")")) }}", "{{ \(repeated("["))\(repeated("]")) }}",
            "{{ \(repeated("{1:"))1\(repeated("}")) }}", "{{ \(repeated("- "))1 }}", "{{ \(repeated("not "))1 }}",
            "{{ 1\(repeated(" + 1")) }}", "{{ 1\(repeated(" or 1")) }}", "{{ 1\(repeated(" ** 1")) }}",
            "{{ a\(repeated(".a")) }}", "{{ a\(repeated("[0]")) }}", "{{ a\(repeated("()")) }}",
            "{{ a\(repeated("|upper")) }}", "{{ \(repeated("a("))\(repeated(")")) }}",
            "{{ 1\(repeated(" if 1 else 1")) }}", "{{ 1\(repeated(" if 1")) }}",
            "\(repeated("{% if 1 %}"))\(repeated("{% endif %}"))",
            "\(repeated("{% for a in b %}"))\(repeated("{% endfor %}"))",
            "\(repeated("{% with %}"))\(repeated("{% endwith %}"))",
            "{% set \(repeated("("))a\(repeated(")")) = 1 %}", "{{ a is eq \(repeated("(1 is eq "))1 }}",
            "{% filter upper\(repeated("|upper")) %}a{% endfilter %}",
        ]
        for source in sources {
            #expect(throws: JinjaError.self, "\(source.prefix(40))") { try Template(source) }
        }
        #expect(code("{{ 1\(repeated(" ~ 1")) }}") == nil)
        #expect(code("{% if 0 %}\(repeated("{% elif 0 %}")){% endif %}") == nil)
    }

    @Test("as much as the limits allow is rendered on any thread's stack")
    func withinLimits() async throws {
        let depth = 90
        let source =
            "{{ " + String(repeating: "(1 + ", count: depth) + "1" + String(repeating: ")", count: depth) + " }}"
        let text = try await Task.detached { try Template(source).render([:]) }.value
        #expect(text == "91")
        let recursion = "{% macro m(n) %}{% if n %}{{ m(n - 1) }}{% endif %}.{% endmacro %}{{ m(40) }}"
        let dots = try await Task.detached { try Template(recursion).render([:]) }.value
        #expect(dots == String(repeating: ".", count: 41))
    }

    @Test(
        "nothing but the context can be reached",
        arguments: [
            "{{ ''.__class__.__mro__[1].__subclasses__() }}", "{{ node.__class__.__base__.x }}",
            "{{ cycler.__init__.__globals__.os }}", "{{ range.__self__.x }}", "{{ m.__func__.x }}",
            "{{ namespace.__init__.__globals__ }}", "{{ lipsum.__globals__ }}",
            "{{ self._TemplateReference__context }}",
            "{% include '/etc/passwd' %}", "{% extends '/etc/passwd' %}", "{% import '/etc/passwd' as x %}",
            "{{ '{0.__class__}'.format(1) }}", "{{ 'abc'|attr('__class__')|attr('__base__')|attr('x').y }}",
        ])
    func isolation(source: String) {
        #expect(throws: JinjaError.self) { try Template(source).render(["node": [:], "m": 1]) }
    }

    @Test("an error names its line and what is wrong")
    func lines() {
        func failure(_ source: String) -> JinjaError? {
            do {
                _ = try Template(source).render(["node": ["name": "n1"]])
                return nil
            } catch {
                return error
            }
        }
        let missing = failure("a\nb\n{{ node.nope.deeper }}")
        #expect(missing?.code == .undefined)
        #expect(missing?.message == "'dict object' has no attribute 'nope'")
        #expect(missing?.line == 3)
        #expect(failure("{% if 1 %}\n{{ missing.x }}{% endif %}")?.message == "'missing' is undefined")
        #expect(failure("\n\n{% for x in node.x.y %}{% endfor %}")?.line == 3)
        #expect(failure("\n{{ 'a }}")?.line == 2)
        #expect(failure("\n{% endfor %}")?.code == .syntax)
        #expect(failure("{% if 1 %}\n\n")?.code == .syntax)
        #expect(failure("{{ 1 / 0 }}")?.code == .evaluation)
        #expect(failure("{{ 1\n | nosuch }}")?.description == "There is no filter 'nosuch', at line 2 of the template")
    }

    @Test(
        "an unknown name of a filter or a test is an error of the template, also where it is an argument",
        arguments: [
            "{{ 1|nosuch }}", "{{ 1 is nosuch }}", "{{ [1]|map('nosuch')|list }}", "{{ [1]|select('nosuch')|list }}",
            "{% filter nosuch %}{% endfilter %}",
        ])
    func unknownNames(source: String) {
        #expect(code(source) == .syntax)
    }

    @Test("limits are the caller's")
    func ownLimits() throws {
        let source = "{% for i in range(10) %}ab{% endfor %}"
        #expect(try Template(source).render([:]).utf8.count == 20)
        #expect(throws: JinjaError.self) { try Template(source, limits: Limits(iterations: 9)).render([:]) }
        #expect(throws: JinjaError.self) { try Template(source, limits: Limits(output: 19)).render([:]) }
        #expect(throws: JinjaError.self) { try Template(source, limits: Limits(valueSize: 9)).render([:]) }
        #expect(throws: JinjaError.self) { try Template(source, limits: Limits(work: 20)).render([:]) }
    }

    @Test("mutilated templates fail or render, and never more than that")
    func mutilated() {
        let source = """
            {% macro m(a, b=1) -%}{{ a|default('x')|upper ~ b }}{%- endmacro %}{# c #}{% raw %}{{ x }}{% endraw %}
            {% for k, v in node.items() if v is defined %}{{ loop.index }}:{{ k }}={{ v['x'].y[1:2] }}{% else %}-{% endfor %}
            {% set a, b = (1, [2, {'k': 'v\\n'}]) %}{% with q = a if b else 2.5e3 %}{{ m(q, *b) }}{% endwith %}
            {% call(x) m(1) %}é🐲{{ x }}{% endcall %}{% filter replace('a', 'b') %}a{% endfilter %}{{ '%5.2f' % 1 }}
            """
        var generator = SplitMix(seed: 42)
        let bytes = Array(source.utf8)
        for _ in 0..<4000 {
            var mutated = bytes
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                let place = Int.random(in: 0..<mutated.count, using: &generator)
                switch Int.random(in: 0..<4, using: &generator) {
                case 0: mutated.remove(at: place)
                case 1: mutated[place] = UInt8.random(in: 0...255, using: &generator)
                case 2: mutated.insert(bytes[Int.random(in: 0..<bytes.count, using: &generator)], at: place)
                default: mutated.removeSubrange(place..<min(mutated.count, place + 20))
                }
            }
            _ = code(String(decoding: mutated, as: UTF8.self), ["node": ["a": ["x": ["y": "z"]], "b": 1]])
        }
    }
}
