import API
import Logging
import NIOCore
import NIOPosix
import Primitives
import ServiceLifecycle

/// All listeners of the daemon, as one service that starts and stops as a whole.
package struct HTTPListeners: Service {
    /// Where a listener is reached.
    package struct Address: Hashable, Sendable {
        package var name: ListenerName
        /// `http://127.0.0.1:9000`, or the path of a Unix socket.
        package var text: String
    }

    private let listeners: [BoundListener]
    private let table: RouteTable
    private let logger: Logger
    private let whenServing: @Sendable () -> Void

    /// Binds every listener, so that what is wrong with one is known before anything runs; clients may connect from
    /// now on, and are answered once `run` is called.
    ///
    /// - Parameter whenServing: called by `run` once every listener answers.
    /// - Throws: `BoatyardError`: `port_in_use`, `address_unusable`, `socket_in_use`, `socket_unusable`, `tls_unusable`.
    package static func bind(
        _ configurations: [ListenerConfiguration], table: RouteTable, logger: Logger,
        group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton,
        whenServing: @escaping @Sendable () -> Void = {}
    ) async throws -> HTTPListeners {
        var bound: [BoundListener] = []
        do {
            for configuration in configurations {
                bound.append(try await BoundListener.bind(configuration, group: group))
            }
        } catch {
            for listener in bound { await listener.abandon() }
            throw error
        }
        return HTTPListeners(listeners: bound, table: table, logger: logger, whenServing: whenServing)
    }

    /// In the order in which they were given.
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

    /// Serves until graceful shutdown: then accepts nothing more, lets running requests finish within the drain
    /// timeout, and closes the rest.
    package func run() async throws {
        for address in addresses {
            logger.info("listening on \(address.text)", metadata: ["listener": "\(address.name.rawValue)"])
        }
        try await withGracefulShutdownHandler {
            try await withThrowingDiscardingTaskGroup { group in
                for listener in listeners { group.addTask { try await listener.serve(table: table, logger: logger) } }
                whenServing()
            }
        } onGracefulShutdown: {
            for listener in listeners { listener.stopAccepting() }
        }
    }
}
