import OrderedCollections
import Primitives
import Testing

@testable import Documents

/// The expected values are those of Python's difflib and of deepdiff 9.1.0.
@Suite("Differences")
struct DifferenceTests {
    @Test(
        "what differs between two values is named as deepdiff names it",
        arguments: [
            (#"{"a": 1}"#, #"{"a": 1}"#, #"{}"#),
            (#"{"a": 1}"#, #"{"a": 2}"#, #"{"values_changed": {"root['a']": {"new_value": 2, "old_value": 1}}}"#),
            (
                #"{"a": 1}"#, #"{"a": "1"}"#,
                #"{"type_changes": {"root['a']": {"new_type": "str", "new_value": "1", "old_type": "int", "old_value": 1}}}"#
            ),
            (
                #"{"a": 1}"#, #"{"a": 1.0}"#,
                #"{"type_changes": {"root['a']": {"new_type": "float", "new_value": 1.0, "old_type": "int", "old_value": 1}}}"#
            ),
            (
                #"{"a": 1}"#, #"{"a": true}"#,
                #"{"type_changes": {"root['a']": {"new_type": "bool", "new_value": true, "old_type": "int", "old_value": 1}}}"#
            ),
            (
                #"{"a": null}"#, #"{"a": []}"#,
                #"{"type_changes": {"root['a']": {"new_type": "list", "new_value": [], "old_type": "NoneType", "old_value": null}}}"#
            ),
            (
                #"{"a": {}}"#, #"{"a": "x"}"#,
                #"{"type_changes": {"root['a']": {"new_type": "str", "new_value": "x", "old_type": "dict", "old_value": {}}}}"#
            ),
            (#"{"a": 1}"#, #"{}"#, #"{"dictionary_item_removed": ["root['a']"]}"#),
            (
                #"{"it's": 1}"#, #"{"it's": 2}"#,
                #"{"values_changed": {"root[\"it's\"]": {"new_value": 2, "old_value": 1}}}"#
            ),
            (
                #"{"a": {"b": {"c": 1}}}"#, #"{"a": {"b": {"c": 2, "d": 3}}}"#,
                #"{"dictionary_item_added": ["root['a']['b']['d']"], "values_changed": {"root['a']['b']['c']": {"new_value": 2, "old_value": 1}}}"#
            ),
            (#"{"l": [1, 2, 3]}"#, #"{"l": [1, 3]}"#, #"{"iterable_item_removed": {"root['l'][1]": 2}}"#),
            (
                #"{"l": [1, 2, 3]}"#, #"{"l": [0, 1, 2, 3, 4]}"#,
                #"{"iterable_item_added": {"root['l'][0]": 0, "root['l'][4]": 4}}"#
            ),
            (
                #"{"l": [1, 2, 3]}"#, #"{"l": [1, 9, 3]}"#,
                #"{"values_changed": {"root['l'][1]": {"new_value": 9, "old_value": 2}}}"#
            ),
            (#"{"l": []}"#, #"{"l": [1]}"#, #"{"iterable_item_added": {"root['l'][0]": 1}}"#),
            (#"{"l": [1, 2]}"#, #"{"l": []}"#, #"{"iterable_item_removed": {"root['l'][0]": 1, "root['l'][1]": 2}}"#),
            (
                #"{"l": [{"k": 1}, {"k": 2}]}"#, #"{"l": [{"k": 1}, {"k": 3}]}"#,
                #"{"values_changed": {"root['l'][1]['k']": {"new_value": 3, "old_value": 2}}}"#
            ),
            (
                #"{"l": [{"k": 1}]}"#, #"{"l": [{"k": 1}, {"k": 2}]}"#,
                #"{"iterable_item_added": {"root['l'][1]": {"k": 2}}}"#
            ),
            (
                #"{"l": [{"k": 1}, {"k": 2}]}"#, #"{"l": [{"k": 2}]}"#,
                #"{"iterable_item_removed": {"root['l'][1]": {"k": 2}}, "values_changed": {"root['l'][0]['k']": {"new_value": 2, "old_value": 1}}}"#
            ),
            (
                #"{"l": [1, [2]]}"#, #"{"l": [1, [3, 4]]}"#,
                #"{"iterable_item_added": {"root['l'][1][1]": 4}, "values_changed": {"root['l'][1][0]": {"new_value": 3, "old_value": 2}}}"#
            ),
            (#""a""#, #""b""#, #"{"values_changed": {"root": {"new_value": "b", "old_value": "a"}}}"#),
            (
                #"1"#, #""1""#,
                #"{"type_changes": {"root": {"new_type": "str", "new_value": "1", "old_type": "int", "old_value": 1}}}"#
            ),
            (
                #"{"t": "one\ntwo\nthree\n"}"#, #"{"t": "one\n2\nthree\n"}"#,
                #"{"values_changed": {"root['t']": {"diff": "--- \n+++ \n@@ -1,3 +1,3 @@\n one\n-two\n+2\n three", "new_value": "one\n2\nthree\n", "old_value": "one\ntwo\nthree\n"}}}"#
            ),
            (
                #"{"t": "x"}"#, #"{"t": "x\ny"}"#,
                #"{"values_changed": {"root['t']": {"diff": "--- \n+++ \n@@ -1 +1,2 @@\n x\n+y", "new_value": "x\ny", "old_value": "x"}}}"#
            ),
            (#"[1, 2]"#, #"[1, 2, 3]"#, #"{"iterable_item_added": {"root[2]": 3}}"#),
            (
                #"{"a": 1.5}"#, #"{"a": 2.5}"#,
                #"{"values_changed": {"root['a']": {"new_value": 2.5, "old_value": 1.5}}}"#
            ),
            (
                #"{"a": false}"#, #"{"a": true}"#,
                #"{"values_changed": {"root['a']": {"new_value": true, "old_value": false}}}"#
            ),
        ] as [(String, String, String)])
    func values(old: String, new: String, difference: String) throws {
        #expect(try ValueDifference.between(Value(json: old), Value(json: new)).sortedByKey().json() == difference)
    }

    @Test("members that come, go and change are told apart")
    func members() throws {
        let old: Value = ["kept": 1, "gone": 2, "map": ["x": 1]]
        let new: Value = ["kept": 1, "come": 3, "map": ["x": nil]]
        #expect(
            ValueDifference.between(old, new) == [
                "type_changes": [
                    "root['map']['x']": ["old_type": "int", "new_type": "NoneType", "old_value": 1, "new_value": nil]
                ],
                "dictionary_item_added": ["root['come']"], "dictionary_item_removed": ["root['gone']"],
            ])
    }

    @Test(
        "two texts make a unified diff with three lines of context",
        arguments: [
            ("a\nb\nc\n", "a\nx\nc\n", "--- \n+++ \n@@ -1,3 +1,3 @@\n a\n-b\n+x\n c"),
            ("a\nb\nc", "a\nb\nc\nd", "--- \n+++ \n@@ -1,3 +1,4 @@\n a\n b\n c\n+d"),
            ("", "a\nb", "--- \n+++ \n@@ -0,0 +1,2 @@\n+a\n+b"),
            ("a\nb", "", "--- \n+++ \n@@ -1,2 +0,0 @@\n-a\n-b"),
            (
                "1\n2\n3\n4\n5\n6\n7\n8\n9\n10", "1\n2\n3\n4\nfive\n6\n7\n8\n9\n10",
                "--- \n+++ \n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8"
            ),
            (
                "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12", "one\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\ntwelve",
                "--- \n+++ \n@@ -1,4 +1,4 @@\n-1\n+one\n 2\n 3\n 4\n@@ -9,4 +9,4 @@\n 9\n 10\n 11\n-12\n+twelve"
            ),
            (
                "1\n2\n3\n4\n5\n6\n7\n8", "one\n2\n3\n4\n5\n6\n7\neight",
                "--- \n+++ \n@@ -1,8 +1,8 @@\n-1\n+one\n 2\n 3\n 4\n 5\n 6\n 7\n-8\n+eight"
            ),
            ("a\na\nb", "b\na\na", "--- \n+++ \n@@ -1,3 +1,3 @@\n+b\n a\n a\n-b"),
            ("x\ny\nz\n", "z\n", "--- \n+++ \n@@ -1,3 +1 @@\n-x\n-y\n z"),
            ("a", "b", "--- \n+++ \n@@ -1 +1 @@\n-a\n+b"),
            (
                "h\n1\n2\n3\n4\n5\n6\n7\n8\n9\nt", "h\n0\n1\n2\n3\n4\n5\n6\n7\n8\n9\nt",
                "--- \n+++ \n@@ -1,4 +1,5 @@\n h\n+0\n 1\n 2\n 3"
            ),
        ] as [(String, String, String)])
    func unified(old: String, new: String, difference: String) {
        #expect(UnifiedDifference.text(old, new) == difference)
    }

    @Test(
        "sequences are aligned by their longest common blocks",
        arguments: [
            ("abxcd", "abcd", "2..3:2..2"),
            ("qabxcd", "abycdf", "0..1:0..0 3..4:2..3 6..6:5..6"),
            ("private volatile", "private  vol", "8..8:8..9 11..16:12..12"),
            ("abc", "", "0..3:0..0"),
            ("", "abc", "0..0:0..3"),
            ("aaa", "aa", "2..3:2..2"),
            ("abcdef", "fedcba", "0..0:0..5 1..6:6..6"),
            (" abcd", "abcd abcd", "0..0:0..4"),
            ("mississippi", "missouri", "4..4:4..7 5..11:8..8"),
            ("ab", "ba", "0..0:0..1 1..2:2..2"),
        ] as [(String, String, String)])
    func alignment(old: String, new: String, opcodes: String) {
        #expect(Self.opcodes(Array(old), Array(new)) == opcodes)
    }

    @Test("in a long sequence, what is everywhere does not decide how to align it")
    func popular() {
        let dashes = String(repeating: "-", count: 150)
        #expect(
            Self.opcodes(Array(dashes + "abc" + dashes), Array(dashes + "xbc-" + dashes))
                == "150..151:150..151 303..303:303..304")
    }

    private static func opcodes(_ old: [Character], _ new: [Character]) -> String {
        SequenceMatcher(old, new).opcodes.map {
            "\($0.old.lowerBound)..\($0.old.upperBound):\($0.new.lowerBound)..\($0.new.upperBound)"
        }.joined(separator: " ")
    }

    private func documents(_ yaml: String) throws -> [RenderedDocument] {
        try DocumentEngine.render(stored(policy + yaml)).filter { $0.schema == "example/Kind/v1" }
    }

    @Test("documents are added, deleted and changed, in data and in metadata")
    func documents() throws {
        let before = try documents(
            kind("same", data: "{a: 1}") + kind("gone", data: "1") + kind("other", data: "{a: 1}"))
        let after = try documents(
            kind("same", data: "{a: 1}") + kind("come", data: "1") + kind("other", "labels: {x: y}", data: "{a: 2}"))
        #expect(
            DocumentDifference.between(before, after) == [
                "document_added": ["count": 1, "details": [["example/Kind/v1", "come"]]],
                "document_deleted": ["count": 1, "details": [["example/Kind/v1", "gone"]]],
                "document_changed": [
                    "count": 1,
                    "details": [
                        "('example/Kind/v1', 'other')": [
                            "data_changed": ["values_changed": ["root['a']": ["new_value": 2, "old_value": 1]]],
                            "metadata_changed": ["dictionary_item_added": ["root['labels']"]],
                        ]
                    ],
                ],
            ])
        #expect(DocumentDifference.between(before, before) == [:])
    }

    @Test("what changed in an encrypted document is not shown, whichever side is encrypted")
    func secrets() throws {
        let clear = kind("x", data: "hunter1")
        let encrypted = kind("x", data: "hunter2").replacing("cleartext", with: "encrypted")
        for (old, new) in [(clear, encrypted), (encrypted, clear)] {
            let difference = try DocumentDifference.between(documents(old), documents(new))
            let details = difference["document_changed"]?["details"]?["('example/Kind/v1', 'x')"]
            #expect(details?["data_changed"] == ["encrypted": true])
            #expect(!difference.json().contains("hunter"))
        }
    }
}
