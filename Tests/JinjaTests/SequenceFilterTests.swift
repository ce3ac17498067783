import Testing

/// Expected texts are what Jinja2 3.1.6 renders.
@Suite("Filters of sequences")
struct SequenceFilterTests {
    @Test(
        "ends and lengths",
        arguments: [
            ("{{ nums|first }}{{ nums|last }}", "33"),
            ("[{{ []|first }}{{ []|last }}]", "[]"),
            ("{{ 'abc'|first }}{{ 'abc'|last }}", "ac"),
            ("{{ nums|length }}{{ 'äöü'|length }}{{ labels|count }}{{ range(5)|length }}", "4325"),
            ("{{ labels|first }}", "role"),
            ("{{ (1, 2)|last }}", "2"),
            ("{{ nope|length }}", "0"),
            ("{{ range(3)|first }}{{ range(3)|last }}", "02"),
        ] as [(String, String)])
    func ends(template: String, text: String) throws {
        #expect(try rendered(template) == text)
    }

    @Test(
        "elements are joined",
        arguments: [
            ("{{ nums|join }}", "3123"),
            ("{{ nums|join('-') }}", "3-1-2-3"),
            ("{{ users|join(', ', attribute='name') }}", "ann, Bob, cy"),
            ("{{ users|join(d=' ', attribute='age') }}", "31 25 31"),
            ("{{ 'abc'|join('.') }}", "a.b.c"),
            ("{{ labels|join('/') }}", "role/rack"),
            ("[{{ []|join('x') }}]", "[]"),
            ("{{ [1, none, 'a', 2.5]|join('|') }}", "1|None|a|2.5"),
            ("{{ [[1, 'x'], [2, 'y']]|join(attribute=1) }}", "xy"),
        ] as [(String, String)])
    func joining(template: String, text: String) throws {
        #expect(try rendered(template) == text)
    }

    @Test(
        "elements are sorted, stably, without regard to case unless asked",
        arguments: [
            ("{{ nums|sort }}", "[1, 2, 3, 3]"),
            ("{{ nums|sort(true) }}", "[3, 3, 2, 1]"),
            ("{{ ['b', 'A', 'c', 'B']|sort }}", "['A', 'b', 'B', 'c']"),
            ("{{ ['b', 'A', 'c', 'B']|sort(case_sensitive=true) }}", "['A', 'B', 'b', 'c']"),
            ("{{ users|sort(attribute='name')|join(' ', attribute='name') }}", "ann Bob cy"),
            ("{{ users|sort(attribute='age,name')|join(' ', attribute='name') }}", "Bob ann cy"),
            ("{{ users|sort(reverse=true, attribute='age')|map(attribute='name')|join(' ') }}", "ann cy Bob"),
            ("{{ [[2, 'a'], [1, 'b']]|sort(attribute='0') }}", "[[1, 'b'], [2, 'a']]"),
            ("{{ [(2, 1), (1, 2), (1, 1)]|sort }}", "[(1, 1), (1, 2), (2, 1)]"),
            ("{{ [1.5, 1, true]|sort }}", "[1, True, 1.5]"),
            ("{{ 'hello'|sort|join }}", "ehllo"),
            ("{{ labels|sort }}", "['rack', 'role']"),
        ] as [(String, String)])
    func sorting(template: String, text: String) throws {
        #expect(try rendered(template) == text)
    }

    @Test(
        "mappings are sorted into pairs by key or by value",
        arguments: [
            ("{{ {'b': 1, 'A': 3, 'c': 2}|dictsort }}", "[('A', 3), ('b', 1), ('c', 2)]"),
            ("{{ {'b': 1, 'A': 3, 'c': 2}|dictsort(true) }}", "[('A', 3), ('b', 1), ('c', 2)]"),
            ("{{ {'b': 1, 'A': 3, 'c': 2}|dictsort(false, 'value') }}", "[('b', 1), ('c', 2), ('A', 3)]"),
            ("{{ {'b': 1, 'A': 3}|dictsort(by='value', reverse=true) }}", "[('A', 3), ('b', 1)]"),
            ("{% for k, v in labels|dictsort %}{{ k }}={{ v }};{% endfor %}", "rack=r07;role=worker;"),
        ] as [(String, String)])
    func sortingMappings(template: String, text: String) throws {
        #expect(try rendered(template) == text)
    }

