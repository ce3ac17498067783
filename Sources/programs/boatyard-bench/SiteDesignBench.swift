import Glibc
import Primitives
import SiteDesign
import YAML

/// Designs of `conformance/drydock/gen_design.py`, compiled and validated.
enum SiteDesignBench {
    static func run(_ figures: inout Figures) throws {
        guard let generator = generator() else { return }
        var designs: [Int: [DesignDocument]] = [:]
        for count in [10, 100, 1000] {
            let bytes = try output(of: "python3 '\(generator)' \(count)")
            var documents: [DesignDocument] = []
            let reading = try Figures.cpu { documents = try YAML.load(bytes).compactMap { DesignDocument($0) } }
            guard documents.count(where: { $0.schema == DesignKind.baremetalNode.schema }) == count else {
                print("  skipped: \(generator) makes no designs; it needs python3-yaml")
                return
            }
            designs[count] = documents
            if count == 1000 { figures.tell("a design of 1000 nodes read as YAML", reading, "ms") }
        }
        func compile(_ count: Int) -> Double {
            Figures.cpu { precondition(SiteDesign.compile(designs[count] ?? []).draft.nodes.count == count) }
        }
        figures.check("1000 nodes compiled and validated cold", compile(1000), "ms", ceiling: 80)
        let best = [10, 100, 1000].map { count in (0..<7).map { _ in compile(count) }.min() ?? 0 }
        for (count, figure) in zip([10, 100, 1000], best) {
            figures.tell("\(count) nodes, best of seven", figure, "ms")
        }
        // A tenth more than linear is what caches of the processor make of it.
        figures.check("1000 nodes over 100 nodes", best[2] / best[1], "", ceiling: 11)
    }

    private static func generator() -> String? {
        let root = #filePath.split(separator: "/").dropLast(3).map { "/" + $0 }.joined()
        let folder = getenv("BOATYARD_CONFORMANCE").map { String(cString: $0) } ?? "\(root)/../shared/conformance"
        let path = "\(folder)/drydock/gen_design.py"
        if access(path, R_OK) == 0 { return path }
        print("  skipped: there is no \(path); name the folder in BOATYARD_CONFORMANCE")
        return nil
    }

    private static func output(of command: String) throws -> [UInt8] {
        guard let stream = popen(command, "r") else { throw BoatyardError("bench.command", "Cannot run \(command)") }
        defer { pclose(stream) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = fread(&buffer, 1, buffer.count, stream)
            if count == 0 { return bytes }
            bytes += buffer[..<count]
        }
    }
}
