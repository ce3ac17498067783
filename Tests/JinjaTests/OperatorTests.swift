import Jinja
import Testing

/// Expected texts are what Jinja2 3.1.6 renders.
@Suite("Operators")
struct OperatorTests {
    @Test(
        "numbers are calculated as Python does",
        arguments: [
            (
                "{{ 7 + 2 }} {{ 7 - 2 }} {{ 7 * 2 }} {{ 7 / 2 }} {{ 7 // 2 }} {{ 7 % 2 }} {{ 7 ** 2 }}",
                "9 5 14 3.5 3 1 49"
            ),
            ("{{ -7 // 2 }} {{ -7 % 2 }} {{ 7 // -2 }} {{ 7 % -2 }}", "-4 1 -4 -1"),
            ("{{ 7.5 // 2 }} {{ -7.5 % 2 }} {{ 2 ** -1 }} {{ 2 ** 0.5 }}", "3.0 0.5 0.5 1.4142135623730951"),
            ("{{ 1 + 2 * 3 ** 2 }} {{ (1 + 2) * 3 }} {{ -2 ** 2 }} {{ 2 ** 3 ** 2 }}", "19 9 4 64"),
            ("{{ true + 1 }} {{ 1.0 + 1 }} {{ 4 / 2 }}", "2 2.0 2.0"),
            ("{{ -n }}{{ +n }}{{ -pi }}{{ -true }}", "-77-3.14159-1"),
            (
                "{{ 1e16 }} {{ 1e15 }} {{ 0.1 + 0.2 }} {{ 1.5e-5 }} {{ 1_000 }}",
                "1e+16 1000000000000000.0 0.30000000000000004 1.5e-05 1000"
            ),
            ("{{ 5 % 2.5 }} {{ -0.0 }} {{ 7 * 1.0 }}", "0.0 -0.0 7.0"),
            ("{{ 10 - 2 - 3 }} {{ 100 / 10 / 2 }}", "5 5.0"),
            ("{{ 0x1f }} {{ 0o17 }} {{ 0b101 }}", "31 15 5"),
        ] as [(String, String)])
    func arithmetic(template: String, text: String) throws {
        #expect(try rendered(template) == text)
    }

    @Test(
        "texts and sequences are joined and repeated",
        arguments: [
            ("{{ 'a' + 'b' }}{{ 'ab' * 3 }}{{ 3 * 'ab' }}[{{ 'a' * -1 }}]", "ababababababab[]"),
            ("{{ [1] + [2] }}{{ [1] * 2 }}{{ (1,) + (2,) }}{{ (1, 2) * 2 }}", "[1, 2][1, 1](1, 2)(1, 2, 1, 2)"),
            ("{{ 'a' ~ 1 ~ none ~ [2] }}", "a1None[2]"),
            ("{{ 'a' 'b' }}", "ab"),
            ("{{ 2 * [0] }}", "[0, 0]"),
        ] as [(String, String)])
    func sequences(template: String, text: String) throws {
        #expect(try rendered(template) == text)
    }

    @Test(
        "values are compared",
        arguments: [
            ("{{ 1 == 1.0 }}{{ 1 == true }}{{ 1 == '1' }}{{ none == none }}{{ none == 0 }}", "TrueTrueFalseTrueFalse"),
            ("{{ 1 < 2 < 3 }}{{ 1 < 3 < 2 }}{{ 1 < 2 > 0 }}", "TrueFalseTrue"),
            ("{{ 'a' < 'b' }}{{ 'Z' < 'a' }}{{ 'a' <= 'a' }}{{ 'ab' > 'a' }}", "TrueTrueTrueTrue"),
            ("{{ [1, 2] < [1, 3] }}{{ [1] < [1, 0] }}{{ (1, 2) == (1, 2) }}{{ [1] == (1,) }}", "TrueTrueTrueFalse"),
            ("{{ labels == {'rack': 'r07', 'role': 'worker'} }}{{ {} != {'a': 1} }}", "TrueTrue"),
            ("{{ 1 != 2 }}{{ 2 >= 2 }}{{ 3 > 2.5 }}", "TrueTrueTrue"),
            ("{{ nope == nope }}{{ nope == none }}{{ nope != 1 }}", "TrueFalseTrue"),
            ("{{ (1, 'a') < (1, 'b') }}{{ [] == [] }}", "TrueTrue"),
            ("{{ true < 2 }}{{ big == big }}", "TrueTrue"),
        ] as [(String, String)])
    func comparison(template: String, text: String) throws {
        #expect(try rendered(template) == text)
    }