    @Test(
        "the least, the greatest and the sum",
        arguments: [
            ("{{ nums|min }}{{ nums|max }}", "13"),
            ("{{ ['b', 'A']|min }}{{ ['b', 'A']|max }}", "Ab"),
            ("{{ ['b', 'A']|min(case_sensitive=true) }}{{ ['b', 'A']|max(true) }}", "Ab"),
            ("[{{ []|min }}{{ []|max }}]", "[]"),
            ("{{ (users|min(attribute='age')).name }}", "Bob"),
            ("{{ (users|max(attribute='age')).name }}", "ann"),
            ("{{ nums|sum }}", "9"),
            ("{{ users|sum(attribute='age') }}", "87"),
            ("{{ nums|sum(start=10) }}", "19"),
            ("{{ []|sum }}", "0"),
            ("{{ [0.5, 1]|sum }}", "1.5"),
            ("{{ [[1], [2]]|sum(start=[]) }}", "[1, 2]"),
        ] as [(String, String)])
    func extremes(template: String, text: String) throws {
        #expect(try rendered(template) == text)
    }

    @Test(
        "each element once",
        arguments: [
            ("{{ nums|unique|list }}", "[3, 1, 2]"),
            ("{{ ['b', 'B', 'a']|unique|list }}", "['b', 'a']"),
            ("{{ ['b', 'B', 'a']|unique(true)|list }}", "['b', 'B', 'a']"),
            ("{{ users|unique(attribute='age')|map(attribute='name')|join(' ') }}", "ann Bob"),
            ("{{ [1, 1.0, true, '1']|unique|list }}", "[1, '1']"),
        ] as [(String, String)])
    func uniqueness(template: String, text: String) throws {
        #expect(try rendered(template) == text)
    }

    @Test(
        "elements are reversed and listed",
        arguments: [
            ("{{ nums|reverse|list }}", "[3, 2, 1, 3]"),
            ("{{ 'abc'|reverse }}", "cba"),
            ("{{ 'abc'|list }}", "['a', 'b', 'c']"),
            ("{{ range(3)|list }}", "[0, 1, 2]"),
            ("{{ labels|list }}", "['role', 'rack']"),
            ("{{ (1, 2)|reverse|list }}", "[2, 1]"),
            ("{{ range(4)|reverse|list }}", "[3, 2, 1, 0]"),
            ("{{ labels|items|list }}", "[('role', 'worker'), ('rack', 'r07')]"),
            ("[{{ nope|items|list }}]", "[[]]"),
            ("{% for k, v in labels|items %}{{ k }}{{ v }} {% endfor %}", "roleworker rackr07 "),
        ] as [(String, String)])
    func order(template: String, text: String) throws {
        #expect(try rendered(template) == text)
    }

    @Test(
        "elements are grouped, each group with its key",
        arguments: [
            (
                "{% for g in users|groupby('age') %}{{ g.grouper }}:{{ g.list|map(attribute='name')|join(',') }};{% endfor %}",
                "25:Bob;31:ann,cy;"
            ),
            ("{% for age, list in users|groupby('age') %}{{ age }}={{ list|length }} {% endfor %}", "25=1 31=2 "),
            ("{% for g in users|groupby('name') %}{{ g.grouper }} {% endfor %}", "ann Bob cy "),
            (
                "{% for g in [{'a': 'x'}, {'a': 'X'}, {}]|groupby('a', default='y') %}{{ g.grouper }}{{ g.list|length }} {% endfor %}",
                "x2 y1 "
            ),
            (
                "{% for g in [{'a': 'x'}, {'a': 'X'}]|groupby('a', case_sensitive=true) %}{{ g.grouper }}{{ g.list|length }} {% endfor %}",
                "X1 x1 "
            ),
            ("{{ [[1, 2], [1, 3]]|groupby(0) }}", "[(1, [[1, 2], [1, 3]])]"),
        ] as [(String, String)])
    func groups(template: String, text: String) throws {
        #expect(try rendered(template) == text)
    }

