import Primitives
import SiteDesign
import Synchronization
import TestSupport
import Testing

@testable import Netboot

@Suite("DHCP follows the committed design")
struct DHCPServiceTests {
    /// What the service sees of the rest of the daemon.
    private final class World: Sendable {
        struct State {
            var revision: Int?
            var machines = SampleSite.machines
            var failure: String?
            var compilations = 0
            var time = Timestamp(microseconds: 1_700_000_000_000_000)
            var networks: [IPv4Network]? = [IPv4Network("10.20.1.1/24")].compactMap(\.self)
        }

        let state = Mutex(State())
        let path: String
        let log = RecordedLog()

        init(_ path: String) throws {
            self.path = path
            try FileContents.makeFolder("\(path)/tftp")
            for program in ["undionly.kpxe", "snponly.efi"] {
                try FileContents.write([1], to: "\(path)/tftp/\(program)")
            }
        }

        var folder: DHCPFolder { DHCPFolder("\(path)/dhcp") }
        var active: DHCPFolder { DHCPFolder("\(path)/active") }

        func service(_ settings: DHCPServerSettings = .init(interface: "eno2")) -> DHCPService {
            var dependencies = DHCPService.Dependencies(
                settings: settings, folder: folder, active: active, programs: "\(path)/tftp",
                nodeURL: { "http://10.20.1.1:8080" },
                committed: { [self] in
                    state.withLock { $0.revision }.map { revision in
                        .init(revision: revision) { [self] in
                            let (machines, failure) = state.withLock { state in
                                state.compilations += 1
                                return (state.machines, state.failure)
                            }
                            if let failure { throw BoatyardError("design", failure) }
                            return try SampleSite.site(machines: machines)
                        }
                    }
                }, logger: log.logger)
            dependencies.interfaceNetworks = { [self] _ in state.withLock { $0.networks } }
            dependencies.now = { [self] in state.withLock { $0.time } }
            return DHCPService(dependencies)
        }

        func commit(_ revision: Int, machines: String = SampleSite.machines) {
            state.withLock { state in
                state.revision = revision
                state.machines = machines
            }
        }

        /// The id of what is requested; nil where nothing is.
        func request() -> String? {
            (try? FileContents.read(folder.request)).map { String(decoding: $0, as: UTF8.self).trimmed }
        }

        /// Answers what is requested, as root would.
        func answer(_ state: DHCPActivationReport.State, _ message: String) throws {
            let report = DHCPActivationReport(request: try #require(request()), state: state, message: message)
            try FileContents.makeFolder(active.path)
            try FileContents.write(report.bytes, to: "\(active.path)/\(DHCPActivationReport.file)")
            FolderContents.remove(folder.request)
        }
    }

    private func withWorld(_ body: (World) async throws -> Void) async throws {
        try await withTemporaryFolder { try await body(World($0)) }
    }

    @Test("nobody is answered, and nothing is written, until an interface is named")
    func unnamed() async throws {
        try await withWorld { world in
            world.commit(1)
            let service = world.service(.init())
            await service.look()
            #expect(await service.status().state == .off)
            #expect(!FolderContents.isFolder(world.folder.path))
            #expect(await service.problems().isEmpty)
        }
    }

    @Test("an interface that is not named any more ends the answers")
    func unnamedAgain() async throws {
        try await withWorld { world in
            world.commit(1)
            await world.service().look()
            try world.answer(.active, "taken")
            let service = world.service(.init())
            await service.look()
            #expect(world.request() != nil)
            #expect(FolderContents.names(in: world.folder.hosts) == [])
            try world.answer(.stopped, "nobody is answered")
            await service.look()
            #expect(await service.status().state == .off)
        }
    }

    @Test("a commit is written, requested once, and told when root has taken it over")
    func course() async throws {
        try await withWorld { world in
            let service = world.service()
            await service.look()
            #expect(await service.status().state == .waiting)
            world.commit(7)
            await service.look()
            #expect(await service.status().state == .pending)
            let id = world.request()
            await service.look()
            await service.look()
            #expect(world.request() == id)
            #expect(world.state.withLock { $0.compilations } == 1)
            try world.answer(.active, "3 machines added")
            await service.look()
            let status = await service.status()
            #expect(status.state == .active && status.revision == 7 && status.machines == 3)
            #expect(status.message == "3 machines added")
            #expect(world.log.lines.contains { $0.contains("DHCP configuration in use: 3 machines added revision=7") })

            // A commit that changes nothing of it asks for nothing.
            world.commit(8)
            await service.look()
            #expect(world.request() == nil)
            #expect(await service.status().revision == 8)
        }
    }

