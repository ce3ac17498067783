import Glibc
import Primitives
import Synchronization

/// What the reference answered, recorded beside the package in `../shared/conformance`, or in the folder that
/// `BOATYARD_CONFORMANCE` names. Tests that need a set are skipped where the folder does not have it; no engine depends on
/// them for its coverage (`docs/testing.md`).
package enum Conformance {
    /// The sets that tests read, one folder each. `packaging/conformance-sets` reads them from this line.
    package static let sets = ["drydock", "jinja", "json-schema", "shipyard", "sites", "yaml"]

    package static let folder: String = {
        if let folder = getenv("BOATYARD_CONFORMANCE") { return String(cString: folder) }
        return ExampleSite.package + "/../shared/conformance"
    }()

    private static let missed = Mutex<Set<String>>([])

    /// Whether a file or folder of it is there; where not, that is said once.
    package static func has(_ path: String) -> Bool {
        let set = path.prefix { $0 != "/" }
        precondition(set.isEmpty || sets.contains(String(set)), "\(set) is not in the list of the conformance sets")
        if access("\(folder)/\(path)", R_OK) == 0 { return true }
        if missed.withLock({ $0.insert(path).inserted }) {
            print("skipped: \(folder)/\(path) is not there; name its folder in BOATYARD_CONFORMANCE")
        }
        return false
    }

    package static func bytes(_ path: String) throws -> [UInt8] { try FileContents.read("\(folder)/\(path)") }

    package static func json(_ path: String) throws -> Value { try Value(json: bytes(path)) }

    /// Names of the files in a folder of it that end so, sorted, without that end; none where it is not there.
    package static func names(in path: String, suffix: String) -> [String] {
        (FolderContents.names(in: "\(folder)/\(path)") ?? []).filter { $0.hasSuffix(suffix) }
            .map { String($0.dropLast(suffix.count)) }
    }
}
