import OrderedCollections
import Primitives

/// Where DHCP would send the firmware: the node listener's address, from the line that `boatyardd` prints when ready.
///
/// The file is read anew at every boot, since a daemon that was restarted may listen on another port.
package struct BootServer: Sendable {
    private let readyFile: String

    package init(readyFile: String) { self.readyFile = readyFile }

    /// The node listener's base URL without a trailing slash; waits until the daemon has written it.
    func nodeURL() async throws -> String {
        while true {
            if let contents = try? FileContents.read(readyFile, limit: 64 << 10),
                let line = contents.split(separator: 0x0a).last, let ready = try? Value(json: line),
                let url = ready["node"]?.stringValue
            {
                return url
            }
            try await Task.sleep(for: .milliseconds(100))
        }
    }
}
