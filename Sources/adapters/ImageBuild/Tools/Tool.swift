import Glibc
import Primitives
import Processes

/// A program of the host with its arguments. No shell reads them.
package struct Tool: Sendable, Hashable {
    /// Its name, which is looked for in the folders of the system.
    package var program: String
    package var arguments: [String]
    /// Beside `PATH`, `LC_ALL`, and what a proxy or another folder for temporary files needs.
    package var environment: [String: String]

    package init(_ program: String, _ arguments: [String], environment: [String: String] = [:]) {
        self.program = program
        self.arguments = arguments
        self.environment = environment
    }

    /// The Debian packages of the programs that are not on every host.
    private static let packages = [
        "mmdebstrap": "mmdebstrap", "zstd": "zstd", "xz": "xz-utils", "qemu-img": "qemu-utils", "curl": "curl",
        "dpkg-deb": "dpkg", "xorriso": "xorriso", "mformat": "mtools", "mmd": "mtools", "mcopy": "mtools",
    ]

    /// Where the program is.
    ///
    /// - Throws: `BoatyardError` `build.tool`, with the package to install.
    package func path() throws(BoatyardError) -> String {
        if let path = SpawnedProcess.path(of: program) { return path }
        let remedy = Self.packages[program].map { " Install it: apt-get install \($0)." } ?? ""
        throw BoatyardError("build.tool", "The program \(program) is not on this host.\(remedy)", kind: .missing)
    }

    /// Everything that the program sees of the environment.
    var variables: [String: String] {
        var all = ["PATH": SpawnedProcess.folders.joined(separator: ":"), "LC_ALL": "C.UTF-8", "HOME": "/root"]
        for name in ["TMPDIR", "http_proxy", "https_proxy", "no_proxy"] {
            if let value = getenv(name) { all[name] = String(cString: value) }
        }
        return all.merging(environment) { $1 }
    }
}
