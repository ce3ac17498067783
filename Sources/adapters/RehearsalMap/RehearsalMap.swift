import OrderedCollections
import Primitives

/// Where the parts of a site that a rehearsal plays really are (`docs/reference/node-protocol.md` §4):
/// `boatyard-rehearse` writes it, `boatyardd --rehearsal-map` reads it.
///
/// The site's documents stay as they are; outside of a rehearsal there is no such map.
package struct RehearsalMap: Sendable, Hashable {
    /// The addresses of the installer's files.
    package struct InstallerFiles: Sendable, Hashable {
        /// The address of the kernel.
        package var kernel: String
        /// The address of the ramdisk.
        package var initrd: String
        /// The address of the image for the drives of BMCs; nil where there is none.
        package var image: String?

        package init(kernel: String, initrd: String, image: String? = nil) {
            self.kernel = kernel
            self.initrd = initrd
            self.image = image
        }
    }

    /// The account of the simulated BMC of a node that has none: of the type `manual`, in the place of a person's hands, or
    /// `libvirt`, in that of the hypervisor.
    package static let substituteAccount = "rehearsal"
    /// The password of that account. Such BMCs are on loopback, and switch nothing real.
    package static let substituteCredential = "rehearsal"

    /// `127.0.0.1:16230` by the BMC address of the documents, by its name for a node of the types `manual` and `libvirt`.
    package var bmc: [String: String]
    /// `127.0.0.1:18080` by the host of an address in the documents.
    package var hosts: [String: String]
    /// `127.1.0.1` by the MAC address that a machine boots from: from where it speaks.
    package var machines: [String: String]
    /// The installer of the rehearsal; nil for the configured one.
    package var installer: InstallerFiles?

    package init(
        bmc: [String: String] = [:], hosts: [String: String] = [:], machines: [String: String] = [:],
        installer: InstallerFiles? = nil
    ) {
        self.bmc = bmc
        self.hosts = hosts
        self.machines = machines
        self.installer = installer
    }

    /// Reads what `boatyard-rehearse` wrote.
    ///
    /// - Throws: `BoatyardError` `rehearsal.map`, which names the member that cannot be read.
    package init(_ value: Value) throws(BoatyardError) {
        bmc = try Self.addresses(value, "bmc")
        hosts = try Self.addresses(value, "hosts")
        machines = try Self.addresses(value, "machines", havePorts: false)
        guard let installer = value["installer"], !installer.isNull else { return }
        guard let kernel = installer["kernel"]?.stringValue, let initrd = installer["initrd"]?.stringValue else {
            throw Self.unreadable("'installer' has a 'kernel' and an 'initrd'")
        }
        self.installer = InstallerFiles(kernel: kernel, initrd: initrd, image: installer["image"]?.stringValue)
    }

    /// The JSON that `init(_:)` reads.
    package var value: Value {
        var value: Value.Object = [
            "bmc": Self.object(bmc), "hosts": Self.object(hosts), "machines": Self.object(machines),
        ]
        value["installer"] = installer.map {
            ["kernel": .string($0.kernel), "initrd": .string($0.initrd), "image": Value($0.image)]
        }
        return .object(value)
    }

    private static func object(_ addresses: [String: String]) -> Value {
        .object(
            Value.Object(
                uniqueKeysWithValues: addresses.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) }))
    }

    private static func addresses(
        _ value: Value, _ key: String, havePorts: Bool = true
    ) throws(BoatyardError) -> [String: String] {
        guard let member = value[key], !member.isNull else { return [:] }
        guard case .object(let object) = member else { throw unreadable("'\(key)' must be an object of addresses") }
        var addresses: [String: String] = [:]
        for (name, address) in object {
            guard let text = address.stringValue else { throw unreadable("'\(key)' must be an object of addresses") }
            guard havePorts ? isLoopback(text) : text.hasPrefix("127.") && IPv4Address(text) != nil else {
                throw unreadable(
                    "'\(text)' of '\(key)' is not "
                        + (havePorts
                            ? "of the form 127.0.0.1:16230, a loopback address and port"
                            : "a loopback address such as 127.1.0.1"))
            }
            addresses[name] = text
        }
        return addresses
    }

    /// Whether a text is an IPv4 address that begins with 127, and a port from 1 to 65535.
    private static func isLoopback(_ text: String) -> Bool {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        return parts.count == 2 && parts[0].hasPrefix("127.") && IPv4Address(parts[0]) != nil
            && UInt16(parts[1]).map { $0 > 0 } ?? false
    }

    private static func unreadable(_ what: String) -> BoatyardError {
        BoatyardError("rehearsal.map", "The rehearsal map cannot be read: \(what). boatyard-rehearse writes it anew.")
    }
}
