import Cryptography
import IPMI
import Primitives
import Synchronization

/// What is known of BMCs: asked and told by the drivers on whatever thread they are, written behind by
/// whoever keeps it (`takeChanges`). A process has one.
package final class BMCMemory: Sendable {
    /// How a BMC is talked to, and where: a BMC that is talked to in two ways has two records.
    package enum Way: String, Sendable, Hashable {
        case ipmi
        case redfish
        case libvirt
    }

    /// Where what is known of a BMC is kept.
    package struct Place: Sendable, Hashable {
        /// `ipmi 10.0.0.11:623`, `libvirt qemu+ssh://192.0.2.7/system n1`
        package let name: String
        /// How messages call the BMC.
        package let address: String

        init(_ way: Way, _ peer: String, address: String) {
            name = BMCMemory.name(way, peer)
            self.address = address
        }
    }

    private struct State {
        var records: [String: BMCRecord] = [:]
        /// What is to be written, and what has changed beside.
        var due: Set<String> = []
        var minor: Set<String> = []
        /// By the names of records: digests of secrets that were refused once.
        var doubted: [String: String] = [:]
    }

    /// More BMCs than a site has. Beyond it those go that nothing was noted of for the longest time.
    package static let capacity = 8192
    /// In seconds: a BMC says what it is once in so long a time.
    private static let identityLifetime = 86400.0
    /// How many reasons for dropped replies are kept of one BMC; there are no more of them.
    private static let maximumReasons = 16

    private let state = Mutex(State())
    private let changes = Notifier<Anything>()
    private let key: @Sendable () -> Secret<[UInt8]>
    private let now: @Sendable () -> Timestamp

    /// - Parameter key: under which digests of refused secrets are made, 32 bytes: the master key, or one of this process.
    package init(
        key: @escaping @Sendable () -> Secret<[UInt8]>, now: @escaping @Sendable () -> Timestamp = { .now() }
    ) {
        self.key = key
        self.now = now
    }

    /// Forgets everything when the process ends.
    package convenience init() {
        let key = Secret(Random.bytes(32))
        self.init(key: { key })
    }

    /// The key of a BMC's record: `ipmi 10.0.0.11:623`.
    ///
    /// - Parameter peer: address and port, `[fd00::1]:443`.
    package static func name(_ way: Way, _ peer: String) -> String { "\(way.rawValue) \(peer)" }

    /// What is known of a BMC; nil where nothing is.
    package func record(_ name: String) -> BMCRecord? { state.withLock { $0.records[name] } }

    /// Takes what was written before, at the start.
    package func load(_ records: [String: BMCRecord]) {
        state.withLock { $0.records.merge(records) { present, _ in present } }
    }

    /// Forgets a BMC: the certificate that it shows next is the one that it is known by then.
    ///
    /// - Returns: whether anything was known of it.
    package func forget(_ name: String) -> Bool {
        let wasKnown = state.withLock { state in
            state.due.insert(name)
            state.doubted[name] = nil
            return state.records.removeValue(forKey: name) != nil
        }
        changes.notify()
        return wasKnown
    }

    /// Changes a record, or makes one.
    ///
    /// - Parameter change: returns whether it is worth writing soon.
    func update(_ name: String, _ change: (inout BMCRecord, Timestamp) -> Bool) {
        let now = now()
        let isDue = state.withLock { state in
            if state.records[name] == nil, state.records.count >= Self.capacity {
                // The oldest eighth at once, as looking for it takes long.
                let oldest = state.records.sorted { $0.value.seen < $1.value.seen }.prefix(Self.capacity / 8)
                for (name, _) in oldest {
                    state.records[name] = nil
                    state.due.insert(name)
                }
            }
            var record = state.records[name] ?? BMCRecord(seen: now)
            record.seen = now
            let isDue = change(&record, now)
            state.records[name] = record
            if isDue { state.due.insert(name) } else { state.minor.insert(name) }
            return isDue
        }
        if isDue { changes.notify() }
    }

    /// What has changed since the last call, by name; nil for what is forgotten.
    ///
    /// - Parameter all: also what is not worth a write by itself: latencies and times.
    package func takeChanges(all: Bool) -> [String: BMCRecord?] {
        state.withLock { state in
            let names = all ? state.due.union(state.minor) : state.due
            state.minor.subtract(names)
            state.due = []
            return Dictionary(names.map { ($0, state.records[$0]) }, uniquingKeysWith: { first, _ in first })
        }
    }

    /// Takes back changes that could not be written: they are due with the next one.
    package func restore(_ changes: [String: BMCRecord?]) {
        state.withLock { $0.due.formUnion(changes.keys) }
    }

    /// Returns once something is worth writing, and at cancellation.
    package func waitForChanges() async {
        while !Task.isCancelled {
            let seen = changes.count
            if state.withLock({ !$0.due.isEmpty }) { return }
            await changes.wait(after: seen)
        }
    }
}

extension BMCMemory: SessionMemory {
    package func parameters(of endpoint: BMCEndpoint, user: String) -> SessionParameters? {
        record(Self.name(.ipmi, endpoint.place)).flatMap { $0.user == user ? $0.parameters : nil }
    }

