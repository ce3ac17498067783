import Logging
import MessageCatalog
import OrderedCollections
import Primitives
import SiteDesign
import TestSupport
import Testing

@testable import OutOfBand

@Suite("Certificates of BMCs")
struct RedfishCertificateTests {
    private func power(
        _ server: RedfishServer, _ client: RedfishClient, _ certificate: String? = nil,
        journal: RecordedLog = RecordedLog()
    ) async throws -> PowerState {
        let parameters: Labels = certificate.map { ["certificate": $0] } ?? [:]
        return try await redfish(
            redfishNode(server.port, scheme: "https", parameters), journal: journal, client: client
        ).powerState(until: later)
    }

    private func with(_ body: (RedfishClient) async throws -> Void) async throws {
        let client = RedfishClient()
        do { try await body(client) } catch {
            await client.close()
            throw error
        }
        await client.close()
    }

    @Test(
        "Redfish: the first certificate of a BMC is the one it is known by; another is an error with both fingerprints")
    func firstUse() async throws {
        try await with { (client) async throws -> Void in
            try await RedfishServer.with(certificate: .first) { (server) async throws -> Void in
                for _ in 0..<2 { #expect(try await power(server, client) == .off) }
                let count = server.requests.count
                try server.show(.second)
                let error = await #expect(throws: BoatyardError.self) { try await power(server, client) }
                #expect(error?.code == "bmc.certificate")
                for text in [
                    "fingerprint \(TestCertificate.second.fingerprint)",
                    "known by has \(TestCertificate.first.fingerprint)", "set oob.certificate of the node",
                ] {
                    #expect(error?.message.contains(text) == true, "\(error?.message ?? "")")
                }
                // Nothing was sent to it, the account least of all.
                #expect(server.requests.count == count)
                // The remedy helps.
                #expect(try await power(server, client, TestCertificate.second.fingerprint) == .off)
                #expect(try await power(server, client) == .off)
            }
        }
    }

    @Test("Redfish: another certificate than is known is an error in the journal, once for each that is shown")
    func alarm() async throws {
        let journal = RecordedLog()
        func alarms() -> [String] {
            journal.events.filter { $0.entry == .bmcNotTrusted && $0.level == .error }.map(\.line)
        }
        try await with { (client) async throws -> Void in
            try await RedfishServer.with(certificate: .first) { (server) async throws -> Void in
                #expect(try await power(server, client, journal: journal) == .off)
                #expect(alarms().isEmpty)
                try server.show(.second)
                for _ in 0..<3 {
                    await #expect(throws: BoatyardError.self) { try await power(server, client, journal: journal) }
                }
                #expect(alarms().count == 1)
                #expect(alarms().first?.contains("node=n01") == true)
                #expect(alarms().first?.contains("boatyard bmc forget n01;") == true)
                for fingerprint in [TestCertificate.first.fingerprint, TestCertificate.second.fingerprint] {
                    #expect(alarms().first?.contains(fingerprint) == true)
                }
            }
        }
    }

    @Test("Redfish: a certificate that the design names is the only one")
    func named() async throws {
        try await with { (client) async throws -> Void in
            try await RedfishServer.with(certificate: .first) { (server) async throws -> Void in
                let error = await #expect(throws: BoatyardError.self) {
                    try await power(server, client, TestCertificate.second.fingerprint)
                }
                #expect(error?.code == "bmc.certificate")
                #expect(server.requests.isEmpty)
                #expect(try await power(server, client, TestCertificate.first.fingerprint) == .off)
            }
        }
    }

    @Test("Redfish: where authorities are asked for, a certificate that a BMC signed itself is an error, tried once")
    func authorities() async throws {
        try await with { (client) async throws -> Void in
            try await RedfishServer.with(certificate: .second) { (server) async throws -> Void in
                let error = await #expect(throws: BoatyardError.self) { try await power(server, client, "authorities") }
                #expect(error?.code == "bmc.certificate")
                #expect(server.requests.isEmpty)
            }
        }
    }

    @Test("Redfish: a BMC without TLS is not talked to unless the design says so")
    func plain() async throws {
        try await with { (client) async throws -> Void in
            try await RedfishServer.with { (server) async throws -> Void in
                let error = await #expect(throws: BoatyardError.self) { try await power(server, client) }
                #expect(error?.code == "bmc.transport")
                #expect(server.requests.isEmpty)
            }
        }
    }
}
