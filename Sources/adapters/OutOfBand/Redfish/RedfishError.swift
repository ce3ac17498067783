import OutboundHTTP
import Primitives

/// Why a BMC could not be talked to by Redfish, or would not do what it was told.
package struct RedfishError: Error, Sendable, CustomStringConvertible {
    package enum Kind: Sendable, Hashable {
        /// The account is refused, or lacks a right.
        case authentication
        /// Another certificate than is known of the BMC.
        case certificate
        /// It cannot do it now, and may say after how long it can.
        case busy(retryAfter: Duration?)
        /// It cannot be reached, or does not answer.
        case transport
        /// The time that the caller gave is over.
        case deadline
        /// It will not do it.
        case command
        /// What it answers is not what Redfish allows.
        case protocolViolation
        /// What the design says does not fit the BMC.
        case configuration
    }

    package let kind: Kind
    /// What, where and remedy.
    package let message: String
    /// That of the BMC's answer; nil where it is not about one.
    let status: Int?

    init(_ kind: Kind, _ message: String, status: Int? = nil) {
        self.kind = kind
        self.message = message
        self.status = status
    }

    /// Stable and documented, those of IPMI where they mean the same: `bmc.authentication`.
    package var code: String {
        switch kind {
        case .authentication: "bmc.authentication"
        case .certificate: "bmc.certificate"
        case .busy: "bmc.busy"
        case .transport: "bmc.transport"
        case .deadline: "bmc.deadline"
        case .command: "bmc.command"
        case .protocolViolation: "bmc.protocol"
        case .configuration: "bmc.configuration"
        }
    }

    /// Another try cannot end otherwise, and with a wrong password it brings the BMC's lock-out nearer.
    package var isPermanent: Bool {
        switch kind {
        case .authentication, .certificate, .deadline, .command, .configuration: true
        case .busy, .transport, .protocolViolation: false
        }
    }

    /// Whether it is about one resource, and says nothing of others: the BMC does not have it, does not let the account read it,
    /// or answers what cannot be read.
    var costsItsResourceAlone: Bool {
        switch kind {
        case .command, .protocolViolation: true
        case .authentication: status == 403
        default: false
        }
    }

    package var description: String { message }
}

extension RedfishError {
    /// What to do about a BMC that answers, but not soon enough.
    static let slow = "give it more time, and restart it if it stays so"

    /// Of a request that took too long.
    ///
    /// - Parameters:
    ///   - request: `GET /redfish/v1/Systems`
    ///   - limit: what it was given.
    ///   - isLast: whether that was all the time that was left.
    ///   - done: what the BMC has answered before: `has answered one request, GET /redfish/v1/`; nil for nothing.
    init(
        slowAt request: String, _ error: OutboundError, _ endpoint: RedfishEndpoint, within limit: Duration,
        isLast: Bool,
        done: String?
    ) {
        let tenths = (limit / .milliseconds(100)).rounded()
        let seconds = "\(tenths.truncatingRemainder(dividingBy: 10) == 0 ? "\(Int(tenths) / 10)" : "\(tenths / 10)") s"
        let seen =
            error.status.map { "began to answer \(request) with \($0) and had not ended within \(seconds)" }
            ?? "did not answer \(request) within \(seconds)"
        let isSilent = error.status == nil && done == nil
        self.init(
            isLast ? .deadline : .transport,
            "BMC \(endpoint) \(seen)\(done.map { ", and \($0), before" } ?? ""); "
                + (isSilent
                    ? "check address, oob.port, power and network of the BMC, and that Redfish is enabled" : Self.slow))
    }

    /// Of any other exchange that failed.
    init(_ error: OutboundError, _ endpoint: RedfishEndpoint) {
        let bmc = "BMC \(endpoint)"
        switch error.kind {
        case .certificate:
            self.init(
                .certificate,
                "\(bmc) is not trusted: \(error.message). If its certificate was replaced, set oob.certificate of the "
                    + "node to the new fingerprint, or forget the known one: boatyard bmc forget \(endpoint.node ?? "NODE"); if not, somebody else "
                    + "answers at its address")
        case .tls where endpoint.trust == .authorities:
            self.init(
                .certificate,
                "\(bmc) is not trusted: \(error.message); check oob.certificate, which is authorities, and the "
                    + "certificate of the BMC")
        case .invalidAddress:
            self.init(.configuration, "\(bmc): \(error.message); check its address and oob.port")
        case .tooLarge, .redirect: self.init(.protocolViolation, "\(bmc): \(error.message); update its firmware")
        default: self.init(.transport, Self.unreachable(bmc, error))
        }
    }

    private static func unreachable(_ bmc: String, _ error: OutboundError) -> String {
        "\(bmc) cannot be reached by Redfish: \(error.message); check address, oob.port, power and network of the BMC, and "
            + "that Redfish is enabled"
    }
}
