import Foundation
import IPMI
import MessageCatalog
import NIOPosix
import OrderedCollections
import Primitives
import Processes
import RehearsalMap
import Simulator
import SiteDesign
import TestSupport
import Testing

@testable import OutOfBand

@Suite("Definitions of libvirt's guests")
struct DomainDefinitionTests {
    private let xml = """
        <domain type='qemu'>
          <name>n01</name>
          <metadata>
            <libosinfo:os id="http://debian.org/debian/12"/>
          </metadata>
          <os firmware='efi'>
            <type arch='x86_64' machine='pc-q35-7.2'>hvm</type>
            <boot dev='hd'/>
            <bootmenu enable='no'/>
          </os>
          <devices>
            <interface type='user'>
              <boot order='2'/>
            </interface>
          </devices>
        </domain>
        """

    @Test("the boot devices are replaced, with the orders of single devices, and nothing else is")
    func order() throws {
        let definition = DomainDefinition(xml)
        #expect(definition.bootOrder == ["hd"])
        let changed = try #require(definition.booting(from: ["network", "hd"]))
        #expect(changed.bootOrder == ["network", "hd"])
        let lines = Set(changed.xml.split(separator: "\n"))
        #expect(lines.subtracting(xml.split(separator: "\n")) == ["    <boot dev='network'/>"])
        #expect(Set(xml.split(separator: "\n")).subtracting(lines) == ["      <boot order='2'/>"])
        #expect(changed.booting(from: ["network", "hd"]) == changed)
    }

    @Test(
        "what is no definition of a guest has no boot devices, and none are written into it",
        arguments: ["", "<domain/>", "<os>", "error: failed to get domain 'n01'", "  </os>\n<os>"])
    func nothing(text: String) {
        #expect(DomainDefinition(text).bootOrder == nil)
        #expect(DomainDefinition(text).booting(from: ["network"]) == nil)
    }
}

/// libvirt's own daemon with QEMU, in namespaces of its own.
private final class Libvirtd {
    static let isPossible: Bool = {
        func skip(_ why: String) -> Bool {
            print("skipped: no libvirtd, as \(why)")
            return false
        }
        guard geteuid() == 0 else { return skip("that takes root") }
        for tool in ["/usr/bin/virsh", "/usr/sbin/libvirtd", "/usr/bin/qemu-system-x86_64", "/usr/bin/unshare"] {
            guard FileManager.default.isExecutableFile(atPath: tool) else { return skip("\(tool) is not there") }
        }
        return true
    }()

    private let folder: OwnedFolder
    private let peer: Peer
    let uri: String

    /// What Debian's package makes is made in the namespace: the user, and folders of its own.
    private static let script = """
        set -e
        cd "$1"
        cp /etc/passwd /etc/group .
        echo 'libvirt-qemu:x:64055:64055::/:/usr/sbin/nologin' >> passwd
        echo 'libvirt-qemu:x:64055:' >> group
        grep -q ^kvm: group || echo 'kvm:x:64056:' >> group
        mount --bind passwd /etc/passwd
        mount --bind group /etc/group
        for place in /etc/libvirt /run/libvirt /var/lib/libvirt /var/log/libvirt /var/cache/libvirt; do
            mkdir -p $place
            mount -t tmpfs tmpfs $place
        done
        printf '%s\\n' 'user = "root"' 'group = "root"' 'dynamic_ownership = 0' 'security_driver = "none"' \\
            'stdio_handler = "file"' 'cgroup_controllers = []' 'namespaces = []' > /etc/libvirt/qemu.conf
        printf '%s\\n' "unix_sock_dir = \\"$1\\"" 'auth_unix_rw = "none"' 'unix_sock_rw_perms = "0700"' > libvirtd.conf
        libvirtd --config libvirtd.conf &
        until virsh -c "$2" uri; do sleep 0.1; done
        printf '%s' "$3" > n01.xml
        virsh -c "$2" define n01.xml
        echo serving
        wait
        """

    private static let guest = """
        <domain type='qemu'>
          <name>n01</name>
          <memory unit='MiB'>32</memory>
          <os><type arch='x86_64' machine='q35'>hvm</type></os>
          <devices>
            <emulator>/usr/bin/qemu-system-x86_64</emulator>
            <interface type='user'><mac address='52:54:00:00:00:11'/><model type='e1000'/><boot order='1'/></interface>
            <graphics type='vnc' passwd='canary88' listen='127.0.0.1'/>
          </devices>
        </domain>
        """

    init() throws {
        folder = try OwnedFolder()
        uri = "qemu+unix:///system?socket=\(folder.path)/libvirt-sock"
        peer = try Peer(
            "/usr/bin/unshare",
            [
                "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "sh", "-c", Self.script, "sh",
                folder.path,
                uri, Self.guest,
            ], ready: "serving")
    }
}

