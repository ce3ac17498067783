import AsyncHTTPClient
import NIOCore
import Primitives
import RehearsalMap

/// Fetches what references name, within bounds of time and size.
struct ReferenceFetcher: Sendable {
    let client: HTTPClient
    let rehearsal: RehearsalMap?
    let allowsFileReferences: Bool
    let timeouts: DrydockConfiguration.Timeouts
    /// A Keystone token of ours, for Promenade; nil where we have none.
    var serviceToken: @Sendable () async throws -> Secret<String>? = { nil }
    /// The most that a design or an asset may have, in bytes.
    var limit = 64 << 20

    /// Lives as long as the process. A refused connection is an answer: trying again is decided here, not below. So is
    /// where a redirection may lead.
    static let sharedClient: HTTPClient = {
        var configuration = HTTPClient.Configuration()
        configuration.timeout = .init(connect: .seconds(16))
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.redirectConfiguration = .disallow
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }()

    /// - Throws: `DrydockError`: `.invalid` for what is not read at all, `.unreachable` for what could not be fetched.
    func fetch(_ reference: DesignReference) async throws -> [UInt8] {
        switch reference {
        case .revision(let number):
            throw DrydockError(.invalid, "Revision \(number) is no file to fetch.")
        case .file(let path): return try file(path)
        case .remote(let url):
            do {
                return try await fetch(url, token: nil)
            } catch let failure as FetchFailure {
                throw DrydockError(.unreachable, "\(failure)")
            }
        case .promenade(let url): return try await fetchFromPromenade(url)
        }
    }

    /// - Throws: `DrydockError` `.invalid` where files are not read.
    func requireFiles(_ path: String) throws {
        guard allowsFileReferences else {
            throw DrydockError(.invalid, "Files are not read as designs or assets: \(path). Use Deckhand or HTTP.")
        }
    }

    private func file(_ path: String) throws -> [UInt8] {
        try requireFiles(path)
        do {
            return try FileContents.read(path, limit: limit)
        } catch {
            throw DrydockError(.unreachable, "\(error)")
        }
    }

    /// With a token of the service's own user, where there is one (`spec/drydock.md` §4).
    private func fetchFromPromenade(_ url: String) async throws -> [UInt8] {
        let token: Secret<String>?
        do {
            token = try await serviceToken()
        } catch {
            try Task.checkCancellation()
            throw DrydockError(
                .unreachable,
                "\(RemoteAddress.withoutUser(url)) is asked for with a Keystone token, and there is none to be had: \(error)"
            )
        }
        do {
            return try await fetch(url, token: token)
        } catch let failure as FetchFailure {
            let wantsToken = token == nil && (failure.status == 401 || failure.status == 403)
            let remedy =
                wantsToken
                ? " It wants a Keystone token, and Boatyard has no account at Keystone to get one with." : ""
            throw DrydockError(.unreachable, "\(failure)\(remedy)")
        }
    }

    /// Tries as often as the delays say; what would be refused again is not asked for again.
    private func fetch(_ url: String, token: Secret<String>?) async throws -> [UInt8] {
        guard let address = RemoteAddress(url) else {
            // Not shown: there may be a password in it.
            throw DrydockError(
                .invalid,
                "An address cannot be read: it begins with http:// or https://, then names a host, and has no blanks.")
        }
        var delays = timeouts.fetchRetryDelays[...]
        while true {
            do {
                return try await Attempt(fetcher: self, token: token).fetch(address)
            } catch let error as DrydockError {
                throw error
            } catch {
                try Task.checkCancellation()
                var failure = error as? FetchFailure ?? FetchFailure(reason: "\(error)")
                failure.address = address.withoutUser
                guard failure.isPassing, let delay = delays.popFirst() else { throw failure }
                try await Task.sleep(for: .seconds(delay))
            }
        }
    }
}

/// Why something could not be fetched.
struct FetchFailure: Error, Sendable, CustomStringConvertible {
    /// Of the answer, where there was one.
    var status: UInt?
    var reason: String
    var address = ""

    /// Whether asking again may help: not where the answer was that we ask for the wrong thing.
    var isPassing: Bool {
        guard let status else { return true }
        return status >= 500 || [408, 425, 429].contains(status)
    }

    var description: String { "\(address) cannot be fetched: \(reason)." }
}
