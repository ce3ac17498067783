import CZlib

/// Gzip (RFC 1952), with neither name nor time in the header, so that equal contents give equal bytes.
package enum Gzip {
    /// 15 bits of window, plus 16 for gzip's framing.
    private static let windowBits: Int32 = 15 + 16

    /// How much is looked at to tell whether it can be made smaller, in bytes.
    private static let blockSize = 32 << 10

    /// What cannot be made smaller, because it is compressed or encrypted already, is stored as it is: deflate would work
    /// on it longest of all.
    ///
    /// - Parameter level: 0 (stored) to 9 (smallest), or -1 for zlib's default.
    /// - Throws: `ArchiveError.unsupported` for another level.
    package static func compress(_ bytes: [UInt8], level: Int = 9) throws(ArchiveError) -> [UInt8] {
        var stream = z_stream()
        guard (-1...9).contains(level),
            czlib_deflate_init2(&stream, Int32(level), windowBits, 8, Z_DEFAULT_STRATEGY) == Z_OK
        else { throw .unsupported("compression level \(level)") }
        defer { deflateEnd(&stream) }
        let blocks = max(1, (bytes.count + blockSize - 1) / blockSize)
        // Changing the level ends what zlib calls a block, with a few bytes.
        let capacity = Int(deflateBound(&stream, UInt(bytes.count))) + 16 * blocks
        var status = Z_OK
        let output = [UInt8](unsafeUninitializedCapacity: capacity) { target, length in
            bytes.withUnsafeBufferPointer { source in
                var current = level
                for number in 0..<blocks where status == Z_OK {
                    let start = number * blockSize
                    let block = UnsafeBufferPointer(rebasing: source[start..<min(start + blockSize, source.count)])
                    // zlib does not write to its input; its header lacks the const.
                    stream.next_in = UnsafeMutablePointer(mutating: block.baseAddress)
                    stream.avail_in = 0
                    let wanted = isDense(block) ? 0 : level
                    if wanted != current,
                        step(&stream, target, &length, { deflateParams($0, Int32(wanted), Z_DEFAULT_STRATEGY) }) == Z_OK
                    {
                        current = wanted
                    }
                    stream.avail_in = UInt32(block.count)
                    let flush = number == blocks - 1 ? Z_FINISH : Z_NO_FLUSH
                    repeat {
                        status = step(&stream, target, &length) { deflate($0, flush) }
                    } while status == Z_OK && stream.avail_in > 0
                }
            }
        }
        guard status == Z_STREAM_END else { throw .damaged("zlib status \(status)") }
        return output
    }

    /// Calls zlib with what is left of `target`.
    private static func step(
        _ stream: inout z_stream, _ target: UnsafeMutableBufferPointer<UInt8>, _ length: inout Int,
        _ call: (UnsafeMutablePointer<z_stream>) -> Int32
    ) -> Int32 {
        let capacity = UInt32(clamping: target.count - length)
        stream.next_out = target.baseAddress.map { $0 + length }
        stream.avail_out = capacity
        let status = call(&stream)
        length += Int(capacity - stream.avail_out)
        return status
    }

    /// Whether all values of a byte are as frequent as among random ones: then no Huffman code is shorter than they are.
    private static func isDense(_ block: UnsafeBufferPointer<UInt8>) -> Bool {
        // Of fewer bytes the frequencies say nothing.
        guard block.count >= 4096 else { return false }
        return withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 256) { counts in
            counts.initialize(repeating: 0)
            for byte in block { counts[Int(byte)] += 1 }
            let squares = counts.reduce(UInt64(0)) { $0 + UInt64($1) * UInt64($1) }
            // 256 times their sum is the square of the number of bytes where all are alike; a quarter more is what saves
            // a twentieth at most.
            return squares * 256 <= UInt64(block.count * block.count) / 4 * 5
        }
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
