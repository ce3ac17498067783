import CLibcrypto

extension CryptoError {
    /// The newest entry of libcrypto's error queue of this thread, which is emptied.
    static func fromLibrary() -> CryptoError {
        var reason = "unknown error"
        while true {
            let code = ERR_get_error()
            guard code != 0 else { break }
            if let text = ERR_reason_error_string(code) { reason = String(cString: text) }
        }
        return .library(reason)
    }
}

extension Collection<UInt8> {
    /// Calls `body` with the elements contiguous in memory, copied only where they are not so already.
    func withContiguousBytes<Result>(_ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
        withContiguousStorageIfAvailable(body) ?? Array(self).withUnsafeBufferPointer(body)
    }
}
