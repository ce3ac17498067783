import Archive
import CWebPage
import Cryptography
import HTTPTypes
import Primitives

/// The files of the page, which are in the program (`docs/decisions/026-web-page.md`).
package struct PageFiles: Sendable {
    /// A file in the two codings that it is sent in.
    package struct File: Sendable {
        package let contents: [UInt8]
        /// Compressed; nil where that does not make it smaller.
        package let gzip: [UInt8]?
        /// SHA-256 of the contents, in hexadecimal.
        package let digest: String
        package let contentType: String
    }

    /// By their paths below `Sources/ui`: `views/site.js`.
    package let files: [String: File]

    /// Those that the program has. They are compressed when the first of them is asked for.
    package static let embedded = PageFiles(
        sequence(state: UInt(0)) { number -> (path: String, contents: [UInt8])? in
            guard let file = web_page_file(number)?.pointee else { return nil }
            number += 1
            let bytes = UnsafeBufferPointer(start: file.bytes, count: Int(clamping: file.length))
            return (String(cString: file.path), Array(bytes))
        })

    init(_ files: some Sequence<(path: String, contents: [UInt8])>) {
        self.files = Dictionary(
            files.map { path, contents in
                let gzip = try? Gzip.compress(contents)
                let file = File(
                    contents: contents, gzip: gzip.flatMap { $0.count < contents.count ? $0 : nil },
                    digest: Hash.sha256(contents).hex, contentType: Self.contentType(of: path))
                return (path, file)
            }, uniquingKeysWith: { first, _ in first })
    }

    /// The file at a path below `/ui/`, in the coding that the client takes; the first one is `index.html`.
    ///
    /// - Throws: `RequestError.notFound`.
    func response(_ path: String, to request: APIRequest) throws -> APIResponse {
        guard let file = files[path.isEmpty ? "index.html" : path] else { throw RequestError.notFound }
        let takesGzip = AcceptedValues(request.header(.acceptEncoding) ?? "").quality(of: "gzip") > 0
        let packed = takesGzip ? file.gzip : nil
        var response = APIResponse.bytes(packed ?? file.contents, contentType: file.contentType)
        // Two codings are two representations, each with a tag of its own (RFC 9110 §8.8.3.3).
        response.headers[.eTag] = packed == nil ? "\"\(file.digest)\"" : "\"\(file.digest)-gzip\""
        if packed != nil { response.headers[.contentEncoding] = "gzip" }
        response.headers[.vary] = "Accept-Encoding"
        response.headers[.cacheControl] = "no-cache"
        return response
    }

    private static func contentType(of path: String) -> String {
        let suffix = path.lastIndex(of: ".").map { path[path.index(after: $0)...] } ?? ""
        return switch suffix {
        case "html": "text/html; charset=utf-8"
        case "js", "mjs": "text/javascript; charset=utf-8"
        case "css": "text/css; charset=utf-8"
        case "svg": "image/svg+xml"
        case "png": "image/png"
        case "ico": "image/vnd.microsoft.icon"
        case "woff2": "font/woff2"
        case "json": "application/json"
        case "txt": "text/plain; charset=utf-8"
        default: "application/octet-stream"
        }
    }
}
