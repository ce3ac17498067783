import Installation
import OrderedCollections
import OutboundHTTP
import Primitives

/// The daemon as a machine in its installer talks to it (`docs/reference/node-protocol.md` §2): patient while the daemon is
/// away, and strict about what it answers.
package struct NodeConnection: Sendable {
    /// The root of the listener `node`.
    package let url: RemoteAddress
    /// Nil where nothing but a token is asked for.
    private let token: Secret<String>?
    /// The client of all requests.
    package let client: OutboundClient
    private let log: InstallerLog
    private let firstPause: Double

    /// In seconds: longer than the daemon holds a request for a plan.
    private static let patience = 90.0
    private static let answerLimit = 8 << 20
    /// What the body of an inventory may have.
    private static let inventoryLimit = 2 << 20

    /// - Parameter firstPause: in seconds; the pause before something is tried for the second time is no longer.
    package init(
        url: RemoteAddress, token: Secret<String>?, log: InstallerLog,
        client: OutboundClient = NodeConnection.sharedClient,
        firstPause: Double = 1
    ) {
        self.url = url
        self.token = token
        self.client = client
        self.log = log
        self.firstPause = firstPause
    }

    /// For the whole process. It does not try anew by itself: whoever uses it has pauses of its own.
    package static let sharedClient = OutboundClient(
        .init(connectTimeout: 10, retriesConnecting: false, connectionsPerHost: 4))

    /// The daemon wants the machine to boot over the network again.
    package struct BootAgain: Error, Sendable, CustomStringConvertible {
        package let description: String
    }

    /// What the daemon answers an event.
    package enum Next: String, Sendable, Hashable {
        case `continue`
        case reboot
        case stop
    }

    /// What the daemon answers an inventory.
    package struct Introduction: Sendable, Hashable {
        /// The node that this machine is; nil where it is none yet.
        package let node: String?
        /// The daemon's time, as HTTP writes it; nil where the answer has none.
        package let date: String?
    }

    /// Sends the inventory.
    ///
    /// - Parameter inventory: details are dropped from its end where it is larger than the daemon takes.
    /// - Throws: `BootAgain`; `BoatyardError` `installer.protocol`; `CancellationError`.
    package func send(inventory: Value) async throws -> Introduction {
        let response = try await exchange("POST", "/agent/v1/inventory", body: bounded(inventory))
        switch response.status {
        case 200:
            return Introduction(
                node: (try? Value(json: response.body))?["node"]?.stringValue, date: response.header("date"))
        case 401: throw BootAgain(description: "the boot token is void")
        case 409: throw BootAgain(description: "the daemon does not take this inventory (\(Self.reason(response)))")
        default: throw unexpected("The inventory", response)
        }
    }

    private func bounded(_ inventory: Value) -> [UInt8] {
        var inventory = inventory
        var body = inventory.jsonBytes(.compact)
        while body.count > Self.inventoryLimit, case .object(var members) = inventory,
            var details = members["details"]?.arrayValue, let last = details.popLast()
        {
            log.write("the inventory is too large: \(last["generator"]?.stringValue ?? "a detail") is left out")
            members["details"] = .array(details)
            inventory = .object(members)
            body = inventory.jsonBytes(.compact)
        }
        return body
    }

    /// Waits for the plan, for as long as it takes.
    ///
    /// - Throws: `BootAgain`; `BoatyardError` `installer.protocol`; `CancellationError`.
    package func plan() async throws -> Value {
        while true {
            let response = try await exchange("GET", "/agent/v1/plan?wait=30")
            switch response.status {
            case 200:
                do { return try Value(json: response.body) } catch {
                    throw BoatyardError("installer.protocol", "The plan cannot be read: \(error).")
                }
            case 204:
                // The daemon spreads its machines itself where it did not hold the request.
                var pause = Backoff(first: firstPause, longest: firstPause)
                try await pause.rest(asked: response.retryAfterSeconds)
            case 401: throw BootAgain(description: "the boot token is void")
            case 409: throw BootAgain(description: "there is no plan for this boot (\(Self.reason(response)))")
            default: throw unexpected("The plan", response)
            }
        }
    }

    /// Reports a phase until the daemon has taken it.
    ///
    /// - Parameter address: the plan's `report_url`.
    /// - Throws: `BootAgain` where it is refused; `BoatyardError` `installer.protocol`; `CancellationError`.
    package func report(_ event: InstallerEvent, to address: String) async throws -> Next {
        let response = try await exchange("POST", address, body: event.json)
        switch response.status {
        case 200:
            guard let text = (try? Value(json: response.body))?["next"]?.stringValue, let next = Next(rawValue: text)
            else {
                throw unexpected("The event \(event.phase)", response)
            }
            return next
        case 401: throw BootAgain(description: "the boot token is void")
        case 409: throw BootAgain(description: "the event \(event.phase) is refused (\(Self.reason(response)))")
        default: throw unexpected("The event \(event.phase)", response)
        }
    }

    /// Reports what a test has found, until the daemon has taken it.
    ///
    /// - Returns: `reboot` where the machine is installed, else `continue`: it waits for its plan.
    /// - Throws: `BootAgain` where it is refused; `BoatyardError` `installer.protocol`; `CancellationError`.
    func report(test: String, _ findings: [HardwareFinding]) async throws -> Next {
        let body: Value = ["test": .string(test), "findings": .array(findings.map(\.value))]
        let response = try await exchange("POST", "/agent/v1/test", body: body.jsonBytes(.compact))
        switch response.status {
        case 200:
            guard let text = (try? Value(json: response.body))?["next"]?.stringValue, let next = Next(rawValue: text)
            else { throw unexpected("The report of the test", response) }
            return next
        case 401: throw BootAgain(description: "the boot token is void")
        case 409: throw BootAgain(description: "the report of the test is refused (\(Self.reason(response)))")
        default: throw unexpected("The report of the test", response)
        }
    }

    /// What became of a report of an operation.
    enum Receipt: Sendable, Hashable {
        case taken
        /// The daemon has no such route, or takes no more of this boot.
        case unknownRoute
        case failed
    }

    /// Reports an operation once. An installation does not depend on it.
    ///
    /// - Throws: `BoatyardError` where the address is none; `CancellationError`.
    func report(_ operation: OperationReport) async throws -> Receipt {
        do {
            let response = try await client.send(
                try request("POST", "/agent/v1/operations", body: operation.json),
                limits: .init(time: 10, size: Self.answerLimit))
            if response.status < 300 { return .taken }
            return response.status >= 500 || response.status == 429 ? .failed : .unknownRoute
        } catch is OutboundError {
            return .failed
        }
    }

    /// Sends until there is an answer other than that the daemon cannot answer now.
    func exchange(_ method: String, _ target: String, body: [UInt8]? = nil) async throws -> OutboundResponse {
        let request = try request(method, target, body: body)
        var backoff = Backoff(first: firstPause)
        while true {
            do {
                let response = try await client.send(
                    request, limits: .init(time: Self.patience, size: Self.answerLimit))
                guard response.status >= 500 || response.status == 429 else { return response }
                log.write("\(method) \(request.address.target) is answered \(response.status); it is tried again")
                try await backoff.rest(asked: response.retryAfterSeconds)
            } catch let error as OutboundError where error.kind != .tooLarge && error.kind != .invalidAddress {
                log.write("\(method) \(request.address.shown): \(error); it is tried again")
                try await backoff.rest()
            }
        }
    }

    private func request(_ method: String, _ target: String, body: [UInt8]?) throws -> OutboundRequest {
        guard let address = target.hasPrefix("/") ? url.redirected(to: target) : RemoteAddress(target) else {
            throw BoatyardError("installer.protocol", "'\(target)' in the plan is no address of a server.")
        }
        var request = OutboundRequest(method, address, body: body)
        if body != nil { request.headers.append(("Content-Type", "application/json")) }
        if let token { request.secretHeaders = [("Authorization", "Bearer \(token.reveal())")] }
        return request
    }

    private static func reason(_ response: OutboundResponse) -> String {
        (try? Value(json: response.body))?["error"]?.stringValue ?? "\(response.status) \(response.reasonPhrase)"
    }

    func unexpected(_ what: String, _ response: OutboundResponse) -> BoatyardError {
        BoatyardError(
            "installer.protocol",
            "\(what) is answered \(response.status) \(response.reasonPhrase): \(Self.reason(response).prefix(300)). The "
                + "installer may be older than the daemon: build it anew with 'boatyard netboot build'.")
    }
}

extension OutboundResponse {
    /// What `Retry-After` asks for, in seconds: at most a minute, 0 where it asks for nothing.
    var retryAfterSeconds: Double { min(Double(header("Retry-After").flatMap { UInt16($0) } ?? 0), 60) }
}
