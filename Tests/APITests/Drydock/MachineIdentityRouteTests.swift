import Drydock
import HTTPTypes
import OrderedCollections
import Primitives
import TestSupport
import Testing

@testable import API

/// What somebody on the provisioning network can and cannot get (`docs/ports.md`).
@Suite("Machines and those who say to be them")
struct MachineIdentityRouteTests {
    private static let mac = "52:54:00:20:01:11"
    private static let thief = "06:66:66:66:66:66"
    private static let bmc = "10.20.0.11"

    private func token(_ fixture: DrydockFixture, _ mac: String = mac, peer: String? = nil) async throws -> String {
        try bootToken(in: try await fixture.ask(.get, "/ipxe/\(mac)", peer: peer).text)
    }

    private func inventory(
        _ fixture: DrydockFixture, _ token: String, _ mac: String = mac, bmc: String? = bmc, serial: String? = "A7"
    ) async throws -> DrydockFixture.Response {
        try await fixture.ask(
            .post, "/agent/v1/inventory",
            [
                "mac": .string(mac), "bmc_address": Value(bmc), "serial": Value(serial),
                "uuid": Value(serial.map { "4c4c-\($0)" }), "cpu_count": 2,
            ], token: token)
    }

    private func report(_ fixture: DrydockFixture, _ token: String, _ phase: String, _ sequence: Int) async throws
        -> Int
    {
        try await fixture.ask(
            .post, "/agent/v1/events", ["phase": .string(phase), "sequence": .int(sequence)], token: token
        ).status
    }

    /// Until a task waits for berth-1.
    private func waits(_ fixture: DrydockFixture) async throws {
        while try await fixture.service.tasks().allSatisfy({ $0.waiting == nil }) {
            try Task.checkCancellation()
            await Task.yield()
        }
    }

    /// berth-1 is Ready; the token of its installer.
    private func ready(_ fixture: DrydockFixture, serial: String? = "A7") async throws -> String {
        let prepare = try await fixture.start("prepare_nodes", node: "berth-1")
        try await waits(fixture)
        let boot = try await token(fixture)
        #expect(try await inventory(fixture, boot, serial: serial).json()["node"] == "berth-1")
        #expect(try await fixture.ended(prepare).result.successes == ["berth-1"])
        return boot
    }

    private func node(_ fixture: DrydockFixture) async throws -> Value {
        let nodes = try await fixture.send(.get, "/api/v1.0/nodes?designed=true").json().arrayValue ?? []
        return try #require(nodes.first { $0["hostname"] == "berth-1" })
    }

    @Test("a made-up MAC with a node's BMC address gets nothing, and the real machine everything")
    func thief() async throws {
        try await DrydockFixture.run { fixture in
            let real = try await ready(fixture)
            let stolen = try await token(fixture, Self.thief)
            let claim = try await inventory(fixture, stolen, Self.thief, serial: nil)
            #expect(claim.status == 200)
            #expect(try claim.json()["node"] == .null)
            let conflict = try await node(fixture)["conflicts"]?[0]
            #expect(conflict?["mac"] == .string(Self.thief))
            let message = try #require(conflict?["message"]?.stringValue)
            #expect(message.contains(Self.thief) && message.contains(Self.mac) && message.contains("berth-1"))

            let deploy = try await fixture.start("deploy_nodes", node: "berth-1")
            let plan = try await fixture.ask(.get, "/agent/v1/plan?wait=30", token: real)
            #expect(try plan.json()["node"] == "berth-1")
            #expect(try await fixture.ask(.get, "/agent/v1/plan", token: stolen).status == 204)
            let again = try await token(fixture)
            #expect(try await inventory(fixture, again).json()["node"] == "berth-1")
            #expect(try await fixture.ask(.get, "/agent/v1/plan", token: again).status == 200)
            #expect(try await fixture.ask(.get, "/agent/v1/plan", token: stolen).status == 204)
            _ = deploy
        }
    }

