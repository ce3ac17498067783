import Foundation
import OrderedCollections
import Primitives
import TestSupport
import Testing

/// A fault in the example site, and what is said of it.
struct SiteFault: CustomTestStringConvertible {
    let name: String
    let file: String
    let text: String
    let other: String
    /// What `boatyard design` must say.
    let expected: [String]
    let isError: Bool

    var testDescription: String { name }

    init(_ name: String, _ file: String, _ text: String, _ other: String, _ expected: String..., isError: Bool = true) {
        self.name = name
        self.file = file
        self.text = text
        self.other = other
        self.expected = expected
        self.isError = isError
    }

    /// A copy of the example site with the fault in it.
    func site(in folder: URL) throws -> URL {
        let site = folder.appendingPathComponent("site-\(UUID())")
        try FileManager.default.copyItem(at: Place.exampleSite, to: site)
        let path = site.appendingPathComponent(file)
        var content = (try? String(contentsOf: path, encoding: .utf8)) ?? ""
        if text.isEmpty {
            content += other
        } else {
            let range = try #require(content.range(of: text), "\(name): there is no \(text)")
            content.replaceSubrange(range, with: other)
        }
        try content.write(to: path, atomically: true, encoding: .utf8)
        return site
    }

    static let all: [SiteFault] = [
        SiteFault(
            "key twice", "networks.yaml", "    servers: 10.20.2.1\n", "    servers: 10.20.2.1\n  routes: []\n",
            "Error: BY1011", "networks.yaml:141 and networks.yaml:148"),
        SiteFault(
            "key twice in a list", "machines.yaml", "    - network: oob\n      address: 10.20.0.11",
            "    - {network: oob, address: 10.20.0.11, address: 10.20.0.12}", "The key 'address' is written 2 times"),
        SiteFault(
            "kernel parameter", "global.yaml", "      quiet: true", "      quiet: true\n      nmi_watchdog: off",
            "Warning: BY1012", "off without quotes is the truth value false to YAML 1.1; write 'off'", "global.yaml:81",
            isError: false),
        SiteFault(
            "octal permissions", "global.yaml", "permissions: '644'", "permissions: 0644",
            "0644 without quotes is the number 420 (octal) to YAML 1.1; write '0644'.", "global.yaml:9"),
        SiteFault(
            "permissions that are a number", "global.yaml", "permissions: '644'", "permissions: 644",
            "644 without quotes is the number 644 to YAML 1.1; write '644'."),
        SiteFault(
            "passphrase that is a number", "secrets.yaml", "data: anchors-aweigh", "data: 012345",
            "012345 without quotes is the number 5349 (octal) to YAML 1.1; write '012345'.", "secrets.yaml:11"),
        SiteFault(
            "passphrase that is a truth value", "secrets.yaml", "data: anchors-aweigh", "data: no",
            "no without quotes is the truth value false to YAML 1.1; write 'no'."),
        SiteFault(
            "VLAN without quotes", "networks.yaml", "vlan: '20'", "vlan: 0x14",
            "0x14 without quotes is the number 20 (hexadecimal) to YAML 1.1; write '0x14'.", "networks.yaml:129"),
        SiteFault(
            "address to base 60", "machines.yaml", "'52:54:00:20:01:11'", "52:54:00:20:01:11",
            "52:54:00:20:01:11 without quotes is the number 41135112071 (to base 60) to YAML 1.1; write '52:54:00:20:01:11'.",
            "machines.yaml:22"),
        SiteFault(
            "gateway of its own", "machines.yaml", "address: 10.20.2.12", "address: 10.20.2.1",
            "Error: BY1017", "is the gateway 10.20.2.1 of network oam", "machines.yaml:40"),
        SiteFault(
            "broadcast address", "machines.yaml", "address: 10.20.2.12", "address: 10.20.2.255",
            "the broadcast address of 10.20.2.0/24", "machines.yaml:40"),
        SiteFault(
            "network address of a BMC", "machines.yaml", "address: 10.20.0.12", "address: 10.20.0.0",
            "the network address of 10.20.0.0/24"),
        SiteFault(
            "gateway that is the broadcast address", "networks.yaml", "gateway: 10.20.2.1\n", "gateway: 10.20.2.255\n",
            "Error: BY1018", "networks.yaml:143"),
        SiteFault(
            "reserved address", "machines.yaml", "address: 10.20.2.12", "address: 10.20.2.9",
            "Warning: BY1017", "the reserved range 10.20.2.1 to 10.20.2.10", isError: false),
        SiteFault(
            "one address twice", "machines.yaml", "address: 10.20.2.12", "address: 10.20.2.11",
            "DD2005", "Give one of berth-1 and berth-2 another address.", "machines.yaml:40"),
        SiteFault(
            "network that no interface carries", "global.yaml", "networks:\n        - pxe", "networks: []",
            "Warning: BY1021", "network pxe, which none of its interfaces carries", "machines.yaml:16", isError: false),
        SiteFault(
            "name that differs by case", "machines.yaml", "name: berth-2", "name: Berth-1", "Error: BY1020",
            "are one host name"),
        SiteFault(
            "VLAN beyond the last", "networks.yaml", "vlan: '20'", "vlan: '4095'", "Error: BY1019", "networks.yaml:129"),
        SiteFault("VLAN that is none", "networks.yaml", "vlan: '20'", "vlan: twenty", "Error: BY1019"),
        SiteFault(
            "host profile", "machines.yaml", "host_profile: worker", "host_profile: wrker",
            "HostProfile wrker not found", "Did you mean 'worker'?", "machines.yaml:33"),
        SiteFault(
            "unknown key", "networks.yaml", "  vlan: '20'", "  vlna: '20'",
            "Correct or remove the key 'vlna'. Did you mean 'vlan'?", "networks.yaml:129"),
        SiteFault(
            "unknown key of metadata", "networks.yaml", "storagePolicy: cleartext\ndata:\n  authorized",
            "storagePolcy: cleartext\ndata:\n  authorized",
            "Did you mean 'storagePolicy'?", "networks.yaml:10"),
        SiteFault(
            "missing policy", "0-layers.yaml", "schema: deckhand/LayeringPolicy/v1",
            "schema: deckhand/LayringPolicy/v1", "deckhand/LayeringPolicy/v1, whose data.layerOrder"),
        SiteFault("layer", "networks.yaml", "layer: site", "layer: sit", "networks.yaml:9", "Did you mean 'site'?"),
        SiteFault(
            "document twice", "networks.yaml", "name: oam", "name: pxe", "There are two documents",
            "networks.yaml:94 and "),
        SiteFault(
            "size that is not plain", "type.yaml", "size: 30g", "size: 50%",
            "The partition root needs a plain size", "HostProfile/v1 - control (", "type.yaml:33"),
        SiteFault("size that is none", "type.yaml", "size: '>20g'", "size: 20 gigs", "BY1024", "type.yaml:46"),
        SiteFault(
            "CIDR", "networks.yaml", "cidr: 10.20.1.0/24", "cidr: 10.20.1.0/240", "networks.yaml:103",
            "such as 10.20.2.0/24"),
        SiteFault(
            "host bits", "networks.yaml", "cidr: 10.20.1.0/24", "cidr: 10.20.1.5/24",
            "Write the network's own address: 10.20.1.0/24.", "networks.yaml:103"),
        SiteFault(
            "empty file", "empty.yaml", "", "# nothing yet\n", "Warning: BY1016", "empty.yaml holds no document",
            isError: false),
        SiteFault(
            "unknown card", "global.yaml", "        - data_nic1", "        - data_nic7", "Warning: BY1023",
            "Did you mean 'data_nic1'?", "global.yaml:71", isError: false),
        SiteFault(
            "unknown disk", "type.yaml", "      bootdisk:", "      botdisk:", "Warning: BY1023",
            "Did you mean 'bootdisk'?", "type.yaml:28", isError: false),
        SiteFault(
            "destination of a substitution", "type.yaml", "path: .oob.credential", "path: .oob.credental",
            "Did you mean 'credential'?", "type.yaml:23"),
        SiteFault(
            "source of a substitution", "type.yaml", "name: bmc-password", "name: bmc-pasword",
            "Did you mean 'bmc-password'?", "type.yaml:20"),
        SiteFault(
            "secret in clear", "secrets.yaml", "bmc-password", "bmc-password", "Warning: BY1013", "secrets.yaml:10",
            "storagePolicy: encrypted", isError: false),
        SiteFault(
            "BMC without driver", "global.yaml", "type: ipmi", "type: ipml", "BY1009", "Did you mean 'ipmi'?",
            "global.yaml:5", isError: false),
        SiteFault("parent selector", "type.yaml", "host: base", "host: bse", "Warning: BY1015", "type.yaml:12"),
        SiteFault(
            "cron without newline", "global.yaml", "",
            """
            ---
            schema: drydock/BootAction/v1
            metadata:
              schema: metadata/Document/v1
              name: cron
              layeringDefinition: {abstract: false, layer: global}
              storagePolicy: cleartext
            data:
              signaling: false
              assets:
                - type: file
                  path: /etc/cron.d/report
                  permissions: '644'
                  data_pipeline: [utf8_decode, template]
                  data: |
                    */5 * * * * root /usr/local/sbin/report {{ node.hostname }}

            """, "Warning: BY1025", "End the template with an empty line", isError: false),
    ]
}