    package func note(_ observation: SessionObservation, of endpoint: BMCEndpoint, user: String) {
        update(Self.name(.ipmi, endpoint.place)) { record, now in
            var isDue = false
            if let parameters = observation.parameters, record.parameters != parameters || record.user != user {
                record.user = user
                record.parameters = parameters
                isDue = true
            }
            for quirk in observation.quirks {
                isDue = isDue || record.quirks[quirk] == nil
                record.quirks[quirk] = .init(count: (record.quirks[quirk]?.count ?? 0) + 1, last: now)
            }
            for (reason, count) in observation.dropped {
                guard record.dropped[reason] != nil || record.dropped.count < Self.maximumReasons else { continue }
                isDue = isDue || record.dropped[reason] == nil
                record.dropped[reason] = .init(count: (record.dropped[reason]?.count ?? 0) + count, last: now)
            }
            if let latency = observation.latency.map({ $0 / .seconds(1) }) {
                record.latency = record.latency.map { $0 + (latency - $0) / 8 } ?? latency
                isDue = isDue || record.answered == nil
                record.answered = now
            }
            return isDue
        }
    }
}

extension BMCMemory: BMCPins {
    package func fingerprint(of peer: String, orRemember shown: CertificateFingerprint) -> CertificateFingerprint {
        var known = shown
        update(Self.name(.redfish, peer)) { record, now in
            guard let certificate = record.certificate else {
                record.certificate = .init(fingerprint: shown, since: now)
                return true
            }
            known = certificate.fingerprint
            if known == shown {
                guard record.otherCertificate != nil else { return false }
                record.otherCertificate = nil
                return true
            }
            guard record.otherCertificate?.fingerprint != shown else { return false }
            record.otherCertificate = .init(fingerprint: shown, since: now)
            return true
        }
        return known
    }

    package func expect(_ fingerprint: CertificateFingerprint, of peer: String) {
        update(Self.name(.redfish, peer)) { record, now in
            guard record.certificate?.fingerprint != fingerprint else { return false }
            record.certificate = .init(fingerprint: fingerprint, since: now)
            record.otherCertificate = nil
            return true
        }
    }
}

extension BMCMemory {
    /// What a BMC is, as it has just said.
    func noteIdentity(_ name: String, vendor: String?, model: String?, firmware: String?) {
        update(name) { record, now in
            record.identified = now
            let before = (record.vendor, record.model, record.firmware)
            record.vendor = vendor ?? record.vendor
            record.model = model ?? record.model
            record.firmware = firmware ?? record.firmware
            return before != (record.vendor, record.model, record.firmware)
        }
    }

    /// Whether it is time to ask a BMC what it is.
    func needsIdentity(_ name: String) -> Bool {
        guard let identified = record(name)?.identified else { return true }
        return now().seconds(since: identified) > Self.identityLifetime
    }

    /// A command has ended well: the BMC takes this account and secret.
    func noteSuccess(_ name: String) {
        state.withLock { $0.doubted[name] = nil }
        update(name) { record, now in
            let wasRefused = record.refusedSecret != nil
            let isFirst = record.answered == nil
            record.refusedSecret = nil
            record.answered = now
            return wasRefused || isFirst
        }
    }

    /// A command has failed for good.
    ///
    /// - Parameter refused: the credentials, where the BMC has refused them.
    func noteFailure(_ name: String, code: String, message: String, refused: BMCCredentials?) {
        let digest = refused.map(digest)
        update(name) { record, now in
            record.failure = .init(code: code, message: message, time: now)
            if let digest { record.refusedSecret = .init(digest: digest, time: now, reason: message) }
            return true
        }
    }

    /// The BMC has refused these credentials once, and they were not tried a second time.
    func doubt(_ credentials: BMCCredentials, by name: String) {
        let digest = digest(credentials)
        state.withLock { state in
            if state.doubted.count >= Self.capacity { state.doubted = [:] }
            state.doubted[name] = digest
        }
    }

    /// Whether it has, since a command last ended well.
    func isDoubted(_ credentials: BMCCredentials, by name: String) -> Bool {
        guard let doubted = state.withLock({ $0.doubted[name] }) else { return false }
        return doubted == digest(credentials)
    }

    /// Since when the BMC refuses these credentials, and why; nil where it does not, or where they have changed since.
    func refused(_ credentials: BMCCredentials, by name: String) -> BMCRecord.RefusedSecret? {
        guard let refused = record(name)?.refusedSecret, refused.digest == digest(credentials) else { return nil }
        return refused
    }

    private func digest(_ credentials: BMCCredentials) -> String {
        var bytes: [UInt8] = []
        for part in [credentials.user, credentials.password.reveal(), credentials.bmcKey?.reveal() ?? ""] {
            bytes.append(littleEndian: UInt32(clamping: part.utf8.count))
            bytes += Array(part.utf8)
        }
        return HMAC.sha256(key: key().reveal(), message: Array("boatyard refused secret".utf8) + bytes).hex
    }
}
