import Logging
import MessageCatalog
import OutOfBand
import Primitives
import SiteDesign

/// Consoles, as operators ask for them.
extension DrydockService {
    /// In bytes: the most that is typed with one request.
    package static let longestInput = 4 << 10

    /// What a machine has written to its console in one boot, without boot tokens and the secrets of its BMC: the newest 512 KiB at most.
    ///
    /// - Parameters:
    ///   - boot: 0 for the newest boot, 1 for the one before.
    ///   - committed: the revision that is committed; nil where there is none. Here and below it decides which nodes there are,
    ///     beside the design that machines were worked on with last.
    /// - Throws: `DrydockError`: `.missing` for an unknown node, and where nothing is kept of such a boot; `.conflict` where nodes of
    ///   its out-of-band type have no console, and none is kept of an earlier type.
    package func consoleText(node: String, boot: Int, committed: Int? = nil) async throws -> [UInt8] {
        let files = consoles.context.files
        let (text, count) = try await ConsoleFiles.onThread {
            (try files.text(of: node, boot: boot), try files.boots(of: node).count)
        }
        if let text, !text.isEmpty { return text }
        try await requireNode(node, committed)
        try await requireConsole(node, committed)
        if let text { return text }
        throw DrydockError(
            .missing,
            count == 0
                ? "Nothing is kept of the console of \(node): it is captured while the machine is prepared, installed or erased, "
                    + "unless out_of_band.console is off."
                : "There \(count == 1 ? "is 1 boot" : "are \(count) boots") of \(node) in the record of its console, counted from 0."
        )
    }

    /// When each boot was written to last of which the console is kept, the newest boot first.
    ///
    /// - Throws: `DrydockError` `.missing` for an unknown node.
    package func consoleBoots(node: String, committed: Int? = nil) async throws -> [Timestamp] {
        let files = consoles.context.files
        let written = try await ConsoleFiles.onThread { try files.written(node) }
        if written.isEmpty { try await requireNode(node, committed) }
        return written
    }

    /// Whether a console can be followed now, for whoever has to know that before the answer begins.
    ///
    /// - Throws: `DrydockError` `.missing` for an unknown node, `.conflict` where nodes of its out-of-band type have no console, or
    ///   too many follow consoles already.
    package func requireFollowable(node: String, committed: Int? = nil) async throws {
        try await requireNode(node, committed)
        try await requireConsole(node, committed)
        guard consoles.beginFollowing() else { throw Self.tooManyFollowers }
        consoles.endFollowing()
    }

    private static var tooManyFollowers: DrydockError {
        DrydockError(.conflict, "\(ConsoleService.followers) requests follow consoles already; end one of them.")
    }

    /// What a machine has written last, and what it writes from now on, for as long as `sink` takes it.
    ///
    /// - Throws: as `requireFollowable`; what `sink` throws.
    package func followConsole(
        node: String, committed: Int? = nil, _ sink: @Sendable ([UInt8]) async throws -> Void
    ) async throws {
        try await requireNode(node, committed)
        guard consoles.beginFollowing() else { throw Self.tooManyFollowers }
        defer { consoles.endFollowing() }
        let (tail, pieces) = await consoles.console(of: node).follow()
        let files = consoles.context.files
        let stored =
            tail.isEmpty
            ? try await ConsoleFiles.onThread { try files.text(of: node, boot: 0)?.suffix(NodeConsole.tailSize) ?? [] }
            : tail
        if !stored.isEmpty { try await sink(Array(stored)) }
        for await piece in pieces { try await sink(piece) }
        try Task.checkCancellation()
    }

    /// Opens the console of a machine for an operator, until `closeConsole`. Does nothing more where it is captured already.
    ///
    /// - Parameter takesOver: takes it from another session with the BMC.
    /// - Throws: `DrydockError`: `.missing` for an unknown node, `.conflict` where the design does not say how its BMC is reached,
    ///   nodes of its out-of-band type have no console, or the BMC gives none.
    package func openConsole(node: String, takesOver: Bool, committed: Int? = nil) async throws {
        let designed = try await bmcs.node(node, committed: committed)
        let driver = try bmcs.driver(of: designed)
        guard driver.hasConsole else { throw Self.noConsole(designed) }
        do {
            try await consoles.console(of: node).enter(driver, takesOver: takesOver)
        } catch let trouble as ConsoleTrouble {
            throw DrydockError(.conflict, trouble.message)
        }
        logger.notice(.consoleOpened, "\(node): an operator has opened the console", metadata: ["node": "\(node)"])
    }

    /// Ends what `openConsole` has begun.
    package func closeConsole(node: String) async { await consoles.console(of: node).leave() }

    /// Types at a machine whose console is open.
    ///
    /// - Throws: `DrydockError`: `.missing` for an unknown node, `.conflict` where it is not open, or the machine takes nothing.
    package func typeAtConsole(node: String, _ characters: [UInt8], committed: Int? = nil) async throws {
        try await refusing(node, committed) { try await $0.type(characters) }
    }

    /// Sends a break to a machine whose console is open; throws as `typeAtConsole`.
    package func sendConsoleBreak(node: String, committed: Int? = nil) async throws {
        try await refusing(node, committed) { try await $0.sendBreak() }
    }

    private func refusing(
        _ node: String, _ committed: Int?, _ body: (NodeConsole) async throws -> Void
    ) async throws {
        guard let console = consoles.known(node) else {
            try await requireNode(node, committed)
            throw DrydockError(.conflict, NodeConsole.notOpen(node))
        }
        do {
            try await body(console)
        } catch let trouble as ConsoleTrouble {
            throw DrydockError(.conflict, trouble.message)
        }
    }

    /// - Throws: `DrydockError` `.conflict` where the design is known, and nodes of this out-of-band type have no console.
    private func requireConsole(_ name: String, _ committed: Int?) async throws {
        guard let node = try? await bmcs.node(name, committed: committed), let driver = try? bmcs.driver(of: node),
            !driver.hasConsole
        else { return }
        throw Self.noConsole(node)
    }

    private static func noConsole(_ node: BaremetalNode) -> DrydockError {
        DrydockError(
            .conflict,
            "There is no console of \(node.name), and nothing of it is recorded: a node of the out-of-band type "
                + "\(node.outOfBandType ?? "none") has none. That takes the type ipmi, and serial over LAN of the BMC; else look at the "
                + "machine's screen, or at the console of its BMC's own pages.")
    }

    /// - Throws: `DrydockError` `.missing` for a node that neither the designs nor a machine is known as.
    private func requireNode(_ name: String, _ committed: Int?) async throws {
        guard try await machineStore.machine(node: name) == nil else { return }
        _ = try await bmcs.node(name, committed: committed)
    }
}
