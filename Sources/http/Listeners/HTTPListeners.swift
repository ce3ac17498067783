import API
import Logging
import MessageCatalog
import NIOCore
import NIOPosix
import NIOSSL
import Primitives
import ServiceLifecycle

/// The bound listeners of the daemon.
package struct HTTPListeners: Sendable {
    /// The address of a listener.
    package struct Address: Hashable, Sendable {
        /// The listener.
        package var name: ListenerName
        /// `http://127.0.0.1:9000`, or the path of a Unix socket.
        package var text: String
    }

    private let listeners: [BoundListener]
    private let logger: Logger
    /// What was answered since the start.
    package let counts = RequestCounts()

    /// Binds all listeners, so that an unusable one is known before anything runs. Clients can connect from then on,
    /// and are answered once the service runs. `service(_:whenServing:)` or `abandon()` must follow.
    ///
    /// - Parameter group: the threads of all listeners; nil for those of the process.
    /// - Throws: `BoatyardError`: `port_in_use`, `address_unusable`, `socket_in_use`, `socket_unusable`,
    ///   `tls_unusable`.
    package static func bind(
        _ configurations: [ListenerConfiguration], logger: Logger, group: (any EventLoopGroup)? = nil
    ) async throws -> HTTPListeners {
        var bound: [BoundListener] = []
        do {
            for configuration in configurations {
                bound.append(
                    try await BoundListener.bind(configuration, group: group ?? self.group(of: configuration.name)))
            }
        } catch {
            for listener in bound { await listener.abandon() }
            throw error
        }
        return HTTPListeners(listeners: bound, logger: logger)
    }

    /// Machines fetch large files from `node`. Its threads are its own, so that people do not wait for a turn between them.
    private static func group(of listener: ListenerName) -> any EventLoopGroup {
        listener == .node ? machineGroup : MultiThreadedEventLoopGroup.singleton
    }

    private static let machineGroup = MultiThreadedEventLoopGroup(numberOfThreads: System.coreCount)

    /// Closes the listeners without serving.
    package func abandon() async { for listener in listeners { await listener.abandon() } }

    /// A service that answers requests on all listeners.
    ///
    /// - Parameters:
    ///   - observer: learns of each request.
    ///   - whenServing: is called once every listener answers.
    package func service(
        _ table: RouteTable, observer: RequestObserver? = nil, whenServing: @escaping @Sendable () -> Void = {}
    ) -> some Service {
        HTTPServing(
            listeners: listeners, table: table, logger: logger, counts: counts, observer: observer,
            addresses: addresses,
            whenServing: whenServing)
    }

    /// TLS from files that were read and found to fit together, which no connection has yet.
    package struct PreparedTLS: Sendable {
        fileprivate let context: NIOSSLContext
    }

    /// Reads the files of a listener's TLS anew.
    ///
    /// - Throws: `BoatyardError` `tls_unusable`, with the file at fault.
    package static func prepare(_ files: TLSFiles) throws -> PreparedTLS {
        PreparedTLS(context: try TLSContext.make(files))
    }

    /// Gives connections to `listener` that begin from now on another TLS. A listener that was bound without any stays so.
    package func use(_ tls: PreparedTLS, for listener: ListenerName) {
        for bound in listeners where bound.configuration.name == listener { bound.tls?.replace(with: tls.context) }
    }

    /// The addresses in the order in which the listeners were given.
    package var addresses: [Address] {
        listeners.map { listener in
            let address = listener.server.channel.localAddress
            let name = listener.configuration.name
            if let path = address?.pathname { return Address(name: name, text: path) }
            let host = address?.ipAddress ?? "unknown"
            let scheme = listener.configuration.tls == nil ? "http" : "https"
            return Address(
                name: name, text: "\(scheme)://\(host.contains(":") ? "[\(host)]" : host):\(address?.port ?? 0)")
        }
    }
}

private struct HTTPServing: Service, CustomStringConvertible {
    let listeners: [BoundListener]
    let table: RouteTable
    let logger: Logger
    let counts: RequestCounts
    let observer: RequestObserver?
    let addresses: [HTTPListeners.Address]
    let whenServing: @Sendable () -> Void

    /// The service group describes its services at once; all routes would take it ten milliseconds.
    var description: String { "listeners" }

    /// Serves until graceful shutdown: then accepts nothing more, lets running requests finish within the drain
    /// timeout, and closes the rest.
    func run() async throws {
        for address in addresses {
            logger.info(.listening, "listening on \(address.text)", metadata: ["listener": "\(address.name.rawValue)"])
        }
        let log = AccessLog(logger: logger)
        let telling = Task { await log.run() }
        defer { telling.cancel() }
        try await withGracefulShutdownHandler {
            try await withThrowingDiscardingTaskGroup { group in
                for listener in listeners {
                    group.addTask {
                        try await listener.serve(table: table, log: log, counts: counts, observer: observer)
                    }
                }
                whenServing()
            }
        } onGracefulShutdown: {
            for listener in listeners { listener.stopAccepting() }
        }
        telling.cancel()
        await telling.value
    }
}
