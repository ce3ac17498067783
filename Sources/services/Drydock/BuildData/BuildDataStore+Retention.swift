import Glibc
import Primitives
import Store

extension BuildDataStore {
    /// Removes records collected before `moment`, but of each node the newest of each generator: they name its devices.
    ///
    /// Files that no record names any more go after an hour, in which they may yet get one.
    func prune(collectedBefore moment: Timestamp, now: Timestamp) async throws -> AgedFiles.Removal {
        let named = try await database.write { connection in
            try connection.execute(
                """
                DELETE FROM drydock_build_data WHERE collected < ? AND EXISTS (SELECT 1 FROM drydock_build_data AS newer
                    WHERE newer.node = drydock_build_data.node AND newer.generator = drydock_build_data.generator
                    AND (newer.collected, newer.id) > (drydock_build_data.collected, drydock_build_data.id))
                """, [.int(moment.microseconds)])
            return Set(try connection.query("SELECT path FROM drydock_build_data").map { try $0.text("path") })
        }
        return AgedFiles.remove(below: "\(stateDirectory)/builddata", writtenBefore: now.adding(seconds: -3600)) {
            named.contains("builddata/\($0)")
        }
    }
}
