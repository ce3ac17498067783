import OrderedCollections
import Primitives
import SiteDesign

extension NewSite {
    /// The files of the site by their names, in printable ASCII, with comments that say what there is to know.
    ///
    /// - Parameter modeline: the first line of each, for editors; nil for none.
    package func files(modeline: String?) -> OrderedDictionary<String, String> {
        var files: OrderedDictionary<String, String> = ["site.yaml": site, "machines.yaml": machineDocuments]
        if let secrets { files["secrets.yaml"] = secrets }
        guard let modeline else { return files }
        return files.mapValues { "\(modeline)\n\($0)" }
    }

    private static let layer = "site"

    private var site: String {
        var lines = CommentedYAML()
        lines.comment(
            "The site \(request.name): its layers, who may log in, its networks. boatyard explain-kind KIND describes a document."
        )
        lines.line("---", depth: 0)
        lines.line("schema: deckhand/LayeringPolicy/v1", depth: 0)
        lines.line("metadata:", depth: 0)
        lines.line("schema: metadata/Control/v1", depth: 1)
        lines.line("name: layering-policy", depth: 1)
        lines.line("data:", depth: 0)
        lines.line("layerOrder:", depth: 1)
        lines.line("- \(Self.layer)", depth: 2)
        lines.begin("drydock/Region/v1", request.name, layer: Self.layer)
        lines.comment("They may log in to every machine, and to the installer during a rescue.", depth: 1)
        lines.line(request.keys.isEmpty ? "authorized_keys: []" : "authorized_keys:", depth: 1)
        for key in request.keys { lines.line("- \(CommentedYAML.scalar(key))", depth: 2) }
        writeLink("lan", isConfigured: true, &lines)
        writeNetwork(&lines)
        if let bmcNetwork {
            writeLink("bmc", isConfigured: false, &lines)
            lines.begin("drydock/Network/v1", "bmc", layer: Self.layer) {
                $0.comment("Of the BMCs, which the daemon talks to.")
            }
            lines.member("cidr", bmcNetwork.description, depth: 1)
        }
        lines.begin("drydock/BootAction/v1", "motd", layer: Self.layer) {
            $0.comment("A file that every machine gets, made of a template.")
        }
        lines.line("signaling: false", depth: 1)
        lines.line("assets:", depth: 1)
        lines.line("- type: file", depth: 2)
        lines.line("path: /etc/motd", depth: 3)
        lines.line("permissions: '644'", depth: 3)
        lines.line("data_pipeline:", depth: 3)
        lines.line("- utf8_decode", depth: 4)
        lines.line("- template", depth: 4)
        lines.line("data: |", depth: 3)
        lines.line("{{ node.hostname }} of the site \(request.name), built by Boatyard.", depth: 4)
        lines.begin("shipyard/DeploymentConfiguration/v1", "deployment-configuration", layer: Self.layer) {
            $0.comment("How long an installation may take, in seconds.")
        }
        lines.line("physical_provisioner:", depth: 1)
        lines.line("deploy_timeout: 3600", depth: 2)
        return lines.text
    }

    private func writeLink(_ name: String, isConfigured: Bool, _ lines: inout CommentedYAML) {
        lines.begin("drydock/NetworkLink/v1", name, layer: Self.layer) {
            if isConfigured { $0.comment("What the machines' one interface is plugged into.") }
        }
        lines.line("mtu: 1500", depth: 1)
        lines.line("linkspeed: auto", depth: 1)
        lines.line("allowed_networks:", depth: 1)
        lines.line("- \(name)", depth: 2)
        lines.line("trunking:", depth: 1)
        lines.line("default_network: \(name)", depth: 2)
        guard !isConfigured else { return }
        lines.line("labels:", depth: 1)
        lines.line("noconfig: enabled", depth: 2)
    }

