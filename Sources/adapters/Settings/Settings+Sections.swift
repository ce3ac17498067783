import OutboundHTTP
import Primitives

extension Settings {
    init(_ reader: inout SettingsReader) throws {
        self.init()
        listeners = try reader.section("listeners") { section in
            var listeners = Listeners()
            listeners.admin = try section.section("admin") { try Admin(&$0) }
            listeners.api = try section.section("api") { try API(&$0) }
            listeners.node = try section.section("node") { try Node(&$0) }
            return listeners
        }
        stateDirectory = try reader.path("state_directory") ?? stateDirectory
        components = try reader.section("components") { section in
            Components(
                armada: try section.section("armada") { try $0.url("url") },
                promenade: try section.section("promenade") { try $0.url("url") })
        }
        identity = try reader.section("identity") { try Identity(&$0) }
        installer = try reader.section("installer") { try InstallerSettings(&$0) }
        netboot = try reader.section("netboot") { try Netboot(&$0) }
        outOfBand = try reader.section("out_of_band") { try OutOfBand(&$0) }
        timeouts = try reader.section("timeouts") { try Timeouts(&$0) }
        tasks = try reader.section("tasks") { try Tasks(&$0) }
        retention = try reader.section("retention") { try Retention(&$0) }
        logLevel = try reader.section("log") { try $0.choice("level") } ?? logLevel
        validations = try reader.section("validations") { section in
            var validations = Validations()
            validations.deploymentVersionCreate =
                try section.choice("deployment_version_create") ?? validations.deploymentVersionCreate
            validations.deploymentVersionCommit =
                try section.choice("deployment_version_commit") ?? validations.deploymentVersionCommit
            return validations
        }
        deployment = try reader.section("deployment") { section in
            var deployment = DeploymentSettings()
            deployment.deploysGroupsConcurrently =
                try section.flag("groups_side_by_side") ?? deployment.deploysGroupsConcurrently
            return deployment
        }
        written = reader.written
    }
}

extension Settings.Admin {
    init(_ reader: inout SettingsReader) throws {
        self.init()
        path = try reader.path("path") ?? path
        group = try reader.value("group", expected: "the name of a group") { $0.isEmpty ? nil : $0 } ?? group
    }
}

extension Settings.API {
    init(_ reader: inout SettingsReader) throws {
        self.init()
        address = try reader.address("address") ?? address
        tls = try reader.section("tls") { section in
            guard section.hasAny(["certificate", "key", "client_ca"]) else { return nil }
            let certificate = try section.path("certificate")
            let key = try section.path("key")
            let authorities = try section.path("client_ca")
            guard let certificate, let key else {
                throw section.failure(
                    "listeners.api.tls is incomplete, expected both 'certificate' and 'key'")
            }
            return Settings.TLS(certificate: certificate, key: key, clientAuthorities: authorities)
        }
        url = try reader.url("url", isTold: true)
    }
}

extension Settings.Identity {
    init(_ reader: inout SettingsReader) throws {
        self.init()
        tokenLifetime = try reader.duration("token_lifetime", "minutes") ?? tokenLifetime
        project = try reader.name("project") ?? project
        policy = try reader.path("policy")
        keystone = try reader.section("keystone") { try Settings.Keystone(&$0) }
    }
}

extension Settings.Keystone {
    init?(_ reader: inout SettingsReader) throws {
        let keys = ["url", "username", "password_file", "project"]
        let others = ["user_domain", "project_domain", "timeout", "cache_time"]
        guard reader.hasAny(keys + others) else { return nil }
        let url = try reader.url("url")
        let username = try reader.name("username")
        let passwordFile = try reader.path("password_file")
        let project = try reader.name("project")
        guard let url, let username, let passwordFile, let project else {
            throw reader.failure("identity.keystone is incomplete, expected all of \(keys.joined(separator: ", "))")
        }
        self.init(url: url, username: username, passwordFile: passwordFile, project: project)
        userDomain = try reader.name("user_domain") ?? userDomain
        projectDomain = try reader.name("project_domain") ?? projectDomain
        timeout = try reader.duration("timeout", "seconds") ?? timeout
        cacheTime = try reader.duration("cache_time", "seconds") ?? cacheTime
    }
}

