import Installation
import Logging
import MessageCatalog
import OrderedCollections
import Primitives
import Store

extension InstallerService {
    /// Takes what a test has found (`docs/reference/node-protocol.md` 2.26.2): as build data, and as the findings of the test.
    ///
    /// - Parameter takeOutImage: is called before a node's machine is answered to boot its disk.
    /// - Returns: the body of the answer: `next`, which is `reboot` for a machine that boots from its disk.
    /// - Throws: `DrydockError` `.forbidden` for the token, `.invalid` for the body, `.conflict` for a test that nobody wants any
    ///   more.
    func test(
        token: String, _ body: Value, peer: String?, takeOutImage: (_ node: String) async throws -> Void
    ) async throws -> Value {
        guard let id = body["test"]?.stringValue.flatMap({ ULID($0) }), let list = body["findings"]?.arrayValue,
            list.count <= HardwareTest.findingLimit
        else {
            throw DrydockError(
                .invalid,
                "A report has a 'test' and at most \(HardwareTest.findingLimit) 'findings'; see "
                    + "docs/reference/node-protocol.md.")
        }
        let findings = list.compactMap { HardwareFinding($0) }
        guard findings.count == list.count, !findings.isEmpty else {
            throw DrydockError(
                .invalid,
                "Each finding has a known 'check' and 'result', a 'subject', and what was 'seen'; see "
                    + "docs/reference/node-protocol.md.")
        }
        let found = try await machines.boot(token: token, peer: peer)
        guard found.boot.identified != nil, let machine = found.machine, let node = machine.node,
            let wanted = try await machines.test(of: machine.id), wanted.id == id
        else { throw Self.unwanted }
        let time = now()
        // Whoever did not get the answer reports the same again.
        if wanted.ended == nil {
            try await buildData.save(
                node: node, task: wanted.filedUnder, generator: "test", format: "application/json",
                data: Value.array(findings.map(\.value)).json(.spaced), at: time)
            // Not afterwards: a daemon that ends meanwhile gets the report again, and gives the order again.
            if machine.lifecycle.intent == .local { try await takeOutImage(node) }
        }
        let ended = try await machines.database.write { connection -> Machine? in
            guard try MachineStore.boot(found.boot.identity, connection) != nil else { throw MachineStore.voidToken }
            guard let present = try MachineStore.select(connection, "id = ?", [.text(machine.id.description)]).first,
                try MachineStore.finish(id, of: present, findings, at: time, connection) != nil
            else { return nil }
            return present
        }
        guard let ended else { throw Self.unwanted }
        machines.announce(ended)
        log.record(
            .machineTested, "a machine was tested", from: found.boot.peer,
            message: "\(node): was tested: \(findings.summary)",
            metadata: ["node": "\(node)", "test": "\(id)", "found": "\(findings.summary)"])
        let next: AgentInstruction = ended.lifecycle.intent == .local ? .reboot : .continue
        return ["next": .string(next.rawValue)]
    }

    private static let unwanted = DrydockError(
        .conflict, "Nobody waits for this test any more: it has ended, or another one is wanted.")
}