@Suite("Findings of faults in a site")
struct FindingsTests {
    private let folder: OwnedFolder

    init() throws { folder = try OwnedFolder() }

    @Test("a fault is told with its file, its line, its document and the remedy", arguments: SiteFault.all)
    func design(fault: SiteFault) throws {
        let site = try fault.site(in: URL(fileURLWithPath: folder.path))
        let program = try Program("boatyard", ["design", site.path])
        let status = program.wait()
        let told = (program.standardOutput + program.standardError).replacingOccurrences(of: site.path + "/", with: "")
        #expect(status == (fault.isError ? 1 : 0), "\(told)")
        for text in fault.expected { #expect(told.contains(text), "\(text) is not in:\n\(told)") }
        #expect(!told.contains("Troubleshooting Guide"))
        #expect(!told.contains("Shipyard has encountered an unexpected error"))
    }

    @Test("the files of a site may begin with a byte order mark, and without a dash, for whoever reads them")
    func byteOrderMark() async throws {
        let fault = SiteFault(
            "mark", "secrets.yaml",
            "# A real site keeps its own password here, with `storagePolicy: encrypted`.\n---\n", "\u{FEFF}")
        let site = try fault.site(in: URL(fileURLWithPath: folder.path))
        let design = try Program("boatyard", ["design", site.path])
        #expect(design.wait() == 0, "\(design.standardError)")
        let seed = try Seed()
        try await seed.startDaemon()
        try await seed.rehearse(site)
        #expect(try seed.boatyard(["create", "configdocs", "site", "--directory", site.path]).status == 0)
        #expect(try seed.boatyard(["commit", "configdocs"]).status == 0)
    }

    @Test("create, commit and plan say what design says, with file and line")
    func alike() async throws {
        let seed = try Seed()
        try await seed.startDaemon()
        try seed.commit(Place.exampleSite)
        let faults = [
            "key twice", "kernel parameter", "octal permissions", "passphrase that is a number", "broadcast address",
            "host profile", "unknown key", "size that is not plain", "CIDR", "unknown card", "source of a substitution",
            "destination of a substitution", "parent selector", "BMC without driver", "secret in clear",
            "cron without newline",
        ]
        for name in faults {
            let fault = try #require(SiteFault.all.first { $0.name == name })
            let site = try fault.site(in: URL(fileURLWithPath: folder.path))
            func told(_ arguments: String...) throws -> (status: Int32, text: String) {
                let (status, output, error) = try seed.boatyard(arguments)
                return (status, (output + error).replacingOccurrences(of: site.path + "/", with: ""))
            }
            let created = try told("create", "configdocs", "site", "--replace", "--directory", site.path)
            let plan = try told("plan")
            let dryRun = try told("commit", "configdocs", "--dryrun")
            let committed = try told("commit", "configdocs")
            #expect(dryRun.status == (fault.isError ? 1 : 0), "\(name): \(dryRun.text)")
            #expect(committed.status == (fault.isError ? 1 : 0), "\(name): \(committed.text)")
            // At the beginning of a site's life warnings are what can still be mended by another collection.
            for expected in fault.expected.map({ $0.replacing("Error: ", with: "") }) {
                for (place, answer) in [
                    ("create", created), ("plan", plan), ("dry run", dryRun), ("commit", committed),
                ] {
                    #expect(answer.text.contains(expected), "\(name), \(place): \(expected) is not in:\n\(answer.text)")
                }
            }
            if name == "broadcast address" {
                #expect(created.text.contains("A commit refuses this as an error."), "\(created.text)")
                #expect(!committed.text.contains("A commit refuses"), "\(committed.text)")
            }
            for answer in [created, plan, dryRun, committed] {
                #expect(!answer.text.contains("Troubleshooting Guide"))
                #expect(!answer.text.contains("Shipyard has encountered an unexpected error"))
                #expect(!answer.text.contains("- Info"))
            }
        }
    }
}
