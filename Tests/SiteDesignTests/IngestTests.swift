import OrderedCollections
import Primitives
import Testing

@testable import SiteDesign

@Suite("Reading documents")
struct IngestTests {
    @Test("every kind has a schema that is a schema", arguments: DesignKind.allCases)
    func schemas(kind: DesignKind) throws {
        _ = try DesignSchemas.schema(of: kind)
    }

    @Test("documents of others, and what has no three-part schema, are passed over")
    func others() {
        let design = SiteDesign.compile([
            DesignDocument(schema: "promenade/Genesis/v1", name: "a", data: nil),
            DesignDocument(schema: "nonsense", name: "b", data: nil),
            DesignDocument(schema: "a/b/c/d", name: "c", data: nil),
        ])
        #expect(design.status == .success)
        #expect(design.draft.nodes.isEmpty)
    }

    @Test("an unknown kind or version is an error and the others are read all the same")
    func unknownKind() throws {
        let design = try Design.compile(
            """
            ---
            schema: drydock/Toaster/v1
            metadata: {name: t}
            data: {}
            ---
            schema: drydock/Rack/v2
            metadata: {name: r}
            data: {}
            """)
        #expect(design.status == .failure)
        #expect(
            design.messages.map(\.message) == [
                "Error processing document: Invalid document - Kind Toaster and Version v1",
                "Error processing document: Invalid document - Kind Rack and Version v2",
            ])
        #expect(design.messages.map(\.name) == ["DD000", "DD000"])
        #expect(design.draft.nodes.count == 1)
    }

    @Test("what breaks the schema is told in the words of its validator")
    func schemaError() throws {
        let design = try Design.compile(
            """
            schema: drydock/NetworkLink/v1
            metadata: {name: gp}
            data: {mtu: fast, colour: blue}
            """)
        #expect(Set(design.messages.map(\.name)) == ["DD001"])
        #expect(
            Set(design.messages.map(\.message)) == [
                "NetworkLink:v1 schema validation error: 'fast' is not of type 'number'",
                "NetworkLink:v1 schema validation error: Additional properties are not allowed ('colour' was unexpected)",
            ])
        #expect(design.messages.first?.documents == [DocumentReference(.networkLink, "gp")])
    }

    @Test(
        "what the model cannot hold is an error of the document",
        arguments: [
            (
                "NetworkLink", "{mtu: 1500, linkspeed: auto}",
                "Unexpected error processing document: Field `allowed_networks' cannot be None"
            ),
            ("Network", "{vlan: '1'}", "Unexpected error processing document: Field `cidr' cannot be None"),
            ("BaremetalNode", "{}", "Error processing document: BaremetalNode needs at least 1 assigned address"),
            (
                "NetworkLink", "{mtu: 1, linkspeed: a, allowed_networks: [], bonding: {mode: balanced-rr}}",
                "Unexpected error processing document: Field `bonding_mode' cannot be 'balanced-rr'"
            ),
            (
                "Region", "{repositories: {a: {colour: blue}}}",
                "Unexpected error processing document: Repository a has an unknown member 'colour'"
            ),
            (
                "NetworkLink", "{mtu: 1500, linkspeed: auto, allowed_networks: [], trunking: {mode: 802.1ad}}",
                "Unexpected error processing document: Field `trunk_mode' cannot be '802.1ad'"
            ),
        ])
    func modelErrors(kind: String, data: String, message: String) throws {
        let design = try Design.compile("{schema: drydock/\(kind)/v1, metadata: {name: x}, data: \(data)}")
        #expect(design.messages.map(\.message) == [message])
        #expect(design.status == .failure)
    }

    @Test("values that are no texts become texts as Python writes them")
    func conversion() throws {
        let node = try Design.node(
            Design.node("n2", "platform: {kernel_params: {a: true, b: false, c: 5}}\noob: {port: 623, tls: true}"),
            named: "n2")
        #expect(node.kernelParameters["a"] == "True")
        #expect(node.kernelParameters["b"] == "False")
        #expect(node.kernelParameters["c"] == "5")
        #expect(node.outOfBandParameters["port"] == "623")
        #expect(node.outOfBandParameters["tls"] == "True")
    }

    @Test("bonds get their defaults, links without one lose their options")
    func bonding() throws {
        let site = try Design.site(
            """
            ---
            schema: drydock/NetworkLink/v1
            metadata: {name: ab}
            data: {bonding: {mode: active-backup, up_delay: 300}, mtu: 1500, linkspeed: auto, allowed_networks: [],
                   trunking: {mode: 802.1q}}
            ---
            schema: drydock/NetworkLink/v1
            metadata: {name: none}
            data: {bonding: {mode: disabled, up_delay: 300}, mtu: 1500, linkspeed: auto, allowed_networks: [],
                   trunking: {mode: 802.1q}}
            """)
        let backup = try #require(site.networkLink(named: "ab")).bonding
        #expect([backup.monitorRate, backup.upDelay, backup.downDelay] == [100, 300, 200])
        #expect(backup.transmitHash == nil)
        let lacp = try #require(site.networkLink(named: "gp")).bonding
        #expect(lacp.transmitHash == "layer3+4")
        #expect(lacp.peerRate == "fast")
        #expect(site.networkLink(named: "none")?.bonding == Bonding())
    }

    @Test("the first of several documents with one name is found, all are in the list")
    func duplicates() throws {
        let first = DesignDocument(schema: "drydock/Network/v1", name: "a", data: ["cidr": "10.0.0.0/24"])
        let second = DesignDocument(schema: "drydock/Network/v1", name: "a", data: ["cidr": "10.1.0.0/24"])
        let site = SiteDesign.compile([first, second]).draft
        #expect(site.networks.count == 2)
        #expect(site.network(named: "a")?.cidr == "10.0.0.0/24")
    }
}
