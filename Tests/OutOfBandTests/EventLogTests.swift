import IPMI
import OrderedCollections
import Primitives
import Simulator
import Synchronization
import TestSupport
import Testing

@testable import OutOfBand

/// What becomes of the entries of an event log where a BMC fails while it is read or cleared.
@Suite("Event logs of BMCs that fail in the middle")
struct EventLogTests {
    /// A BMC whose log has three entries.
    private func with(_ faults: (inout BMCFaults) -> Void, _ body: (Site) async throws -> Void) async throws {
        try await Site.with { (site) async throws -> Void in
            let driver = try site.outOfBand().driver(for: node())
            _ = try await driver.answer(.power(.on), until: later)
            _ = try await driver.answer(.power(.cycle), until: later)
            var present = BMCFaults()
            faults(&present)
            try await site.server.setFaults(present)
            try await body(site)
        }
    }

    @Test("IPMI: a BMC that falls silent once it has cleared its log costs no entry: the next attempt answers them")
    func silenceOfMoments() async throws {
        try await with {
            $0.isSilentOnceCleared = true
        } _: { site in
            let pauses = Pauses { _ in try await site.server.setFaults(BMCFaults()) }
            let driver = try site.outOfBand(pauses, hasty: true).driver(for: node())
            let answer = try await driver.answer(.eventLog(clears: true), until: later)
            #expect(answer["entries"]?.arrayValue?.count == 3 && answer["cleared"] == true && answer["missing"] == [])
            #expect(!pauses.all.isEmpty)
            let empty = try await driver.answer(.eventLog(clears: false), until: later)
            #expect(empty["entries"] == [])
        }
    }

    @Test("IPMI: of a BMC that stays silent once it was told to clear its log, what was in it is the answer")
    func lastingSilence() async throws {
        try await with {
            $0.isSilentOnceCleared = true
        } _: { site in
            let pauses = Pauses()
            let driver = try site.outOfBand(pauses, hasty: true).driver(for: node())
            let answer = try await driver.answer(.eventLog(clears: true), until: pauses.now().adding(seconds: 20))
            #expect(answer["entries"]?.arrayValue?.count == 3 && answer["cleared"] == .null)
            let missing = answer["missing"]?[0]?.stringValue ?? ""
            #expect(missing.hasPrefix("whether BMC ") && missing.contains(" has cleared its event log: "), "\(missing)")
            #expect(missing.contains("did not answer"), "\(missing)")
        }
    }

    @Test("IPMI: a log that is not read to its end is listed as far as it was read, and is not cleared")
    func partialLog() async throws {
        try await with {
            $0.silentFromRecord = 3
        } _: { site in
            for clears in [false, true] {
                let pauses = Pauses()
                let driver = try site.outOfBand(pauses, hasty: true).driver(for: node())
                let end = pauses.now().adding(seconds: 20)
                if clears {
                    await #expect(throws: BoatyardError.self) {
                        try await driver.answer(.eventLog(clears: true), until: end)
                    }
                } else {
                    let answer = try await driver.answer(.eventLog(clears: false), until: end)
                    #expect(answer["entries"]?.arrayValue?.count == 2 && answer["cleared"] == false)
                    let missing = answer["missing"]?[0]?.stringValue ?? ""
                    #expect(missing.hasPrefix("what follows the first 2 entries of the event log: "), "\(missing)")
                }
                var faults = BMCFaults()
                faults.silentFromRecord = 3
                try await site.server.setFaults(faults)
            }
            try await site.server.setFaults(BMCFaults())
            let driver = try site.outOfBand().driver(for: node())
            let whole = try await driver.answer(.eventLog(clears: false), until: later)
            #expect(whole["entries"]?.arrayValue?.count == 3 && whole["missing"] == [])
        }
    }

    /// A log with two entries; what it answers to the order to clear it and afterwards is told by `after`.
    private func withRedfish(
        clearing: Int, after: @escaping @Sendable (Int) -> RedfishResponse?,
        _ body: (RedfishServer) async throws -> Void
    ) async throws {
        let log = system + "/LogServices/SEL"
        let cleared = Mutex(0)
        let fault: RedfishServer.Fault = { request, _ in
            let count = cleared.withLock { $0 }
            if count > 0, let answer = after(count) {
                cleared.withLock { $0 += 1 }
                return answer
            }
            switch request.line {
            case "GET \(system)/LogServices": return .json(["Members": [["@odata.id": .string(log)]]])
            case "GET \(log)":
                return .json([
                    "Id": "SEL", "Entries": ["@odata.id": .string(log + "/Entries")],
                    "Actions": ["#LogService.ClearLog": ["target": .string(log + "/Clear")]],
                ])
            case "GET \(log)/Entries":
                let members: [Value] = [
                    ["Id": "1", "Message": "Fan 1 failed."], ["Id": "2", "Message": "Fan 1 is back."],
                ]
                return .json(["Members": count > 0 && clearing != 403 ? [] : .array(members)])
            case "POST \(log)/Clear":
                cleared.withLock { $0 += 1 }
                return .error(clearing, "Failed", "It failed")
            default: return nil
            }
        }
        try await RedfishServer.with(
            { $0.system["LogServices"] = ["@odata.id": .string(system + "/LogServices")] }, fault: fault, body)
    }

    @Test("Redfish: a BMC that fails once it has cleared its log costs no entry")
    func failingRedfish() async throws {
        try await withRedfish(clearing: 503, after: { _ in nil }) { server in
            let answer = try await server.driver().answer(.eventLog(clears: true), until: later)
            #expect(answer["entries"]?.arrayValue?.compactMap { $0["record"] } == ["1", "2"], "\(answer)")
        }
    }

    @Test("Redfish: of a BMC that goes on failing once it was told to clear its log, what was in it is the answer")
    func brokenRedfish() async throws {
        try await withRedfish(clearing: 503, after: { _ in RedfishResponse(status: 503) }) { server in
            let answer = try await server.driver().answer(.eventLog(clears: true), until: later)
            #expect(answer["entries"]?.arrayValue?.count == 2 && answer["cleared"] == .null)
            #expect(answer["missing"]?[0]?.stringValue?.contains("has cleared its event log: ") == true, "\(answer)")
        }
    }

    @Test("Redfish: an account that may not clear the log is told so, and nothing is said to be removed")
    func refusedRedfish() async throws {
        try await withRedfish(clearing: 403, after: { _ in nil }) { server in
            let error = await #expect(throws: BoatyardError.self) {
                try await server.driver().answer(.eventLog(clears: true), until: later)
            }
            #expect(error?.message.contains("does not let the account do POST") == true, "\(error?.message ?? "")")
        }
    }
}
