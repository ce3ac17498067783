import OrderedCollections
import Primitives
import SiteDesign
import Testing
import YAML

@testable import Installation

@Suite("Documents of a new site")
struct NewSiteTests {
    private static func request(_ network: String = "192.0.2.0/24", _ count: Int = 3, bmc: String? = "198.51.100")
        throws -> NewSite.Request
    {
        var request = NewSite.Request(network: try #require(IPv4Network(network)))
        request.gateway = IPv4Address(rawValue: request.network.network.rawValue + 1)
        request.keys = ["ssh-ed25519 AAAA operator@example.com"]
        request.machines = try (1...count).map { number in
            NewSite.Machine(
                name: "n\(number)", mac: try #require(MACAddress("52:54:00:00:00:0\(number)")),
                bmcAddress: bmc.flatMap { IPv4Address("\($0).\(10 + number)") })
        }
        if bmc != nil { request.bmcs = .init(type: "ipmi", account: "admin", password: Secret("it's: \"secret\"")) }
        return request
    }

    private static func documents(_ site: NewSite) throws -> [Value] {
        try site.files(modeline: "# modeline").flatMap { try YAML.load(Array($0.value.utf8)) }
    }

    private static func messages(_ documents: [Value]) -> [String] {
        InstallableDesign.compile(
            documents.compactMap { document in
                guard case .object(var members) = document else { return nil }
                // As the substitution leaves it.
                if document["schema"] == "drydock/HostProfile/v1", case .object(var data)? = members["data"],
                    case .object(var oob)? = data["oob"], oob["account"] != nil
                {
                    oob["credential"] = "secret"
                    data["oob"] = .object(oob)
                    members["data"] = .object(data)
                }
                return DesignDocument(.object(members))
            }, platform: .absent, outOfBandTypes: OutOfBandTypes(["ipmi", "redfish", "manual", "libvirt"])
        ).messages.filter { $0.level != .info }.map(\.message)
    }

    /// That there is no catalog of images here.
    private static let known = "Unable to load platform"

    @Test("what is written is a valid design without a warning", arguments: [BootMode.uefi, .bios])
    func valid(mode: BootMode) throws {
        var request = try Self.request()
        request.bootMode = mode
        let documents = try Self.documents(NewSite(request))
        let found = Self.messages(documents)
        #expect(found.allSatisfy { $0.contains("image") || $0.contains("atalog") }, "\(found)")
        #expect(
            documents.contains { $0["data"] == "it's: \"secret\"" && $0["metadata"]?["storagePolicy"] == "encrypted" })
        for number in 1...3 {
            let node = documents.first { $0["metadata"]?["name"] == .string("n\(number)") }
            #expect(node?["data"]?["addressing"]?[1]?["address"] == .string("192.0.2.\(9 + number)"))
        }
    }

    @Test(
        "machines without a BMC are switched by a person; a BMC may be in the machines' network; a disk of its own stays its own"
    )
    func variants() throws {
        let manual = try Self.documents(NewSite(try Self.request(bmc: nil)))
        #expect(manual.contains { $0["data"]?["oob"]?["type"] == "manual" })
        #expect(!manual.contains { $0["schema"] == "deckhand/Passphrase/v1" })
        #expect(
            Self.messages(manual).allSatisfy { $0.contains("image") || $0.contains("atalog") },
            "\(Self.messages(manual))")

        var request = try Self.request(bmc: "192.0.2")
        request.machines[1].disk = "nvme0n1"
        request.machines[2].bmcAddress = nil
        let site = try NewSite(request)
        #expect(site.machines.map { "\($0.address?.description ?? "")" } == ["192.0.2.13", "192.0.2.14", "192.0.2.15"])
        let found = Self.messages(try Self.documents(site))
        #expect(
            found.allSatisfy { $0.contains("image") || $0.contains("atalog") || $0.contains("overlap") }, "\(found)")
    }

    @Test("what does not fit is refused with what does")
    func wrong() throws {
        func problem(_ change: (inout NewSite.Request) throws -> Void) throws -> String {
            var request = try Self.request()
            try change(&request)
            do throws(BoatyardError) {
                _ = try NewSite(request)
                return ""
            } catch {
                return error.message
            }
        }
        #expect(try problem { $0.machines = [] } == "A site has one machine at least.")
        #expect(try problem { $0.machines[1].name = "n1" }.contains("in common with another machine"))
        #expect(try problem { $0.machines[1].mac = $0.machines[0].mac }.contains("in common with another machine"))
        #expect(try problem { $0.machines[0].name = "N1;reboot" }.contains("is no name of a machine"))
        #expect(try problem { $0.machines[0].address = IPv4Address("10.0.0.1") }.contains("is not in the network"))
        #expect(try problem { $0.bmcNetwork = IPv4Network("10.0.0.0/8") }.contains("is not in the network of BMCs"))
        #expect(try problem { $0.bmcs = nil }.contains("give its account and password"))
        #expect(try problem { $0.network = try #require(IPv4Network("192.0.2.5/24")) }.contains("such as 192.0.2.0/24"))
        #expect(try problem { $0.gateway = IPv4Address("10.0.0.1") }.contains("10.0.0.1 is not in the network"))
        var small = try Self.request("192.0.2.0/27", 9)
        small.taken = [IPv4Address(rawValue: 0xc000_0209)]
        #expect(throws: Never.self) { try NewSite(small) }
    }

    @Test("addresses that are taken are given to nobody, and DHCP gives out none of them")
    func addresses() throws {
        var request = try Self.request()
        request.gateway = IPv4Address("192.0.2.254")
        request.nameServers = [try #require(IPv4Address("192.0.2.11"))]
        request.taken = [try #require(IPv4Address("192.0.2.220"))]
        let site = try NewSite(request)
        #expect(site.machines.compactMap(\.address?.description) == ["192.0.2.12", "192.0.2.13", "192.0.2.14"])
        #expect(site.dhcp.lowerBound.description == "192.0.2.221" && site.dhcp.upperBound.description == "192.0.2.253")
    }
}
