import Primitives

extension BoatyardError {
    /// What to do about a disk that does not take, or does not keep, what is written to it.
    static let brokenDisk = "The disk is broken or write-protected: replace it, or leave it out of the design."

    /// `disk.write`: a disk does not take what is written to it.
    ///
    /// - Parameters:
    ///   - device: `/dev/sda`.
    ///   - place: in bytes; nil where that is not known.
    ///   - reason: what was seen, without a full stop: `Input/output error`.
    ///   - cause: what has failed by it.
    package static func diskWrite(
        _ device: String, at place: Int? = nil, _ reason: String, cause: (any Error)? = nil
    ) -> BoatyardError {
        let spot = place.map { " at byte \($0)" } ?? ""
        return BoatyardError(
            "disk.write", "\(device) cannot be written to\(spot): \(reason). \(brokenDisk)", cause: cause)
    }
}
