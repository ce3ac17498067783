import Glibc
import Primitives

/// What has become of a request, as root writes it down for the daemon: `status.json`.
package struct DHCPActivationReport: Sendable, Hashable {
    package enum State: String, Sendable, CaseIterable {
        /// The server works by what was requested.
        case active
        /// Nobody is answered, as was requested.
        case stopped
        /// The server works by what it had before, or not at all where it had nothing.
        case refused
    }

    /// Of the request.
    package var request: String
    package var state: State
    /// What was done, or why not.
    package var message: String
    package var time: Timestamp

    /// The file in the folder that the server reads.
    package static let file = "status.json"

    package init(request: String, state: State, message: String, time: Timestamp = .now()) {
        self.request = request
        self.state = state
        self.message = message
        self.time = time
    }

    /// Nil for what is no report.
    package init?(_ bytes: [UInt8]) {
        guard let value = try? Value(json: bytes, depthLimit: 3), let request = value["request"]?.stringValue,
            let state = value["state"]?.stringValue.flatMap({ State(rawValue: $0) }),
            let message = value["message"]?.stringValue, let time = value["time"]?.intValue
        else { return nil }
        self.init(
            request: request, state: state, message: String(message.prefix(2000)),
            time: Timestamp(microseconds: Int64(time)))
    }

    /// The newest one in a folder; nil where there is none.
    package static func newest(in folder: DHCPFolder) -> DHCPActivationReport? {
        guard let bytes = try? FileContents.read("\(folder.path)/\(file)", limit: 64 << 10, takesOthers: false) else {
            return nil
        }
        return DHCPActivationReport(bytes)
    }

    /// The contents of the file.
    package var bytes: [UInt8] {
        let value: Value = [
            "request": .string(request), "state": .string(state.rawValue), "message": .string(message),
            "time": .int(Int(time.microseconds)),
        ]
        return value.jsonBytes(.compact)
    }
}
