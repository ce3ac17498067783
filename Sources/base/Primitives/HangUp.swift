/// SIGHUP, which a process gets when its terminal is closed.
package enum HangUp {
    /// Whether this process was started to live on then, as by `nohup`: the signal was ignored when it began, and still is.
    package static var isIgnored: Bool {
        let status = (try? FileContents.read("/proc/self/status", limit: 1 << 20)) ?? []
        return isIgnored(status: String(decoding: status, as: UTF8.self))
    }

    /// - Parameter status: the text of `/proc/PID/status`; `SigIgn` in it has a bit for each signal, 1 for SIGHUP.
    static func isIgnored(status: String) -> Bool {
        for line in status.split(separator: "\n") where line.hasPrefix("SigIgn:") {
            guard let digit = line.last?.hexDigitValue else { return false }
            return digit & 1 == 1
        }
        return false
    }
}
