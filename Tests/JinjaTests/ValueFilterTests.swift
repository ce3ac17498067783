import Testing

/// Expected texts are what Jinja2 3.1.6 renders.
@Suite("Filters of numbers, defaults and JSON")
struct ValueFilterTests {
    @Test(
        "texts and numbers become integers",
        arguments: [
            ("{{ '42'|int }}", "42"),
            ("{{ ' -42 '|int }}", "-42"),
            ("{{ '4.9'|int }}", "4"),
            ("{{ 4.9|int }}{{ -4.9|int }}", "4-4"),
            ("{{ 'x'|int }}", "0"),
            ("{{ 'x'|int(5) }}", "5"),
            ("{{ 'x'|int(default='d') }}", "d"),
            ("{{ '0x1f'|int(base=16) }}", "31"),
            ("{{ '1f'|int(0, 16) }}", "31"),
            ("{{ '0b101'|int(base=2) }}", "5"),
            ("{{ '0o17'|int(base=8) }}", "15"),
            ("{{ 'z'|int(base=36) }}", "35"),
            ("{{ '1_000'|int }}", "1000"),
            ("{{ '1__0'|int }}", "0"),
            ("{{ '_1'|int }}", "0"),
            ("{{ '+5'|int }}", "5"),
            ("{{ '--5'|int }}", "0"),
            ("{{ none|int }}", "0"),
            ("{{ [1]|int(9) }}", "9"),
            ("{{ true|int }}", "1"),
            ("{{ ''|int }}", "0"),
            ("{{ '1e3'|int }}", "1000"),
            ("{{ 'inf'|int }}", "0"),
            ("{{ 'nan'|int(3) }}", "3"),
            ("{{ '12ab'|int(base=10) }}", "0"),
            ("{{ '-0x1f'|int(base=16) }}", "-31"),
            ("{{ big|int }}", "123456789012345678901234567890"),
        ] as [(String, String)])
    func integers(template: String, text: String) throws {
        #expect(try rendered(template) == text)
    }

    @Test(
        "texts and numbers become floats",
        arguments: [
            ("{{ '4.5'|float }}", "4.5"),
            ("{{ ' -1e3 '|float }}", "-1000.0"),
            ("{{ '.5'|float }}{{ '5.'|float }}{{ '-.5'|float }}", "0.55.0-0.5"),
            ("{{ 'x'|float }}", "0.0"),
            ("{{ 'x'|float(1.5) }}", "1.5"),
            ("{{ 'x'|float('d') }}", "d"),
            ("{{ 3|float }}", "3.0"),
            ("{{ true|float }}", "1.0"),
            ("{{ none|float }}", "0.0"),
            ("{{ [1]|float(2) }}", "2"),
            ("{{ 'inf'|float }}{{ '-Infinity'|float }}{{ 'nan'|float }}", "inf-infnan"),
            ("{{ '1_0.5'|float }}", "10.5"),
            ("{{ '0x10'|float }}", "0.0"),
            ("{{ 1e20|float }}{{ 1e-7|float }}", "1e+201e-07"),
            ("{{ big|float }}", "1.2345678901234568e+29"),
            ("{{ ''|float }}", "0.0"),
        ] as [(String, String)])
    func floats(template: String, text: String) throws {
        #expect(try rendered(template) == text)
    }

    @Test(
        "numbers are rounded and made positive",
        arguments: [
            ("{{ 2.5|round }}{{ 3.5|round }}{{ -2.5|round }}", "2.04.0-2.0"),
            ("{{ 42.55|round(1) }}", "42.5"),
            ("{{ 42.55|round(1, 'floor') }}", "42.5"),
            ("{{ 42.51|round(1, 'ceil') }}", "42.6"),
            ("{{ 42.4|round(method='ceil') }}", "43.0"),
            ("{{ 42|round }}", "42"),
            ("{{ 1234|round(-2) }}", "1200"),
            ("{{ 1234.5|round(-2) }}", "1200.0"),
            ("{{ 42|round(1, 'floor') }}", "42.0"),
            ("{{ 2.675|round(2) }}", "2.67"),
            ("{{ 42.55|round|int }}", "43"),
            ("{{ neg|abs }}{{ 5|abs }}{{ -2.5|abs }}{{ true|abs }}", "552.51"),
        ] as [(String, String)])
    func rounding(template: String, text: String) throws {
        #expect(try rendered(template) == text)
    }

