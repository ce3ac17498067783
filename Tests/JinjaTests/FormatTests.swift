import Jinja
import Testing

/// Expected texts are what Jinja2 3.1.6 renders with the formats of Python.
@Suite("Formats of Python")
struct FormatTests {
    @Test(
        "percent directives",
        arguments: [
            ("{{ '%s %r' % ('a', 'b') }}", "a 'b'"),
            ("{{ '%d' % 42 }}{{ '%i' % -3.9 }}{{ '%u' % 7 }}", "42-37"),
            ("{{ '%5d|%-5d|%05d|%+d|% d' % (42, 42, 42, 42, 42) }}", "   42|42   |00042|+42| 42"),
            ("{{ '%x %X %#x %o %#o' % (255, 255, 255, 8, 8) }}", "ff FF 0xff 10 0o10"),
            ("{{ '%.2f %8.3f %-8.1f| %08.2f' % (pi, pi, pi, -pi) }}", "3.14    3.142 3.1     | -0003.14"),
            ("{{ '%e %E %.1e' % (12345.678, 12345.678, 0.00012) }}", "1.234568e+04 1.234568E+04 1.2e-04"),
            ("{{ '%g %g %g %G' % (0.0001, 1e10, 123456789.0, 1e-10) }}", "0.0001 1e+10 1.23457e+08 1E-10"),
            ("{{ '%c%c' % (65, 'B') }}", "AB"),
            ("{{ '%5s|%-5s|%.2s' % ('ab', 'ab', 'abc') }}", "   ab|ab   |ab"),
            ("{{ '100%%' % () }}", "100%"),
            ("{{ '%(role)s-%(rack)s' % labels }}", "worker-r07"),
            ("{{ '%*d' % (5, 42) }}", "   42"),
            ("{{ '%s' % nums }}{{ '%s' % none }}{{ '%s' % true }}", "[3, 1, 2, 3]NoneTrue"),
            ("{{ '%.3d' % 5 }}{{ '%+.1f' % 2.25 }}", "005+2.2"),
            ("{{ 'none' % [] }}", "none"),
            ("{{ '%r' % [1, 'a'] }}", "[1, 'a']"),
            ("{{ '%5.1f%%' % 99.5 }}", " 99.5%"),
            ("{{ '%ld' % 5 }}", "5"),
            ("{{ '%F' % pi }}", "3.141590"),
            ("{{ '%-*d|' % (4, 7) }}", "7   |"),
            ("{{ '%x' % -255 }}", "-ff"),
            ("{{ '%a' % 'a' }}", "'a'"),
            ("{{ '%f' % 'inf'|float }}", "inf"),
            ("{{ '%d' % true }}", "1"),
            ("{{ '%(a)s%(a)s' % {'a': 1, 'b': 2} }}", "11"),
        ] as [(String, String)])
    func percent(template: String, text: String) throws {
        #expect(try rendered(template) == text)
    }

    @Test(
        "percent directives that Python refuses",
        arguments: [
            ("{{ '%s %s' % 'a' }}", .evaluation, 1),
            ("{{ '%s' % (1, 2) }}", .evaluation, 1),
            ("{{ '%d' % 'a' }}", .evaluation, 1),
            ("{{ '%z' % 1 }}", .evaluation, 1),
            ("{{ '%(a)s' % 1 }}", .evaluation, 1),
            ("{{ '%(a)s' % {} }}", .evaluation, 1),
            ("{{ '%' % 1 }}", .evaluation, 1),
            ("{{ '%(a' % {} }}", .evaluation, 1),
            ("{{ '%c' % 'ab' }}", .evaluation, 1),
            ("{{ '%x' % 1.5 }}", .evaluation, 1),
            ("{{ '%s'|format(1, a=2) }}", .evaluation, 1),
            ("{{ 'a' % 5 }}", .evaluation, 1),
            ("{{ '%f' % 'x' }}", .evaluation, 1),
            ("{{ '%*d' % ('a', 1) }}", .evaluation, 1),
        ] as [(String, JinjaError.Code, Int)])
    func percentErrors(template: String, code: JinjaError.Code, line: Int) throws {
        let error = #expect(throws: JinjaError.self) { try rendered(template) }
        #expect(error?.code == code)
        #expect(error?.line == line)
    }

