import IPMI
import OrderedCollections
import Primitives
import Simulator
import SiteDesign
import TestSupport
import Testing

@testable import OutOfBand

@Suite("Our Redfish client, against the simulator")
struct SimulatedRedfishTests {
    private func with(
        isEncrypted: Bool = true, _ change: (inout BMCFaults) -> Void = { _ in },
        _ body: (SimulatedBMC, Pauses, any OutOfBandDriver) async throws -> Void
    ) async throws {
        let client = RedfishClient()
        let pauses = Pauses()
        do {
            try await SimulatedBMC.with(isEncrypted: isEncrypted, change) { (bmc) async throws -> Void in
                let node = redfishNode(bmc.server.port, scheme: isEncrypted ? "https" : "http")
                try await body(bmc, pauses, try redfish(node, pauses, client: client))
            }
        } catch {
            await client.close()
            throw error
        }
        await client.close()
    }

    @Test("a simulated machine is switched and told its boot device over HTTPS and HTTP", arguments: [true, false])
    func machine(isEncrypted: Bool) async throws {
        try await with(isEncrypted: isEncrypted) { (bmc, pauses, driver) async throws -> Void in
            #expect(try await driver.powerState(until: later) == .off)
            for (source, mode, device) in [
                (BootSource.network, BootMode.uefi, BootDevice.pxe), (.network, .bios, .pxe), (.disk, .uefi, .disk),
            ] {
                _ = try await driver.setNextBoot(from: source, mode, until: later)
                #expect(bmc.chassis.bootFlags == BootFlags(device: device, isEFI: mode == .uefi))
            }
            _ = try await driver.powerCycle(until: later)
            #expect(bmc.chassis.isPoweredOn)
            // The order was for one start.
            #expect(bmc.chassis.bootFlags == .cleared)
            _ = try await driver.powerOff(until: later)
            #expect(!bmc.chassis.isPoweredOn)
            #expect(pauses.all.allSatisfy { $0 == .seconds(3) })
        }
    }

