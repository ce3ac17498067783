/// Finds texts in texts, as bytes of UTF-8: a code point never starts inside another.
enum TextSearch {
    /// The first place of `part` in `text` at `start` or behind it; in linear time, whatever the texts.
    static func first(of part: [UInt8], in text: [UInt8], from start: Int = 0) -> Int? {
        guard start >= 0, start <= text.count, part.count <= text.count - start else { return nil }
        guard !part.isEmpty else { return start }
        // Knuth, Morris, Pratt: how much of `part` still matches after a mismatch.
        var borders = [0]
        var length = 0
        for index in 1..<max(1, part.count) {
            while length > 0, part[index] != part[length] { length = borders[length - 1] }
            if part[index] == part[length] { length += 1 }
            borders.append(length)
        }
        length = 0
        for index in start..<text.count {
            while length > 0, text[index] != part[length] { length = borders[length - 1] }
            if text[index] == part[length] { length += 1 }
            if length == part.count { return index + 1 - length }
        }
        return nil
    }

    /// Every place of `part` in `text` that does not overlap the one before.
    static func all(of part: [UInt8], in text: [UInt8], atMost limit: Int = .max) -> [Int] {
        var places: [Int] = []
        var start = 0
        while places.count < limit, let place = first(of: part, in: text, from: start) {
            places.append(place)
            start = place + max(1, part.count)
        }
        return places
    }

    /// `text` cut at every place of `separator`, which is not empty.
    static func split(_ text: String, _ separator: String, atMost limit: Int = .max) -> [String] {
        let (bytes, part) = (Array(text.utf8), Array(separator.utf8))
        var pieces: [String] = []
        var start = 0
        for place in all(of: part, in: bytes, atMost: limit) {
            pieces.append(String(decoding: bytes[start..<place], as: UTF8.self))
            start = place + part.count
        }
        pieces.append(String(decoding: bytes[start...], as: UTF8.self))
        return pieces
    }
}
