import IPMI
import OrderedCollections
import Primitives

/// What is known of a BMC.
package struct BMCRecord: Sendable, Hashable {
    /// How often something was seen, and when for the last time.
    package struct Count: Sendable, Hashable {
        package var count: Int
        /// The last time.
        package var last: Timestamp
    }

    /// A failure of a command.
    package struct Failure: Sendable, Hashable {
        /// `bmc.timeout`
        package var code: String
        package var message: String
        /// When it failed.
        package var time: Timestamp
    }

    /// A certificate, and since when it is known.
    package struct Certificate: Sendable, Hashable {
        /// Of the certificate.
        package var fingerprint: CertificateFingerprint
        /// When the BMC showed it first, or the design named it.
        package var since: Timestamp
    }

    /// An account with a secret that the BMC has refused twice.
    package struct RefusedSecret: Sendable, Hashable {
        /// Of account and secret, under the key of the daemon.
        package var digest: String
        /// When it was refused the second time.
        package var time: Timestamp
        /// Why, and what to do; nil where that was not kept.
        package var reason: String?
    }

    /// With what sessions of this user are opened.
    package var user: String?
    /// Tried first in the next session.
    package var parameters: SessionParameters?
    /// In how many sessions each was seen.
    package var quirks: [BMCQuirk: Count] = [:]
    /// By the reason: "integrity code wrong".
    package var dropped: [String: Count] = [:]
    /// How long it takes to answer a command, in seconds, smoothed.
    package var latency: Double?
    /// Who made the machine, as its BMC says.
    package var vendor: String?
    /// As its maker calls the machine.
    package var model: String?
    /// Of the BMC: `1.10`.
    package var firmware: String?
    /// When it last said what it is.
    package var identified: Timestamp?
    /// The one that the BMC is known by.
    package var certificate: Certificate?
    /// Another one that it has shown since.
    package var otherCertificate: Certificate?
    package var refusedSecret: RefusedSecret?
    /// When it last answered a command.
    package var answered: Timestamp?
    /// The last failure.
    package var failure: Failure?
    /// When something was last noted.
    package var seen: Timestamp

    package init(seen: Timestamp) { self.seen = seen }
}

extension BMCRecord {
    /// As it is stored.
    package var stored: Value {
        var object: Value.Object = ["seen": .int(Int(clamping: seen.microseconds))]
        func add(_ key: String, _ text: String?) { if let text { object[key] = .string(text) } }
        func add(_ key: String, _ time: Timestamp?) {
            if let time { object[key] = .int(Int(clamping: time.microseconds)) }
        }
        func counts(_ counts: [(String, Count)]) -> Value {
            .object(
                .init(
                    counts.sorted { $0.0 < $1.0 }.map {
                        ($0.0, .array([.int($0.1.count), .int(Int(clamping: $0.1.last.microseconds))]))
                    }, uniquingKeysWith: { first, _ in first }))
        }
        add("user", user)
        if let parameters {
            object["suite"] = .int(Int(parameters.suite.rawValue))
            object["privilege"] = .int(Int(parameters.privilege.rawValue))
        }
        if !quirks.isEmpty { object["quirks"] = counts(quirks.map { ($0.key.rawValue, $0.value) }) }
        if !dropped.isEmpty { object["dropped"] = counts(dropped.map { ($0.key, $0.value) }) }
        if let latency { object["latency"] = .double(latency) }
        add("vendor", vendor)
        add("model", model)
        add("firmware", firmware)
        add("identified", identified)
        add("certificate", certificate?.fingerprint.description)
        add("certificate_since", certificate?.since)
        add("other_certificate", otherCertificate?.fingerprint.description)
        add("other_certificate_since", otherCertificate?.since)
        add("refused_secret", refusedSecret?.digest)
        add("refused_at", refusedSecret?.time)
        add("refused_reason", refusedSecret?.reason)
        add("answered", answered)
        add("failure_code", failure?.code)
        add("failure_message", failure?.message)
        add("failure_at", failure?.time)
        return .object(object)
    }

