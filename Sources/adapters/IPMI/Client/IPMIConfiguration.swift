import NIOCore
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

    /// `10.0.0.11`, `10.0.0.11:6230`, `fd00::1`, `[fd00::1]`, `[fd00::1]:623`; nil for anything else.
    package init?(_ text: String) {
        guard let (host, port) = Self.parts(of: text[...]), !text.hasPrefix("[") || host.contains(":"),
            (try? SocketAddress(ipAddress: String(host), port: 1)) != nil
        else { return nil }
        let number = port.map { Self.port($0) ?? 0 } ?? 623
        guard number > 0 else { return nil }
        self.init(host: String(host), port: number)
    }

    /// What stands before and behind the colon of a port, brackets taken away; what has several colons and no brackets has no
    /// port.
    ///
    /// - Returns: nil where a bracket is not closed, or what is behind it is no port.
    package static func parts(of text: Substring) -> (host: Substring, port: Substring?)? {
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]") else { return nil }
            let rest = text[text.index(after: end)...]
            guard rest.isEmpty || rest.hasPrefix(":") else { return nil }
            return (text[text.index(after: text.startIndex)..<end], rest.isEmpty ? nil : rest.dropFirst())
        }
        guard let colon = text.firstIndex(of: ":"), text.lastIndex(of: ":") == colon else { return (text, nil) }
        return (text[..<colon], text[text.index(after: colon)...])
    }

    /// Of digits alone, 1 to 65535; nil for anything else.
    package static func port(_ text: Substring) -> Int? {
        guard text.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
        return Int(text).flatMap { (1...65535).contains($0) ? $0 : nil }
    }

    /// Where it listens, in a rehearsal, too: `10.0.0.11:623`, `[fd00::11]:623`.
    package var place: String { host.utf8.contains(UInt8(ascii: ":")) ? "[\(host)]:\(port)" : "\(host):\(port)" }

    package var description: String {
        let place = place
        return rehearsedAddress.map { "\($0) (rehearsed at \(place))" } ?? place
    }
}

/// With what account a BMC is talked to.
package struct BMCCredentials: Sendable {
    /// At most 16 bytes.
    package var user: String
    /// At most 20 bytes.
    package var password: Secret<String>
    /// K_G, at most 20 bytes, where the BMC has a key of its own: as text, or behind `0x` in hexadecimal.
    package var bmcKey: Secret<String>?

    package init(user: String, password: Secret<String>, bmcKey: Secret<String>? = nil) {
        self.user = user
        self.password = password
        self.bmcKey = bmcKey
    }

    /// Text that only looks like hexadecimal is taken as text.
    package static func keyBytes(_ key: String) -> [UInt8] {
        let digits = key.dropFirst(2).map { $0.isASCII ? $0.hexDigitValue : nil }
        guard key.hasPrefix("0x"), !digits.isEmpty, digits.count.isMultiple(of: 2), !digits.contains(nil) else {
            return Array(key.utf8)
        }
        return stride(from: 0, to: digits.count, by: 2).map {
            UInt8(truncatingIfNeeded: (digits[$0] ?? 0) << 4 | (digits[$0 + 1] ?? 0))
        }
    }
}

/// When an unanswered datagram is sent again, and when it is given up.
package struct RetrySchedule: Sendable, Hashable {
    /// Wait after the first datagram; it doubles with each further one.
    package var firstTimeout: Duration
    /// Datagrams in all, at least 1.
    package var attempts: Int
    /// By which part a wait is longer at most, at random: hundreds of BMCs are not asked again at the same moment.
    package var jitter: Double

    package init(firstTimeout: Duration = .seconds(1), attempts: Int = 4, jitter: Double = 0.2) {
        self.firstTimeout = firstTimeout
        self.attempts = max(1, min(attempts, 16))
        self.jitter = max(0, min(jitter, 1))
    }

    /// How long to wait after the given attempt, the first one being 1.
    ///
    /// - Parameter random: a random byte.
    package func timeout(attempt: Int, random: UInt8 = 0) -> Duration {
        let wait = firstTimeout * (1 << max(0, min(attempt - 1, 15)))
        return jitter == 0 ? wait : wait * (1 + jitter * Double(random) / 255)
    }
}

/// How sessions are held, whichever the BMC.
package struct IPMIConfiguration: Sendable, Hashable {
    /// Proposed one after the other until the BMC accepts one. Whoever can forge datagrams can make the client fall
    /// back to a later one: leave out what the site does not need.
    package var suites: [CipherSuite]
    /// The privilege level that sessions ask for. Higher ones, and `operator`, follow where the BMC refuses it, and where
    /// a command turns out to need more.
    package var privilege: PrivilegeLevel
    /// When a datagram is sent again, and when the BMC is given up.
    package var retry: RetrySchedule
    /// The same once anything has come from the BMC; nil for `retry`.
    package var retryOnceHeard: RetrySchedule?
    /// How whoever reads errors gives the key of a BMC (K_G): `oob.kg` of a document, or an option.
    package var bmcKeySetting: String
    /// After so long without a command the BMC is asked for its device ID, as it forgets silent sessions after a minute;
    /// nil never.
    package var keepAlive: Duration?

    package init(
        suites: [CipherSuite] = CipherSuite.byStrength, privilege: PrivilegeLevel = .operator,
        retry: RetrySchedule = RetrySchedule(), retryOnceHeard: RetrySchedule? = nil,
        keepAlive: Duration? = .seconds(20), bmcKeySetting: String = "oob.kg"
    ) {
        self.suites = suites
        self.privilege = privilege
        self.retry = retry
        self.retryOnceHeard = retryOnceHeard
        self.keepAlive = keepAlive
        self.bmcKeySetting = bmcKeySetting
    }
}
