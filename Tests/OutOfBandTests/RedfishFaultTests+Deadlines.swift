import Archive
import OrderedCollections
import OutOfBand
import Primitives
import SiteDesign
import Synchronization
import TestSupport
import Testing

extension RedfishFaultTests {
    @Test("Redfish: a silent BMC is given up at the deadline")
    func silence() async throws {
        let server = try await TinyServer.start([TinyServer.silence])
        let error = await #expect(throws: BoatyardError.self) {
            try await redfish(redfishNode(server.port)).powerState(until: Pauses.start.adding(seconds: 0.2))
        }
        #expect(error?.code == "oob.deadline")
        #expect(
            error?.message.hasSuffix(
                "in time, as it did not answer GET /redfish/v1/ within 0.2 s; check address, oob.port, power and network of the "
                    + "BMC, and that Redfish is enabled") == true, "\(error?.message ?? "")")
        await server.stop()
    }

    @Test("Redfish: a BMC that has begun to answer when the time is over is told as slow, not as silent")
    func slowness() async throws {
        let server = try await TinyServer.start([TinyServer.endless + "1"])
        let error = await #expect(throws: BoatyardError.self) {
            try await redfish(redfishNode(server.port)).powerState(until: Pauses.start.adding(seconds: 0.3))
        }
        #expect(error?.code == "oob.deadline")
        #expect(
            error?.message.hasSuffix(
                "in time, as it began to answer GET /redfish/v1/ with 200 and had not ended within 0.3 s; give it more time, and "
                    + "restart it if it stays so") == true, "\(error?.message ?? "")")
        await server.stop()
    }

    @Test("Redfish: a BMC that has answered until the time was over is told as slow, with what it has answered")
    func slowRequests() async throws {
        let pauses = Pauses()
        let fault: RedfishServer.Fault = { request, _ in
            // Each answer takes ten seconds.
            pauses.pass(.seconds(10))
            return nil
        }
        try await RedfishServer.with(fault: fault) { (server) async throws -> Void in
            let error = await #expect(throws: BoatyardError.self) {
                try await server.driver(pauses).powerState(until: Pauses.start.adding(seconds: 30))
            }
            #expect(error?.code == "oob.deadline")
            #expect(
                error?.message.hasSuffix(
                    "in time, as it has answered 3 requests, the last one GET /redfish/v1/Systems, and there was more to ask when "
                        + "the time that it was given was over; give it more time, and restart it if it stays so")
                    == true, "\(error?.message ?? "")")
        }
    }

    @Test("Redfish: an attempt that the deadline cuts off does not hide what the one before has met")
    func cutOff() async throws {
        let pauses = Pauses()
        let fault: RedfishServer.Fault = { request, count in
            guard request.line == "GET /redfish/v1/" else { return nil }
            if count > 1 { pauses.pass(.seconds(60)) }
            return count == 1 ? RedfishResponse(status: 200, body: "<html>") : nil
        }
        try await RedfishServer.with(fault: fault) { (server) async throws -> Void in
            let error = await #expect(throws: BoatyardError.self) {
                try await server.driver(pauses).powerState(until: Pauses.start.adding(seconds: 30))
            }
            let told = error?.message ?? ""
            #expect(
                told.contains("it answers what is no JSON to GET /redfish/v1/") || told.contains("no JSON object"),
                "\(told)")
            #expect(
                told.hasSuffix("update its firmware (attempt 1 of 5); attempt 2 was cut off")
                    && !told.contains("check its network"), "\(told)")
        }
    }
}