    @Test("who asks how it stands is told what root has made of the newest commit")
    func settled() async throws {
        try await withWorld { world in
            let service = world.service()
            #expect(await service.settled().state == .waiting)
            world.commit(7)
            async let asked = service.settled()
            while world.request() == nil {
                try Task.checkCancellation()
                await Task.yield()
            }
            try world.answer(.refused, "dnsmasq says: bad dhcp-range")
            await service.receive(.taken)
            let status = await asked
            #expect(status.state == .refused && status.revision == 7)
        }
    }

    @Test("a daemon that starts again has what it finds taken over once more")
    func restart() async throws {
        try await withWorld { world in
            world.commit(7)
            await world.service().look()
            try world.answer(.active, "taken")
            let service = world.service()
            await service.look()
            #expect(world.request() != nil)
            #expect(await service.status().state == .pending)
        }
    }

    @Test("what root refuses is a problem of the daemon until something better is taken over")
    func refused() async throws {
        try await withWorld { world in
            let service = world.service()
            world.commit(7)
            await service.look()
            try world.answer(.refused, "dnsmasq says: bad dhcp-range")
            await service.look()
            #expect(await service.status().state == .refused)
            #expect(await service.problems() == ["DHCP: dnsmasq says: bad dhcp-range"])
            await service.look()
            #expect(world.log.lines.filter { $0.hasPrefix("error") }.count == 1)
            world.commit(8, machines: SampleSite.node("n9", mac: "52:54:00:20:01:19", address: "10.20.1.19"))
            await service.look()
            try world.answer(.active, "taken")
            await service.look()
            #expect(await service.problems().isEmpty)
        }
    }

    @Test("a design that cannot be compiled leaves what was there, and is told")
    func invalidDesign() async throws {
        try await withWorld { world in
            let service = world.service()
            world.commit(7)
            await service.look()
            try world.answer(.active, "taken")
            await service.look()
            let before = try FileContents.read(world.folder.main)
            world.commit(8)
            world.state.withLock { $0.failure = "Revision 8 is no design" }
            await service.look()
            #expect(await service.problems() == ["DHCP: Revision 8 is no design"])
            #expect(try FileContents.read(world.folder.main) == before)
            #expect(world.request() == nil)
            #expect(await service.status().revision == 7)
            // Back at what was there, it is in use again.
            world.commit(9)
            world.state.withLock { $0.failure = nil }
            await service.look()
            try world.answer(.active, "nothing has changed")
            await service.look()
            #expect(await service.problems().isEmpty)
        }
    }

    @Test("a request that nobody takes is told after half a minute")
    func untaken() async throws {
        try await withWorld { world in
            let service = world.service()
            world.commit(7)
            await service.look()
            #expect(await service.problems().isEmpty)
            world.state.withLock { $0.time = $0.time.adding(seconds: 31) }
            await service.look()
            #expect(await service.problems().first?.contains("boatyard-dhcp-apply.path") == true)
            try world.answer(.active, "taken late")
            await service.look()
            #expect(await service.problems().isEmpty)
        }
    }

    @Test("a request that was taken away and never answered is made again, once in half a minute")
    func lost() async throws {
        try await withWorld { world in
            let service = world.service()
            world.commit(7)
            await service.look()
            let id = try #require(world.request())
            FolderContents.remove(world.folder.request)
            await service.look()
            #expect(world.request() == nil)
            for _ in 1...2 {
                world.state.withLock { $0.time = $0.time.adding(seconds: 31) }
                await service.look()
                #expect(world.request() == id)
                FolderContents.remove(world.folder.request)
                await service.look()
                #expect(world.request() == nil)
            }
            world.state.withLock { $0.time = $0.time.adding(seconds: 31) }
            await service.look()
            try world.answer(.active, "taken")
            await service.look()
            #expect(await service.problems().isEmpty)
        }
    }