    @Test(
        "sizes have units",
        arguments: [
            ("{{ 0|filesizeformat }}", "0 Bytes"),
            ("{{ 1|filesizeformat }}", "1 Byte"),
            ("{{ 999|filesizeformat }}", "999 Bytes"),
            ("{{ 1000|filesizeformat }}", "1.0 kB"),
            ("{{ 1023|filesizeformat(true) }}", "1023 Bytes"),
            ("{{ 1024|filesizeformat(binary=true) }}", "1.0 KiB"),
            ("{{ 1234567|filesizeformat }}", "1.2 MB"),
            ("{{ 1234567|filesizeformat(true) }}", "1.2 MiB"),
            ("{{ 13e9|filesizeformat }}", "13.0 GB"),
            ("{{ 5e24|filesizeformat }}", "5.0 YB"),
            ("{{ 5e28|filesizeformat }}", "50000.0 YB"),
            ("{{ '2500'|filesizeformat }}", "2.5 kB"),
            ("{{ 1.9|filesizeformat }}", "1 Bytes"),
        ] as [(String, String)])
    func sizes(template: String, text: String) throws {
        #expect(try rendered(template) == text)
    }

    @Test(
        "what is missing has a default",
        arguments: [
            ("{{ nope|default('d') }}", "d"),
            ("[{{ nope|default }}]", "[]"),
            ("{{ nope|d(5) }}", "5"),
            ("{{ empty|default('d') }}", ""),
            ("{{ empty|default('d', true) }}", "d"),
            ("{{ zero|default('d', boolean=true) }}", "d"),
            ("{{ nothing|default('d') }}", "None"),
            ("{{ host|default('d') }}", "n1"),
            ("{{ labels.nope|default('d') }}", "d"),
            ("{{ nope|default(default_value='k') }}", "k"),
        ] as [(String, String)])
    func defaults(template: String, text: String) throws {
        #expect(try rendered(template) == text)
    }

    @Test(
        "attributes are got by name",
        arguments: [
            ("[{{ labels|attr('role') }}]", "[]"),
            ("{{ nums|attr('append') is defined }}", "True"),
            ("[{{ host|attr('nope') }}]", "[]"),
            ("{{ ('A'|attr('lower'))() }}", "a"),
        ] as [(String, String)])
    func attributes(template: String, text: String) throws {
        #expect(try rendered(template) == text)
    }

    @Test(
        "values become JSON that HTML can hold",
        arguments: [
            (
                "{{ users|tojson }}",
                #"[{"admin": true, "age": 31, "name": "ann"}, {"age": 25, "name": "Bob"}, {"admin": false, "age": 31, "name": "cy"}]"#
            ),
            (
                "{{ {'b': 1, 'a': [none, true, false, 1.5, {}, []]}|tojson }}",
                #"{"a": [null, true, false, 1.5, {}, []], "b": 1}"#
            ),
            (
                "{{ {'b': 1, 'a': [1, {'x': 2}], 'e': [], 'f': {}}|tojson(2) }}",
                "{\n  \"a\": [\n    1,\n    {\n      \"x\": 2\n    }\n  ],\n  \"b\": 1,\n  \"e\": [],\n  \"f\": {}\n}"
            ),
            (#"{{ "<a href='x'>&"|tojson }}"#, #""\u003ca href=\u0027x\u0027\u003e\u0026""#),
            (#"{{ 'é🐲\n\t\r\\"'|tojson }}"#, #""\u00e9\ud83d\udc32\n\t\r\\\"""#),
            ("{{ {1: 'a', 2: 'b'}|tojson }}", #"{"1": "a", "2": "b"}"#),
            ("{{ {true: 1}|tojson }}", #"{"true": 1}"#),
            ("{{ {none: 1}|tojson }}", #"{"null": 1}"#),
            ("{{ {1.5: 1}|tojson }}", #"{"1.5": 1}"#),
            ("{{ (1, 2)|tojson }}", "[1, 2]"),
            ("{{ big|tojson }}", "123456789012345678901234567890"),
            (#"{{ '\x08\x0c\x7f\x01'|tojson }}"#, #""\b\f\u007f\u0001""#),
            ("{{ 'inf'|float|tojson }}{{ '-inf'|float|tojson }}{{ 'nan'|float|tojson }}", "Infinity-InfinityNaN"),
            ("{{ [1]|tojson(indent=none) }}", "[1]"),
            ("{{ [1, 2]|tojson(indent=0) }}", "[\n1,\n2\n]"),
            ("{{ nums|tojson(indent=4) }}", "[\n    3,\n    1,\n    2,\n    3\n]"),
        ] as [(String, String)])
    func json(template: String, text: String) throws {
        #expect(try rendered(template) == text)
    }

    @Test(
        "values are printed for reading",
        arguments: [
            ("{{ nums|pprint }}", "[3, 1, 2, 3]"),
            ("{{ 'a'|pprint }}", "'a'"),
            ("{{ none|pprint }}", "None"),
        ] as [(String, String)])
    func printing(template: String, text: String) throws {
        #expect(try rendered(template) == text)
    }
}
