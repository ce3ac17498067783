import Primitives
import Testing

@testable import SiteDesign

@Suite("Names, templates and out-of-band types of a design")
struct NodeIdentityTests {
    private func errors(_ extra: String) throws -> [String] {
        try Design.compile(extra).messages.filter(\.error).map { "\($0.name) \($0.message)" }
    }

    private func node(_ name: String) -> String {
        """
        schema: drydock/BaremetalNode/v1
        metadata: {name: "\(name)"}
        data:
          host_profile: base
          metadata: {boot_mac: "52:54:00:00:00:77"}
          addressing: [{network: oob, address: 10.0.0.77}, {network: mgmt, address: 10.2.0.77}]
        """
    }

    @Test(
        "a name that is no label of a host name is refused",
        arguments: ["-n2", "n2-", "n_2", "n.2", "", "nö2", "n 2", String(repeating: "n", count: 64)])
    func names(name: String) throws {
        #expect(try errors(node(name)).contains { $0.hasPrefix("BY1008 Node Names: Name of BaremetalNode") })
    }

    @Test("others are not", arguments: ["n2", "N2", "2", "a-b--c", String(repeating: "n", count: 63)])
    func goodNames(name: String) throws { #expect(try errors(node(name)).isEmpty) }

    @Test("a boot MAC that cannot be read is an error, none at all is not")
    func bootMAC() throws {
        let good = node("n2")
        #expect(
            try errors(good.replacingText("52:54:00:00:00:77", with: "52:54:00:00:00"))
                == [
                    "BY1005 Written Addresses: Boot MAC address '52:54:00:00:00' of BaremetalNode n2 cannot be read"
                ])
        #expect(
            try errors(good.replacingText("metadata: {boot_mac: \"52:54:00:00:00:77\"}", with: "metadata: {}")).isEmpty)
    }

    @Test(
        "a boot MAC that no interface has is an error",
        arguments: ["ff:ff:ff:ff:ff:ff", "01:00:5e:00:00:01", "00:00:00:00:00:00"])
    func reservedMAC(address: String) throws {
        let found = try errors(node("n2").replacingText("52:54:00:00:00:77", with: address))
        #expect(
            found.contains { $0.contains("'\(address)' of BaremetalNode n2 is of no network interface") }, "\(found)")
    }

    private func action(_ asset: String) -> String {
        "{schema: drydock/BootAction/v1, metadata: {name: hello}, data: {assets: [\(asset)]}}"
    }

    @Test("a template that cannot be rendered is an error with document, asset and line")
    func templates() throws {
        let broken =
            #"{type: file, path: /b, data: "a\nb {{ node.network.x.ip }}", data_pipeline: [utf8_decode, template]}"#
        let messages = try Design.compile(action("{type: unit, path: /a, data: x}, " + broken)).messages.filter(\.error)
        #expect(messages.map(\.name) == ["BY1007"])
        #expect(
            messages[0].message.contains("BootAction hello, file asset number 2 (/b): the segment template failed: "))
        #expect(messages[0].message.contains("at line 2 of the template"))
        #expect(messages[0].message.hasSuffix("(for BaremetalNode n1)"))
        #expect(messages[0].documents == [DocumentReference(.bootAction, "hello")])
        let location = "{type: file, path: /b, location: 'http://h/{{ node', location_pipeline: [template]}"
        #expect(try errors(action(location)).count == 1)
    }

    @Test("what is fetched is not looked at, a wrong pipeline is a warning")
    func others() throws {
        #expect(try errors(action("{type: file, path: /b, location: 'http://h/', data_pipeline: [template]}")).isEmpty)
        let design = try Design.compile(action("{type: file, path: /b, data: x, data_pipeline: [template]}"))
        #expect(design.status == .success)
        #expect(design.messages.contains { $0.name == "BY1007" && $0.level == .warning })
    }

    @Test("an out-of-band type without driver is a warning that names node, type and what there is")
    func outOfBandTypes() throws {
        let redfish = node("n2") + "\n  oob: {type: redfish, network: oob, account: a, credential: b}\n"
        let design = try Design.compile(redfish, outOfBandTypes: OutOfBandTypes(["manual", "ipmi"]))
        #expect(design.status == .success)
        let message = try #require(design.messages.first { $0.name == "BY1009" })
        #expect(message.level == .warning)
        #expect(message.message.contains("BaremetalNode n2 has the out-of-band type 'redfish'"))
        #expect(message.diagnostic.contains("Supported are ipmi and manual"))
        // Whoever does not know the drivers says nothing of them, and whoever has one for the type neither.
        for types in [nil, OutOfBandTypes(["ipmi", "redfish"])] {
            let other = try Design.compile(redfish, outOfBandTypes: types)
            #expect(!other.messages.contains { $0.name == "BY1009" })
        }
    }
}

extension String {
    fileprivate func replacingText(_ old: String, with new: String) -> String {
        guard let range = firstRange(of: old) else { return self }
        return String(self[..<range.lowerBound]) + new + self[range.upperBound...]
    }
}