    @Test(
        "an interface that is missing or has no address keeps machines from being answered; one in another network is remarked upon"
    )
    func interfaces() async throws {
        try await withWorld { world in
            let service = world.service()
            world.commit(7)
            await service.look()
            #expect(await service.status().remarks.isEmpty)
            try world.answer(.active, "taken")
            await service.look()
            #expect(await service.status().state == .active)
            for (networks, text) in [
                (nil, "there is no interface eno2 on this host; correct netboot.interface"),
                ([], "eno2 has no IPv4 address"),
            ] as [([IPv4Network]?, String)] {
                world.state.withLock { $0.networks = networks }
                await service.look()
                let status = await service.status()
                #expect(status.state == .refused && status.message.contains(text), "\(status)")
                #expect(await service.problems().first?.contains(text) == true)
            }
            world.state.withLock { $0.networks = [IPv4Network("192.0.2.1/24")].compactMap(\.self) }
            await service.look()
            let status = await service.status()
            #expect(status.state != .refused && status.remarks.count == 1, "\(status)")
            #expect(status.remarks.first?.contains("eno2 has 192.0.2.1/24, which is in none of the networks") == true)
            #expect(await service.problems().isEmpty)
        }
    }

    @Test("another generation of boot programs is named without another commit")
    func programs() async throws {
        try await withWorld { world in
            let service = world.service()
            world.commit(7)
            await service.look()
            try world.answer(.active, "taken")
            await service.look()
            try FileContents.write([1], to: "\(world.path)/tftp/snponly-arm64.efi")
            await service.look()
            #expect(world.request() != nil)
            #expect(String(decoding: try FileContents.read(world.folder.main), as: UTF8.self).contains("snponly-arm64"))
            #expect(await service.status().programs.contains("snponly-arm64.efi"))
        }
    }

    @Test("a folder that cannot be written is a problem with its path")
    func unwritable() async throws {
        try await withWorld { world in
            try FileContents.write([1], to: world.folder.path)
            let service = world.service()
            world.commit(7)
            await service.look()
            #expect(await service.problems().first?.contains("\(world.folder.path)/hosts") == true)
            FolderContents.remove(world.folder.path)
            await service.look()
            #expect(await service.status().state == .pending)
        }
    }

    @Test("what happens on the wire is told to followers and to the journal, with the node's name")
    func events() async throws {
        try await withWorld { world in
            let service = world.service()
            world.commit(7)
            await service.look()
            let mac = try #require(MACAddress("52:54:00:20:01:11"))
            let address = try #require(IPv4Address("10.20.1.11"))
            let follower = service.events.follow()
            await service.receive(.asked(mac, client: .init(architecture: 7)))
            await service.receive(.granted(mac, address: address, client: .init(architecture: 7, isIPXE: true)))
            await service.receive(.sent(file: "snponly.efi", bytes: 70_000, address: address, mac: nil))
            await service.receive(.granted(mac, address: address, client: .init()))
            await service.receive(.ended(mac, address: address))
            var received: [NetbootEvent] = []
            for await event in follower {
                received.append(event)
                if received.count == 5 { break }
            }
            #expect(received.map(\.kind) == [.asked, .leased, .fileSent, .leasedToSystem, .leaseEnded])
            #expect(
                received.map(\.detail) == [
                    "efi-x64", "10.20.1.11, iPXE", "snponly.efi, 69 KiB", "10.20.1.11, an operating system",
                    "10.20.1.11",
                ])
            #expect(received.allSatisfy { $0.mac == mac })
            let lines = world.log.lines
            #expect(lines.contains("info DHCP lease address=10.20.1.11 firmware=iPXE mac=52:54:00:20:01:11 node=n1"))
            #expect(lines.contains { $0.hasPrefix("info TFTP file sent") && $0.contains("node=n1") })
        }
    }