    @Test("what a BMC answers with success and does not do is seen")
    func ignored() async throws {
        try await with({
            $0.ignoresPower = true
            $0.ignoresBootDevice = true
        }) { (_, _, driver) async throws -> Void in
            let power = await #expect(throws: BoatyardError.self) { try await driver.powerOn(until: later) }
            #expect(power?.code == "oob.power")
            let boot = await #expect(throws: BoatyardError.self) {
                try await driver.setNextBoot(from: .network, .uefi, until: later)
            }
            #expect(boot?.code == "oob.boot-device")
        }
    }

    @Test("a BMC that refuses orders, or the password, is an error that says so")
    func refused() async throws {
        try await with({ $0.refusesOrders = true }) { (_, _, driver) async throws -> Void in
            let error = await #expect(throws: BoatyardError.self) { try await driver.powerOn(until: later) }
            #expect(error?.code == "bmc.command")
            #expect(error?.message.contains("ComputerSystem.Reset is not supported") == true, "\(error?.message ?? "")")
        }
        try await with({ $0.wrongPassword = true }) { (bmc, _, driver) async throws -> Void in
            let error = await #expect(throws: BoatyardError.self) { try await driver.powerState(until: later) }
            #expect(error?.code == "bmc.authentication")
            #expect(try await bmc.server.statistics().accountsRefused == 2)
        }
    }

    @Test("a BMC whose certificate changes once its machine is on is an error with both fingerprints")
    func certificate() async throws {
        try await with({ $0.replacesCertificate = true }) { (bmc, _, driver) async throws -> Void in
            let error = await #expect(throws: BoatyardError.self) { try await driver.powerCycle(until: later) }
            #expect(error?.code == "bmc.certificate")
            #expect(error?.message.contains("the one it is known by has") == true, "\(error?.message ?? "")")
            #expect(bmc.chassis.isPoweredOn)
        }
    }

    @Test("a BMC that breaks connections off is switched nevertheless")
    func losses() async throws {
        try await with({ $0.dropProbability = 0.08 }) { (bmc, _, driver) async throws -> Void in
            _ = try await driver.powerOn(until: later)
            #expect(bmc.chassis.isPoweredOn)
        }
    }

    @Test("a BMC whose clock stands in 1970 is used like another")
    func clock() async throws {
        try await with({ $0.beginsIn1970 = true }) { (bmc, _, driver) async throws -> Void in
            _ = try await driver.powerOn(until: later)
            #expect(bmc.chassis.isPoweredOn)
            let clock = try await driver.answer(.clock, until: later)
            #expect(clock["time"]?.stringValue?.hasPrefix("1970-01-01T") == true, "\(clock)")
            #expect((clock["seconds_ahead"]?.doubleValue).map { $0 < -1e9 } == true, "\(clock)")
        }
    }

    @Test(
        "a node that boots from media has its image inserted, booted once, and taken out for the disk and when it goes off"
    )
    func bootFromMedia() async throws {
        let images = try await TinyServer.start(
            [String](repeating: "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n", count: 4))
        let image = "http://127.0.0.1:\(images.port)/boot.iso"
        try await SimulatedBMC.with(isEncrypted: false) { (bmc) async throws -> Void in
            let pauses = Pauses { _ in }
            let node = redfishNode(bmc.server.port, ["boot": "media"])
            let driver = try redfish(node, pauses)
            for mode in [BootMode.uefi, .bios] {
                let outcome = try await driver.setNextBoot(fromImage: image, mode, until: later)
                #expect(outcome.message == "Node n01 boots from the image next.")
                #expect(bmc.chassis.media == image)
                #expect(bmc.chassis.bootFlags == BootFlags(device: .cdrom, isEFI: mode == .uefi))
            }
            // It is found once: what is in the drive already is not inserted again.
            #expect(try await images.requests().count == 1)
            _ = try await driver.powerCycle(until: later)
            #expect(bmc.chassis.media == image && bmc.chassis.bootFlags == .cleared)
            let disk = try await driver.setNextBoot(from: .disk, .uefi, until: later)
            #expect(disk.message.hasSuffix("boots from the disk next. The image is out of the drive of its BMC."))
            #expect(bmc.chassis.media == nil)
            _ = try await driver.setNextBoot(fromImage: image, .uefi, until: later)
            _ = try await driver.powerOff(until: later)
            #expect(bmc.chassis.media == nil)
            // Without an image there is nothing to say.
            #expect(try await driver.powerOff(until: later).message == "Node n01 is off.")
        }
        await images.stop()
    }

    @Test("a BMC that takes an image and stays empty is an error, and boots nothing")
    func ignoredMedia() async throws {
        try await SimulatedBMC.with(isEncrypted: false, { $0.ignoresMedia = true }) { (bmc) async throws -> Void in
            let driver = try redfish(redfishNode(bmc.server.port, ["boot": "media"]))
            let error = await #expect(throws: BoatyardError.self) {
                try await driver.setNextBoot(fromImage: "http://127.0.0.1:9/boot.iso", .uefi, until: later)
            }
            #expect(error?.message.contains("has not put http://127.0.0.1:9/boot.iso into its virtual drive") == true)
            #expect(bmc.chassis.bootFlags == .cleared)
            // With less time than it is read for.
            let short = await #expect(throws: BoatyardError.self) {
                try await redfish(redfishNode(bmc.server.port, ["boot": "media"])).setNextBoot(
                    fromImage: "http://127.0.0.1:9/boot.iso", .uefi, until: Pauses.start.adding(seconds: 12))
            }
            #expect(short?.code == "oob.deadline")
            #expect(
                short?.message.hasSuffix(
                    "did not do what it was told in time, as it has not put http://127.0.0.1:9/boot.iso into its virtual "
                        + "drive, though it took the order: the drive is empty (3 readings); check that it reaches the "
                        + "address, and restart it") == true, "\(short?.message ?? "")")
        }
    }

    @Test("a BMC that starts anew after the first order to switch answers nothing meanwhile, and as before then")
    func reboot() async throws {
        try await SimulatedBMC.with(isEncrypted: false, { $0.rebootTime = .seconds(86400) }) {
            (bmc) async throws -> Void in
            let driver = try redfish(redfishNode(bmc.server.port))
            #expect(try await driver.powerState(until: later) == .off)
            let error = await #expect(throws: BoatyardError.self) { try await driver.powerOn(until: later) }
            #expect(error?.code == "bmc.transport", "\(error?.message ?? "")")
            #expect(bmc.chassis.isPoweredOn)
        }
        try await SimulatedBMC.with(isEncrypted: false, { $0.rebootTime = .milliseconds(50) }) {
            (bmc) async throws -> Void in
            let driver = try redfish(redfishNode(bmc.server.port))
            while true {
                try Task.checkCancellation()
                do {
                    _ = try await driver.powerOn(until: later)
                    break
                } catch let error as BoatyardError {
                    #expect(error.code == "bmc.transport", "\(error.message)")
                }
            }
            #expect(try await driver.powerState(until: later) == .on)
        }
    }

    @Test("oob.boot is network or media, and media only for redfish")
    func parameter() throws {
        let wrong = #expect(throws: BoatyardError.self) { try redfish(redfishNode(443, ["boot": "usb"])) }
        #expect(wrong?.code == "oob.parameters" && wrong?.message.contains("'usb'. It is network, or media") == true)
        var settings = redfishNode(443, ["boot": "media"]).settings
        settings.outOfBandType = "ipmi"
        let ipmi = BaremetalNode(
            name: "n01", settings: settings,
            addressing: [NodeAddress(network: "oob", kind: .fixed, address: "127.0.0.1")])
        let error = #expect(throws: BoatyardError.self) { try redfish(ipmi) }
        #expect(error?.code == "oob.parameters")
        #expect(error?.message.contains("its out-of-band type is not redfish") == true)
    }

    @Test("an image goes into the drive once the BMC has found it, and comes out again")
    func media() async throws {
        let images = try await TinyServer.start(["HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n"])
        let image = "http://127.0.0.1:\(images.port)/boot.iso"
        try await SimulatedBMC.with(isEncrypted: false) { (bmc) async throws -> Void in
            let endpoint = RedfishEndpoint(host: "127.0.0.1", port: bmc.server.port, trust: .none)
            let credentials = BMCCredentials(user: "admin", password: Secret("password"))
            let time = RedfishClient.Time(left: { .seconds(60) }, pause: { _, _ in await Task.yield() })
            try await RedfishClient.shared.withSession(endpoint: endpoint, credentials: credentials, time: time) {
                (session) async throws -> Void in
                let system = try await session.system()
                try await session.insert(image, into: try await session.discDrive(of: system))
                #expect(bmc.chassis.media == image)
                try await session.eject(try await session.discDrive(of: system))
                #expect(bmc.chassis.media == nil)
                let nowhere = await #expect(throws: RedfishError.self) {
                    try await session.insert(
                        "http://127.0.0.1:9/none.iso", into: try await session.discDrive(of: system))
                }
                #expect(
                    nowhere?.message.contains("failed to establish a connection") == true, "\(nowhere?.message ?? "")")
            }
        }
        await images.stop()
    }
}
