import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import Primitives

/// Fetches what references name, within bounds of time and size.
struct ReferenceFetcher: Sendable {
    let client: HTTPClient
    let rehearsal: RehearsalMap?
    let allowsFileReferences: Bool
    let timeouts: DrydockConfiguration.Timeouts

    /// Lives as long as the process. A refused connection is an answer: trying again is decided here, not below.
    static let sharedClient: HTTPClient = {
        var configuration = HTTPClient.Configuration()
        configuration.timeout = .init(connect: .seconds(16))
        configuration.connectionPool.retryConnectionEstablishment = false
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }()

    /// The most that a design or an asset may have, in bytes.
    static let limit = 64 << 20

    /// - Throws: `DrydockError`: `.invalid` for what is not read at all, `.unavailable` for what could not be fetched.
    func fetch(_ reference: DesignReference) async throws -> [UInt8] {
        switch reference {
        case .revision(let number):
            throw DrydockError(.invalid, "Revision \(number) is no file to fetch.")
        case .file(let path):
            guard allowsFileReferences else {
                throw DrydockError(.invalid, "Files are not read as designs or assets: \(path). Use Deckhand or HTTP.")
            }
            do {
                return try FileContents.read(path, limit: Self.limit)
            } catch {
                throw DrydockError(.unavailable, "\(error)")
            }
        case .remote(let url): return try await fetch(url)
        }
    }

    private func fetch(_ url: String) async throws -> [UInt8] {
        var delays = timeouts.fetchRetryDelays[...]
        while true {
            do {
                return try await attempt(url)
            } catch let error as DrydockError where error.kind == .invalid {
                throw error
            } catch {
                try Task.checkCancellation()
                guard let delay = delays.popFirst() else {
                    throw DrydockError(.unavailable, "\(Self.withoutUser(url)) cannot be fetched: \(error)")
                }
                try await Task.sleep(for: .seconds(delay))
            }
        }
    }

    private func attempt(_ url: String) async throws -> [UInt8] {
        guard let address = RemoteAddress(url) else {
            throw DrydockError(.invalid, "'\(Self.withoutUser(url).prefix(200))' is no address that can be fetched.")
        }
        var request: HTTPClientRequest
        if let substitute = rehearsal?.hosts[address.authority] ?? rehearsal?.hosts[address.host] {
            request = HTTPClientRequest(url: "http://\(substitute)\(address.target)")
            request.headers.replaceOrAdd(name: "Host", value: address.authority)
        } else if rehearsal != nil, !["127.0.0.1", "localhost"].contains(address.host) {
            throw DrydockError(
                .unavailable,
                "the rehearsal map has no stand-in for \(address.host), and a rehearsal reaches nobody else")
        } else {
            request = HTTPClientRequest(url: "\(address.scheme)://\(address.authority)\(address.target)")
        }
        request.headers.add(name: "User-Agent", value: "boatyard")
        if let user = address.user { request.setBasicAuth(username: user.name, password: user.password) }
        let response = try await client.execute(request, timeout: .milliseconds(Int64(timeouts.read * 1000)))
        guard (200..<300).contains(response.status.code) else {
            throw DrydockError(.unavailable, "it answers \(response.status.code) \(response.status.reasonPhrase)")
        }
        do {
            return Array(try await response.body.collect(upTo: Self.limit).readableBytesView)
        } catch is NIOTooManyBytesError {
            throw DrydockError(
                .invalid, "\(Self.withoutUser(url)) has more than the \(Self.limit) bytes that are read.")
        }
    }

    /// The address without a user's name and password, for messages.
    static func withoutUser(_ url: String) -> String {
        RemoteAddress(url).map { "\($0.scheme)://\($0.authority)\($0.target)" } ?? "the address"
    }
}

/// The parts of an `http` address.
struct RemoteAddress: Sendable, Hashable {
    struct User: Sendable, Hashable {
        var name: String
        var password: String
    }

    var scheme: String
    var user: User?
    /// Without port.
    var host: String
    /// With port, if one is written.
    var authority: String
    /// Path and query, from `/` on.
    var target: String

    init?(_ text: String) {
        let clean = text.utf8.allSatisfy { $0 > 32 && $0 != 127 }
        guard clean, let mark = text.firstIndex(of: ":"), text[mark...].hasPrefix("://") else { return nil }
        scheme = text[..<mark].lowercased()
        guard scheme == "http" || scheme == "https" else { return nil }
        let rest = text[text.index(mark, offsetBy: 3)...]
        let end = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
        var authority = rest[..<end]
        let tail = rest[end...]
        target = tail.hasPrefix("/") ? String(tail) : "/" + tail
        if let at = authority.lastIndex(of: "@") {
            let parts = authority[..<at].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            user = User(name: String(parts[0]), password: parts.count > 1 ? String(parts[1]) : "")
            authority = authority[authority.index(after: at)...]
        }
        self.authority = String(authority)
        let colon = authority.lastIndex(of: ":") ?? authority.endIndex
        let isBracketed = authority.hasPrefix("[")
        host = isBracketed ? String(authority) : String(authority[..<colon])
        guard !host.isEmpty else { return nil }
    }
}
