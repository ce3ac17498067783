import OrderedCollections
import Primitives
import SiteDesign

extension InstallationPlan {
    init(_ reader: PlanReader) throws(InstallationError) {
        deployment = try reader.text("deployment", atMost: 64, PlanText.ulid)
        node = try reader.text("node", atMost: 64, PlanText.label)
        fqdn = try reader.text("fqdn", atMost: 253, PlanText.domain)
        image = try Image(reader.object("image"))
        bootMode = try reader.choice("boot_mode", MachineFacts.Firmware.self)
        kernelParameters = try reader.optionalText("kernel_parameters", atMost: 2048, PlanText.commandLine) ?? ""
        consoles = try reader.texts("console", atMost: 8, each: 64, PlanText.console)
        disks = []
        for disk in try reader.list("disks", atMost: 1024) { disks.append(try Disk(disk)) }
        arrays = []
        for array in try reader.list("raid", atMost: 128) { arrays.append(try Array(array)) }
        volumeGroups = []
        for group in try reader.list("volume_groups", atMost: 256) { volumeGroups.append(try VolumeGroup(group)) }
        network = try NetworkPlan(reader.object("network"))
        users = []
        for user in try reader.list("users", atMost: 64) {
            let keys = try user.texts("authorized_keys", atMost: 1024, each: 64 << 10, PlanText.authorizedKeys)
            users.append(
                LoginUser(
                    name: try user.text("name", atMost: 64, PlanText.user),
                    authorizedKeys: keys.flatMap { $0.split(whereSeparator: \.isNewline).map(String.init) }))
        }
        repositories = []
        for repository in try reader.list("repositories", atMost: 256) {
            repositories.append(try PackageRepository(repository))
        }
        removesUnlistedRepositories = try reader.flag("remove_unlisted_repositories", default: false)
        packages = []
        for package in try reader.list("packages", atMost: 4096) {
            packages.append(
                PackageRequest(
                    name: try package.text("name", atMost: 256, PlanText.package),
                    version: try package.optionalText("version", atMost: 256, PlanText.version)))
        }
        bootData = nil
        if reader.member("boot_data") != nil {
            let data = try reader.object("boot_data")
            let key = try data.text("key", atMost: 1024) { [UInt8](hex: $0) == nil ? "is not hexadecimal" : nil }
            bootData = BootData(
                key: Secret(key), files: try data.text("files", atMost: 2048, PlanText.url),
                units: try data.text("units", atMost: 2048, PlanText.url))
        }
        reportURL = try reader.text("report_url", atMost: 2048, PlanText.url)
    }
}

extension ErasurePlan {
    init(_ reader: PlanReader) throws(InstallationError) {
        deployment = try reader.text("deployment", atMost: 64, PlanText.ulid)
        node = try reader.text("node", atMost: 64, PlanText.label)
        mode = try reader.choice("mode", Mode.self, default: .quick)
        reportURL = try reader.text("report_url", atMost: 2048, PlanText.url)
    }
}

extension InstallationPlan.Image {
    fileprivate init(_ reader: PlanReader) throws(InstallationError) {
        name = try reader.text("name", atMost: 128, PlanText.name)
        kernel = try reader.optionalText("kernel", atMost: 128, PlanText.name)
        url = try reader.optionalText("url", atMost: 2048, PlanText.url)
        sha256 = try reader.optionalText("sha256", atMost: 64, PlanText.sha256)?.lowercased()
        size = try reader.optionalNumber("size", 1...(1 << 50))
        unpackedSize = try reader.optionalNumber("unpacked_size", 1...(1 << 50))
        format = reader.member("format") == nil ? nil : try reader.choice("format", ImageSource.Format.self)
    }
}

extension InstallationPlan.Selector {
    /// - Parameter name: the alias where the selector has none.
    init(_ reader: PlanReader, name: String) throws(InstallationError) {
        alias = try reader.optionalText("alias", atMost: 256, PlanText.plain) ?? name
        address = try reader.optionalText("address", atMost: 256, PlanText.plain)
        bus = try reader.optionalText("bus_type", atMost: 64, PlanText.plain)
    }
}

extension InstallationPlan.Disk {
    fileprivate init(_ reader: PlanReader) throws(InstallationError) {
        device = try reader.text("device", atMost: 256, PlanText.name)
        let name = try reader.optionalText("name", atMost: 256, PlanText.name) ?? device
        self.name = name
        selector = try InstallationPlan.Selector(reader.object("selector"), name: device)
        guard try reader.flag("wipe", default: true) else {
            throw reader.wrong("wipe", "is false: a disk that is laid out is always wiped")
        }
        labels = [:]
        if reader.member("labels") != nil {
            for (label, value) in try reader.object("labels").value.objectValue ?? [:] {
                if let text = value.stringValue { labels[label] = text }
            }
        }
        volumeGroup = try reader.optionalText("volume_group", atMost: 128, PlanText.volume)
        partitions = []
        for partition in try reader.list("partitions", atMost: 126) {
            partitions.append(try InstallationPlan.Partition(partition))
        }
        if volumeGroup != nil, !partitions.isEmpty {
            throw reader.wrong("volume_group", "and 'partitions' cannot both be: a disk is one or the other")
        }
    }
}