    private func writeNetwork(_ lines: inout CommentedYAML) {
        lines.begin("drydock/Network/v1", "lan", layer: Self.layer) {
            $0.comment("That the machines boot from and work in.")
        }
        lines.member("cidr", request.network.description, depth: 1)
        lines.line("ranges:", depth: 1)
        lines.comment("Given out by DHCP, to machines that boot.", depth: 2)
        writeRange("dhcp", dhcp, &lines)
        lines.comment("Of the machines that are installed.", depth: 2)
        writeRange("static", fixed, &lines)
        if let gateway = request.gateway {
            lines.line("routes:", depth: 1)
            lines.line("- subnet: 0.0.0.0/0", depth: 2)
            lines.member("gateway", gateway.description, depth: 3)
            lines.line("metric: 10", depth: 3)
        }
        lines.line("dns:", depth: 1)
        lines.member("domain", request.domain, depth: 2)
        if !request.nameServers.isEmpty {
            lines.member("servers", request.nameServers.map(\.description).joined(separator: ","), depth: 2)
        }
    }

    private func writeRange(_ type: String, _ range: ClosedRange<IPv4Address>, _ lines: inout CommentedYAML) {
        lines.line("- type: \(type)", depth: 2)
        lines.member("start", range.lowerBound.description, depth: 3)
        lines.member("end", range.upperBound.description, depth: 3)
    }

    private var machineDocuments: String {
        var lines = CommentedYAML()
        lines.comment("The machines, and what they have in common.")
        lines.begin("drydock/HardwareProfile/v1", "server", layer: Self.layer)
        lines.member("boot_mode", request.bootMode.rawValue, depth: 1)
        writeProfile(&lines)
        for machine in machines { write(machine, &lines) }
        return lines.text
    }

    private func writeProfile(_ lines: inout CommentedYAML) {
        let bmcs = bmcNetwork == nil ? nil : request.bmcs
        lines.line("---", depth: 0)
        lines.line("schema: drydock/HostProfile/v1", depth: 0)
        lines.line("metadata:", depth: 0)
        lines.line("schema: metadata/Document/v1", depth: 1)
        lines.line("name: server", depth: 1)
        lines.line("layeringDefinition:", depth: 1)
        lines.line("abstract: false", depth: 2)
        lines.line("layer: \(Self.layer)", depth: 2)
        lines.line("storagePolicy: cleartext", depth: 1)
        if bmcs != nil {
            lines.comment("The password comes from secrets.yaml.", depth: 1)
            lines.line("substitutions:", depth: 1)
            lines.line("- src:", depth: 2)
            lines.line("schema: deckhand/Passphrase/v1", depth: 4)
            lines.line("name: bmc-password", depth: 4)
            lines.line("path: .", depth: 4)
            lines.line("dest:", depth: 3)
            lines.line("path: .oob.credential", depth: 4)
        }
        lines.line("data:", depth: 0)
        lines.line("hardware_profile: server", depth: 1)
        lines.line("primary_network: lan", depth: 1)
        lines.line("oob:", depth: 1)
        if let bmcs {
            lines.member("type", bmcs.type, depth: 2)
            lines.line("network: bmc", depth: 2)
            lines.member("account", bmcs.account, depth: 2)
        } else {
            lines.comment("A person switches the machines: the task says when.", depth: 2)
            lines.line("type: manual", depth: 2)
        }
        lines.line("interfaces:", depth: 1)
        lines.line("lan:", depth: 2)
        lines.line("device_link: lan", depth: 3)
        lines.line("networks:", depth: 3)
        lines.line("- lan", depth: 4)
        writeStorage(of: request.disk, &lines)
        lines.line("platform:", depth: 1)
        lines.comment("boatyard image list shows the images that there are.", depth: 2)
        lines.member("image", request.image, depth: 2)
        lines.member("kernel", request.kernel, depth: 2)
        lines.comment("The serial console, which boatyard console and the installer's log need.", depth: 2)
        lines.line("kernel_params:", depth: 2)
        lines.line("console: ttyS0,115200n8", depth: 3)
    }

