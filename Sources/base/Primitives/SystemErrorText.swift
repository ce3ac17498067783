import Glibc

/// The text of an `errno`: `Permission denied`.
package func systemErrorText(_ number: CInt = errno) -> String {
    // glibc keeps the text of one thread apart from the others'.
    strerror(number).map { String(cString: $0) } ?? "error \(number)"
}