    @Test(
        "elements are cut into batches and slices",
        arguments: [
            ("{{ range(7)|batch(3)|list }}", "[[0, 1, 2], [3, 4, 5], [6]]"),
            ("{{ range(7)|batch(3, 0)|list }}", "[[0, 1, 2], [3, 4, 5], [6, 0, 0]]"),
            ("{{ range(6)|batch(3, 0)|list }}", "[[0, 1, 2], [3, 4, 5]]"),
            ("{{ range(7)|slice(3)|list }}", "[[0, 1, 2], [3, 4], [5, 6]]"),
            ("{{ range(7)|slice(3, 'x')|list }}", "[[0, 1, 2], [3, 4, 'x'], [5, 6, 'x']]"),
            ("{{ range(6)|slice(3, 'x')|list }}", "[[0, 1, 'x'], [2, 3, 'x'], [4, 5, 'x']]"),
            ("{{ []|batch(2)|list }}", "[]"),
            ("{{ [1]|slice(2)|list }}", "[[1], []]"),
        ] as [(String, String)])
    func batches(template: String, text: String) throws {
        #expect(try rendered(template) == text)
    }

    @Test(
        "a filter or an attribute is mapped over elements",
        arguments: [
            ("{{ users|map(attribute='name')|list }}", "['ann', 'Bob', 'cy']"),
            ("{{ users|map(attribute='admin', default='-')|list }}", "[True, '-', False]"),
            ("{{ nums|map('string')|list }}", "['3', '1', '2', '3']"),
            ("{{ ['a', 'b']|map('replace', 'a', 'x')|list }}", "['x', 'b']"),
            ("{{ ['a']|map('indent', width=2, first=true)|list }}", "['  a']"),
            ("{{ [nested]|map(attribute='a.b.1.c')|list }}", "['deep']"),
            ("{{ [[1, 2], [3]]|map('sum')|list }}", "[3, 3]"),
            ("{{ [[1, 2], [3, 4]]|map(attribute=0)|list }}", "[1, 3]"),
            ("{{ [3, 4]|map('default')|join }}", "34"),
        ] as [(String, String)])
    func mapping(template: String, text: String) throws {
        #expect(try rendered(template) == text)
    }

    @Test(
        "elements are selected and rejected by tests",
        arguments: [
            ("{{ nums|select('odd')|list }}", "[3, 1, 3]"),
            ("{{ nums|reject('odd')|list }}", "[2]"),
            ("{{ [0, 1, '', 'a', none]|select|list }}", "[1, 'a']"),
            ("{{ [0, 1, '', 'a']|reject|list }}", "[0, '']"),
            ("{{ nums|select('gt', 1)|list }}", "[3, 2, 3]"),
            ("{{ nums|reject('in', [1, 2])|list }}", "[3, 3]"),
            ("{{ users|selectattr('admin')|map(attribute='name')|list }}", "['ann']"),
            ("{{ users|rejectattr('admin')|map(attribute='name')|list }}", "['Bob', 'cy']"),
            ("{{ users|selectattr('age', 'lt', 30)|map(attribute='name')|list }}", "['Bob']"),
            ("{{ users|rejectattr('age', 'equalto', 31)|map(attribute='name')|list }}", "['Bob']"),
            ("{{ users|selectattr('admin', 'defined')|list|length }}", "2"),
            ("{{ users|selectattr('name', 'upper')|list|length }}", "0"),
        ] as [(String, String)])
    func selection(template: String, text: String) throws {
        #expect(try rendered(template) == text)
    }
}