    /// One file system on a whole disk.
    private func writeStorage(of disk: String, _ lines: inout CommentedYAML) {
        lines.line("storage:", depth: 1)
        lines.line("physical_devices:", depth: 2)
        lines.comment("The disk that is installed to; everything on it is lost. Others stay as they are.", depth: 3)
        lines.key(disk, depth: 3)
        lines.line("labels:", depth: 4)
        lines.line("bootdrive: 'true'", depth: 5)
        lines.line("partitions:", depth: 4)
        if request.bootMode == .uefi {
            lines.line("- name: efi", depth: 5)
            lines.line("size: 512m", depth: 6)
            lines.line("filesystem:", depth: 6)
            lines.line("mountpoint: /boot/efi", depth: 7)
            lines.line("fstype: vfat", depth: 7)
        }
        lines.line("- name: root", depth: 5)
        lines.line("size: 25g", depth: 6)
        lines.line("bootable: true", depth: 6)
        lines.line("filesystem:", depth: 6)
        lines.line("mountpoint: /", depth: 7)
        lines.line("fstype: ext4", depth: 7)
        lines.line("- name: srv", depth: 5)
        lines.comment("All that is left, and at least that.", depth: 6)
        lines.line("size: '>1g'", depth: 6)
        lines.line("filesystem:", depth: 6)
        lines.line("mountpoint: /srv", depth: 7)
        lines.line("fstype: ext4", depth: 7)
    }

    private func write(_ machine: Machine, _ lines: inout CommentedYAML) {
        lines.begin("drydock/BaremetalNode/v1", machine.name, layer: Self.layer)
        lines.line("host_profile: server", depth: 1)
        lines.line("addressing:", depth: 1)
        if let address = machine.bmcAddress {
            lines.line("- network: bmc", depth: 2)
            lines.member("address", address.description, depth: 3)
        } else if bmcNetwork != nil {
            lines.comment("No BMC is known.", depth: 2)
        }
        if let address = machine.address {
            lines.line("- network: lan", depth: 2)
            lines.member("address", address.description, depth: 3)
        }
        if machine.bmcAddress == nil, bmcNetwork != nil {
            lines.line("oob:", depth: 1)
            lines.comment("A person switches it: the task says when.", depth: 2)
            lines.line("type: manual", depth: 2)
        }
        lines.line("interfaces:", depth: 1)
        lines.line("lan:", depth: 2)
        lines.line("slaves:", depth: 3)
        lines.line("- \(CommentedYAML.scalar(machine.mac.description))", depth: 4)
        if let disk = machine.disk, disk != request.disk {
            // The profile's disk is not there.
            lines.line("storage:", depth: 1)
            lines.line("physical_devices:", depth: 2)
            lines.line("\(CommentedYAML.scalar("!" + request.disk)): {}", depth: 3)
            var own = CommentedYAML()
            writeStorage(of: disk, &own)
            for line in own.text.split(separator: "\n").dropFirst(2) { lines.line(String(line), depth: 0) }
        }
        lines.line("metadata:", depth: 1)
        lines.member("boot_mac", machine.mac.description, depth: 2)
    }

    private var secrets: String? {
        guard bmcNetwork != nil, let bmcs = request.bmcs else { return nil }
        var lines = CommentedYAML()
        lines.comment("Keep this file to yourself. The daemon stores the password encrypted.")
        lines.line("---", depth: 0)
        lines.line("schema: deckhand/Passphrase/v1", depth: 0)
        lines.line("metadata:", depth: 0)
        lines.line("schema: metadata/Document/v1", depth: 1)
        lines.line("name: bmc-password", depth: 1)
        lines.line("layeringDefinition:", depth: 1)
        lines.line("abstract: false", depth: 2)
        lines.line("layer: \(Self.layer)", depth: 2)
        lines.line("storagePolicy: encrypted", depth: 1)
        lines.line("data: \(CommentedYAML.scalar(bmcs.password.reveal()))", depth: 0)
        return lines.text
    }
}
