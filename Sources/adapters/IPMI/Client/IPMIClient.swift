import Logging
import NIOCore

/// Talks to BMCs by RMCP+, hundreds at once: one UDP socket a session, so that the kernel drops what another host
/// sends, and reports where nothing listens.
package struct IPMIClient: Sendable {
    /// Timing, retries and cipher suites.
    package let configuration: IPMIConfiguration
    private let group: any EventLoopGroup
    private let logger: Logger

    package init(
        group: any EventLoopGroup, configuration: IPMIConfiguration = IPMIConfiguration(),
        logger: Logger = Logger(label: "boatyard.ipmi")
    ) {
        self.group = group
        self.configuration = configuration
        self.logger = logger
    }

    /// Opens a session, runs `body` in it, and closes it however `body` ends.
    ///
    /// - Parameter time: how long the session may last, its opening included; nil for as long as its retries take.
    ///   A session whose time is over ends without a word to the BMC, which forgets it after a minute.
    /// - Throws: `IPMIError` where no session comes about, `bmc.deadline` where `time` is over, else what `body` throws.
    ///   Nothing is retried here beyond the single datagram: see `IPMIError.isPermanent`.
    package func withSession<Result: Sendable>(
        endpoint: BMCEndpoint, credentials: BMCCredentials, within time: Duration? = nil,
        _ body: (IPMISession) async throws -> Result
    ) async throws -> Result {
        let connection = try await IPMIConnection.connect(
            on: group.next(), endpoint: endpoint, credentials: credentials, configuration: configuration)
        let timer = time.map { connection.end(after: $0, endpoint) }
        defer { timer?.cancel() }
        let suite = try await connection.open()
        logger.debug("BMC session opened", metadata: ["bmc": "\(endpoint)", "suite": "\(suite)"])
        let session = IPMISession(endpoint: endpoint, suite: suite, handler: connection.handler, logger: logger)
        do {
            let result = try await body(session)
            await connection.close()
            return result
        } catch {
            await connection.close()
            throw error
        }
    }
}