extension Settings.Node {
    init(_ reader: inout SettingsReader) throws {
        self.init()
        address = try reader.address("address") ?? address
        url = try reader.value("url", expected: Self.expectedURL) { Self.url($0) }
    }

    /// What `url` takes, for messages.
    package static let expectedURL =
        "an address like 'http://192.0.2.1:8080': HTTP, for the listener has no TLS, without user, password or token, and with no "
        + "characters but letters, digits and -._~:/?@+,=%[], for it stands in boot scripts"

    /// The address of the listener as machines reach it, without its trailing slash.
    ///
    /// - Returns: nil where no machine could fetch anything there.
    package static func url(_ text: String) -> String? {
        guard let address = RemoteAddress(text), address.scheme == "http" else { return nil }
        return SettingsReader.bootURL(text)
    }
}

extension Settings.InstallerSettings {
    init?(_ reader: inout SettingsReader) throws {
        guard reader.hasAny(["kernel", "ramdisk"]) else { return nil }
        guard let kernel = try reader.bootURL("kernel"), let ramdisk = try reader.bootURL("ramdisk") else {
            throw reader.failure("installer is incomplete, expected both 'kernel' and 'ramdisk'")
        }
        self.init(kernel: kernel, ramdisk: ramdisk)
    }
}

extension Settings.Netboot {
    init(_ reader: inout SettingsReader) throws {
        self.init()
        // YAML 1.1 reads a plain off as false.
        mode =
            try reader.value("mode", expected: "one of authoritative, proxy, off") { text in
                Settings.DHCPMode(rawValue: text == "false" ? "off" : text)
            } ?? mode
        interface = try reader.value("interface", expected: "the name of one network interface, like 'eno2'") { name in
            let isName = (1...15).contains(name.utf8.count) && name.utf8.allSatisfy(SettingsReader.isInterfaceByte)
            return isName && name.first != "-" && name != "." && name != ".." ? name : nil
        }
        uefiProgram = try reader.choice("uefi_program") ?? uefiProgram
        secureBoot = try reader.flag("secure_boot") ?? secureBoot
        routerAdvertisements = try reader.flag("router_advertisements") ?? routerAdvertisements
        pin = try reader.flag("pin") ?? pin
        erasure = try reader.choice("erasure") ?? erasure
    }
}

extension Settings.OutOfBand {
    init(_ reader: inout SettingsReader) throws {
        self.init()
        attempts = try reader.count("attempts", 1...1000) ?? attempts
        attemptInterval = try reader.duration("attempt_interval", "seconds") ?? attemptInterval
        powerStateInterval = try reader.duration("power_state_interval", "seconds") ?? powerStateInterval
        powerStatePolls = try reader.count("power_state_polls", 1...10000) ?? powerStatePolls
        manualPause = try reader.duration("manual_pause", "seconds") ?? manualPause
        sessions = try reader.count("sessions", 1...10000) ?? sessions
        console = try reader.flag("console") ?? console
        networkBoots = try reader.count("network_boots", 1...100) ?? networkBoots
        sweep = try reader.flag("sweep") ?? sweep
        sweepInterval = try reader.duration("sweep_interval", "seconds", least: 1) ?? sweepInterval
    }
}

extension Settings.Timeouts {
    init(_ reader: inout SettingsReader) throws {
        self.init()
        drydock = try reader.duration("drydock", "minutes") ?? drydock
        networkBoot = try reader.duration("network_boot", "minutes") ?? networkBoot
        identifyNode = try reader.duration("identify_node", "minutes") ?? identifyNode
        configureHardware = try reader.duration("configure_hardware", "minutes") ?? configureHardware
        deployNode = try reader.duration("deploy_node", "minutes") ?? deployNode
        bootActionFinalStatus =
            try reader.duration("bootaction_final_status", "minutes") ?? bootActionFinalStatus
        destroyNode = try reader.duration("destroy_node", "minutes") ?? destroyNode
    }
}

