import OrderedCollections

extension Validator {
    /// Huge pages have a size and a number.
    static let hugePages = Validator("DD1008", "Hugepages") { site, findings in
        for node in site.nodes {
            let parameters = node.kernelParameters
            if (parameters["hugepages"] == nil) != (parameters["hugepagesz"] == nil) {
                findings.error(
                    "Invalid hugepages kernel configuration", "hugepages and hugepagesz must be specified together",
                    node.reference, at: ["platform", "kernel_params"])
            }
        }
    }

    /// The image and the kernel can be installed.
    static let platform = Validator("DD3001", "Platform Selection") { site, findings in
        let images: OrderedDictionary<String, [String]>
        let problems: [String: String]
        switch findings.platform {
        case .catalog(let catalogue): (images, problems) = (catalogue.images, catalogue.problems)
        case .none(let reason):
            findings.warning(
                "Platform Validation: No enabled node driver, imageand kernel selections not validated.",
                reason ?? "Cannot validate platform selection without accessing the node provisioner.",
                remedy: reason == nil ? Self.buildsImage : nil)
            return
        }
        for node in site.nodes {
            guard let kernels = node.image.flatMap({ images[$0] }) else {
                findings.error(
                    "Platform Validation: invalid image \(node.image ?? "None") on node \(node.name)",
                    node.image.flatMap { problems[$0] }
                        ?? (images.isEmpty
                            ? "There is no image on this host."
                            : "Select a valid image from: \(images.keys.sorted().joined(separator: ","))"),
                    node.reference, at: ["platform", "image"],
                    remedy: images.isEmpty && node.image.flatMap { problems[$0] } == nil ? Self.buildsImage : nil)
                continue
            }
            if !kernels.contains(node.kernel ?? "") {
                findings.error(
                    "Platform Validation: invalid kernel \(node.kernel ?? "None") on node \(node.name)",
                    "Select a valid kernel from: \(kernels.joined(separator: ","))", node.reference,
                    at: ["platform", "kernel"])
            }
        }
    }

    private static let buildsImage =
        "Build one with 'boatyard image build', or name those that there are in netboot/catalogue.yaml, below the state directory."

    /// Names are names of hosts.
    static let hostNames = Validator("DD3003", "Hostname Validity") { site, findings in
        for node in site.nodes {
            let name = node.fqdn
            if name.unicodeScalars.count > 255 {
                findings.error(
                    "FQDN \(name) is invalid, greater than 255 characters.",
                    "RFC 1035 requires full DNS names to be < 256 characters.", node.reference)
            }
            for label in name.split(separator: ".", omittingEmptySubsequences: false) where !isHostLabel(label) {
                findings.error(
                    "FQDN \(name) is invalid - label '\(label)' is invalid.",
                    "RFC 1035 requires each label in a DNS name to be <= 63 characters and contain only A-Z, a-z, 0-9,"
                        + " and hyphens.",
                    node.reference)
            }
        }
    }

    private static func isHostLabel(_ label: Substring) -> Bool {
        (1...63).contains(label.utf8.count)
            && label.utf8.allSatisfy {
                switch $0 {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }

    /// A BMC can be reached and commanded.
    static let ipmi = Validator("DD4001", "Valid IPMI Configuration") { site, findings in
        for node in site.nodes where node.outOfBandType == "ipmi" {
            for parameter in ["account", "credential", "network"]
            where node.outOfBandParameters[parameter]?.isEmpty ?? true {
                findings.error(
                    "OOB parameter \(parameter) for type ipmi missing.", "Define OOB parameter \(parameter)",
                    node.reference, at: ["oob", .key(parameter)],
                    remedy: "Set oob.\(parameter) of the node or of its host profile, or substitute it there.")
            }
            if node.outOfBandAddress == nil {
                findings.error(
                    "OOB address missing for IPMI node.", "Provide address to node OOB interface.", node.reference,
                    at: ["addressing"],
                    remedy: "Add the BMC's address to addressing, on the network "
                        + "\(node.outOfBandNetwork ?? "that oob.network names").")
            }
        }
    }

    /// A libvirt guest can be reached, and known when it boots.
    static let libvirt = Validator("DD4002", "Valid Libvirt Configuration") { site, findings in
        for node in site.nodes where node.outOfBandType == "libvirt" {
            let uri = node.outOfBandParameters["libvirt_uri"] ?? ""
            if uri.isEmpty {
                findings.error(
                    "OOB parameter libvirt_uri missing for type libvirt.", "Define OOB parameter libvirt_uri",
                    node.reference)
            } else if !uri.hasPrefix("qemu+ssh") {
                findings.error(
                    "OOB parameter libvirt_uri has invalid scheme.", "Only scheme 'qemu+ssh' is supported.",
                    node.reference)
            }
            if node.bootMAC == nil {
                findings.error(
                    "libvirt-based node requries defined boot MAC address.",
                    "Specify the node's PXE MAC address in metadata.boot_mac", node.reference)
            }
        }
    }
}
