import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import Primitives
import RehearsalMap

extension ReferenceFetcher {
    /// One try to fetch something, wherever it is redirected to.
    struct Attempt: Sendable {
        let fetcher: ReferenceFetcher
        let token: Secret<String>?

        /// How often an answer may point elsewhere.
        static let redirections = 5

        /// - Throws: `FetchFailure`; `DrydockError` `.invalid` for what is too large; whatever the network says.
        func fetch(_ address: RemoteAddress) async throws -> [UInt8] {
            let seconds = fetcher.timeouts.read
            return try await withThrowingTaskGroup(of: [UInt8]?.self) { group in
                group.addTask { try await follow(address) }
                // The client's own deadline ends with the head of the answer; a body may trickle for ever.
                group.addTask {
                    try await Task.sleep(for: .seconds(seconds))
                    return nil
                }
                defer { group.cancelAll() }
                guard let bytes = try await group.next() ?? nil else {
                    throw FetchFailure(reason: "it has not answered in full within \(seconds.formatted) s")
                }
                return bytes
            }
        }

        private func follow(_ first: RemoteAddress) async throws -> [UInt8] {
            var address = first
            for _ in 0...Self.redirections {
                let isHome = address.scheme == first.scheme && address.authority == first.authority
                let response = try await fetcher.client.execute(
                    request(address, credentials: isHome ? first.user : nil, token: isHome ? token : nil),
                    timeout: .milliseconds(Int64(fetcher.timeouts.read * 1000)))
                if (200..<300).contains(response.status.code) { return try await body(response, address) }
                guard let next = try next(response, address) else {
                    throw FetchFailure(
                        status: response.status.code,
                        reason: "it answers \(response.status.code) \(response.status.reasonPhrase)")
                }
                address = next
            }
            throw FetchFailure(status: 310, reason: "it redirects more than \(Self.redirections) times")
        }

        /// Where the answer points to; nil where it is no redirection.
        private func next(_ response: HTTPClientResponse, _ address: RemoteAddress) throws -> RemoteAddress? {
            guard [301, 302, 303, 307, 308].contains(response.status.code),
                let location = response.headers.first(name: "Location")
            else { return nil }
            let isPath = location.hasPrefix("/") && !location.hasPrefix("//")
            let text = isPath ? "\(address.scheme)://\(address.authority)\(location)" : location
            guard let next = RemoteAddress(text), next.scheme == "https" || address.scheme == "http" else {
                throw FetchFailure(
                    status: response.status.code,
                    reason: "it redirects to '\(location.prefix(200))', which is not followed")
            }
            return next
        }

        private func request(
            _ address: RemoteAddress, credentials: RemoteAddress.User?, token: Secret<String>?
        ) throws -> HTTPClientRequest {
            var request: HTTPClientRequest
            let rehearsal = fetcher.rehearsal
            if let substitute = rehearsal?.hosts[address.authority] ?? rehearsal?.hosts[address.host] {
                request = HTTPClientRequest(url: "http://\(substitute)\(address.target)")
                request.headers.replaceOrAdd(name: "Host", value: address.authority)
            } else if rehearsal != nil, !["127.0.0.1", "localhost"].contains(address.host) {
                throw FetchFailure(
                    status: 0,
                    reason: "the rehearsal map has no stand-in for \(address.host), and a rehearsal reaches nobody else"
                )
            } else {
                request = HTTPClientRequest(url: "\(address.scheme)://\(address.authority)\(address.target)")
            }
            request.headers.add(name: "User-Agent", value: "boatyard")
            if let credentials { request.setBasicAuth(username: credentials.name, password: credentials.password) }
            if let token { request.headers.add(name: "X-Auth-Token", value: token.reveal()) }
            return request
        }

        private func body(_ response: HTTPClientResponse, _ address: RemoteAddress) async throws -> [UInt8] {
            let limit = fetcher.limit
            let tooLarge = DrydockError(
                .invalid, "\(address.withoutUser) has more than the \(limit) bytes that are read.")
            let announced = response.headers.first(name: "Content-Length").flatMap { Int($0) } ?? 0
            guard announced <= limit else { throw tooLarge }
            do {
                return Array(try await response.body.collect(upTo: limit).readableBytesView)
            } catch is NIOTooManyBytesError {
                throw tooLarge
            }
        }
    }
}

extension Double {
    /// Without a fraction where it is none.
    fileprivate var formatted: String { self == rounded() ? "\(Int(self))" : "\(self)" }
}
