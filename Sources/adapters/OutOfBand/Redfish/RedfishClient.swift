import IPMI
import OutboundHTTP
import Primitives
import Synchronization

/// Talks Redfish (DMTF DSP0266) to BMCs. A process has one, with the certificates that the BMCs are known by.
package struct RedfishClient: Sendable {
    /// How long a command may take, and how it waits.
    package struct Time: Sendable {
        /// What is left of the command's time. Throws `BMCTurns.NoTimeLeft` where nothing is.
        let left: @Sendable () throws -> Duration
        /// Waits between two readings, no longer than there is time. Throws where that was not enough.
        let pause: @Sendable (Duration, AwaitedReading) async throws -> Void

        package init(
            left: @escaping @Sendable () throws -> Duration,
            pause: @escaping @Sendable (Duration, AwaitedReading) async throws -> Void
        ) {
            self.left = left
            self.pause = pause
        }
    }

    /// For all that need no certificates of their own. It lives as long as the process.
    package static let shared = RedfishClient()

    private static let connectTimeout = 16.0
    /// BMCs by plain HTTP, and those whose certificates an authority signed.
    private static let ordinary = OutboundClient(.init(connectTimeout: connectTimeout, retriesConnecting: false))

    private static let lasting = Mutex<[RedfishClient]>([])

    /// One that lives as long as the process, however its owner ends: a client of HTTP must not end before its connections.
    package static func lasting(pins: any BMCPins) -> RedfishClient {
        let client = RedfishClient(pins: pins)
        lasting.withLock { $0.append(client) }
        return client
    }

    private let pins: any BMCPins
    private let pinned: OutboundClient
    private let alarms = CertificateAlarms()

    package init(pins: any BMCPins = BMCPinsInMemory()) {
        self.pins = pins
        pinned = OutboundClient(
            .init(
                connectTimeout: Self.connectTimeout, retriesConnecting: false,
                certificateCheck: { peer, certificate in
                    guard let shown = CertificateFingerprint(of: certificate) else {
                        throw OutboundError(.certificate, "there is no SHA-256 on this host")
                    }
                    let known = pins.fingerprint(of: peer, orRemember: shown)
                    guard shown != known else { return }
                    throw OutboundError(
                        .certificate,
                        "its certificate has the SHA-256 fingerprint \(shown), and the one it is known by has \(known)")
                }))
    }

    /// Ends the connections. The client is not used any more.
    package func close() async { await pinned.close() }

    /// Whether nobody has been told yet that this certificate of the BMC is not trusted.
    func isNews(_ error: RedfishError, of endpoint: RedfishEndpoint) -> Bool {
        alarms.take(error.message, of: endpoint.peer)
    }

    /// Opens a session, runs `body` in it, and closes it, whatever came of it.
    ///
    /// - Throws: `RedfishError`; what `time` and `body` throw.
    package func withSession<Result: Sendable>(
        endpoint: RedfishEndpoint, credentials: BMCCredentials, time: Time,
        _ body: (RedfishSession) async throws -> Result
    ) async throws -> Result {
        let http: OutboundClient
        switch endpoint.trust {
        case .none, .authorities: http = Self.ordinary
        case .firstUse: http = pinned
        case .fingerprint(let fingerprint):
            pins.expect(fingerprint, of: endpoint.peer)
            http = pinned
        }
        let session = RedfishSession(endpoint: endpoint, credentials: credentials, http: http, time: time)
        return try await BMCSecrets.$current.withValue(BMCSecrets(credentials)) {
            do {
                try await session.open()
                let result = try await body(session)
                await session.close()
                return result
            } catch {
                await session.close()
                throw error
            }
        }
    }
}

/// What was told last of each BMC's certificate, so that a BMC that is looked at every minute is told of once.
private final class CertificateAlarms: Sendable {
    /// More BMCs than that begin anew.
    private static let limit = 4096

    private let told = Mutex<[String: String]>([:])

    func take(_ message: String, of peer: String) -> Bool {
        told.withLock { told in
            guard told[peer] != message else { return false }
            if told.count >= Self.limit { told = [:] }
            told[peer] = message
            return true
        }
    }
}
