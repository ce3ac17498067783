import OrderedCollections
import Primitives

/// A value of a node that the driver of its out-of-band type cannot use. Rule BY1029 tells all of them when a design is checked, and
/// `OutOfBand` makes no driver of a node that has one.
package struct OutOfBandProblem: Sendable, Hashable {
    /// Where in the data of the node: `oob`, `port`.
    let path: [DesignStep]
    /// `oob.port of BaremetalNode n1 is 'https'`. Keys and credentials are not quoted.
    package let message: String
    /// `It is a number from 1 to 65535.`
    package let remedy: String
}

extension BaremetalNode {
    /// Values that its driver cannot use. What is missing is not among them.
    package var outOfBandProblems: [OutOfBandProblem] {
        let own: [OutOfBandProblem] =
            switch settings.outOfBandType {
            case "ipmi": addressProblems + ipmiProblems
            case "libvirt": libvirtProblems
            case "redfish": addressProblems + RedfishParameters(self).problems
            default: []
            }
        return bootProblems + own
    }

    /// Where the installer comes from.
    private var bootProblems: [OutOfBandProblem] {
        guard let boot = settings.outOfBandParameters["boot"], boot != "network" else { return [] }
        guard boot == "media" else {
            return [problem(of: "boot", "is '\(boot.shownSafely)'", "It is network, or media for the type redfish.")]
        }
        guard settings.outOfBandType != "redfish" else { return [] }
        return [
            OutOfBandProblem(
                path: ["oob", "boot"],
                message: "BaremetalNode \(name) is to boot from media, and its out-of-band type is not redfish",
                remedy: "Set oob.type to redfish, or take oob.boot out.")
        ]
    }

    private var addressProblems: [OutOfBandProblem] {
        guard let network = outOfBandNetwork, let address = outOfBandAddress else { return [] }
        var remedy = "It is an IP address."
        if let parsed = IPAddress(address) {
            guard let use = parsed.nonUnicastUse else { return [] }
            remedy = "It is the address of one machine, not \(use)."
        }
        return [
            OutOfBandProblem(
                path: path(ofAddressOn: network),
                message: "The address of the BMC of BaremetalNode \(name) is '\(address.shownSafely)'",
                remedy: remedy)
        ]
    }

    /// What IPMI v2.0 has room for.
    private var ipmiProblems: [OutOfBandProblem] {
        var problems: [OutOfBandProblem] = []
        if let account = outOfBandAccount, account.utf8.count > 16 {
            problems.append(
                problem(
                    of: "account", "has \(account.utf8.count) bytes, and IPMI takes 16",
                    "Make a shorter account on the BMC."))
        }
        if let credential = outOfBandCredential?.reveal(), credential.utf8.count > 20, !Self.isRedacted(credential) {
            problems.append(
                problem(
                    of: "credential", "has \(credential.utf8.count) bytes, and IPMI takes 20",
                    "Give the account a shorter password on the BMC."))
        }
        if let key = outOfBandKey?.reveal(), !Self.isRedacted(key) {
            let count = Self.hexadecimalKey(key)?.count ?? key.utf8.count
            if count > 20 {
                problems.append(
                    problem(
                        of: "kg", "has \(count) bytes, and IPMI takes 20",
                        "Give the key of the BMC (K_G) as it is set there."))
            }
        }
        return problems
    }

    private var libvirtProblems: [OutOfBandProblem] {
        guard name.hasPrefix("-") else { return [] }
        return [
            OutOfBandProblem(
                path: [],
                message: "BaremetalNode \(name) is a guest of libvirt, and virsh takes its name for an option",
                remedy: "Give the guest and the node a name that does not begin with a hyphen.")
        ]
    }

    /// The bytes of a key of a BMC that is written in hexadecimal, behind `0x`; nil for a text.
    static func hexadecimalKey(_ key: String) -> [UInt8]? {
        guard key.hasPrefix("0x"), key.utf8.count > 2 else { return nil }
        return [UInt8](hex: Array(key.utf8.dropFirst(2)))
    }

    /// Whether the documents are shown without their secrets: a digest stands in the place of each then.
    static func isRedacted(_ text: String) -> Bool { text.utf8.count == 64 && [UInt8](hex: text) != nil }

    fileprivate func problem(of parameter: String, _ what: String, _ remedy: String) -> OutOfBandProblem {
        OutOfBandProblem(
            path: ["oob", .key(parameter)], message: "oob.\(parameter) of BaremetalNode \(name) \(what)",
            remedy: remedy)
    }
}

/// What the `oob` section of a node says of a BMC with Redfish, beside its account (`docs/reference/drydock.md` §14.13).
package struct RedfishParameters: Sendable, Hashable {
    /// What the BMC's certificate is judged by.
    package enum Trust: Sendable, Hashable {
        /// By what it shows the first time.
        case firstUse
        /// The SHA-256 of the certificate, 32 bytes.
        case fingerprint([UInt8])
        /// Signed by an authority of the system, and for the address.
        case authorities
        /// There is no TLS.
        case none
    }

    /// Of TCP; nil for the usual one.
    package private(set) var port: Int?
    package private(set) var trust = Trust.firstUse
    /// The `Id` of the system, for a BMC that has several.
    package let systemID: String?
    /// What of them cannot be used, and is not in the members above.
    private(set) var problems: [OutOfBandProblem] = []

    package init(_ node: BaremetalNode) {
        let parameters = node.settings.outOfBandParameters
        systemID = parameters["system_id"]
        if let text = parameters["port"] {
            port = Int(text).flatMap { (1...65535).contains($0) ? $0 : nil }
            if port == nil {
                problems.append(
                    node.problem(of: "port", "is '\(text.shownSafely)'", "It is a number from 1 to 65535."))
            }
        }
        switch (parameters["scheme"] ?? "https", parameters["certificate"] ?? "first-use") {
        case ("http", _): trust = .none
        case ("https", "first-use"): trust = .firstUse
        case ("https", "authorities"): trust = .authorities
        case ("https", let text):
            if let digest = Self.digest(text) {
                trust = .fingerprint(digest)
            } else {
                problems.append(
                    node.problem(
                        of: "certificate", "is '\(text.shownSafely)'",
                        "It is first-use, authorities, or the SHA-256 fingerprint of the BMC's own."))
            }
        case (let scheme, _):
            problems.append(node.problem(of: "scheme", "is '\(scheme.shownSafely)'", "It is https or http."))
        }
    }

    /// 64 hexadecimal digits in either case, with or without colons between the bytes; nil for anything else.
    package static func digest(_ text: String) -> [UInt8]? {
        let groups = text.split(separator: ":", omittingEmptySubsequences: false)
        guard groups.count == 1 || groups.allSatisfy({ $0.utf8.count == 2 }),
            let bytes = [UInt8](hex: groups.joined()), bytes.count == 32
        else { return nil }
        return bytes
    }
}