extension InstallationPlan.Partition {
    fileprivate init(_ reader: PlanReader) throws(InstallationError) {
        name = try reader.text("name", atMost: 144, PlanText.partition)
        size = try reader.text("size", atMost: 32, PlanText.plain)
        isBootable = try reader.flag("bootable", default: false)
        uuid = try reader.optionalText("uuid", atMost: 64, PlanText.uuid)?.lowercased()
        volumeGroup = try reader.optionalText("volume_group", atMost: 128, PlanText.volume)
        contents = try InstallationPlan.Contents(reader)
        if volumeGroup != nil, contents != .raw {
            throw reader.wrong("filesystem", "is given, but the partition belongs to a volume group")
        }
    }
}

extension InstallationPlan.Contents {
    /// - Parameter reader: of what has the member `filesystem`.
    fileprivate init(_ reader: PlanReader) throws(InstallationError) {
        guard reader.member("filesystem") != nil else {
            self = .raw
            return
        }
        let system = try reader.object("filesystem")
        if system.member("type")?.stringValue == "bios_boot" {
            self = .biosBoot
            return
        }
        self = .fileSystem(try InstallationPlan.FileSystem(system))
    }
}

extension InstallationPlan.FileSystem {
    fileprivate init(_ reader: PlanReader) throws(InstallationError) {
        var type = try reader.optionalText("type", atMost: 32) ?? "ext4"
        if type == "fat32" { type = "vfat" }
        guard let kind = FileSystemCreation.Kind(rawValue: type) else {
            let known = FileSystemCreation.Kind.allCases.map(\.rawValue).joined(separator: ", ")
            throw reader.wrong("type", "is '\(type.shownInMessage)'; there are \(known), bios_boot")
        }
        self.kind = kind
        let place = try reader.optionalText("mountpoint", atMost: 1024)
        if kind == .swap {
            guard place == nil || place == "none" || place == "swap" else {
                throw reader.wrong("mountpoint", "is given, but swap space is mounted nowhere")
            }
            mountPoint = nil
        } else if place == nil || place == "none" {
            mountPoint = nil
        } else {
            mountPoint = try reader.text("mountpoint", atMost: 1024, PlanText.mountPoint)
        }
        options = try reader.optionalText("options", atMost: 512, PlanText.mountOptions) ?? "defaults"
        uuid = try reader.optionalText("uuid", atMost: 64) { kind == .vfat ? Self.volumeID($0) : PlanText.uuid($0) }
        uuid = kind == .vfat ? uuid?.uppercased() : uuid?.lowercased()
        label = try reader.optionalText("label", atMost: 255) { Self.label($0, kind) }
    }

    /// `1A2B-3C4D`
    private static func volumeID(_ text: String) -> String? {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        let isID = parts.count == 2 && parts.allSatisfy { $0.utf8.count == 4 && [UInt8](hex: String($0)) != nil }
        return isID ? nil : "is '\(text.shownInMessage)'; that of a FAT file system is written 1A2B-3C4D"
    }

    private static func label(_ text: String, _ kind: FileSystemCreation.Kind) -> String? {
        if let fault = PlanText.fileSystemLabel(text) { return fault }
        guard text.utf8.count <= kind.longestLabel else {
            return
                "'\(text.shownInMessage)' is longer than the \(kind.longestLabel) bytes of a label of \(kind.rawValue)"
        }
        if kind == .vfat, !text.utf8.allSatisfy({ (0x20..<0x7f).contains($0) }) { return "must be ASCII" }
        return text.hasPrefix("-") ? "'\(text.shownInMessage)' begins with '-'" : nil
    }
}

extension InstallationPlan.Member {
    fileprivate init(_ reader: PlanReader) throws(InstallationError) {
        device = try reader.text("device", atMost: 256, PlanText.name)
        partition = try reader.optionalText("partition", atMost: 144, PlanText.partition)
    }
}

extension InstallationPlan.Array {
    fileprivate init(_ reader: PlanReader) throws(InstallationError) {
        name = try reader.text("name", atMost: 64, PlanText.array)
        level = try reader.choice("level", StorageArray.Level.self)
        uuid = try reader.optionalText("uuid", atMost: 64, PlanText.uuid)?.lowercased()
        members = []
        for member in try reader.list("members", atMost: 256) { members.append(try .init(member)) }
        spares = []
        for spare in try reader.list("spares", atMost: 256) { spares.append(try .init(spare)) }
        volumeGroup = try reader.optionalText("volume_group", atMost: 128, PlanText.volume)
        contents = try InstallationPlan.Contents(reader)
        guard members.count >= level.fewestMembers else {
            throw reader.wrong(
                "members", "has \(members.count) entries; \(level.rawValue) needs \(level.fewestMembers) or more")
        }
        if contents == .biosBoot || volumeGroup != nil && contents != .raw {
            throw reader.wrong("filesystem", "cannot be on this array")
        }
    }
}

extension InstallationPlan.VolumeGroup {
    fileprivate init(_ reader: PlanReader) throws(InstallationError) {
        name = try reader.text("name", atMost: 128, PlanText.volume)
        logicalVolumes = []
        for volume in try reader.list("logical_volumes", atMost: 1024) {
            logicalVolumes.append(
                InstallationPlan.LogicalVolume(
                    name: try volume.text("name", atMost: 128, PlanText.volume),
                    size: try volume.text("size", atMost: 32, PlanText.plain),
                    contents: try InstallationPlan.Contents(volume)))
        }
        for volume in logicalVolumes where volume.contents == .biosBoot {
            throw reader.wrong("logical_volumes", "has '\(volume.name)', which cannot be a BIOS boot partition")
        }
    }
}
