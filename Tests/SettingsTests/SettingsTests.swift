import OrderedCollections
import Primitives
import TestSupport
import Testing
import YAML

@testable import Settings

@Suite("Settings")
struct SettingsTests {
    private func settings(_ text: String, environment: [String: String] = [:]) throws -> Settings {
        try Settings(file: "boatyard.yaml", bytes: Array(text.utf8), environment: environment)
    }

    private func failure(_ text: String, environment: [String: String] = [:]) -> String {
        do {
            return "\(try settings(text, environment: environment))"
        } catch {
            return "\(error)"
        }
    }

    @Test("an empty file means all defaults")
    func defaults() throws {
        #expect(try settings("") == Settings())
        #expect(try settings("listeners:\n  api:\nlog:\n") == Settings())
        #expect(try settings("listeners:\n  api:\n    tls:\n      key:\ninstaller:\n  kernel:\n") == Settings())
    }

    @Test("every setting can be set")
    func everything() throws {
        let settings = try settings(
            """
            listeners:
              admin: {path: /tmp/a.sock, group: wheel}
              api:
                address: "[::1]:9443"
                tls: {certificate: /c.pem, key: /k.pem, client_ca: /a.pem}
              node: {address: 10.0.0.1:80, url: "http://seed.example.com/"}
            state_directory: /srv/boatyard
            components:
              armada: {url: "http://armada:8000/api/v1.0;v=1?site=a&rack=b"}
              promenade: {url: "http://promenade:9000/api/v1.0"}
            installer: {kernel: "http://files/vmlinuz", ramdisk: "http://files/initrd"}
            out_of_band: {attempts: 2, attempt_interval: 1, power_state_interval: 0.5, power_state_polls: 3, manual_pause: 4,
                          sessions: 5, console: off, network_boots: 3, sweep: false, sweep_interval: 6}
            timeouts: {drydock: 1, network_boot: 7, identify_node: 2, configure_hardware: 3, deploy_node: 4.5,
                       bootaction_final_status: 5, destroy_node: 6}
            tasks: {parallel: 8, parallel_nodes: 200}
            log: {level: debug}
            validations: {deployment_version_create: warning, deployment_version_commit: error}
            """)
        #expect(settings.listeners.admin == .init(path: "/tmp/a.sock", group: "wheel"))
        #expect(settings.listeners.api.address == NetworkAddress(host: "::1", port: 9443))
        #expect(
            settings.listeners.api.tls == .init(certificate: "/c.pem", key: "/k.pem", clientAuthorities: "/a.pem"))
        #expect(settings.listeners.node.url == "http://seed.example.com")
        #expect(settings.stateDirectory == "/srv/boatyard")
        #expect(settings.components.promenade == "http://promenade:9000/api/v1.0")
        #expect(settings.installer == .init(kernel: "http://files/vmlinuz", ramdisk: "http://files/initrd"))
        #expect(settings.outOfBand.attempts == 2)
        #expect(settings.outOfBand.powerStateInterval == 0.5)
        #expect(settings.outOfBand.sessions == 5 && !settings.outOfBand.console)
        #expect(settings.outOfBand.networkBoots == 3)
        #expect(!settings.outOfBand.sweep)
        #expect(settings.outOfBand.sweepInterval == 6)
        #expect(settings.timeouts.networkBoot == 7)
        #expect(settings.timeouts.deployNode == 4.5)
        #expect(settings.timeouts.destroyNode == 6)
        #expect(settings.tasks == .init(parallel: 8, parallelNodes: 200))
        #expect(settings.logLevel == .debug)
        #expect(settings.validations == .init(deploymentVersionCreate: .warning, deploymentVersionCommit: .error))
    }

    @Test("DHCP names an interface, and one of three modes")
    func netboot() throws {
        #expect(try settings("").netboot == .init())
        #expect(Settings.Netboot().interface == nil && Settings.Netboot().mode == .authoritative)
        let text =
            "netboot: {mode: proxy, interface: eno2.20, uefi_program: ipxe, secure_boot: true, router_advertisements: false}"
        #expect(
            try settings(text).netboot
                == .init(
                    mode: .proxy, interface: "eno2.20", uefiProgram: .ipxe, secureBoot: true,
                    routerAdvertisements: false))
        // YAML reads a plain off as false.
        #expect(try settings("netboot: {mode: off}").netboot.mode == .off)
        #expect(failure("netboot: {mode: true}").contains("expected one of authoritative, proxy, off"))
        for name in ["eno2,eno3", "-x", "..", "a/b", "eth0 eth1", "sixteen-letters-", "é", "x\ny"] {
            let message = failure("netboot: {interface: \"\(name)\"}")
            #expect(message.contains("expected the name of one network interface"), "\(name): \(message)")
        }
    }

    @Test(
        "an unknown key is refused with its line",
        arguments: [
            (
                "log:\n  level: info\n  colour: red\n",
                "boatyard.yaml:3: unknown key 'log.colour', expected 'log.level'; check its spelling and indentation"
            ),
            ("\n\nlisten: 1\n", "boatyard.yaml:3: unknown key 'listen', expected 'listeners'"),
            ("listners:\n  api:\n", "boatyard.yaml:1: unknown key 'listners', expected 'listeners'"),
            ("log:\n  leevl: info\n", "boatyard.yaml:2: unknown key 'log.leevl', expected 'log.level'"),
            ("state-directory: /x\n", "boatyard.yaml:1: unknown key 'state-directory', expected 'state_directory'"),
            (
                "listeners:\n  api:\n    tls:\n      cert: /x\n",
                "boatyard.yaml:4: unknown key 'listeners.api.tls.cert', expected 'listeners.api.tls.certificate'"
            ),
        ])
    func unknownKeys(text: String, message: String) {
        #expect(failure(text).hasPrefix(message), "\(failure(text))")
    }

    @Test(
        "a bad value is refused with its line and what was expected",
        arguments: [
            ("log:\n  level: loud\n", "boatyard.yaml:2: log.level is 'loud', expected one of trace, debug, info"),
            (
                "listeners:\n  api:\n    address: 9000\n",
                "boatyard.yaml:3: listeners.api.address is '9000', expected host"
            ),
            (
                "listeners:\n  api:\n    address: 'a:70000'\n",
                "boatyard.yaml:3: listeners.api.address is 'a:70000', exp"
            ),
            ("listeners:\n  api:\n    address: [::]:9000\n", "boatyard.yaml:3: column"),
            ("state_directory: var\n", "boatyard.yaml:1: state_directory is 'var', expected an absolute path"),
            (
                "timeouts:\n\n  deploy_node: 0\n",
                "boatyard.yaml:3: timeouts.deploy_node is '0', expected a number of min"
            ),
            ("timeouts:\n  deploy_node: .nan\n", "boatyard.yaml:2: timeouts.deploy_node is 'nan', expected a number"),
            (
                "out_of_band:\n  attempts: 1.5\n",
                "boatyard.yaml:2: out_of_band.attempts is '1.5', expected a whole number"
            ),
            (
                "tasks:\n  parallel: 0\n",
                "boatyard.yaml:2: tasks.parallel is '0', expected a whole number from 1 to 10000"
            ),
            (
                "tasks: {parallel: 99999999999999999999}\n",
                "boatyard.yaml:1: tasks.parallel is '99999999999999999999', expected a whole number from 1 to 10000"
            ),
            ("log:\n  level: 2026-12-01\n", "boatyard.yaml:2: log.level is a date, expected one of"),
            ("log:\n  level: !!binary aW5mbw==\n", "boatyard.yaml:2: log.level is binary data, expected one of"),
            (
                "tasks:\n  parallel_nodes: all\n",
                "boatyard.yaml:2: tasks.parallel_nodes is 'all', expected a whole number from 1 to 10000"
            ),
            (
                "tasks:\n  parallel_nodes: 10001\n",
                "boatyard.yaml:2: tasks.parallel_nodes is '10001', expected a whole number"
            ),
            (
                "components:\n  armada:\n    url: armada\n",
                "boatyard.yaml:3: components.armada.url is 'armada', expected an"
            ),
            (
                "components:\n  armada:\n    url: http://a:65536/\n",
                "boatyard.yaml:3: components.armada.url is 'http://a:65536/', expected an"
            ),
            (
                "listeners:\n  node:\n    url: http://x;reboot\n",
                "boatyard.yaml:3: listeners.node.url is 'http://x;reboot', expected an"
            ),
            (
                "listeners:\n  node:\n    url: https://h:8080\n",
                "boatyard.yaml:3: listeners.node.url is 'https://h:8080', expected an address like 'http://192.0.2.1:8080': HTTP"
            ),
            (
                "installer:\n  kernel: http://a/k?x&y\n  ramdisk: http://a/r\n",
                "boatyard.yaml:2: installer.kernel is 'http://a/k?x&y', expected an address like "
                    + "'http://192.0.2.1:8080' without user, password or token, for boot scripts with no characters but"
            ),
            (
                "components:\n  armada:\n    url: 'http://a/<b>'\n",
                "boatyard.yaml:3: components.armada.url is 'http://a/<b>', expected an"
            ),
            (
                "listeners:\n  node:\n    url: 'http://['\n",
                "boatyard.yaml:3: listeners.node.url is 'http://[', expected an"
            ),
            (
                "listeners:\n  api:\n    url: http://u:secret@h:9000\n",
                "boatyard.yaml:3: listeners.api.url is 'http://h:9000', expected an address like 'http://192.0.2.1:8080' "
                    + "without user, password or token"
            ),
            (
                "listeners:\n  node:\n    url: http://h:8080/?token=secret\n",
                "boatyard.yaml:3: listeners.node.url is 'http://h:8080/?token=***', expected an"
            ),
            (
                "components:\n  armada:\n    url: ftp://u:se/cret@h\n",
                "boatyard.yaml:3: components.armada.url is 'ftp://h', expected an"
            ),
            ("log: loud\n", "boatyard.yaml:1: log is no section, expected a section with keys below it"),
            ("- log\n", "boatyard.yaml: the file is no section, expected sections like 'log:'"),
            ("log:\n  level: [a]\n", "boatyard.yaml:2: log.level is a collection, expected one of"),
            (
                "log:\n  level: info\nlog:\n  level: debug\n",
                "boatyard.yaml:3: key 'log' is set twice, expected once; it "
            ),
            (
                "listeners:\n  api:\n    tls:\n      key: /k\n",
                "boatyard.yaml:3: listeners.api.tls is incomplete, expected"
            ),
            ("installer:\n  kernel: http://a/k\n", "boatyard.yaml:1: installer is incomplete, expected both"),
            ("a: b: c\n", "boatyard.yaml:1: column 5: mapping values are not allowed in this context, expected YAML"),
            ("log: {}\n---\nlog: {}\n", "boatyard.yaml:3: column"),
        ])
    func badValues(text: String, message: String) {
        #expect(failure(text).hasPrefix(message), "\(failure(text))")
    }

    @Test("the environment wins over the file, and is held to the same rules")
    func environment() throws {
        let settings = try settings(
            "log:\n  level: info\n",
            environment: ["BOATYARD_LOG_LEVEL": "trace", "BOATYARD_LISTENERS_API_ADDRESS": "127.0.0.1:1", "HOME": "/"])
        #expect(settings.logLevel == .trace)
        #expect(settings.listeners.api.address.port == 1)
        #expect(
            failure("", environment: ["BOATYARD_STATE_DIRECTORY": "here"])
                == "environment variable BOATYARD_STATE_DIRECTORY: state_directory is 'here', expected an absolute path"
        )
    }

    @Test(
        "a variable that no setting comes from is refused, where it was meant for one",
        arguments: [
            ("LISTNERS_API_ADDRESS", "expected BOATYARD_LISTENERS_API_ADDRESS"),
            ("LISTENERS_API_ADRESS", "expected BOATYARD_LISTENERS_API_ADDRESS"),
            ("LOG", "expected BOATYARD_LOG_LEVEL"), ("STATE_DIR", "expected BOATYARD_STATE_DIRECTORY"),
            ("TASKS_HOW_MANY_MACHINES_ARE_INSTALLED_AT_ONCE", "expected BOATYARD_ and the names of a section"),
        ])
    func misspeltVariable(name: String, expected: String) {
        let message = failure("", environment: ["BOATYARD_\(name)": "1"])
        #expect(message.hasPrefix("environment variable BOATYARD_\(name): no setting comes from it, "), "\(message)")
        #expect(message.contains(expected), "\(message)")
    }

    @Test("variables of other programs are no settings")
    func otherVariables() throws {
        let names = ["CONFIG", "SOCKET", "URL", "DHCP_EVENTS", "CONFORMANCE", "LAB", "LAB_CACHE", "NEW_PASSWORD"]
        let environment = Dictionary(uniqueKeysWithValues: names.map { ("BOATYARD_\($0)", "1") })
        #expect(try settings("", environment: environment) == Settings())
    }

    @Test("a file that is asked for must be there")
    func missingFile() throws {
        let file = "/nonexistent/boatyard.yaml"
        #expect(try Settings.load(file: file, isRequired: false, environment: [:]) == Settings())
        #expect(throws: SettingsError.self) { try Settings.load(file: file, isRequired: true, environment: [:]) }
        #expect(throws: SettingsError.self) { try Settings.load(file: "/", isRequired: false, environment: [:]) }
    }

    @Test("the sample file sets nothing")
    func sample() throws {
        let file = ExampleSite.package + "/etc/boatyard.yaml"
        #expect(try Settings.load(file: file, isRequired: true, environment: [:]) == Settings())
    }

    /// The sample file with the '#' of every key removed. A remark, which has a blank after its '#', keeps it.
    private func uncommented() throws -> String {
        let bytes = try #require(try Settings.contents(of: ExampleSite.package + "/etc/boatyard.yaml"))
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        return lines.map { line in
            let isRemark = line.hasPrefix("# ") && !line.hasPrefix("#  ")
            return line.hasPrefix("#") && !isRemark ? String(line.dropFirst()) : String(line)
        }.joined(separator: "\n")
    }

    @Test("the defaults that the sample file shows are those that hold")
    func sampleDefaults() throws {
        // A Keystone has no default for who we are there.
        let account = ["url": "http://k", "username": "u", "password_file": "/p", "project": "s"]
        let environment = Dictionary(
            uniqueKeysWithValues: account.map { ("BOATYARD_IDENTITY_KEYSTONE_" + $0.uppercased(), $1) })
        var expected = Settings()
        expected.identity.keystone = Settings.Keystone(
            url: "http://k", username: "u", passwordFile: "/p", project: "s")
        var read = try settings(try uncommented(), environment: environment)
        // Every one of them is set.
        #expect(read.written.count > 40)
        read.written = [:]
        #expect(read == expected)
    }

    @Test("the sample file shows every key, and operations.md has it with the same default")
    func sampleKeys() throws {
        let sample = try YAML.loadOne(try uncommented())
        let manual = String(
            decoding: try FileContents.read(ExampleSite.package + "/docs/operations.md"), as: UTF8.self)
        var leaves: [(key: String, value: String)] = []
        func compare(_ members: Value.Object, _ path: [String]) {
            #expect(Set(members.keys) == knownKeys(of: path), "\(path.joined(separator: "."))")
            for (key, value) in members {
                if let section = value.objectValue {
                    compare(section, path + [key])
                } else {
                    leaves.append(((path + [key]).joined(separator: "."), value.isNull ? "" : value.pythonText))
                }
            }
        }
        compare(try #require(sample.objectValue), [])
        #expect(leaves.count > 40)
        let documented = defaults(in: manual)
        #expect(Set(documented.keys) == Set(leaves.map(\.key)))
        for (key, value) in leaves {
            #expect(documented[key]?.lowercased() == value.lowercased(), "\(key)")
        }
    }

    /// What a section may have, as it says to whoever sets something else in it.
    private func knownKeys(of path: [String]) -> Set<String> {
        var text = ""
        for (depth, name) in (path + ["qqqqqqqq: 1"]).enumerated() {
            text += String(repeating: "  ", count: depth) + name + (depth < path.count ? ":\n" : "\n")
        }
        let expected = failure(text).split(separator: ", expected ", maxSplits: 1).last ?? ""
        let quoted = expected.split(separator: "'", omittingEmptySubsequences: false).enumerated()
        return Set(quoted.filter { $0.offset % 2 == 1 }.map { String($0.element.split(separator: ".").last ?? "") })
    }

    /// The defaults of the table of settings by their keys, without units. A row may have several keys that differ in
    /// their last part, and then a default for each or one for all.
    private func defaults(in manual: String) -> [String: String] {
        var defaults: [String: String] = [:]
        let rows = manual.split(separator: "\n").drop { $0 != "| key | default | meaning |" }.dropFirst(2)
        for row in rows.prefix(while: { $0.hasPrefix("| `") }) {
            let cells = row.split(separator: "|", omittingEmptySubsequences: false).map(Self.plain)
            var key = ""
            let values = cells[2].split(separator: ", ").map { $0.split(separator: " ")[0] }
            for (index, name) in cells[1].split(separator: ", ").enumerated() {
                if name.hasPrefix("_") {
                    key = key.split(separator: "_").dropLast().joined(separator: "_") + name
                } else {
                    key =
                        name.hasPrefix(".")
                        ? key.split(separator: ".").dropLast().joined(separator: ".") + name : String(name)
                }
                defaults[key] = values.isEmpty ? "" : String(values[min(index, values.count - 1)])
            }
        }
        return defaults
    }

    /// Without marks of code and blanks around.
    private static func plain(_ cell: Substring) -> String { cell.replacing("`", with: "").trimmed }
}
