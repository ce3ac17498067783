/// How much a finding matters. An error makes the whole fail; a warning and a remark do not.
package enum Severity: String, Sendable, Hashable, CaseIterable {
    case info, warning, error

    /// As `level` of validation messages has it: `Info`, `Warning`, `Error`.
    package var title: String {
        switch self {
        case .info: "Info"
        case .warning: "Warning"
        case .error: "Error"
        }
    }
}
