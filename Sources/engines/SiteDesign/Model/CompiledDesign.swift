import Primitives

/// The result of the compilation and validation of a design.
package struct CompiledDesign: Sendable {
    /// Whether the design is valid.
    package enum Status: String, Sendable {
        case success = "Success"
        /// Validators found errors; the effective site is there.
        case invalid = "Failure"
        /// Documents could not be read, or not be compiled; no effective site, or not all of it was validated.
        case failure = "failure"

        /// What Drydock says of it, and why; nil where the messages alone say it (`docs/reference/drydock.md` §3).
        package var summary: (message: String?, reason: String?) {
            switch self {
            case .success: ("Site design passed validation", nil)
            case .invalid: ("Site design failed validation.", "See detail messages.")
            case .failure: (nil, nil)
            }
        }
    }

    /// Whether the design is valid.
    package var status: Status
    /// The messages of reading the documents, then those of the validators in their order.
    package var messages: [DesignValidationMessage]
    /// The site as far as it was read and compiled.
    package var draft: EffectiveSite

    /// The effective site; nil where the design could not be read, compiled and validated to the end.
    package var site: EffectiveSite? { status == .failure ? nil : draft }

    /// The number of messages that are errors.
    package var errorCount: Int { messages.count(where: \.error) }
}
