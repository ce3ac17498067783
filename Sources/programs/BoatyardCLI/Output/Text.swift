import Primitives

/// Text in columns and of a given width.
enum Text {
    /// What a document, a machine or a server says, on one line: no line feed of it begins a line of ours.
    static func line(_ text: String) -> String { ControlCharacters.escaped(text, keepsLines: false) }

    /// What may have several lines: those behind the first are set in, so that none of them passes for a line of ours.
    static func block(_ text: String, indent: String = "    ") -> String {
        text.replacing("\n", with: "\n" + indent)
    }

    /// At least one blank follows.
    static func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(1, width - text.count))
    }

    /// No longer than `width`, with an ellipsis where something is left out.
    static func cut(_ text: String, to width: Int) -> String {
        text.count <= width ? text : String(text.prefix(max(0, width - 1))) + "…"
    }

    /// Of a time of the API, the whole second: `2026-11-30T12:00:00Z`. Anything else stays as it is.
    static func second(_ time: String) -> String {
        time.hasSuffix("Z") && time.utf8.count > 20 ? String(time.prefix(19)) + "Z" : time
    }

    /// `03:07.2`, from an hour on `1:03:07`.
    static func clock(_ elapsed: Double) -> String {
        let tenths = Int(min(max(elapsed, 0), 1e12) * 10)
        let seconds = tenths / 10
        let twoDigits = { (number: Int) in number < 10 ? "0\(number)" : "\(number)" }
        guard seconds < 3600 else {
            return "\(seconds / 3600):\(twoDigits(seconds / 60 % 60)):\(twoDigits(seconds % 60))"
        }
        return "\(twoDigits(seconds / 60)):\(twoDigits(seconds % 60)).\(tenths % 10)"
    }

    /// `310 ms`, `77.6 s`
    static func seconds(_ seconds: Double) -> String {
        let milliseconds = Int((min(max(seconds, 0), 1e12) * 1000).rounded())
        return milliseconds < 1000 ? "\(milliseconds) ms" : "\(milliseconds / 1000).\(milliseconds % 1000 / 100) s"
    }
}
