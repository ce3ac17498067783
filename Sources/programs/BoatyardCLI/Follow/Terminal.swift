import Glibc
import Primitives

/// The terminal on standard output.
struct Terminal {
    /// Lines of the block that the cursor stands below.
    private var drawn = 0

    static var isThere: Bool { isatty(STDOUT_FILENO) == 1 }

    /// Asked anew each time, since windows change; 24 × 80 where it does not say.
    static var size: (height: Int, width: Int) {
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_row > 0, size.ws_col > 0 else {
            return (24, 80)
        }
        return (Int(size.ws_row), Int(size.ws_col))
    }

    /// Draws over what was drawn last.
    mutating func draw(_ lines: [String]) {
        var text = drawn > 0 ? "\u{1b}[\(drawn)A" : ""
        for line in lines { text += "\u{1b}[2K\(ControlCharacters.escaped(line, keepsLines: false))\n" }
        if lines.count < drawn { text += "\u{1b}[0J" }
        print(text, terminator: "")
        fflush(nil)
        drawn = lines.count
    }
}
