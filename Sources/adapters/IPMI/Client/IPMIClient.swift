import Logging
import MessageCatalog
import NIOCore
import NIOPosix

/// Talks to BMCs by RMCP+, hundreds at once: one UDP socket a session, so that the kernel drops what another host
/// sends, and reports where nothing listens.
package struct IPMIClient: Sendable {
    /// Timing, retries and cipher suites.
    package let configuration: IPMIConfiguration
    private let group: any EventLoopGroup
    private let memory: any SessionMemory
    private let logger: Logger

    /// - Parameters:
    ///   - group: on which sessions run; the one of the process by default.
    ///   - memory: what is remembered of BMCs; by default as long as this client lives.
    package init(
        group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton,
        configuration: IPMIConfiguration = IPMIConfiguration(),
        memory: any SessionMemory = KnownBMCs(), logger: Logger = Logger(label: "boatyard.ipmi")
    ) {
        self.group = group
        self.memory = memory
        self.configuration = configuration
        self.logger = logger
    }

    /// Opens a session, which stays open until it is closed or fails; it is kept alive meanwhile.
    ///
    /// - Parameter time: how long opening may take; nil for as long as its retries take.
    /// - Throws: `IPMIError` where no session comes about, `bmc.deadline` where `time` is over; `CancellationError` at once
    ///   where the task is cancelled.
    package func open(
        endpoint: BMCEndpoint, credentials: BMCCredentials, within time: Duration? = nil
    ) async throws -> IPMISession {
        let memory = memory
        let connection = try await IPMIConnection.connect(
            on: group.next(), endpoint: endpoint, credentials: credentials, configuration: configuration,
            known: memory.parameters(of: endpoint, user: credentials.user),
            note: { memory.note($0, of: endpoint, user: credentials.user) })
        let session = IPMISession(endpoint: endpoint, connection: connection, logger: logger)
        let opened = try await session.within(time) { _ in try await connection.open() }
        logger.debug(
            .bmcSessionOpened,
            "BMC session opened",
            metadata: ["bmc": "\(endpoint)", "suite": "\(opened.suite)", "privilege": "\(opened.privilege)"])
        return session
    }

    /// Opens a session, runs `body` in it, and closes it however `body` ends.
    ///
    /// - Parameter time: how long the session may last, its opening included; nil for as long as its retries take.
    ///   A session whose time is over ends without a word to the BMC, which forgets it after a minute.
    /// - Throws: as `open`, else what `body` throws. Nothing is retried here beyond the single datagram: see
    ///   `IPMIError.category`.
    package func withSession<Result: Sendable>(
        endpoint: BMCEndpoint, credentials: BMCCredentials, within time: Duration? = nil,
        _ body: (IPMISession) async throws -> Result
    ) async throws -> Result {
        let start = ContinuousClock.now
        let session = try await open(endpoint: endpoint, credentials: credentials, within: time)
        do {
            let left = time.map { max(.zero, $0 - (ContinuousClock.now - start)) }
            let result = try await session.within(left, body)
            await session.close()
            return result
        } catch {
            await session.close()
            throw error
        }
    }
}