    @Test("a machine that no document names is told of, with what to do")
    func unknownMachine() async throws {
        try await withWorld { world in
            let service = world.service()
            world.commit(7)
            await service.look()
            let mac = try #require(MACAddress("52:54:00:99:00:01"))
            await service.receive(.granted(mac, address: try #require(IPv4Address("10.20.1.150")), client: .init()))
            #expect(
                world.log.lines.contains { line in
                    line.hasPrefix("notice DHCP lease for a machine that no document names")
                        && line.contains("boatyard get nodes --unknown") && line.contains("mac=52:54:00:99:00:01")
                })

            // Where no network has a range, it gets no answer, and that is told once an hour.
            let far = SampleSite.networks.split(separator: "\n").filter { !$0.contains("type: dhcp") }
                .joined(separator: "\n")
            var sightings = Sightings(
                settings: .init(interface: "eno2"), now: { world.state.withLock { $0.time } }, logger: world.log.logger)
            sightings.know(try SampleSite.site(far + "\n" + SampleSite.profiles + SampleSite.machines))
            for _ in 1...3 { _ = sightings.receive(.asked(mac, client: .init())) }
            #expect(world.log.lines.filter { $0.contains("it is not answered") && $0.contains("boot_mac") }.count == 1)
        }
    }

    @Test("a second DHCP server is told once, listed while it answers, and expected as a proxy")
    func secondServer() async throws {
        try await withWorld { world in
            let service = world.service()
            let mac = try #require(MACAddress("52:54:00:99:00:02"))
            let address = try #require(IPv4Address("10.20.1.9"))
            for _ in 1...3 { await service.receive(.otherServer(address: address, mac: mac)) }
            let warnings = world.log.lines.filter { $0.hasPrefix("warning") }
            #expect(warnings.count == 1)
            #expect(
                warnings.first?.contains("another DHCP server, 10.20.1.9 (52:54:00:99:00:02), answers on eno2") == true)
            #expect(warnings.first?.contains("netboot.mode to proxy") == true)
            #expect(await service.status().others.map(\.address) == [address])
            world.state.withLock { $0.time = $0.time.adding(seconds: 901) }
            #expect(await service.status().others.isEmpty)

            let proxy = world.service(.init(mode: .proxy, interface: "eno2"))
            await proxy.receive(.otherServer(address: address, mac: mac))
            #expect(world.log.lines.filter { $0.hasPrefix("warning") }.count == 1)
        }
    }

    @Test(
        "the GRUB of Secure Boot learns where the daemon is, and the consoles of machines, in each generation of programs"
    )
    func grub() async throws {
        try await withWorld { world in
            let consoles = SampleSite.machines.replacing(
                "host_profile: plain",
                with: "host_profile: plain\n  platform: {kernel_params: {console: 'ttyS0,115200n8'}}",
                maxReplacements: 1)
            world.commit(1, machines: consoles)
            let path = "\(world.path)/tftp/\(GRUBSiteFile.path)"
            await world.service().look()
            try FileContents.makeFolder("\(world.path)/tftp/grub")
            await world.service().look()
            #expect(!FolderContents.isFolder(path) && (try? FileContents.read(path)) == nil)
            let service = world.service(.init(interface: "eno2", usesSecureBoot: true))
            await service.look()
            let text = String(decoding: try FileContents.read(path), as: UTF8.self)
            #expect(text.contains("set boatyard_url='http://10.20.1.1:8080'\n"))
            #expect(
                text.contains(
                    "if [ \"$net_default_mac\" = '52:54:00:20:01:11' ]; then set boatyard_consoles='console=ttyS0,115200n8'; fi\n"
                ))
            #expect(!text.contains("52:54:00:20:01:12"))
            #expect(throws: BoatyardError.self) { try GRUBSiteFile.text(nodeURL: "http://x';reboot", site: nil) }
        }
    }

    @Test("made-up addresses and servers take bounded memory")
    func flood() async throws {
        try await withWorld { world in
            var sightings = Sightings(
                settings: .init(interface: "eno2"), now: { .init(microseconds: 1) }, logger: world.log.logger)
            for number in 0..<20_000 {
                let bytes = [2, 0] + (0..<4).map { UInt8(truncatingIfNeeded: number >> (24 - 8 * $0)) }
                let mac = try #require(MACAddress(bytes: bytes))
                let address = IPv4Address(rawValue: UInt32(truncatingIfNeeded: number))
                _ = sightings.receive(.asked(mac, client: .init()))
                _ = sightings.receive(.granted(mac, address: address, client: .init()))
                _ = sightings.receive(.held(mac, address: address, terms: .init(hostname: "x", seconds: number)))
                _ = sightings.receive(.otherServer(address: address, mac: mac))
            }
            #expect(sightings.tableSize <= 2 * 8192 + 16)
            #expect(world.log.lines.count == 501)
            #expect(world.log.lines.last?.contains("more happens") == true)
        }
    }
}
