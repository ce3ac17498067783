import Glibc

/// An environment variable; nil if it is not set.
package func environment(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

/// A descriptor that is closed with its owner.
struct OwnedDescriptor: ~Copyable {
    let number: CInt

    /// Nil for a negative number, as failed calls return it.
    init?(_ number: CInt) {
        guard number >= 0 else { return nil }
        self.number = number
    }

    /// Hands the descriptor out; it is closed by its new owner.
    consuming func release() -> CInt {
        let number = number
        discard self
        return number
    }

    deinit { close(number) }
}