    @Test("the listener is told of a node's machine that it is one, and of an unknown machine nothing")
    func principals() async throws {
        try await DrydockFixture.run { fixture in
            let node = try await ready(fixture)
            let guest = try await token(fixture, Self.thief)
            func principal(
                _ method: HTTPRequest.Method, _ target: String, token: String? = nil, key: String? = nil,
                body: Value? = nil
            ) async -> Principal? {
                var fields = HTTPFields()
                fields[.authorization] = token.map { "Bearer \($0)" }
                if let name = HTTPField.Name("X-Bootaction-Key") { fields[name] = key }
                let response = await fixture.table.respond(
                    to: APIRequest(
                        method: method, target: target, headers: fields,
                        body: body.map { Array($0.json(.compact).utf8) } ?? [], listener: .node))
                #expect(response.status.code < 400, "\(target)")
                return response.principal
            }
            let inventory: Value = ["cpu_count": 2, "serial": "A7", "uuid": "4c4c-A7"]
            #expect(await principal(.get, "/ipxe/\(Self.thief)") == nil)
            #expect(await principal(.post, "/agent/v1/inventory", token: guest, body: ["cpu_count": 2]) == nil)
            #expect(await principal(.get, "/agent/v1/plan", token: guest, key: "00") == nil)
            let berth = Principal.node("berth-1")
            #expect(await principal(.post, "/agent/v1/inventory", token: node, body: inventory) == berth)
            #expect(await principal(.get, "/agent/v1/plan", token: node) == berth)

            _ = try await fixture.start("deploy_nodes", node: "berth-1")
            let plan = try await fixture.ask(.get, "/agent/v1/plan?wait=30", token: node).json()
            #expect(await principal(.get, "/agent/v1/plan", token: node) == berth)
            let started: Value = ["phase": "started", "sequence": 1]
            #expect(await principal(.post, "/agent/v1/events", token: node, body: started) == berth)
            let key = try #require(plan["boot_data"]?["key"]?.stringValue)
            #expect(await principal(.get, "/api/v1.0/bootdata/berth-1/files", key: key) == berth)
            let actions = plan["boot_actions"]?.arrayValue ?? []
            let id = try #require(actions.first { $0["signaling"] == true }?["action_id"]?.stringValue)
            #expect(await principal(.post, "/api/v1.0/bootaction/\(id)", key: key, body: [:]) == berth)
        }
    }

    @Test("in the time after its BMC was powered, too, a node with a boot MAC is nobody else's")
    func powered() async throws {
        try await DrydockFixture.run { fixture in
            _ = try await fixture.start("prepare_nodes", node: "berth-1")
            try await waits(fixture)
            let stolen = try await token(fixture, Self.thief)
            #expect(try await inventory(fixture, stolen, Self.thief).json()["node"] == .null)
            #expect(try await node(fixture)["conflicts"]?[0]?["message"]?.stringValue?.contains(Self.mac) == true)
            let real = try await token(fixture)
            #expect(try await inventory(fixture, real, serial: "R1").json()["node"] == "berth-1")
        }
    }

    @Test("a wait for the inventory of a node that is disputed says so, until the dispute is settled")
    func disputedWait() async throws {
        try await DrydockFixture.run { fixture in
            func event() async throws -> String? { try await node(fixture)["waiting_for"]?["event"]?.stringValue }
            _ = try await fixture.start("prepare_nodes", node: "berth-1")
            while try await event() != "the inventory of berth-1" {
                try Task.checkCancellation()
                await Task.yield()
            }
            let stolen = try await token(fixture, Self.thief)
            #expect(try await inventory(fixture, stolen, Self.thief).status == 200)
            #expect(try await event() == "the inventory of berth-1 (berth-1 is disputed: boatyard get nodes)")
            let path = "/api/v1.0/nodes/berth-1/claim"
            #expect(try await fixture.send(.post, path, ["mac": .string(Self.mac)]).status == 200)
            #expect(try await event() == "the inventory of berth-1")
        }
    }

    @Test("who asks for a machine's script sends no installer away, and gets neither its plan nor its place")
    func thirdParty() async throws {
        try await DrydockFixture.run { fixture in
            let real = try await ready(fixture)
            _ = try await fixture.start("deploy_nodes", node: "berth-1")
            let plan = try await fixture.ask(.get, "/agent/v1/plan?wait=30", token: real).json()
            #expect(try await report(fixture, real, "started", 1) == 200)

            let outsider = try await token(fixture, peer: "192.0.2.99:5000")
            #expect(try await fixture.ask(.get, "/agent/v1/plan", token: outsider).status == 409)
            #expect(try await report(fixture, outsider, "failed", 9) == 409)
            for serial in [nil, "B8"] {
                #expect(try await inventory(fixture, outsider, serial: serial).status == 409)
            }
            #expect(try await inventory(fixture, outsider, serial: nil).text.contains("A7") == false)
            #expect(try await node(fixture)["conflicts"]?[0]?["count"] == 3)

            #expect(try await report(fixture, real, "image", 2) == 200)
            let key = try #require(plan["boot_data"]?["key"]?.stringValue)
            #expect(try await fixture.ask(.get, "/api/v1.0/bootdata/berth-1/files", key: key).status == 200)
            #expect(try await report(fixture, real, "installed", 3) == 200)
            #expect(try await inventory(fixture, outsider).status == 409, "it boots from its disk")
            #expect(try await report(fixture, real, "booted", 4) == 200)
        }
    }

