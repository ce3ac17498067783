import CWebPage
import OrderedCollections
import Primitives

/// The report of a rehearsal as one HTML file that needs nothing else: the web page's own parts (`Sources/ui/report.js` and
/// what that imports), its styles, and the report as JSON.
///
/// Relative imports do not work in a file that is opened from a disk. Each module is a `data:` address here, which an import map
/// knows by its path below `Sources/ui`.
enum ReportPage {
    /// - Parameter report: what `report.js` reads.
    static func html(title: String, report: Value) -> String {
        let modules = reached(from: main)
        let addresses = modules.sorted { $0.key < $1.key }.map { path, text in
            (prefix + path, Value.string(dataAddress(of: text)))
        }
        let map: Value = ["imports": .object(Value.Object(addresses, uniquingKeysWith: { first, _ in first }))]
        let styles = files.keys.filter { $0.hasSuffix(".css") }.sorted().compactMap { files[$0] }
        return """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta http-equiv="Content-Security-Policy" content="\(contentSecurityPolicy)">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <title>\(escaped(title))</title>
            <style>
            \(styles.joined(separator: "\n"))</style>
            <script type="application/json" id="report">\(inScript(report))</script>
            <script type="importmap">\(inScript(map))</script>
            <script type="module">import "\(prefix)\(main)";</script>
            </head>
            <body>
            <noscript><p class="notice">This page needs JavaScript. report.json has the same.</p></noscript>
            </body>
            </html>

            """
    }

    private static let main = "report.js"
    private static let prefix = "boatyard/"

    /// Nothing is loaded from anywhere, whatever the report holds.
    private static let contentSecurityPolicy =
        "default-src 'none'; script-src 'unsafe-inline' data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"

    private static let files: [String: String] = Dictionary(
        sequence(state: UInt(0)) { number -> (String, String)? in
            guard let file = web_page_file(number)?.pointee else { return nil }
            number += 1
            let bytes = UnsafeBufferPointer(start: file.bytes, count: Int(clamping: file.length))
            return (String(cString: file.path), String(decoding: bytes, as: UTF8.self))
        }, uniquingKeysWith: { first, _ in first })

    private static func dataAddress(of module: String) -> String {
        "data:text/javascript;base64," + String(decoding: Base64.encode(Array(module.utf8)), as: UTF8.self)
    }

    /// The module and those that it imports, however far, with imports by their paths below `Sources/ui`.
    private static func reached(from first: String) -> [String: String] {
        var found: [String: String] = [:]
        var open = [first]
        while let path = open.popLast() {
            guard found[path] == nil, let text = files[path] else { continue }
            let folder = path.split(separator: "/").dropLast()
            let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { line -> String in
                guard let imported = importedPath(of: line) else { return String(line) }
                let target = resolved(imported, in: folder)
                open.append(target)
                return String(line).replacing("\"\(imported)\"", with: "\"\(prefix)\(target)\"")
            }
            found[path] = lines.joined(separator: "\n")
        }
        return found
    }

    /// `../core/tree.js` of `import { h } from "../core/tree.js";`; nil for a line that imports nothing.
    private static func importedPath(of line: Substring) -> Substring? {
        guard line.hasPrefix("import "), line.hasSuffix("\";") else { return nil }
        let parts = line.split(separator: "\"", omittingEmptySubsequences: false)
        return parts.count == 3 && parts[1].hasPrefix(".") ? parts[1] : nil
    }

    private static func resolved(_ path: Substring, in folder: ArraySlice<Substring>) -> String {
        var parts = Array(folder)
        for part in path.split(separator: "/") where part != "." {
            if part == ".." { _ = parts.popLast() } else { parts.append(part) }
        }
        return parts.joined(separator: "/")
    }

    /// JSON that neither ends its element nor begins a comment, whatever texts it has.
    private static func inScript(_ value: Value) -> String {
        value.json().replacing("<", with: "\\u003c")
    }

    /// Documents may have anything in their texts.
    private static func escaped(_ text: String) -> String {
        ControlCharacters.escaped(text, keepsLines: false).replacing("&", with: "&amp;").replacing("<", with: "&lt;")
    }
}
