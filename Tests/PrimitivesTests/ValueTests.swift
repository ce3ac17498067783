import OrderedCollections
import Primitives
import Testing

struct ValueTests {
    @Test("objects are equal in any order of their keys, lists only in theirs")
    func equality() {
        let one: Value = ["a": 1, "b": ["c": [1, 2], "d": nil]]
        let other: Value = ["b": ["d": nil, "c": [1, 2]], "a": 1]
        #expect(one == other)
        #expect(Set([one, other]).count == 1)
        #expect(one != ["a": 1, "b": ["c": [2, 1], "d": nil]])
        #expect(one != ["a": 1])
        #expect(one != ["a": 1, "b": ["c": [1, 2], "e": nil]])
    }

    @Test("values of different kinds differ")
    func kinds() {
        let kinds: [Value] = [nil, true, 1, 1.5, "1", [], [:], [1], ["1": 1], .bigInt("1"), false, 0, ""]
        for (index, left) in kinds.enumerated() {
            for (place, right) in kinds.enumerated() { #expect((left == right) == (index == place)) }
        }
    }

    @Test("what a value is, is told by one property only")
    func accessors() {
        #expect(Value.null.isNull && !Value.bool(false).isNull)
        #expect((true as Value).boolValue == true && (1 as Value).boolValue == nil)
        #expect((1 as Value).intValue == 1 && (1.0 as Value).intValue == nil && (true as Value).intValue == nil)
        #expect(("x" as Value).stringValue == "x" && (1 as Value).stringValue == nil)
        #expect(([1] as Value).arrayValue == [1] && (["a": 1] as Value).arrayValue == nil)
        #expect((["a": 1] as Value).objectValue?["a"] == 1)
        #expect(Value(nil as String?) == .null && Value("x") == "x" && Value(["a", "b"]) == ["a", "b"])
        #expect(([1] as Value)[-1] == nil && ([1] as Value)[1] == nil)
    }

    @Test("Python's repr is written for messages")
    func pythonRepr() {
        let value: Value = ["a": [1, 1.5, true, nil, "it's"], "b": .bigInt("123456789012345678901"), "c": "x\n\u{1}ü"]
        #expect(
            value.pythonRepr == #"{'a': [1, 1.5, True, None, "it's"], 'b': 123456789012345678901, 'c': 'x\n\x01ü'}"#)
        #expect(("text" as Value).pythonText == "text")
    }

    @Test("a literal with a key twice keeps the first place and the last value")
    func literals() {
        #expect((["a": 1, "b": 2, "a": 3] as Value).json() == #"{"a": 3, "b": 2}"#)
    }
}
