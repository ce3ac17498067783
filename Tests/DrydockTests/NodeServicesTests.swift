import Deckhand
import Netboot
import Primitives
import RehearsalMap
import TestSupport
import Testing

@testable import Drydock

@Suite("What machines need to boot, before they are told to", .timeLimit(.minutes(5)))
struct NodeServicesTests {
    private static func status(
        _ state: DHCPStatus.State, _ mode: DHCPMode = .authoritative, on interface: String? = "eno2",
        saying message: String = ""
    ) -> DHCPStatus {
        var status = DHCPStatus(settings: DHCPServerSettings(mode: mode, interface: interface))
        status.state = state
        status.message = message
        return status
    }

    /// What `verify_site` comes to, and what it says.
    private struct Outcome {
        var result: TaskResult.Status
        var messages: [TaskMessage]
    }

    private func verify(
        _ status: DHCPStatus?, files: [NetbootFolder.InstallerFile] = NetbootFolder.InstallerFile.allCases,
        configure: @escaping @Sendable (inout DrydockConfiguration) -> Void = { _ in }
    ) async throws -> Outcome {
        try await withTemporaryFolder { (folder) async throws -> Outcome in
            let daemon = try TestDaemon(folder: folder, outOfBand: HeldBMCs()) {
                $0.installer = .files
                configure(&$0)
            }
            let http = NetbootFolder(stateDirectory: folder).path + "/http"
            try FileContents.makeFolder(http)
            for file in files { try FileContents.write([1], to: "\(http)/\(file.rawValue)") }
            let documents = try ExampleSite.documents()
            let revision = try await daemon.documents.put(bucket: "site", documents: documents).revision ?? 0
            daemon.start()
            let service = await daemon.service()
            if let status { service.lookAtDHCP { status } }
            let design = "deckhand+http://127.0.0.1:9000/api/v1.0/revisions/\(revision)/rendered-documents"
            let task = try await daemon.run(.verifySite, design)
            let children = try await service.children(of: task.id)
            #expect(children.allSatisfy { $0.waiting == nil })
            await daemon.stop()
            return Outcome(result: task.result.status, messages: children.flatMap(\.messages))
        }
    }

    @Test("DHCP is an error where an interface is named and machines would not be answered")
    func findings() {
        for mode in DHCPMode.allCases {
            for state in DHCPStatus.State.allCases {
                let finding = DHCPFinding(Self.status(state, mode, saying: "port 67 is in use"))
                #expect(finding.isError == (state != .active), "\(mode) \(state)")
                #expect(finding.message.contains("on eno2"))
                #expect(finding.message.contains("port 67 is in use. Mend that") == (state == .refused))
                #expect(finding.message.contains("run this again") == finding.isError)
            }
            let unnamed = DHCPFinding(Self.status(.off, mode, on: nil))
            #expect(!unnamed.isError)
            #expect(unnamed.message.contains(mode == .off ? "netboot.mode is off" : "netboot.interface is not set"))
            #expect(unnamed.message.contains("boatyard netboot dhcp-snippet"))
        }
        let sentence = DHCPFinding(Self.status(.refused, saying: "Port 67 is in use.")).message
        #expect(sentence.contains("documents: Port 67 is in use. Mend that"))
    }

    @Test("DHCP that does not answer fails the site and says what to do")
    func dhcp() async throws {
        var refused = Self.status(.refused, saying: "port 67 is in use")
        refused.remarks = (1...7).map { "Remark \($0)." }
        let failed = try await verify(refused)
        #expect(failed.result == .failure)
        #expect(failed.messages.filter(\.isError).map(\.text) == [DHCPFinding(refused).message])
        #expect(
            failed.messages.map(\.text).suffix(5) == ["Remark 1.", "Remark 2.", "Remark 3.", "Remark 4.", "Remark 5."])

        for status in [Self.status(.active), Self.status(.off, on: nil)] {
            let passed = try await verify(status)
            #expect(passed.result == .success)
            #expect(passed.messages.last?.text == DHCPFinding(status).message)
            #expect(passed.messages.allSatisfy { !$0.isError })
        }
    }

    @Test("nothing is said of DHCP where there is none, and in a rehearsal without an interface")
    func none() async throws {
        let without = try await verify(nil)
        #expect(without.result == .success)
        #expect(without.messages.map(\.text).allSatisfy { $0.hasPrefix("The installer's ") })
        let simulated = try await verify(Self.status(.off, on: nil)) { $0.rehearsal = RehearsalMap() }
        #expect(simulated.result == .success)
        #expect(simulated.messages.map(\.text) == without.messages.map(\.text))
        // The virtual machines of a rehearsal ask.
        let virtual = try await verify(Self.status(.refused, saying: "port 67 is in use")) {
            $0.rehearsal = RehearsalMap()
        }
        #expect(virtual.result == .failure)
    }

    @Test("a file of the installer that is missing fails the site, whatever else is there", arguments: [0, 1])
    func installer(_ count: Int) async throws {
        let files = Array(NetbootFolder.InstallerFile.allCases.prefix(count))
        let failed = try await verify(Self.status(.active), files: files)
        #expect(failed.result == .failure)
        let errors = failed.messages.filter(\.isError).map(\.text)
        #expect(errors.count == 2 - count)
        #expect(errors.allSatisfy { $0.contains("boatyard netboot build") })
    }
}
