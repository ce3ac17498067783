import Primitives

/// Where a BMC listens.
package struct BMCEndpoint: Sendable, Hashable, CustomStringConvertible {
    /// An IPv4 or IPv6 address; names are not resolved.
    package var host: String
    /// UDP; 623 by default.
    package var port: Int
    /// The address that the BMC stands in for, in a rehearsal.
    package var rehearsedAddress: String?

    package init(host: String, port: Int = 623, rehearsedAddress: String? = nil) {
        self.host = host
        self.port = port
        self.rehearsedAddress = rehearsedAddress
    }

    package var description: String {
        let place = host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]:\(port)" : "\(host):\(port)"
        return rehearsedAddress.map { "\($0) (rehearsed at \(place))" } ?? place
    }
}

/// With what account a BMC is talked to.
package struct BMCCredentials: Sendable {
    /// At most 16 bytes.
    package var user: String
    /// At most 20 bytes.
    package var password: Secret<String>
    /// K_G, at most 20 bytes, where the BMC has a key of its own.
    package var bmcKey: Secret<String>?

    package init(user: String, password: Secret<String>, bmcKey: Secret<String>? = nil) {
        self.user = user
        self.password = password
        self.bmcKey = bmcKey
    }
}

/// When an unanswered datagram is sent again, and when it is given up.
package struct RetrySchedule: Sendable, Hashable {
    /// Wait after the first datagram; it doubles with each further one.
    package var firstTimeout: Duration
    /// Datagrams in all, at least 1.
    package var attempts: Int

    package init(firstTimeout: Duration = .seconds(1), attempts: Int = 4) {
        self.firstTimeout = firstTimeout
        self.attempts = max(1, min(attempts, 16))
    }

    /// How long to wait after the given attempt, the first one being 1.
    package func timeout(attempt: Int) -> Duration { firstTimeout * (1 << max(0, min(attempt - 1, 15))) }
}

/// How sessions are held, whichever the BMC.
package struct IPMIConfiguration: Sendable, Hashable {
    /// Proposed one after the other until the BMC accepts one. Whoever can forge datagrams can make the client fall
    /// back to a later one: leave out what the site does not need.
    package var suites: [CipherSuite]
    /// The privilege level that sessions ask for.
    package var privilege: PrivilegeLevel
    /// When a datagram is sent again, and when the BMC is given up.
    package var retry: RetrySchedule

    package init(
        suites: [CipherSuite] = [.suite17, .suite3], privilege: PrivilegeLevel = .administrator,
        retry: RetrySchedule = RetrySchedule()
    ) {
        self.suites = suites
        self.privilege = privilege
        self.retry = retry
    }
}