@Suite("A guest of libvirt as a node", .serialized)
struct LibvirtTests {
    private func node(_ name: String = "n01", uri: String?) -> BaremetalNode {
        var settings = HostSettings()
        settings.outOfBandType = "libvirt"
        settings.outOfBandParameters["libvirt_uri"] = uri
        return BaremetalNode(name: name, settings: settings, addressing: [])
    }

    private func outOfBand(_ pauses: Pauses = Pauses()) -> OutOfBand {
        OutOfBand(
            client: IPMIClient(group: MultiThreadedEventLoopGroup.singleton), timing: .patient, maximumSessions: 64,
            pause: { try await pauses.take($0) }, now: pauses.now)
    }

    @Test("libvirtd does what the driver is told, and the driver sees it", .enabled(if: Libvirtd.isPossible))
    func peer() async throws {
        let libvirt = try Libvirtd()
        let outOfBand = outOfBand()
        let driver = try outOfBand.driver(for: node(uri: libvirt.uri))
        #expect(try await driver.powerState(until: later) == .off)
        // The network card of the definition has an order of its own, which libvirt does not take beside that of kinds.
        let network = try await driver.setNextBoot(from: .network, .bios, until: later)
        #expect(network.message.contains("boots from the network next"))
        #expect(
            try await driver.answer(.boot(.disk, persistent: false, uefi: false), until: later)["read_back"]?["order"]
                == ["hd", "network"])
        _ = try await driver.setNextBoot(from: .network, .bios, until: later)

        #expect(try await driver.powerCycle(until: later).message.contains("was off and is on"))
        #expect(try await driver.powerState(until: later) == .on)
        #expect(try await driver.powerOn(until: later).message == "Node n01 is on.")
        #expect(try await driver.answer(.power(.off), until: later) == ["power": "off", "was": "on"])
        #expect(try await driver.powerOff(until: later).message == "Node n01 is off.")

        let dump = try await Virsh(uri: libvirt.uri).run(
            ["dumpxml", "--inactive", "--security-info", "n01"], seconds: 60)
        #expect(dump.output.contains("passwd='canary88'") && !dump.output.contains("<boot order="))
        #expect(DomainDefinition(dump.output).bootOrder == ["network", "hd"])

