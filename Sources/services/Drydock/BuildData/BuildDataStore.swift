import Primitives
import Store

/// What was found out about a machine: text in files below `builddata/NODE/`, an index in the database
/// (`docs/reference/drydock.md` §17).
struct BuildDataStore: Sendable {
    let database: Database
    let stateDirectory: String

    private struct Entry: Sendable {
        var node: String
        var task: String
        var collected: Timestamp
        var generator: String
        var format: String
        var path: String
    }

    /// Saves what `generator` found out, once for each task. Where it throws nothing is left of it.
    func save(
        node: String, task: String, generator: String, format: String, data: String, at time: Timestamp
    ) async throws {
        guard let folder = Self.folderName(node) else {
            throw DrydockError(.invalid, "Build data of '\(node)' cannot be filed: the name is no name for a folder.")
        }
        let relative = "builddata/\(folder)/\(ULID()).data"
        try FileContents.makeFolder("\(stateDirectory)/builddata/\(folder)")
        try FileContents.write(Array(data.utf8), to: "\(stateDirectory)/\(relative)")
        do {
            try await database.write { connection in
                try connection.execute(
                    """
                    INSERT INTO drydock_build_data (node, task, collected, generator, format, path) VALUES (?, ?, ?, ?, ?, ?)
                    ON CONFLICT (node, task, generator) DO UPDATE SET collected = excluded.collected,
                        format = excluded.format, path = excluded.path
                    """,
                    [
                        .text(node), .text(task), .int(time.microseconds), .text(generator), .text(format),
                        .text(relative),
                    ])
            }
        } catch {
            // Machines report again each minute: a full database would fill the disk.
            FolderContents.remove("\(stateDirectory)/\(relative)")
            throw error
        }
    }

    /// - Parameter latest: only the newest record of each generator.
    func records(node: String, latest: Bool) async throws -> [Value] {
        let entries = try await entries("node = ?", node)
        guard latest else { return try entries.map(record) }
        var newest: [String: Entry] = [:]
        for entry in entries { newest[entry.generator] = entry }
        return try newest.values.sorted { $0.generator < $1.generator }.map(record)
    }

    func records(task: String) async throws -> [Value] { try await entries("task = ?", task).map(record) }

    func hasRecords(task: String) async throws -> Bool { try await !entries("task = ?", task).isEmpty }

    /// The newest text of `generator` on `node`.
    func latest(node: String, generator: String) async throws -> String? {
        guard let entry = try await entries("node = ?", node).last(where: { $0.generator == generator }) else {
            return nil
        }
        return try text(entry)
    }

    private func entries(_ condition: String, _ parameter: String) async throws -> [Entry] {
        try await database.read {
            try $0.query(
                "SELECT * FROM drydock_build_data WHERE \(condition) ORDER BY rowid", [.text(parameter)]
            ).map { row in
                Entry(
                    node: try row.text("node"), task: try row.text("task"),
                    collected: Timestamp(microseconds: try row.int64("collected")),
                    generator: try row.text("generator"), format: try row.text("format"), path: try row.text("path"))
            }
        }
    }

    private func text(_ entry: Entry) throws -> String {
        String(decoding: try FileContents.read("\(stateDirectory)/\(entry.path)"), as: UTF8.self)
    }

    private func record(_ entry: Entry) throws -> Value {
        [
            "node_name": .string(entry.node), "task_id": .string(entry.task),
            "collected_date": .string(entry.collected.formatted(.offset)), "generator": .string(entry.generator),
            "data_format": .string(entry.format), "data_element": .string(try text(entry)),
        ]
    }

    /// Names of the design become names of folders; what could lead elsewhere is refused.
    static func folderName(_ node: String) -> String? {
        let allowed = node.utf8.allSatisfy {
            (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0) || [45, 46, 95].contains($0)
        }
        guard allowed, (1...200).contains(node.utf8.count), node.utf8.first != UInt8(ascii: ".") else { return nil }
        return node
    }
}