    /// - Returns: nil for what is no record. A member that cannot be read is left out.
    package init?(stored value: Value) {
        func time(_ key: String) -> Timestamp? {
            value[key]?.intValue.map { Timestamp(microseconds: Int64($0)) }
        }
        func counts(_ key: String) -> [(String, Count)] {
            (value[key]?.objectValue ?? [:]).compactMap { name, pair in
                guard let count = pair[0]?.intValue, let last = pair[1]?.intValue else { return nil }
                return (name, Count(count: count, last: Timestamp(microseconds: Int64(last))))
            }
        }
        func certificate(_ key: String) -> Certificate? {
            guard let fingerprint = value[key]?.stringValue.flatMap({ CertificateFingerprint($0) }),
                let since = time("\(key)_since")
            else { return nil }
            return Certificate(fingerprint: fingerprint, since: since)
        }
        guard let seen = time("seen") else { return nil }
        self.init(seen: seen)
        user = value["user"]?.stringValue
        if let suite = value["suite"]?.intValue.flatMap(UInt8.init(exactly:)).flatMap({ CipherSuite(rawValue: $0) }),
            let privilege = value["privilege"]?.intValue.flatMap(UInt8.init(exactly:))
                .flatMap({ PrivilegeLevel(rawValue: $0) })
        {
            parameters = SessionParameters(suite: suite, privilege: privilege)
        }
        for (name, count) in counts("quirks") { if let quirk = BMCQuirk(rawValue: name) { quirks[quirk] = count } }
        for (name, count) in counts("dropped") { dropped[name] = count }
        latency = value["latency"]?.doubleValue
        vendor = value["vendor"]?.stringValue
        model = value["model"]?.stringValue
        firmware = value["firmware"]?.stringValue
        identified = time("identified")
        self.certificate = certificate("certificate")
        otherCertificate = certificate("other_certificate")
        if let digest = value["refused_secret"]?.stringValue, let time = time("refused_at") {
            refusedSecret = RefusedSecret(digest: digest, time: time, reason: value["refused_reason"]?.stringValue)
        }
        answered = time("answered")
        if let code = value["failure_code"]?.stringValue, let time = time("failure_at") {
            failure = Failure(code: code, message: value["failure_message"]?.stringValue ?? "", time: time)
        }
    }

    /// For operators and programs (`docs/api.md`, `GET nodes/{name}/bmc`). The digest of a secret is not among it.
    package var report: Value {
        func time(_ time: Timestamp?) -> Value { time.map { .string($0.formatted(.iso)) } ?? .null }
        func text(_ text: String?) -> Value { text.map { .string($0) } ?? .null }
        func certificate(_ certificate: Certificate?) -> Value {
            certificate.map { ["fingerprint": .string("\($0.fingerprint)"), "since": time($0.since)] } ?? .null
        }
        return [
            "user": text(user), "cipher_suite": parameters.map { .int(Int($0.suite.rawValue)) } ?? .null,
            "privilege": parameters.map { .string("\($0.privilege)") } ?? .null,
            "latency_ms": latency.map { .double(($0 * 10_000).rounded() / 10) } ?? .null,
            "vendor": text(vendor), "model": text(model), "firmware": text(firmware), "identified_at": time(identified),
            "quirks": .array(
                quirks.sorted { $0.key.rawValue < $1.key.rawValue }.map {
                    [
                        "name": .string($0.key.rawValue), "meaning": .string($0.key.meaning),
                        "sessions": .int($0.value.count), "last_seen": time($0.value.last),
                    ]
                }),
            "dropped": .array(
                dropped.sorted { $0.key < $1.key }.map {
                    ["reason": .string($0.key), "count": .int($0.value.count), "last_seen": time($0.value.last)]
                }),
            "certificate": certificate(self.certificate), "other_certificate": certificate(otherCertificate),
            "refused_at": time(refusedSecret?.time), "answered_at": time(answered),
            "failure": failure.map {
                ["code": .string($0.code), "message": .string($0.message), "time": time($0.time)]
            } ?? .null,
            "seen_at": time(seen),
        ]
    }
}
