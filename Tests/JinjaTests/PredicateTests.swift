import Testing

/// Expected texts are what Jinja2 3.1.6 renders.
@Suite("Tests of the operator is")
struct PredicateTests {
    @Test(
        "kinds of values",
        arguments: [
            (
                "{{ host is defined }}{{ nope is defined }}{{ nope is undefined }}{{ labels.nope is undefined }}",
                "TrueFalseTrueTrue"
            ),
            ("{{ nothing is none }}{{ zero is none }}", "TrueFalse"),
            ("{{ yes is boolean }}{{ 1 is boolean }}", "TrueFalse"),
            ("{{ yes is true }}{{ 1 is true }}{{ no is false }}{{ 0 is false }}", "TrueFalseTrueFalse"),
            ("{{ 1 is integer }}{{ 1.0 is integer }}{{ true is integer }}", "TrueFalseFalse"),
            ("{{ 1.0 is float }}{{ 1 is float }}", "TrueFalse"),
            ("{{ 1 is number }}{{ 1.5 is number }}{{ true is number }}{{ '1' is number }}", "TrueTrueTrueFalse"),
            ("{{ 'a' is string }}{{ 1 is string }}", "TrueFalse"),
            ("{{ labels is mapping }}{{ nums is mapping }}", "TrueFalse"),
            (
                "{{ nums is iterable }}{{ 'a' is iterable }}{{ 5 is iterable }}{{ range(2) is iterable }}{{ nope is iterable }}",
                "TrueTrueFalseTrueTrue"
            ),
            (
                "{{ nums is sequence }}{{ labels is sequence }}{{ 5 is sequence }}{{ labels.items() is sequence }}",
                "TrueTrueFalseFalse"
            ),
            (
                "{{ range is callable }}{{ host is callable }}{{ host.upper is callable }}{% macro m() %}{% endmacro %}{{ m is callable }}",
                "TrueFalseTrueTrue"
            ),
            ("{{ 'a' is escaped }}", "False"),
            (
                "{{ 'upper' is filter }}{{ 'nosuch' is filter }}{{ 'odd' is test }}{{ 'nosuch' is test }}",
                "TrueFalseTrueFalse"
            ),
        ] as [(String, String)])
    func kinds(template: String, text: String) throws {
        #expect(try rendered(template) == text)
    }

    @Test(
        "relations of two values",
        arguments: [
            ("{{ 1 is eq 1 }}{{ 1 is equalto(2) }}{{ 1 is ne 2 }}", "TrueFalseTrue"),
            ("{{ 1 is lt 2 }}{{ 1 is lessthan(1) }}{{ 1 is le 1 }}", "TrueFalseTrue"),
            ("{{ 2 is gt 1 }}{{ 2 is greaterthan(3) }}{{ 2 is ge 2 }}", "TrueFalseTrue"),
            (
                "{{ 1 is in [1, 2] }}{{ 'a' is in 'abc' }}{{ 'role' is in labels }}{{ 5 is in nums }}",
                "TrueTrueTrueFalse"
            ),
            (
                "{{ nums is sameas nums }}{{ [1] is sameas [1] }}{{ 1 is sameas 1 }}{{ 1 is sameas true }}{{ none is sameas none }}",
                "TrueFalseTrueFalseTrue"
            ),
            ("{{ labels is sameas labels }}{{ {} is sameas {} }}", "TrueFalse"),
            ("{{ 1 is not eq 1 }}{{ nope is not defined }}", "FalseTrue"),
            ("{{ nums|select('==', 3)|list }}{{ nums|select('!=', 3)|list }}", "[3, 3][1, 2]"),
            (
                "{{ nums|select('<', 3)|list }}{{ nums|select('<=', 2)|list }}{{ nums|select('>', 2)|list }}{{ nums|select('>=', 2)|list }}",
                "[1, 2][1, 2][3, 3][3, 2, 3]"
            ),
        ] as [(String, String)])
    func relations(template: String, text: String) throws {
        #expect(try rendered(template) == text)
    }

    @Test(
        "numbers and letters",
        arguments: [
            ("{{ 3 is odd }}{{ 4 is odd }}{{ -3 is odd }}", "TrueFalseTrue"),
            ("{{ 4 is even }}{{ 3 is even }}{{ 0 is even }}", "TrueFalseTrue"),
            ("{{ 9 is divisibleby 3 }}{{ 9 is divisibleby(2) }}", "TrueFalse"),
            ("{{ 'abc' is lower }}{{ 'aBc' is lower }}{{ '1' is lower }}", "TrueFalseFalse"),
            ("{{ 'ABC' is upper }}{{ 'AbC' is upper }}{{ 'A1' is upper }}", "TrueFalseTrue"),
            ("{{ 2.0 is even }}", "True"),
        ] as [(String, String)])
    func numbersAndLetters(template: String, text: String) throws {
        #expect(try rendered(template) == text)
    }
}
