import Cryptography
import Netboot
import OrderedCollections
import OutOfBand
import Primitives
import RehearsalMap
import SiteDesign
import Store
import Synchronization
import TestSupport
import Testing

@testable import Drydock

private struct MediaBMC: OutOfBandDriver {
    func powerState(until deadline: Timestamp) -> PowerState { .on }

    func setNextBoot(from source: BootSource, _ mode: BootMode, until deadline: Timestamp) -> OutOfBandOutcome {
        OutOfBandOutcome(message: source.rawValue)
    }

    func setNextBoot(
        fromImage address: String, _ mode: BootMode, until deadline: Timestamp
    ) -> OutOfBandOutcome { OutOfBandOutcome(message: address) }

    func powerOff(until deadline: Timestamp) -> OutOfBandOutcome { OutOfBandOutcome(message: "off") }

    func powerOn(until deadline: Timestamp) -> OutOfBandOutcome { OutOfBandOutcome(message: "on") }

    func powerCycle(until deadline: Timestamp) -> OutOfBandOutcome { OutOfBandOutcome(message: "cycle") }
}

@Suite("Nodes that boot from media")
struct MediaBootTests {
    private func node(_ boot: String?, mac: String? = "52:54:00:20:01:11") -> BaremetalNode {
        var settings = HostSettings()
        settings.outOfBandType = "redfish"
        settings.outOfBandParameters["boot"] = boot
        return BaremetalNode(name: "n1", settings: settings, addressing: [], bootMAC: mac)
    }

    private func configuration(_ folder: String) -> DrydockConfiguration {
        DrydockConfiguration(
            stateDirectory: folder, nodeURL: { "http://192.0.2.1:8080" }, internalURL: { "" },
            timeouts: TestDaemon.shortTimeouts())
    }

    /// Takes over an installer of small files.
    private func takeInstaller(_ id: String, media: Bool, in folder: String) async throws {
        let incoming = "\(folder)/new-\(id)"
        try FileContents.makeFolder(incoming)
        var files: [InstallerGeneration.File] = []
        for name in ["initrd", "vmlinuz"] + (media ? [InstallerMedia.file] : []) {
            let bytes = Array(repeating: UInt8(ascii: "."), count: 8192)
            try FileContents.write(bytes, to: "\(incoming)/\(name)")
            files.append(.init(path: name, size: bytes.count, sha256: Hash.sha256(bytes).hex))
        }
        let generation = InstallerGeneration(
            id: id, suite: "trixie", kernel: "6.12.1-amd64", built: [:], files: files,
            media: media ? .init(grub: 0, isolinux: 2048) : nil)
        try FileContents.write(generation.manifest, to: "\(incoming)/manifest.json")
        let store = NetbootFolder(stateDirectory: folder).generations
        _ = try store.take(try await GenerationStore.check(incoming), from: incoming, at: .now())
    }