extension Settings.Tasks {
    init(_ reader: inout SettingsReader) throws {
        self.init()
        parallel = try reader.count("parallel", 1...10000) ?? parallel
        parallelNodes = try reader.count("parallel_nodes", 1...10000) ?? parallelNodes
    }
}

extension Settings.Retention {
    init(_ reader: inout SettingsReader) throws {
        self.init()
        logs = try reader.duration("logs", "days") ?? logs
        buildData = try reader.duration("build_data", "days") ?? buildData
        bootData = try reader.duration("boot_data", "days") ?? bootData
        audit = try reader.duration("audit", "days") ?? audit
    }
}

extension SettingsReader {
    fileprivate mutating func path(_ name: String) throws -> String? {
        try value(name, expected: "an absolute path") { $0.hasPrefix("/") ? $0 : nil }
    }

    fileprivate mutating func name(_ name: String) throws -> String? {
        try value(name, expected: "a name") { $0.isEmpty ? nil : $0 }
    }

    fileprivate mutating func address(_ name: String) throws -> NetworkAddress? {
        try value(name, expected: "host and port, like '0.0.0.0:9000' or '[::]:9000'") { NetworkAddress($0) }
    }

    /// An address that `OutboundHTTP` can fetch, without its trailing slash.
    ///
    /// - Parameters:
    ///   - isAllowed: the characters that it may have, fewer where it is written into a boot script.
    ///   - isTold: whether clients and machines are told it, which therefore has no credentials.
    ///   - note: what is to be said of them.
    fileprivate mutating func url(
        _ name: String, _ isAllowed: (UInt8) -> Bool = AddressCharacters.isFetchable, isTold: Bool = false,
        note: String = ""
    ) throws -> String? {
        let expected = "an address like 'http://192.0.2.1:8080'" + (isTold ? " without user, password or token" : "")
        return try value(name, expected: expected + note) { Self.url($0, isAllowed, isTold: isTold) }
    }

    private static func url(_ text: String, _ isAllowed: (UInt8) -> Bool, isTold: Bool) -> String? {
        guard RemoteAddress(text) != nil, text.utf8.allSatisfy(isAllowed) else { return nil }
        if isTold, AddressCredentials.removed(from: text) != text { return nil }
        return text.hasSuffix("/") ? String(text.dropLast()) : text
    }

    fileprivate mutating func bootURL(_ name: String) throws -> String? {
        try url(
            name, AddressCharacters.isOfBootScript, isTold: true,
            note: ", for boot scripts with no characters but letters, digits and -._~:/?@+,=%[]")
    }

    fileprivate static func bootURL(_ text: String) -> String? {
        url(text, AddressCharacters.isOfBootScript, isTold: true)
    }

    /// Letters, digits, `.`, `_` and `-`.
    fileprivate static func isInterfaceByte(_ byte: UInt8) -> Bool {
        AddressCharacters.isUnreserved(byte) && byte != UInt8(ascii: "~")
    }

    fileprivate mutating func flag(_ name: String) throws -> Bool? {
        try value(name, expected: "true or false") { Bool($0) }
    }

    fileprivate mutating func count(_ name: String, _ range: ClosedRange<Int>) throws -> Int? {
        try value(name, expected: "a whole number from \(range.lowerBound) to \(range.upperBound)") { text in
            Int(text).flatMap { range.contains($0) ? $0 : nil }
        }
    }

    /// - Parameter least: what it is at least; nil for anything above 0.
    fileprivate mutating func duration(_ name: String, _ unit: String, least: Int? = nil) throws -> Double? {
        let bound = least.map { "from \($0)" } ?? "above 0"
        return try value(name, expected: "a number of \(unit) \(bound), at most 100000") { text in
            Double(text).flatMap { $0 > 0 && $0 >= Double(least ?? 0) && $0 <= 100_000 ? $0 : nil }
        }
    }

    fileprivate mutating func choice<T: RawRepresentable & CaseIterable>(_ name: String) throws -> T?
    where T.RawValue == String {
        let names = T.allCases.map(\.rawValue).joined(separator: ", ")
        return try value(name, expected: "one of \(names)") { T(rawValue: $0) }
    }
}
