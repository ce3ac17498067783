import IPMI
import Primitives

extension IPMIDriver {
    var consoleSecrets: [Secret<String>] {
        [credentials.password] + (credentials.shownKey.map { [Secret($0)] } ?? [])
    }

    /// The console has a session of its own for as long as it is open, which is opened while no other one is.
    func openConsole(takesOver: Bool, until deadline: Timestamp) async throws -> any MachineConsole {
        if memory.refused(credentials, by: place.name) != nil {
            throw ConsoleTrouble(
                "\(turns.bmc) has refused this account with this secret, which is not tried again.", passes: false)
        }
        do {
            return try await turns.turn(.session, until: deadline) {
                let session = try await client.open(
                    endpoint: endpoint, credentials: credentials, within: turns.left(until: deadline))
                do {
                    let console = try await session.within(turns.left(until: deadline)) {
                        try await $0.openConsole(ConsoleOptions(takesOver: takesOver))
                    }
                    return SessionConsole(session: session, console: console)
                } catch {
                    await session.close()
                    throw error
                }
            }
        } catch let error as IPMIError {
            throw ConsoleTrouble(error)
        } catch let error as BoatyardError {
            throw ConsoleTrouble(error.message, passes: true)
        }
    }
}

/// The console of a session that is for nothing else.
private struct SessionConsole: MachineConsole {
    let session: IPMISession
    let console: IPMIConsole

    func read() async throws -> [UInt8]? {
        guard let output = try await troubled({ try await console.read() }) else { return nil }
        var bytes: [UInt8] = []
        if output.dropped > 0 { bytes += Self.remark("\(output.dropped) bytes of the console are missing here") }
        if output.isIncomplete { bytes += Self.remark("the BMC has lost characters of the console") }
        return bytes + output.bytes
    }

    func write(_ characters: [UInt8]) async throws { try await troubled { try await console.write(characters) } }

    func sendBreak() async throws { try await troubled { try await console.sendBreak() } }

    func close() async {
        await console.close()
        await session.close()
    }

    private func troubled<Result: Sendable>(_ body: () async throws -> Result) async throws -> Result {
        do {
            return try await body()
        } catch let error as IPMIError {
            throw ConsoleTrouble(error)
        }
    }

    private static func remark(_ text: String) -> [UInt8] { Array("\r\n[\(text)]\r\n".utf8) }
}

extension ConsoleTrouble {
    fileprivate init(_ error: IPMIError) {
        // A BMC that was slow once may be faster the next time.
        self.init(error.message, passes: error.category == .transient || error.kind == .deadline)
    }
}
