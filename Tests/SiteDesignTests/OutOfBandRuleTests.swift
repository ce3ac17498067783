import OrderedCollections
import Primitives
import Testing

@testable import SiteDesign

@Suite("Rules for out-of-band parameters")
struct OutOfBandRuleTests {
    @Test(
        "what a BMC cannot be talked to with is told, and no key is quoted",
        arguments: [
            ("type: ipmi, network: oob, account: a, credential: b", true, []),
            ("type: ipmi, network: oob, account: a, credential: b, kg: '12345678901234567890'", true, []),
            ("type: ipmi, network: oob, account: a, credential: b, kg: '0x0102'", true, []),
            (
                "type: ipmi, network: oob, account: a-name-of-17-byte, credential: b", true,
                ["Error oob.account of BaremetalNode n2 has 17 bytes, and IPMI takes 16"]
            ),
            (
                "type: ipmi, network: oob, account: a, credential: b, kg: 'secret-key-of-21-byte'", true,
                ["Error oob.kg of BaremetalNode n2 has 21 bytes, and IPMI takes 20"]
            ),
            (
                "type: ipmi, network: oob, account: a, credential: a-password-of-21-byte", true,
                ["Error oob.credential of BaremetalNode n2 has 21 bytes, and IPMI takes 20"]
            ),
            (
                "type: ipmi, network: oob, account: a, credential: b, kg: '0x0g'", true,
                ["Warning oob.kg of BaremetalNode n2 begins with 0x and is not hexadecimal: it is taken as text"]
            ),
            ("type: redfish, network: oob, account: a, credential: b", true, []),
            (
                "type: redfish, network: oob, account: a, credential: b, kg: x", true,
                ["Warning BaremetalNode n2 has oob.kg, which means nothing to Redfish"]
            ),
            ("type: redfish, network: oob, account: a, credential: b, boot: network", true, []),
            ("type: redfish, network: oob, account: a, credential: b, scheme: http, port: 8080", true, []),
            ("type: redfish, network: oob, account: a, credential: b, certificate: authorities", true, []),
            (
                "type: redfish, network: oob, account: a, credential: b, port: https, certificate: any", true,
                ["Error oob.port of BaremetalNode n2 is 'https'", "Error oob.certificate of BaremetalNode n2 is 'any'"]
            ),
            (
                "type: redfish, network: oob, account: a, credential: b, port: 65536, scheme: ftp", true,
                ["Error oob.port of BaremetalNode n2 is '65536'", "Error oob.scheme of BaremetalNode n2 is 'ftp'"]
            ),
            (
                "type: redfish, network: oob, account: a, credential: b, boot: usb", true,
                ["Error oob.boot of BaremetalNode n2 is 'usb'"]
            ),
            (
                "type: redfish, network: oob, account: a, credential: b, boot: media", true,
                ["Error BaremetalNode n2 is to boot from media and has no boot MAC, by which its installer is known"]
            ),
            (
                "type: ipmi, network: oob, account: a, credential: b, boot: media", true,
                [
                    "Error BaremetalNode n2 is to boot from media, and its out-of-band type is not redfish",
                    "Error BaremetalNode n2 is to boot from media and has no boot MAC, by which its installer is known",
                ]
            ),
            (
                "type: redfish, network: oob, account: '', credential: b", false,
                [
                    "Error BaremetalNode n2 is of the out-of-band type redfish and has no oob.account",
                    "Error BaremetalNode n2 is of the out-of-band type redfish and has no address of its BMC",
                ]
            ),
        ] as [(String, Bool, [String])])
    func parameters(oob: String, hasAddress: Bool, expected: [String]) throws {
        let address = hasAddress ? "\n    - {network: oob, address: 10.0.0.99}" : ""
        let node = """
            ---
            schema: drydock/BaremetalNode/v1
            metadata: {name: n2}
            data:
              host_profile: base
              oob: {\(oob)}
              addressing:
                - {network: mgmt, address: 10.2.0.99}\(address)

            """
        let messages = try Design.compile(node).messages.filter { $0.name == "BY1029" && $0.message.contains(" n2 ") }
        let texts = messages.map { "\($0.level.title) \($0.message.replacing("Out-of-Band Parameters: ", with: ""))" }
        #expect(texts == expected)
    }

    @Test("a value that a driver refuses is told with its place in the document")
    func places() throws {
        func node(_ name: String, type: String, address: String = "10.0.0.99", port: String = "443") -> BaremetalNode {
            var settings = HostSettings()
            settings.outOfBandType = type
            settings.outOfBandParameters = ["network": "oob", "port": port]
            return BaremetalNode(
                name: name, settings: settings,
                addressing: [NodeAddress(network: "oob", kind: .fixed, address: address)])
        }
        #expect(node("n2", type: "redfish").outOfBandProblems == [])
        #expect(node("n2", type: "redfish", port: "0").outOfBandProblems.map(\.path) == [["oob", "port"]])
        for type in ["ipmi", "redfish"] {
            let problems = node("n2", type: type, address: "bmc.example").outOfBandProblems
            #expect(problems.map(\.path) == [["addressing", .element("oob"), "address"]])
            for address in ["0.0.0.0", "224.0.0.1", "255.255.255.255", "::", "ff02::1", "::ffff:0.0.0.0"] {
                let problems = node("n2", type: type, address: address).outOfBandProblems
                #expect(problems.map(\.path) == [["addressing", .element("oob"), "address"]], "\(address)")
                #expect(problems.first?.remedy.hasPrefix("It is the address of one machine, not ") == true)
            }
            #expect(node("n2", type: type, address: "fd00::99").outOfBandProblems == [])
        }
        #expect(node("-n2", type: "libvirt").outOfBandProblems.map(\.path) == [[]])
        #expect(node("n2", type: "manual", address: "bmc.example", port: "0").outOfBandProblems == [])
    }
}