        let absent = try outOfBand.driver(for: node("n02", uri: libvirt.uri))
        let error = await #expect(throws: BoatyardError.self) { try await absent.powerState(until: later) }
        #expect(error?.code == "oob.libvirt")
        #expect(error?.message.contains("failed to get domain 'n02'") == true, "\(error?.message ?? "")")
    }

    @Test("in a rehearsal a simulated BMC is switched in the place of the guest, and virsh is not asked")
    func rehearsal() async throws {
        try await Site.with(user: RehearsalMap.substituteAccount, password: RehearsalMap.substituteCredential) {
            (site) async throws -> Void in
            let outOfBand = OutOfBand(
                client: IPMIClient(group: MultiThreadedEventLoopGroup.singleton), timing: .patient,
                map: RehearsalMap(bmc: ["n01": "127.0.0.1:\(site.server.endpoint.port)"]), maximumSessions: 64,
                logger: RecordedLog().logger, pause: { _ in })
            let driver = try outOfBand.driver(for: node(uri: "qemu+ssh://192.0.2.7/system"))
            _ = try await driver.setNextBoot(from: .network, .bios, until: later)
            #expect(site.chassis.bootFlags.device == .pxe)
            #expect(try await driver.powerCycle(until: later).message.contains("was off and is on"))
            #expect(site.chassis.isPoweredOn)
            for (node, code) in [
                (node(uri: nil), "oob.parameters"), (node("n02", uri: "qemu+ssh://192.0.2.7/system"), "oob.rehearsal"),
            ] {
                #expect(#expect(throws: BoatyardError.self) { try outOfBand.driver(for: node) }?.code == code)
            }
        }
    }

    @Test("what cannot be asked of it is refused by name")
    func requestErrors() async throws {
        for (node, code) in [
            (node(uri: nil), "oob.parameters"), (node("-n01", uri: "qemu+ssh://h/system"), "oob.parameters"),
        ] {
            #expect(#expect(throws: BoatyardError.self) { try outOfBand().driver(for: node) }?.code == code)
        }
        let driver = try outOfBand().driver(for: node(uri: "qemu+ssh://192.0.2.7/system"))
        for request in [BMCRequest.sensors(thresholds: false), .identify(seconds: 5), .eventLog(clears: false)] {
            let error = await #expect(throws: BoatyardError.self) { try await driver.answer(request, until: later) }
            #expect(error?.code == "oob.request")
        }
    }

    /// A folder with a shell script `virsh`.
    private func script(_ text: String) throws -> OwnedFolder {
        let folder = try OwnedFolder()
        let program = "\(folder.path)/virsh"
        try Data("#!/bin/sh\n\(text)\n".utf8).write(to: URL(fileURLWithPath: program))
        chmod(program, 0o755)
        return folder
    }

    /// A driver whose `virsh` is a shell script.
    private func scripted(
        _ script: String, _ pauses: Pauses, memory: BMCMemory = BMCMemory(), log: RecordedLog = RecordedLog(),
        _ body: (LibvirtDriver) async throws -> Void
    ) async throws {
        let folder = try self.script(script)
        let turns = BMCTurns(
            node: "n01", bmc: "libvirt at qemu+ssh://host/system", remedy: "check the host",
            queue: BMCQueue(maximumSessions: 4), sleep: { try await pauses.take($0) }, now: pauses.now)
        let driver = LibvirtDriver(
            node: "n01", virsh: Virsh(uri: "qemu+ssh://host/system", program: folder.path + "/virsh"), timing: .patient,
            turns: turns, memory: memory, logger: log.logger)
        try await body(driver)
        withExtendedLifetime(folder) {}
    }

    @Test("a host that cannot be reached is tried five times, and the error says what virsh says")
    func unreachable() async throws {
        let pauses = Pauses()
        try await scripted(
            "echo 'error: failed to connect to the hypervisor' >&2; echo 'error: Cannot recv data: Host key verification failed.' >&2; exit 1",
            pauses
        ) { (driver) async throws -> Void in
            let error = await #expect(throws: BoatyardError.self) { try await driver.powerOff(until: later) }
            #expect(error?.code == "oob.libvirt")
            #expect(
                error?.message.contains("Host key verification failed. (attempt 5 of 5); check the host") == true,
                "\(error?.message ?? "")")
            #expect(pauses.all.count == 4)
        }
    }

    @Test("at the deadline the error, the journal and the report say what virsh says")
    func deadline() async throws {
        let (memory, log) = (BMCMemory(), RecordedLog())
        try await scripted(
            "echo 'error: failed to connect to the hypervisor' >&2; echo 'error: ssh: No route to host' >&2; exit 1",
            Pauses(), memory: memory, log: log
        ) { (driver) async throws -> Void in
            let error = await #expect(throws: BoatyardError.self) {
                try await driver.powerState(until: Pauses.start.adding(seconds: 20))
            }
            #expect(error?.code == "oob.deadline")
            let words = "failed to connect to the hypervisor: ssh: No route to host"
            #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
            #expect(log.events.contains { $0.entry == .bmcCommandRepeated && $0.line.contains("error=\(words)") })
            let place = try #require(driver.memoryPlace)
            #expect(place.address == "qemu+ssh://host/system")
            #expect(memory.record(place.name)?.failure?.message == "power status: \(words)")
        }
    }

    @Test("an operator is told after the second attempt that a host cannot be reached")
    func operatorWaits() async throws {
        let pauses = Pauses()
        try await scripted("echo 'error: failed to connect to the hypervisor' >&2; exit 1", pauses) {
            (driver) async throws -> Void in
            let error = await #expect(throws: BoatyardError.self) {
                try await driver.answer(.powerStatus, until: later)
            }
            #expect(error?.message.contains("(attempt 2 of 2)") == true, "\(error?.message ?? "")")
            #expect(pauses.all.count == 1)
        }
    }

    @Test("a guest that does not go off is an error after its readings, and is not told to go on")
    func stays() async throws {
        try await scripted(
            "case \"$*\" in *domstate*) echo running;; *start*) echo started >> \"$0.log\";; esac", Pauses()
        ) { (driver) async throws -> Void in
            let error = await #expect(throws: BoatyardError.self) { try await driver.powerCycle(until: later) }
            #expect(error?.code == "oob.power")
            #expect(error?.message.contains("is not off") == true)
        }
    }

    @Test("a cancelled command is killed, and so is one that reads and writes without end", .timeLimit(.minutes(5)))
    func cancelled() async throws {
        try await scripted("exec sleep 600", Pauses()) { (driver) async throws -> Void in
            let task = Task { try await driver.powerState(until: later) }
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
        }
        let endless = try script("exec yes")
        let outcome = try await Virsh(uri: "qemu:///system", program: endless.path + "/virsh").run([], seconds: 0.2)
        #expect(outcome.wasKilled && outcome.output.utf8.count <= 4 << 20)
    }

    @Test("passwords are asked of nobody, and what is in the address already stays")
    func connection() async throws {
        for (uri, expected) in [
            ("qemu+ssh://host/system", "qemu+ssh://host/system?no_tty=1"),
            ("qemu+ssh://host/system?keyfile=/k", "qemu+ssh://host/system?keyfile=/k&no_tty=1"),
            ("qemu+ssh://host/system?no_tty=0", "qemu+ssh://host/system?no_tty=0"),
            ("qemu:///system", "qemu:///system"),
        ] {
            let outcome = try await Virsh(uri: uri, program: "/usr/bin/echo").run(["x"], seconds: 60)
            #expect(outcome.output == "--quiet --connect \(expected) x")
        }
    }
}
