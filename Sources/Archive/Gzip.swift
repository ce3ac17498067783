import CZlib

/// Gzip (RFC 1952), with neither name nor time in the header, so that equal contents give equal bytes.
package enum Gzip {
    /// 15 bits of window, plus 16 for gzip's framing.
    private static let windowBits: Int32 = 15 + 16

    /// - Parameter level: 0 (stored) to 9 (smallest), or -1 for zlib's default.
    /// - Throws: `ArchiveError.unsupported` for another level.
    package static func compress(_ bytes: [UInt8], level: Int = 9) throws(ArchiveError) -> [UInt8] {
        var stream = z_stream()
        guard (-1...9).contains(level),
            czlib_deflate_init2(&stream, Int32(level), windowBits, 8, Z_DEFAULT_STRATEGY) == Z_OK
        else { throw .unsupported("compression level \(level)") }
        defer { deflateEnd(&stream) }
        let result = pump(&stream, bytes, limit: .max) { deflate($0, $1 ? Z_FINISH : Z_NO_FLUSH) }
        guard result.status == Z_STREAM_END else { throw .damaged("zlib status \(result.status)") }
        return result.output
    }

    /// The contents of one gzip stream; bytes after it are refused.
    ///
    /// - Parameter limit: how many bytes the contents may have; no more are ever held.
    package static func decompress(_ bytes: [UInt8], limit: Int) throws(ArchiveError) -> [UInt8] {
        var stream = z_stream()
        guard czlib_inflate_init2(&stream, windowBits) == Z_OK else { throw .unsupported("zlib refuses to start") }
        defer { inflateEnd(&stream) }
        let result = pump(&stream, bytes, limit: limit) { stream, _ in inflate(stream, Z_NO_FLUSH) }
        guard result.output.count <= limit else { throw .tooLarge(limit: limit) }
        switch result.status {
        case Z_STREAM_END where result.consumed == bytes.count: return result.output
        case Z_STREAM_END: throw .damaged("\(bytes.count - result.consumed) bytes after the gzip stream")
        case Z_OK, Z_BUF_ERROR: throw .truncated("gzip stream of \(bytes.count) bytes has no end")
        default: throw .damaged("gzip stream: zlib status \(result.status)")
        }
    }

    /// Feeds `input` to `step` and collects what comes out, until the stream ends, fails, starves, or exceeds `limit`.
    ///
    /// `step` gets true when the input it sees is the last.
    private static func pump(
        _ stream: inout z_stream, _ input: [UInt8], limit: Int,
        step: (UnsafeMutablePointer<z_stream>, Bool) -> Int32
    ) -> (status: Int32, output: [UInt8], consumed: Int) {
        var output: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        var consumed = 0
        var status = Z_OK
        input.withUnsafeBufferPointer { source in
            while status == Z_OK, output.count <= limit {
                let slice = min(source.count - consumed, 1 << 30)
                let produced = buffer.withUnsafeMutableBufferPointer { target -> Int in
                    // zlib does not write to its input; its header lacks the const.
                    stream.next_in = source.baseAddress.map { UnsafeMutablePointer(mutating: $0 + consumed) }
                    stream.avail_in = UInt32(slice)
                    stream.next_out = target.baseAddress
                    stream.avail_out = UInt32(target.count)
                    status = step(&stream, consumed + slice == source.count)
                    return target.count - Int(stream.avail_out)
                }
                consumed += slice - Int(stream.avail_in)
                output += buffer[..<produced]
            }
        }
        return (status, output, consumed)
    }
}
