import Cryptography
import OutboundHTTP
import Primitives

/// A file of the daemon, handed to its consumer while it comes.
///
/// A connection that breaks is taken up where it broke (`Range`). Nothing of the file is kept in memory or looked at
/// twice, so that the consumer has the bytes before it is known whether their sum is right.
package struct Download: Sendable {
    /// Where the file is.
    package var address: RemoteAddress
    /// Its SHA-256 sum in hexadecimal; nil where none is known.
    package var sha256: String?
    /// Its length in bytes; nil where it is not known.
    package var size: Int?
    /// What it is, for messages: `the image debian-12`.
    package var title: String
    /// Sent along: the key of boot data.
    package var secretHeaders: [(name: String, value: String)]
    /// How long things may take.
    package var patience: Patience

    /// How long a download may take.
    package struct Patience: Sendable {
        /// In seconds: everything.
        package var total: Double = 4 * 3600
        /// In seconds: until the connection counts as broken because nothing comes.
        package var pause: Double = 20
        /// In seconds: how long it is tried again without a byte.
        package var outage: Double = 600
        /// The pauses between tries.
        package var backoff = Backoff(first: 1, longest: 15)

        package init() {}
    }

    package init(
        _ address: RemoteAddress, title: String, sha256: String? = nil, size: Int? = nil,
        secretHeaders: [(name: String, value: String)] = [], patience: Patience = Patience()
    ) {
        self.address = address
        self.title = title
        self.sha256 = sha256?.lowercased()
        self.size = size
        self.secretHeaders = secretHeaders
        self.patience = patience
    }

    /// Fetches the file.
    ///
    /// - Parameters:
    ///   - client: keeps no connection that broke.
    ///   - trouble: is told of each break that is mended, in one sentence.
    ///   - take: gets the bytes in their order, each once. What it throws ends the download.
    /// - Returns: how many bytes there were.
    /// - Throws: `BoatyardError` `download.*`; `CancellationError`; what `take` throws.
    @discardableResult
    package func fetch(
        with client: OutboundClient, trouble: @escaping @Sendable (String) -> Void = { _ in },
        take: @escaping @Sendable ([UInt8]) async throws -> Void
    ) async throws -> Int {
        let began = ContinuousClock.now
        let receiver = Receiver(self, take)
        var backoff = patience.backoff
        var lastProgress = began
        while true {
            let before = await receiver.count
            do {
                try await attempt(client, receiver, left: patience.total - (ContinuousClock.now - began) / .seconds(1))
                return try await receiver.finish()
            } catch let error as OutboundError {
                let count = await receiver.count
                let now = ContinuousClock.now
                if count > before {
                    lastProgress = now
                    backoff.reset()
                }
                let spent = (now - began) / .seconds(1)
                let silent = (now - lastProgress) / .seconds(1)
                guard error.kind != .tooLarge, spent < patience.total, silent < patience.outage else {
                    throw failed(error, count)
                }
                trouble("\(title) broke off after \(count) bytes (\(error)); it goes on from there")
                try await backoff.rest(asked: await receiver.retryAfter)
            }
        }
    }

    private func attempt(_ client: OutboundClient, _ receiver: Receiver, left: Double) async throws {
        var request = OutboundRequest("GET", address)
        request.secretHeaders = secretHeaders
        let (count, tag) = await receiver.goOn()
        if count > 0 {
            request.headers.append(("Range", "bytes=\(count)-"))
            if let tag { request.headers.append(("If-Range", tag)) }
        }
        let limits = OutboundClient.Limits(time: left, size: .max, pause: patience.pause)
        let answer = Answer()
        let response = try await client.stream(request, limits: limits) { response in
            answer.note(response)
            return [200, 206].contains(response.status)
        } take: { piece in
            try await receiver.receive(piece, of: answer)
        }
        try await receiver.end(of: response)
    }

    private func failed(_ error: OutboundError, _ count: Int) -> BoatyardError {
        BoatyardError(
            "download.broken",
            "\(title) (\(address.shown)) broke off after \(count) bytes, and it did not go on: \(error). Look at "
                + "the network between this machine and the daemon, and at the daemon's journal.", cause: error)
    }
}
