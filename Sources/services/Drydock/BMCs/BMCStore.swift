import Logging
import MessageCatalog
import OutOfBand
import Primitives
import Store

/// Keeps what is known of BMCs in the database: loaded at the start, written behind.
///
/// The table holds no more than `BMCMemory.capacity` rows, whatever becomes of the nodes that the BMCs belonged to.
struct BMCStore: Sendable {
    let database: Database
    let memory: BMCMemory
    let logger: Logger
    /// Whether what is known outlives the daemon. Of a rehearsal it does not: its simulated BMCs are other ones each time, on ports
    /// that were others' before.
    var isKept = true

    /// What is noted within this time is written at once.
    var pause = Duration.seconds(1)
    /// After a write that has failed.
    var rest = Duration.seconds(30)

    /// Loads what was written before. A row that cannot be read is left alone: it is written anew with what is learnt.
    func load() async throws {
        guard isKept else { return }
        let rows = try await database.read { connection in
            try connection.query("SELECT bmc, record FROM drydock_bmcs").map {
                (try $0.text("bmc"), try $0.text("record"))
            }
        }
        var records: [String: BMCRecord] = [:]
        for (name, text) in rows {
            records[name] = (try? Value(json: text)).flatMap { BMCRecord(stored: $0) }
        }
        memory.load(records)
    }

    /// Writes what changes until it is cancelled, and then the rest.
    func run() async {
        guard isKept else { return }
        var lasts = true
        var isFailing = false
        while lasts {
            await memory.waitForChanges()
            lasts = !Task.isCancelled
            if lasts { lasts = (try? await Task.sleep(for: isFailing ? rest : pause)) != nil }
            do {
                try await write(memory.takeChanges(all: !lasts))
                isFailing = false
            } catch {
                if !isFailing || !lasts {
                    logger.warning(
                        .bmcsNotWritten,
                        "what is known of BMCs could not be written", metadata: ["error": "\(error.inWords)"])
                }
                isFailing = true
            }
        }
    }

    /// Where it throws the changes are due with the next ones.
    private func write(_ changes: [String: BMCRecord?]) async throws {
        guard !changes.isEmpty else { return }
        let rows = changes.map { name, record in (name, record.map { ($0.stored.json(.compact), $0.seen) }) }
        do {
            try await database.write { connection in
                for (name, record) in rows {
                    guard let (text, seen) = record else {
                        try connection.execute("DELETE FROM drydock_bmcs WHERE bmc = ?", [.text(name)])
                        continue
                    }
                    try connection.execute(
                        "INSERT INTO drydock_bmcs (bmc, record, seen) VALUES (?1, ?2, ?3) "
                            + "ON CONFLICT (bmc) DO UPDATE SET record = ?2, seen = ?3",
                        [.text(name), .text(text), .int(seen.microseconds)])
                }
            }
        } catch {
            memory.restore(changes)
            throw error
        }
    }
}
