import Archive
import JSONSchema
import Jinja
import OrderedCollections
import Primitives
import PythonRegex
import SiteDesign
import TestSupport
import YAML

extension FuzzReader {
    /// The languages: what they read is written again and read once more where they can write.
    static let texts: [FuzzReader] = [
        FuzzReader(
            "yaml", share: 10, corpus: ["etc/examples/site", "Tests/YAMLTests"],
            words: [
                "- ", "? ", ": ", "---\n", "...\n", "&a ", "*a", "<<: ", "!!int ", "!!float ", "!!timestamp ",
                "!!binary ",
                "!!set ", "!!omap ", "| \n  ", ">-\n  ", "[", "]", "{", "}", "'", "\"", "\\x", "\\U0010ffff",
                "%YAML 1.1\n",
                "2001-12-14t21:59:43.10-05:00", "12:30:45", "0b1", "\u{feff}", "\t", "  ", "\n", "#",
            ], form: .yaml
        ) { bytes in
            let values = try YAML.load(bytes)
            let written = YAML.dumpBytes(values, sortedKeys: false)
            _ = try YAML.load(written)
            _ = try YAML.loadWithLines(bytes)
            _ = try YAML.loadMarked(bytes)
        },
        FuzzReader(
            "json", share: 12, corpus: ["Tests/PrimitivesTests", "Tests/JSONSchemaTests"],
            seeds: [Array(#"{"a": [1, -2.5e10, "\u00e9\ud83d\ude00", null, true, {}], "b": {"c": []}}"#.utf8)],
            words: [
                "[", "]", "{", "}", "\"a\":", ",", "\\ud800", "\\udc00", "\\u0000", "1e", "-", "true", "null", ".5",
            ], form: .json
        ) { bytes in
            let value = try Value(json: bytes)
            _ = value.pythonRepr
            _ = try Value(json: value.json())
        },
        FuzzReader(
            "jinja", share: 10, corpus: ["Tests/JinjaTests", "etc/examples/site"],
            words: [
                "{{", "}}", "{%", "%}", "{%-", "-%}", "{#", "#}", "for x in ", "endfor", "if ", "elif ", "else",
                "endif",
                "set x = ", "macro m(a, b=1)", "endmacro", "call m()", "raw", "endraw", "filter upper", "range(",
                "loop.",
                "loop(", "recursive ", " * ", " ** ", " // ", " % ", " ~ ", "[::-1]", "[1:9223372036854775807:2]", "|",
                "|batch(3)", "|slice(0)", "|round(400)", "|indent(99)", "|center(90)", "|wordwrap(0)", "|truncate(0)",
                "|int(base=36)", "|format(1)", "|tojson", "|sort", "|unique", "|groupby('a')", "|xmlattr", "|b64encode",
                "|filesizeformat", "'%5d'", "'%*d'", "'{:>10}'.format(", ".format(", "'a'.zfill(", "true", "none", "n",
                "s", "l", "d", "f", "(", ")", "[", "]", "not ", " is ", "divisibleby 0", "namespace()", "joiner()",
            ]
        ) { bytes in
            let limits = Jinja.Limits(iterations: 2000, output: 64 << 10, valueSize: 64 << 10, work: 100_000)
            _ = try Template(text(bytes), limits: limits).render([
                "n": 7, "s": "Hällo wörld", "l": [3, 1, 2], "d": ["a": 1, "b": ["c": "x"]], "f": .double(-0.5),
                "big": .int(.max), "small": .int(.min), "huge": .bigInt("123456789012345678901234567890"), "x": nil,
            ])
        },
        FuzzReader(
            "regex", share: 10, corpus: ["Tests/PythonRegexTests", "Tests/JSONSchemaTests/SchemaPatternTests.swift"],
            words: [
                "(", ")", "(?:", "(?P<a>", "(?P=a)", "(?=", "(?!", "(?<=", "(?<!", "(?(1)a|b)", "(?i)", "(?x)", "[",
                "]",
                "[^", "a-z", "\\d", "\\W", "\\b", "\\Z", "\\1", "\\99", "\\x41", "\\u0041", "\\U00110000", "{0,}",
                "{1,65535}",
                "{4294967296}", "*", "+?", "?", "|", "^", "$", ".", "\0", "aaaa", "ß", "\u{1f600}",
            ], sizeLimit: 2 << 10
        ) { bytes in
            let (pattern, subject) = halves(bytes)
            var expression = try PythonRegex(pattern)
            expression.stepLimit = 20_000
            _ = try expression.search(in: subject)
            _ = try expression.match(atStartOf: subject)
            _ = try expression.replaceAll(in: subject, with: "<\\1>")
        },
        FuzzReader(
            "schema", share: 6, corpus: ["Tests/JSONSchemaTests"],
            seeds: [
                Array(
                    ##"[{"properties": {"a": {"$ref": "#/definitions/b"}}, "definitions": {"b": {"type": "integer", "multipleOf": 3, "maximum": 10}}}, {"a": 9}]"##
                        .utf8)
            ],
            words: [
                "\"$ref\":", "\"#\"", "\"#/definitions/a\"", "\"type\":", "\"properties\":", "\"patternProperties\":",
                "\"items\":", "\"allOf\":[", "\"anyOf\":[", "\"not\":{", "\"multipleOf\":", "\"minLength\":",
                "\"enum\":[",
                "\"format\":\"date-time\"", "\"dependencies\":", "\"uniqueItems\":true", "\"id\":", "{", "}", "[", "]",
                ",",
            ], form: .json
        ) { bytes in
            let value = try Value(json: bytes)
            let schema = try CompiledSchema(value[0] ?? value)
            _ = schema.validate(value[1] ?? value)
            _ = schema.isSatisfied(by: value)
        },
        FuzzReader(
            "archive", corpus: ["Tests/ArchiveTests"], seeds: archives, words: ["ustar  \0", "070701", "\0\0\0\0"]
        ) { bytes in
            _ = Base64.decode(bytes)
            _ = [UInt8](hex: text(bytes))
            if let inflated = try? Gzip.decompress(bytes, limit: 1 << 20) {
                _ = try? Tar.read(inflated, limit: 1 << 20)
            }
            _ = try Gzip.decompress(Gzip.compress(bytes, level: 1), limit: 1 << 20)
            var stream = TarStream()
            for piece in [bytes[..<(bytes.count / 3)], bytes[(bytes.count / 3)...]] { try? stream.feed(piece) { _ in } }
            try? stream.finish()
            var names = CpioNames()
            _ = try? names.take(Array(bytes.prefix(bytes.count / 3)))
            _ = try? names.take(Array(bytes.dropFirst(bytes.count / 3)))
            _ = try Tar.read(bytes, limit: 1 << 20)
        },
        FuzzReader(
            "time", share: 8, corpus: ["Tests/PrimitivesTests"],
            seeds: [
                "2026-11-21T20:45:48.262197Z", "2017-10-09 21:18:56+00:00", "P1DT6H30M", "50%", ">512MiB",
                "10.0.0.0/24",
                "52:54:00:00:00:01", "01JD3Z4Q5R6S7T8V9W0X1Y2Z3A", "a%20b%zz", "http://h:65536/x",
            ].map { Array($0.utf8) }, words: ["-", ":", "T", "Z", "+", ".", "/", "%", "P", "W", "e"], sizeLimit: 200
        ) { bytes in
            let word = text(bytes)
            if let time = Timestamp(word) {
                for style in [Timestamp.Style.iso, .isoNaive, .naive, .offset] { _ = time.formatted(style) }
                _ = time.adding(seconds: -1e300).adding(seconds: .nan).seconds(since: time)
            }
            if let number = Int64(word) { _ = Timestamp(microseconds: number).formatted(.iso) }
            _ = IPv4Address(word)
            _ = IPv4Network(word)
            _ = MACAddress(word)
            _ = ULID(word)
            _ = UUIDv4(word)
            _ = PercentCoding.decodeExactly(word, plusIsSpace: true)
            _ = word.pythonRepr
            _ = try StorageSize(word).bytes(of: StorageContext(total: .max, available: .max))
        },
    ]

    private static let archives: [[UInt8]] = {
        let members = [
            TarMember(name: "etc/motd", mode: 0o644, contents: Array("hello".utf8)),
            TarMember(name: String(repeating: "long/", count: 30), mode: 0o755, contents: []),
        ]
        let tar = Tar.archive(members)
        return [tar, (try? Gzip.compress(tar)) ?? [], Base64.encode(tar)]
    }()
}
