import IPMI
import Synchronization

/// The sessions that orders keep open between their commands: an order logs in once, and a look at the power that passes
/// between uses the same session.
final class OrderSessions: Sendable {
    private struct Place {
        var orders = 0
        var isBusy = false
        var session: IPMISession?
    }

    private let places = Mutex<[String: Place]>([:])
    private let limit: Int

    /// - Parameter limit: more sessions than this are not kept: those beyond it last for a command.
    init(limit: Int) { self.limit = limit }

    /// Runs an order; its session is closed behind its last command.
    func order<Result: Sendable>(at bmc: String, _ body: () async throws -> Result) async throws -> Result {
        places.withLock { $0[bmc, default: Place()].orders += 1 }
        do {
            let result = try await body()
            await endOrder(at: bmc)
            return result
        } catch {
            await endOrder(at: bmc)
            throw error
        }
    }

    private func endOrder(at bmc: String) async {
        let session = places.withLock { places -> IPMISession? in
            guard var place = places[bmc] else { return nil }
            place.orders -= 1
            guard place.orders <= 0, !place.isBusy else {
                places[bmc] = place
                return nil
            }
            places[bmc] = nil
            return place.session
        }
        await session?.close()
    }

    /// Runs a command in the session that is kept, or in one that `open` makes. Called in the BMC's turn for a session:
    /// there is no other command at the same time.
    func command<Result: Sendable>(
        at bmc: String, open: () async throws -> IPMISession, _ body: (IPMISession) async throws -> Result
    ) async throws -> Result {
        let kept = places.withLock { places -> IPMISession? in
            places[bmc]?.isBusy = true
            return places[bmc]?.session
        }
        do {
            let session: IPMISession
            if let kept, await kept.isOpen { session = kept } else { session = try await open() }
            let result: Result
            do {
                result = try await body(session)
            } catch {
                await leave(session, at: bmc)
                throw error
            }
            await leave(session, at: bmc)
            return result
        } catch {
            places.withLock { $0[bmc]?.isBusy = false }
            throw error
        }
    }

    /// Keeps the session for the order's next command, or closes it.
    private func leave(_ session: IPMISession, at bmc: String) async {
        let isOpen = await session.isOpen
        let isKept = places.withLock { places -> Bool in
            guard var place = places[bmc] else { return false }
            place.isBusy = false
            place.session = nil
            let count = places.values.count { $0.session != nil }
            if isOpen, place.orders > 0, count < limit || places[bmc]?.session != nil { place.session = session }
            places[bmc] = place.orders > 0 ? place : nil
            return place.session != nil
        }
        if !isKept { await session.close() }
    }
}
