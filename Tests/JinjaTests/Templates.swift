import Jinja
import OrderedCollections
import Primitives

/// What the tables of these tests are rendered with.
private let context = Result {
    try Value(
        json: #"""
            {
              "host": "n1", "n": 7, "zero": 0, "pi": 3.14159, "neg": -5, "yes": true, "no": false, "nothing": null,
              "empty": "", "text": "Hello, Wörld & <co>", "lines": "one\ntwo\n\nthree", "nums": [3, 1, 2, 3],
              "users": [
                {"name": "ann", "age": 31, "admin": true}, {"name": "Bob", "age": 25},
                {"name": "cy", "age": 31, "admin": false}
              ],
              "labels": {"role": "worker", "rack": "r07"},
              "nested": {"a": {"b": [10, {"c": "deep"}]}, "items": 1, "two words": 2},
              "big": 123456789012345678901234567890
            }
            """#)
}

func rendered(_ template: String) throws -> String {
    try Template(template).render(context.get().objectValue ?? [:])
}
