import Glibc
import Primitives

/// Errors of the folders of installers and images.
enum NetbootError {
    /// Something that was handed over, or lies in the state directory, is not what it has to be.
    static func invalid(_ message: String) -> BoatyardError {
        BoatyardError("netboot.invalid", message, kind: .invalid)
    }

    static func missing(_ message: String) -> BoatyardError {
        BoatyardError("netboot.missing", message, kind: .missing)
    }

    static func conflict(_ message: String) -> BoatyardError {
        BoatyardError("netboot.conflict", message, kind: .conflict)
    }

    /// What the system has refused, with its reason in `errno`.
    static func system(_ what: String, _ path: String, _ number: CInt = errno) -> BoatyardError {
        let isPassing = [ENOSPC, EDQUOT, EROFS, EIO].contains(number)
        return BoatyardError(
            "netboot.file", "\(what) \(path): \(systemErrorText(number)).", kind: isPassing ? .unavailable : .failed)
    }

    /// A description, or a manifest, that was handed over or lies in the state directory.
    static func description(_ path: String, limit: Int) throws(BoatyardError) -> [UInt8] {
        do {
            return try FileContents.read(path, limit: limit, takesOthers: false)
        } catch {
            throw invalid(error.message)
        }
    }
}