    @Test(
        "truth is joined, and stops where it is decided",
        arguments: [
            ("{{ 1 and 2 }}{{ 0 and nope.x }}{{ 0 or 'b' }}{{ 'a' or nope.x }}", "20ba"),
            ("{{ not 1 }}{{ not 0 }}{{ not not 'a' }}{{ not nope }}", "FalseTrueTrueTrue"),
            ("{{ not 1 == 2 }}{{ true or false and false }}", "TrueTrue"),
            ("{{ 'a' if yes else 'b' }}{{ 'a' if no else 'b' }}[{{ 'a' if no }}]", "ab[]"),
            ("{{ 'x' if no else 'y' if no else 'z' }}", "z"),
            ("{{ true and not false }}{{ [] or {} or '' or 0.0 or 'last' }}", "Truelast"),
        ] as [(String, String)])
    func logic(template: String, text: String) throws {
        #expect(try rendered(template) == text)
    }

    @Test(
        "membership",
        arguments: [
            ("{{ 1 in [1] }}{{ 1 not in [1] }}{{ 'b' in 'abc' }}{{ '' in 'abc' }}", "TrueFalseTrueTrue"),
            (
                "{{ 'role' in labels }}{{ 'worker' in labels }}{{ 2 in (1, 2) }}{{ 3 in range(5) }}{{ 9 in range(0, 10, 2) }}",
                "TrueFalseTrueTrueFalse"
            ),
            ("{{ 1.0 in [1] }}{{ none in [none] }}{{ nope in [1] }}", "TrueTrueFalse"),
            ("{{ not 1 in [2] }}{{ 5 in range(5) }}{{ 2.0 in range(5) }}{{ 'a' in range(3) }}", "TrueFalseTrueFalse"),
        ] as [(String, String)])
    func membership(template: String, text: String) throws {
        #expect(try rendered(template) == text)
    }

    @Test(
        "what Python refuses is an error with its line",
        arguments: [
            ("{{ 1 + 'a' }}", .evaluation, 1),
            ("{{ 'a' + 1 }}", .evaluation, 1),
            ("{{ 1 / 0 }}", .evaluation, 1),
            ("{{ 1 // 0 }}", .evaluation, 1),
            ("{{ 1 % 0 }}", .evaluation, 1),
            ("{{ 1.0 / 0 }}", .evaluation, 1),
            ("{{ 'a' - 'b' }}", .evaluation, 1),
            ("{{ [] + {} }}", .evaluation, 1),
            ("{{ -'a' }}", .evaluation, 1),
            ("{{ +'a' }}", .evaluation, 1),
            ("{{ 1 < 'a' }}", .evaluation, 1),
            ("{{ {} < {} }}", .evaluation, 1),
            ("{{ none + 1 }}", .evaluation, 1),
            ("{{ 1 in 5 }}", .evaluation, 1),
            ("{{ 1 in 'abc' }}", .evaluation, 1),
            ("\n{{ nope + 1 }}", .undefined, 2),
            ("{{ nope < 1 }}", .undefined, 1),
            ("{{ 'a' * 1.5 }}", .evaluation, 1),
            ("{{ 0 ** -1 }}", .evaluation, 1),
            ("{{ nope % 2 }}", .undefined, 1),
            ("{{ [1] < ['a'] }}", .evaluation, 1),
            ("{{ -nope }}", .undefined, 1),
            ("{{ [] in {} }}", .evaluation, 1),
            ("{{ 1 ~ 2 + 3 }}", .evaluation, 1),
        ] as [(String, JinjaError.Code, Int)])
    func refused(template: String, code: JinjaError.Code, line: Int) throws {
        let error = #expect(throws: JinjaError.self) { try rendered(template) }
        #expect(error?.code == code)
        #expect(error?.line == line)
    }
}
