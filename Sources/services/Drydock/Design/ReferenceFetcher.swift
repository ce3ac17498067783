import OutboundHTTP
import Primitives
import RehearsalMap

/// Fetches what references name, within bounds of time and size.
struct ReferenceFetcher: Sendable {
    let rehearsal: RehearsalMap?
    let allowsFileReferences: Bool
    let timeouts: DrydockConfiguration.Timeouts
    /// As in `DrydockDependencies`.
    var serviceToken: @Sendable (_ refused: Secret<String>?) async throws -> Secret<String>? = { _ in nil }
    /// The most that a design or an asset may have, in bytes.
    var limit = 64 << 20

    /// - Throws: `DrydockError`: `.invalid` for what is not read at all, `.missing` for a file that cannot be read,
    ///   `.unreachable` for what could not be fetched.
    func fetch(_ reference: DesignReference) async throws -> [UInt8] {
        do {
            return try await contents(of: reference)
        } catch let failure as FetchFailure {
            throw DrydockError(.unreachable, "\(failure)")
        }
    }

    /// What a client names as a design: what its server refuses is a fault of the reference.
    ///
    /// - Throws: as `fetch(_:)`; `DrydockError` `.missing` for what is not there, `.invalid` for what is refused.
    func design(_ reference: DesignReference) async throws -> [UInt8] {
        do {
            return try await contents(of: reference)
        } catch let failure as FetchFailure {
            throw DrydockError(failure.kind, "\(failure)")
        }
    }

    private func contents(of reference: DesignReference) async throws -> [UInt8] {
        switch reference {
        case .revision(let number):
            throw DrydockError(.invalid, "Revision \(number) is no file to fetch.")
        case .file(let path): try file(path)
        case .remote(let url): try await fetch(url, token: nil)
        case .promenade(let url): try await fetchFromPromenade(url)
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
            throw DrydockError(.missing, error.inWords)
        }
    }

    /// - Parameter refused: the token that was not taken.
    private func ownToken(for url: String, replacing refused: Secret<String>? = nil) async throws -> Secret<String>? {
        do {
            return try await serviceToken(refused)
        } catch {
            try Task.checkCancellation()
            throw DrydockError(
                .unreachable,
                "\(AddressCredentials.removed(from: url)) is asked for with a Keystone token, and there is none to be had: "
                    + error.inWords
            )
        }
    }

    /// With a token of the service's own user, where there is one (`docs/reference/drydock.md` §4). One that is refused is replaced
    /// once.
    private func fetchFromPromenade(_ url: String) async throws -> [UInt8] {
        let token = try await ownToken(for: url)
        do {
            return try await fetch(url, token: token)
        } catch var failure as FetchFailure {
            if token == nil, failure.status == 401 || failure.status == 403 {
                failure.remedy = " It wants a Keystone token, and Boatyard has no account at Keystone to get one with."
            }
            guard let token, failure.status == 401 else { throw failure }
            return try await fetch(url, token: try await ownToken(for: url, replacing: token))
        }
    }

    /// Does not show the address: there may be a password anywhere in it.
    static let unreadableAddress = DrydockError(
        .invalid,
        "An address cannot be read: it begins with http:// or https://, then names a host, has no blanks, and a port, where "
            + "there is one, is from 1 to 65535.")

    /// Tries as often as the delays say; what would be refused again is not asked for again.
    private func fetch(_ url: String, token: Secret<String>?) async throws -> [UInt8] {
        guard let address = RemoteAddress(url) else { throw Self.unreadableAddress }
        var delays = timeouts.fetchRetryDelays[...]
        while true {
            do {
                return try await fetchOnce(address, token: token)
            } catch let error as DrydockError {
                throw error
            } catch {
                try Task.checkCancellation()
                var failure = error as? FetchFailure ?? FetchFailure(isPassing: true, reason: error.inWords)
                failure.address = address.shown
                guard failure.isPassing, let delay = delays.popFirst() else { throw failure }
                try await Task.sleep(for: .seconds(delay))
            }
        }
    }
}
