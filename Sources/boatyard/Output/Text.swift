/// Text in columns and of a given width.
enum Text {
    /// At least one blank follows.
    static func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(1, width - text.count))
    }

    /// No longer than `width`, with an ellipsis where something is left out.
    static func cut(_ text: String, to width: Int) -> String {
        text.count <= width ? text : String(text.prefix(max(0, width - 1))) + "…"
    }

    /// `03:07.2`
    static func clock(_ duration: Duration) -> String {
        let tenths = duration.components.seconds * 10 + duration.components.attoseconds / 100_000_000_000_000_000
        let seconds = tenths / 10
        let twoDigits = { (number: Int64) in number < 10 ? "0\(number)" : "\(number)" }
        return "\(twoDigits(seconds / 60)):\(twoDigits(seconds % 60)).\(tenths % 10)"
    }

    /// `310 ms`, `77.6 s`
    static func seconds(_ seconds: Double) -> String {
        let milliseconds = Int((min(max(seconds, 0), 1e12) * 1000).rounded())
        return milliseconds < 1000 ? "\(milliseconds) ms" : "\(milliseconds / 1000).\(milliseconds % 1000 / 100) s"
    }
}