    @Test(
        "brace fields",
        arguments: [
            ("{{ '{} {}'.format('a', 1) }}", "a 1"),
            ("{{ '{1}{0}{1}'.format('a', 'b') }}", "bab"),
            ("{{ '{x}-{y}'.format(x=1, y='z') }}", "1-z"),
            ("{{ '{{}} {}'.format(5) }}", "{} 5"),
            ("{{ '{!r} {!s}'.format('a', 'b') }}", "'a' b"),
            ("[{{ '{:5}|{:<5}|{:>5}|{:^5}'.format('a', 'b', 'c', 'd') }}]", "[a    |b    |    c|  d  ]"),
            ("[{{ '{:5}|{:<5}|{:>5}|{:^6}'.format(1, 2, 3, 4) }}]", "[    1|2    |    3|  4   ]"),
            ("{{ '{:*^7}{:->4}{:.<3}'.format('a', 1, 'b') }}", "***a***---1b.."),
            ("{{ '{:05d} {:+d} {: d} {:-d}'.format(42, 42, 42, -4) }}", "00042 +42  42 -4"),
            ("{{ '{:x} {:X} {:o} {:b}'.format(255, 255, 8, 5) }}", "ff FF 10 101"),
            ("{{ '{:.2f} {:8.3f} {:e} {:g}'.format(pi, pi, pi, pi) }}", "3.14    3.142 3.141590e+00 3.14159"),
            ("{{ '{:,} {:,} {:,}'.format(1234567, 12, -1234) }}", "1,234,567 12 -1,234"),
            ("{{ '{:.1%}'.format(0.256) }}", "25.6%"),
            ("{{ '{:.2} {:s}'.format('abc', 'x') }}", "ab x"),
            ("{{ '{:n}'.format(5) }}", "5"),
            ("{{ '{:,.2f}'.format(1234.5) }}", "1,234.50"),
            ("{{ '{}'.format(none) }}{{ '{}'.format(nums) }}", "None[3, 1, 2, 3]"),
            ("{{ '{:06.2f}'.format(-1.5) }}", "-01.50"),
            ("{{ '{:%}'.format(0.5) }}{{ '{:F}{:E}{:G}'.format(1.5, 1.5, 1.5) }}", "50.000000%1.5000001.500000E+001.5"),
            ("{{ '{:+06d}'.format(42) }}", "+00042"),
            ("{{ '{a!r:>5}'.format(a='x') }}", "  'x'"),
            ("{{ '{:<04d}|{:^05d}|{:x>05d}'.format(5, 5, 5) }}", "5000|00500|xxxx5"),
        ] as [(String, String)])
    func braces(template: String, text: String) throws {
        #expect(try rendered(template) == text)
    }

    @Test(
        "brace fields that Python refuses",
        arguments: [
            ("{{ '{'.format(1) }}", .evaluation, 1),
            ("{{ '}'.format(1) }}", .evaluation, 1),
            ("{{ '{}{}'.format(1) }}", .evaluation, 1),
            ("{{ '{5}'.format(1) }}", .evaluation, 1),
            ("{{ '{a}'.format(b=1) }}", .evaluation, 1),
            ("{{ '{:d}'.format('a') }}", .evaluation, 1),
            ("{{ '{:s}'.format(1) }}", .evaluation, 1),
            ("{{ '{:zz}'.format(1) }}", .evaluation, 1),
            ("{{ '{:x}'.format(1.5) }}", .evaluation, 1),
        ] as [(String, JinjaError.Code, Int)])
    func braceErrors(template: String, code: JinjaError.Code, line: Int) throws {
        let error = #expect(throws: JinjaError.self) { try rendered(template) }
        #expect(error?.code == code)
        #expect(error?.line == line)
    }
}