    @Test("scripts asked for from many places leave the newest, the first of them, and the one that was used")
    func manyScripts() async throws {
        try await DrydockFixture.run { fixture in
            let real = try await ready(fixture)
            var tokens: [String] = []
            for place in 1...16 { tokens.append(try await token(fixture, peer: "192.0.2.\(place):4000")) }
            func isGood(_ token: String) async throws -> Bool {
                try await fixture.ask(.get, "/agent/v1/plan", token: token).status != 401
            }
            #expect(try await isGood(real))
            for (place, token) in tokens.enumerated() {
                #expect(try await isGood(token) == (place < 4 || place >= 8), "\(place)")
            }
            let alarm = try #require(try await node(fixture)["alarms"]?.arrayValue?.first { $0["secret"] == "script" })
            #expect(alarm["boot_ip"] == "192.0.2.16")
            // The machine and one more are as it may be.
            #expect(alarm["count"] == 15)
            let reboot = try await token(fixture)
            let again = try await token(fixture)
            #expect(try await !isGood(reboot), "the same place has asked again")
            #expect(try await inventory(fixture, again).status == 200)
            #expect(try await !isGood(real), "the machine has started again")
        }
    }

    @Test("the key of boot data dies with the token that it came with, and no signal is taken before the start")
    func key() async throws {
        try await DrydockFixture.run { fixture in
            let first = try await ready(fixture)
            _ = try await fixture.start("deploy_nodes", node: "berth-1")
            let plan = try await fixture.ask(.get, "/agent/v1/plan?wait=30", token: first).json()
            let key = try #require(plan["boot_data"]?["key"]?.stringValue)
            let action = try #require(plan["boot_actions"]?.arrayValue?.first { $0["signaling"] == true })
            let signal = "/api/v1.0/bootaction/" + (action["action_id"]?.stringValue ?? "")
            let files = "/api/v1.0/bootdata/berth-1/files"
            #expect(try await fixture.ask(.get, files, key: key).status == 200)
            let early = try await fixture.ask(.post, signal, ["status": "success"], key: key)
            #expect(early.status == 409)
            #expect(early.text.contains("has not started"))

            let second = try await token(fixture)
            #expect(try await inventory(fixture, second).status == 200)
            #expect(try await fixture.ask(.get, files, key: key).status == 403)
            #expect(try await fixture.ask(.post, signal, ["status": "success"], key: key).status == 403)
            let other = try await fixture.ask(.get, "/agent/v1/plan", token: second).json()
            #expect(other["deployment"] == plan["deployment"])
            #expect(other["boot_actions"] == plan["boot_actions"])
            let newKey = try #require(other["boot_data"]?["key"]?.stringValue)
            #expect(newKey != key)
            #expect(try await fixture.ask(.get, "/agent/v1/plan", token: second).json() == other)
            #expect(try await fixture.ask(.get, files, key: key).status == 403)
            #expect(try await fixture.ask(.get, files, key: newKey).status == 200)
            #expect(try await report(fixture, second, "started", 1) == 200)
            #expect(try await fixture.ask(.post, signal, ["status": "success"], key: key).status == 403)
            #expect(try await fixture.ask(.post, signal, ["status": "success"], key: newKey).status == 200)
            #expect(try await report(fixture, second, "failed", 2) == 200)
            #expect(try await fixture.ask(.get, files, key: newKey).status == 403)
        }
    }

