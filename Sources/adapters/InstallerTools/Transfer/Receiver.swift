import Cryptography
import OutboundHTTP
import Primitives
import Synchronization

/// The head of a response, for those who get its pieces.
final class Answer: Sendable {
    private let head = Mutex<OutboundResponse?>(nil)

    func note(_ response: OutboundResponse) { head.withLock { $0 = response } }

    var response: OutboundResponse? { head.withLock { $0 } }
}

/// What has come of a download: counted, summed up, and handed on.
actor Receiver {
    private let download: Download
    private let take: @Sendable ([UInt8]) async throws -> Void
    private let sum = SHA256Stream()
    /// How many bytes were handed on.
    private(set) var count = 0
    private var tag: String?
    /// How many bytes of the present response were there before.
    private var skip: Int?
    /// In seconds: what the last response asked for; 0 for nothing.
    private(set) var retryAfter = 0.0

    init(_ download: Download, _ take: @escaping @Sendable ([UInt8]) async throws -> Void) {
        self.download = download
        self.take = take
    }

    /// Begins another response: where to go on, and the tag that the rest must have.
    func goOn() -> (count: Int, tag: String?) {
        skip = nil
        retryAfter = 0
        return (count, tag)
    }

    func receive(_ piece: [UInt8], of answer: Answer) async throws {
        guard let response = answer.response else { return }
        var left = try skip ?? begin(response)
        var piece = piece[...]
        if left > 0 {
            let known = min(left, piece.count)
            piece = piece.dropFirst(known)
            left -= known
        }
        skip = left
        guard !piece.isEmpty else { return }
        if let size = download.size, count + piece.count > size {
            throw BoatyardError(
                "download.size",
                "\(download.title) has more than the \(size) bytes that the plan says. It was changed after the plan "
                    + "was made: deploy the machine again.")
        }
        let bytes = Array(piece)
        sum.update(bytes)
        try await take(bytes)
        count += bytes.count
    }

    /// - Returns: how many bytes of the response are known.
    private func begin(_ response: OutboundResponse) throws -> Int {
        let newTag = response.header("ETag")
        if let tag, let newTag, tag != newTag {
            throw BoatyardError(
                "download.changed",
                "\(download.title) was changed while it was fetched (its tag was \(tag), and is \(newTag)). Deploy the "
                    + "machine again.")
        }
        tag = newTag
        guard response.status == 206 else { return count }
        let start = response.header("Content-Range").flatMap(Self.start)
        guard let start, start <= count else {
            throw BoatyardError(
                "download.range",
                "\(download.title) goes on at another byte than \(count): "
                    + "'\(response.header("Content-Range") ?? "no Content-Range")'.")
        }
        return count - start
    }

    /// `bytes 100-200/300`
    private static func start(_ text: String) -> Int? {
        guard text.hasPrefix("bytes ") else { return nil }
        return Int(text.dropFirst(6).prefix { $0 != "-" })
    }

    /// - Throws: where the response had no body of the file: `OutboundError` if it may be asked again.
    func end(of response: OutboundResponse) throws {
        let status = response.status
        // A body of no bytes, too, may be all that there is.
        if status == 200 || status == 206 { return }
        // The rest of a file of which everything has come.
        if status == 416, count > 0, count == download.size ?? count { return }
        if status == 408 || status == 429 || status >= 500 {
            retryAfter = min(Double(response.header("Retry-After").flatMap { UInt16($0) } ?? 0), 60)
            throw OutboundError(.other, "it answers \(status) \(response.reasonPhrase)", status: status)
        }
        let remedy =
            switch status {
            case 401, 403: "The plan that it came with is void: deploy the machine again."
            case 404: "The daemon has no such file any more: 'boatyard image list' shows those that it has."
            default: "Look at the daemon's journal."
            }
        throw BoatyardError(
            "download.refused",
            "\(download.title) (\(download.address.shown)) is answered \(status) \(response.reasonPhrase). \(remedy)"
        )
    }

    /// - Throws: `BoatyardError` where it is not the file that was expected.
    func finish() throws -> Int {
        if let size = download.size, count < size {
            throw OutboundError(.closed, "it ends after \(count) of \(size) bytes")
        }
        let found = sum.finalize().hex
        guard let expected = download.sha256, expected != found else { return count }
        throw BoatyardError(
            "download.sum",
            "\(download.title) has the SHA-256 sum \(found), and the plan says \(expected). It was changed after the "
                + "plan was made, or damaged on its way: see 'boatyard image list', and deploy the machine again.")
    }
}
