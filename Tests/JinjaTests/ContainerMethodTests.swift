import Jinja
import Testing

/// Expected texts are what Jinja2 3.1.6 renders with the methods of Python's dict, list and tuple.
@Suite("Methods of mappings and lists")
struct ContainerMethodTests {
    @Test(
        "mappings are read",
        arguments: [
            ("{{ labels.items() }}", "dict_items([('role', 'worker'), ('rack', 'r07')])"),
            ("{{ labels.keys() }}{{ labels.values() }}", "dict_keys(['role', 'rack'])dict_values(['worker', 'r07'])"),
            ("{{ labels.get('role') }}{{ labels.get('nope') }}{{ labels.get('nope', 5) }}", "workerNone5"),
            ("{% for k, v in labels.items() %}{{ k }}={{ v }};{% endfor %}", "role=worker;rack=r07;"),
            ("{{ labels.keys()|list }}{{ labels.values()|sort }}", "['role', 'rack']['r07', 'worker']"),
            ("{{ nested['items'] }}", "1"),
            ("{{ 'role' in labels.keys() }}{{ 'worker' in labels.values() }}", "TrueTrue"),
            ("{{ labels.copy() == labels }}", "True"),
        ] as [(String, String)])
    func readingMappings(template: String, text: String) throws {
        #expect(try rendered(template) == text)
    }

    @Test(
        "mappings are changed",
        arguments: [
            ("{% set d = {'a': 1, 'b': 2} %}{{ d.pop('a') }}{{ d }}{{ d.pop('x', 9) }}", "1{'b': 2}9"),
            ("{% set d = {'a': 1} %}{% set _ = d.update({'b': 2}) %}{{ d }}", "{'a': 1, 'b': 2}"),
            ("{% set d = {'a': 1} %}{% set _ = d.update(b=2, a=3) %}{{ d }}", "{'a': 3, 'b': 2}"),
            (
                "{% set d = {} %}{{ d.setdefault('a', 1) }}{{ d.setdefault('a', 2) }}{{ d.setdefault('b') }}{{ d }}",
                "11None{'a': 1, 'b': None}"
            ),
            ("{% set d = {'a': 1} %}{% set e = d.copy() %}{% set _ = e.clear() %}{{ d }}{{ e }}", "{'a': 1}{}"),
            ("{% set d = {} %}{% set _ = d.update([('a', 1), ('b', 2)]) %}{{ d }}", "{'a': 1, 'b': 2}"),
        ] as [(String, String)])
    func changingMappings(template: String, text: String) throws {
        #expect(try rendered(template) == text)
    }

    @Test(
        "lists are changed in place",
        arguments: [
            ("{% set l = [1] %}{% set _ = l.append(2) %}{{ l }}", "[1, 2]"),
            (
                "{% set l = [1] %}{% set _ = l.extend([2, 3]) %}{% set _ = l.extend('ab') %}{{ l }}",
                "[1, 2, 3, 'a', 'b']"
            ),
            (
                "{% set l = [1, 3] %}{% set _ = l.insert(1, 2) %}{% set _ = l.insert(-10, 0) %}{% set _ = l.insert(99, 9) %}{{ l }}",
                "[0, 1, 2, 3, 9]"
            ),
            ("{% set l = [1, 2, 3] %}{{ l.pop() }}{{ l.pop(0) }}{{ l }}", "31[2]"),
            ("{% set l = [1, 2, 1] %}{% set _ = l.remove(1) %}{{ l }}", "[2, 1]"),
            (
                "{% set l = [3, 1, 2] %}{% set _ = l.sort() %}{{ l }}{% set _ = l.sort(reverse=true) %}{{ l }}",
                "[1, 2, 3][3, 2, 1]"
            ),
            ("{% set l = [1, 2] %}{% set _ = l.reverse() %}{{ l }}", "[2, 1]"),
            ("{% set l = [1] %}{% set c = l.copy() %}{% set _ = c.append(2) %}{{ l }}{{ c }}", "[1][1, 2]"),
            ("{% set l = [1] %}{% set _ = l.clear() %}{{ l }}", "[]"),
            ("{% set l = [1, 2, 3] %}{{ l.pop(-2) }}{{ l }}", "2[1, 3]"),
            ("{% set l = [] %}{% if l.append(1) %}{% endif %}{{ l }}{{ l.append(2) }}", "[1]None"),
        ] as [(String, String)])
    func changingLists(template: String, text: String) throws {
        #expect(try rendered(template) == text)
    }

    @Test(
        "elements are found and counted",
        arguments: [
            ("{{ nums.index(2) }}{{ nums.count(3) }}{{ nums.count(9) }}", "220"),
            ("{{ (1, 2, 2).index(2) }}{{ (1, 2, 2).count(2) }}", "12"),
        ] as [(String, String)])
    func finding(template: String, text: String) throws {
        #expect(try rendered(template) == text)
    }

    @Test(
        "what Python refuses is an error",
        arguments: [
            ("{{ {}.pop('a') }}", .evaluation, 1),
            ("{{ [].pop() }}", .evaluation, 1),
            ("{{ [1].pop(5) }}", .evaluation, 1),
            ("{{ [1].index(2) }}", .evaluation, 1),
            ("{{ [1].remove(2) }}", .evaluation, 1),
            ("{{ [1, 'a'].sort() }}", .evaluation, 1),
            ("{{ labels.get() }}", .evaluation, 1),
            ("{{ [1].append() }}", .evaluation, 1),
            ("{{ [1].nosuch() }}", .undefined, 1),
            ("{{ labels.nosuch() }}", .undefined, 1),
            ("{{ [].extend(5) }}", .evaluation, 1),
            ("{{ (1,).index(2) }}", .evaluation, 1),
            ("{{ [].insert(1) }}", .evaluation, 1),
            ("{{ labels.items(1) }}", .evaluation, 1),
            ("{{ {}.setdefault() }}", .evaluation, 1),
            ("{{ {}.update(5) }}", .evaluation, 1),
        ] as [(String, JinjaError.Code, Int)])
    func refused(template: String, code: JinjaError.Code, line: Int) throws {
        let error = #expect(throws: JinjaError.self) { try rendered(template) }
        #expect(error?.code == code)
        #expect(error?.line == line)
    }
}