    @Test("a node that boots from media gets the image of the installer in use by its boot MAC, others get none")
    func address() async throws {
        try await withTemporaryFolder { (folder) async throws -> Void in
            var configuration = configuration(folder)
            let mac = MACAddress("52:54:00:20:01:11")
            #expect(try configuration.installerImage(of: node(nil), mac: mac) == nil)
            #expect(try configuration.installerImage(of: node("network"), mac: mac) == nil)
            let none = #expect(throws: BoatyardError.self) {
                try configuration.installerImage(of: node("media"), mac: mac)
            }
            #expect(none?.code == "netboot.missing" && none?.message.contains("boatyard netboot build") == true)
            try await takeInstaller("trixie-1", media: false, in: folder)
            let without = #expect(throws: BoatyardError.self) {
                try configuration.installerImage(of: node("media"), mac: mac)
            }
            #expect(without?.message.contains("xorriso and mtools") == true)
            try await takeInstaller("trixie-2", media: true, in: folder)
            #expect(
                try configuration.installerImage(of: node("media"), mac: mac)
                    == "http://192.0.2.1:8080/netboot/media/trixie-2/52-54-00-20-01-11/boatyard.iso")
            let unknown = #expect(throws: BoatyardError.self) {
                try configuration.installerImage(of: node("media", mac: nil), mac: nil)
            }
            #expect(unknown?.code == "oob.parameters" && unknown?.message.contains("metadata.boot_mac") == true)
            configuration.rehearsal = RehearsalMap(
                installer: .init(kernel: "http://a/k", initrd: "http://a/i", image: "http://a/boatyard.iso"))
            #expect(try configuration.installerImage(of: node("media", mac: nil), mac: nil) == "http://a/boatyard.iso")
        }
    }

    @Test("the image is for the boot MAC that an operator has claimed, and for none that is claimed for another node")
    func claimed() async throws {
        try await withTemporaryFolder { (folder) async throws -> Void in
            let database = try Database.open(
                path: folder + "/boatyard.db", migrations: DrydockMigration.all.withoutGaps)
            let machines = MachineStore(database: database, notifier: Notifier(), now: { .now() })
            let designed = try #require(MACAddress("52:54:00:20:01:11"))
            let claimed = try #require(MACAddress("52:54:00:20:01:99"))
            // Before anything is known of the node its design counts.
            #expect(try await machines.bootMAC(of: node("media")) == designed)
            let design = ["n1": designed, "n2": claimed].map {
                ExpectedNode(node: $0.key, bmcAddress: nil, bootMAC: $0.value, bootMode: .uefi)
            }
            try await machines.expect(["n1", "n2"], of: design)
            #expect(try await machines.bootMAC(of: node("media")) == designed)
            try await machines.claim("n1", claimed)
            #expect(try await machines.bootMAC(of: node("media")) == claimed)
            let other = BaremetalNode(
                name: "n2", settings: HostSettings(), addressing: [], bootMAC: claimed.description)
            #expect(try await machines.bootMAC(of: other) == nil)
            try await takeInstaller("trixie-1", media: true, in: folder)
            let image = try configuration(folder).installerImage(
                of: node("media"), mac: try await machines.bootMAC(of: node("media")))
            #expect(image?.hasSuffix("/52-54-00-20-01-99/boatyard.iso") == true, "\(image ?? "none")")
            await database.close()
        }
    }

    @Test(
        "a deployed machine that was tested by its image boots its disk next, and the image is out of the drive by then"
    )
    func tested() async throws {
        let image = "http://192.0.2.1:8080/boatyard.iso"
        let media: Value = [
            "type": "redfish", "network": "oob", "account": "operator", "credential": "anchors-aweigh",
            "scheme": "http", "boot": "media",
        ]
        let inserted = Mutex<String?>(nil)
        let found = Notifier<String>()
        var faults = TestMachine.Faults()
        faults.beforeReport = {
            _ = try await found.first(of: "drive", within: 60) { inserted.withLock { $0 } }
        }
        try await TestSite.run(
            names: ["berth-1"], faults: ["berth-1": faults],
            edit: { $0.changeData(of: "drydock/BaremetalNode/v1", name: "berth-1") { $0["oob"] = media } },
            configure: {
                $0.rehearsal = RehearsalMap(
                    installer: .init(
                        kernel: "http://192.0.2.1:8080/vmlinuz", initrd: "http://192.0.2.1:8080/initrd", image: image))
            }
        ) { site in
            try await site.deploy()
            let machine = try site.machine("berth-1")
            let service = await site.daemon.service()
            _ = try await service.beginTest(node: "berth-1", isFull: false, power: true)
            inserted.withLock { $0 = machine.image }
            #expect(machine.image == image)
            found.notify("drive")
            #expect(try await service.hardwareTest(node: "berth-1", within: 60).outcome == .passed)
            #expect(machine.image == nil)
            while machine.story.deployed.count < 2 {
                try Task.checkCancellation()
                await Task.yield()
            }
            #expect(machine.story.complaints.isEmpty)
        }
    }

    @Test("who waits for a BMC reads from where it boots its machine: from the network, or from the image in its drive")
    func words() {
        #expect(BMCOrder.bootFromNetwork.words(for: node("network")) == "to boot it from the network next")
        #expect(
            BMCOrder.bootFromNetwork.words(for: node("media"))
                == "to boot it from the image in the drive of its BMC next")
        #expect(BMCOrder.bootFromDisk.words(for: node("media")) == "to boot it from its disk next")
    }

    @Test("without an image a machine is not sent to the installer; it is switched off and boots its disk all the same")
    func withoutImage() async throws {
        let missing = BoatyardError("netboot.missing", "there is no image")
        let deadline = Timestamp.now().adding(seconds: 60)
        func give(_ order: BMCOrder, _ image: Result<String?, BoatyardError>) async throws -> String {
            try await order.give(to: MediaBMC(), .uefi, image: { try image.get() }, until: deadline).message
        }
        let error = await #expect(throws: BoatyardError.self) { try await give(.bootFromNetwork, .failure(missing)) }
        #expect(error?.code == "netboot.missing")
        #expect(try await give(.bootFromNetwork, .success("http://a/boatyard.iso")) == "http://a/boatyard.iso")
        #expect(try await give(.bootFromNetwork, .success(nil)) == "network")
        for (order, done) in [(BMCOrder.bootFromDisk, "disk"), (.powerCycle, "cycle"), (.powerOff, "off")] {
            #expect(try await give(order, .failure(missing)) == done)
        }
    }
}