    @Test("an operator settles who a node is: another interface, another board, or that nothing has changed")
    func claim() async throws {
        try await DrydockFixture.run { fixture in
            let path = "/api/v1.0/nodes/berth-1/claim"
            #expect(try await fixture.send(.post, path, ["mac": .string(Self.mac)]).status == 404)
            let real = try await ready(fixture)
            #expect(try await fixture.send(.post, path, ["mac": "nonsense"]).status == 400)
            let unclear: Value = ["mac": .string(Self.mac), "force": "yes"]
            #expect(try await fixture.send(.post, path, unclear).status == 400)

            // Another board.
            let board = try await token(fixture, peer: "192.0.2.78:4000")
            #expect(try await inventory(fixture, board, serial: "B8").status == 409)
            #expect(try await fixture.send(.post, path, ["mac": .string(Self.mac)]).status == 200)
            #expect(try await node(fixture)["conflicts"] == [])
            #expect(try await inventory(fixture, board, serial: "B8").json()["node"] == "berth-1")
            #expect(try await fixture.ask(.get, "/agent/v1/plan", token: real).status == 401)

            // Another interface.
            let card = try await token(fixture, Self.thief)
            #expect(try await inventory(fixture, card, Self.thief, serial: "B8").json()["node"] == .null)
            let taken = try await fixture.send(.post, path, ["mac": .string(Self.thief), "force": false])
            #expect(
                try taken.json() == ["node": "berth-1", "mac": .string(Self.thief), "former": .string(Self.mac)])
            let unknown = try await fixture.send(.get, "/api/v1.0/nodes?unknown=true").json().arrayValue ?? []
            #expect(unknown.map { $0["boot_mac"] } == [.string(Self.mac)])
            let present = try await node(fixture)
            #expect(present["boot_mac"] == .string(Self.thief))
            #expect(present["power_address"] == .string(Self.bmc), "the node's BMC, which the design names")
            #expect(present["conflicts"] == [])
            #expect(try await fixture.ask(.get, "/agent/v1/plan", token: board).status == 401)
            let prepare = try await fixture.start("prepare_nodes", node: "berth-1")
            #expect(try await fixture.ended(prepare).result.successes == ["berth-1"])
            #expect(try await node(fixture)["boot_mac"] == .string(Self.thief), "the claim outlives the next task")
            _ = try await fixture.start("deploy_nodes", node: "berth-1")
            #expect(try await fixture.ask(.get, "/agent/v1/plan?wait=30", token: card).json()["node"] == "berth-1")
            #expect(try await fixture.send(.post, path, ["mac": .string(Self.mac)]).status == 409, "it is at work")
        }
    }

    @Test("a claim counts before the machine boots, though the design gives its address to another node")
    func earlyClaim() async throws {
        try await DrydockFixture.run { fixture in
            _ = try await fixture.start("prepare_nodes")
            try await waits(fixture)
            let path = "/api/v1.0/nodes/berth-2/claim"
            #expect(try await fixture.send(.post, path, ["mac": .string(Self.mac)]).status == 200)
            let boot = try await token(fixture)
            #expect(try await inventory(fixture, boot, bmc: nil).json()["node"] == "berth-2")
            // The other machine is not taken for anybody before it is claimed, too.
            let other = "52:54:00:20:01:12"
            let swapped = try await token(fixture, other)
            #expect(try await inventory(fixture, swapped, other, serial: "B8").json()["node"] == .null)
            #expect(try await node(fixture)["conflicts"]?[0]?["mac"] == .string(other))
            let second = "/api/v1.0/nodes/berth-1/claim"
            #expect(try await fixture.send(.post, second, ["mac": .string(Self.mac)]).status == 409, "it is berth-2")
            #expect(try await fixture.send(.post, second, ["mac": .string(other)]).status == 200)
            #expect(try await node(fixture)["boot_mac"] == .string(other))
        }
    }

    @Test("an inventory without a usable serial or UUID is taken")
    func placeholders() async throws {
        try await DrydockFixture.run { fixture in
            let prepare = try await fixture.start("prepare_nodes", node: "berth-1")
            try await waits(fixture)
            let boot = try await token(fixture)
            let body: Value = ["serial": "", "uuid": "03000200-0400-0500-0006-000700080009", "cpu_count": 4]
            #expect(try await fixture.ask(.post, "/agent/v1/inventory", body, token: boot).json()["node"] == "berth-1")
            #expect(try await fixture.ended(prepare).result.successes == ["berth-1"])
            let again = try await token(fixture)
            let other: Value = ["serial": "Sérial", "uuid": "A7", "cpu_count": 4]
            #expect(try await fixture.ask(.post, "/agent/v1/inventory", other, token: again).status == 200)
            let wrong = try await fixture.ask(.post, "/agent/v1/inventory", ["serial": 7], token: again)
            #expect(wrong.status == 400)
            #expect(wrong.text.contains("'serial'"))
        }
    }

    @Test("unknown machines have a place of their own: bounded, with small inventories, and they can be removed")
    func unknown() async throws {
        try await DrydockFixture.run { fixture in
            let list = "/api/v1.0/nodes?unknown=true"
            #expect(try await fixture.send(.get, list).json() == [])
            let guest = try await token(fixture, "02:00:00:00:00:01", peer: "192.0.2.5:4000")
            #expect(try await inventory(fixture, guest, "02:00:00:00:00:01", bmc: nil).status == 200)
            var evicted = ""
            for number in 0..<260 {
                let mac = MACAddress(bytes: [6, 0, 0, 0, UInt8(number >> 8), UInt8(number & 0xff)]) ?? .zero
                let boot = try await token(fixture, mac.description)
                if number == 0 { evicted = boot }
                let body: Value = [
                    "cpu_count": 1,
                    "details": [
                        ["generator": "x", "data": .string(String(repeating: "x", count: number == 259 ? 70_000 : 9))]
                    ],
                ]
                #expect(try await fixture.ask(.post, "/agent/v1/inventory", body, token: boot).status == 200)
            }
            let machines = try await fixture.send(.get, list).json().arrayValue ?? []
            #expect(machines.count == 256)
            #expect(machines.contains { $0["boot_mac"] == "02:00:00:00:00:01" }, "who takes the most loses the most")
            #expect(!machines.contains { $0["boot_mac"] == "06:00:00:00:00:00" })
            let cut = machines.filter { $0["inventory_cut"] != .null }
            #expect(cut.map { $0["boot_mac"] } == ["06:00:00:00:01:03"])
            #expect(cut.first?["inventory_cut"]?.intValue ?? 0 > 70_000)
            #expect(try await fixture.ask(.get, "/agent/v1/plan", token: guest).header("Retry-After") == "30")
            #expect(try await fixture.ask(.get, "/agent/v1/plan?wait=1", token: guest).header("Retry-After") == "5")
            // It waits for nothing, and is not to ask the more often for that.
            #expect(try await fixture.ask(.get, "/agent/v1/plan?wait=60", token: evicted).header("Retry-After") == "30")

            _ = try await ready(fixture)
            #expect(
                try await fixture.send(.get, list).json().arrayValue?.count == 256, "a node takes no place of theirs")

            let id = machines[0]["id"]?.stringValue ?? ""
            let one = "/api/v1.0/unknown-machines/\(id)"
            #expect(try await fixture.send(.delete, one).json() == ["removed": 1])
            #expect(try await fixture.send(.delete, one).status == 404)
            #expect(try await fixture.send(.delete, "/api/v1.0/unknown-machines/berth-1").status == 404)
            #expect(try await fixture.send(.delete, "/api/v1.0/unknown-machines").json() == ["removed": 255])
            #expect(try await fixture.send(.get, list).json() == [])
            #expect(try await node(fixture)["status_name"] == "Ready")
            #expect(try await fixture.ask(.get, "/agent/v1/plan", token: guest).status == 401)
        }
    }

    @Test("a machine whose inventory was cut boots again, and sends it whole, once it is a node")
    func cutInventory() async throws {
        try await DrydockFixture.run { fixture in
            let early = try await token(fixture)
            let body: Value = [
                "cpu_count": 1,
                "details": [["generator": "lshw", "data": .string(String(repeating: "x", count: 70_000))]],
            ]
            #expect(try await fixture.ask(.post, "/agent/v1/inventory", body, token: early).status == 200)
            let prepare = try await fixture.start("prepare_nodes", node: "berth-1")
            while try await fixture.ask(.get, "/agent/v1/plan", token: early).status != 401 {
                try Task.checkCancellation()
                await Task.yield()
            }
            try await waits(fixture)
            let boot = try await token(fixture)
            #expect(try await fixture.ask(.post, "/agent/v1/inventory", body, token: boot).status == 200)
            #expect(try await fixture.ended(prepare).result.successes == ["berth-1"])
            let data = try await fixture.send(.get, "/api/v1.0/nodes/berth-1/builddata?latest=true").json()
            #expect(data.arrayValue?.compactMap { $0["generator"]?.stringValue }.contains("lshw") == true)
        }
    }

    @Test("whoever has no plan yet is told when to ask again")
    func retryAfter() async throws {
        try await DrydockFixture.run { fixture in
            let boot = try await ready(fixture)
            #expect(try await fixture.ask(.get, "/agent/v1/plan", token: boot).header("Retry-After") == "5")
            let held = try await fixture.ask(.get, "/agent/v1/plan?wait=1", token: boot)
            #expect(held.status == 204)
            #expect(held.header("Retry-After") == "1")
        }
    }
}
