/// The form that all errors of engines and services have which may reach a client.
///
/// No error knows how it is answered: HTTP statuses, names of Airship's exceptions and error bodies are in `API`, in
/// one table for each controller. Errors are thrown, and translated and logged once, at the edge.
package protocol TypedError: Error, Sendable, CustomStringConvertible {
    /// What the failure means to the caller.
    var kind: ErrorKind { get }
    /// A stable name for programs and the journal, `documents.layering-policy-missing`: the module, then what happened.
    var code: String { get }
    /// What failed, where, and what to do about it.
    var message: String { get }
    /// The error underneath, where there is one.
    var cause: (any Error)? { get }
}

extension TypedError {
    /// None, unless the type says otherwise.
    package var cause: (any Error)? { nil }

    /// The message, with the cause in brackets.
    package var description: String {
        guard let cause else { return message }
        return "\(message) (\(cause.inWords))"
    }
}

extension Error {
    /// Any error as a clause for a log, a message or an answer: its description where its type has one. Of any other the
    /// name and the case, never a dump of the values in it.
    package var inWords: String {
        switch self {
        case is CancellationError: return "it was ended from outside before it was done"
        case let error as any CustomStringConvertible: return error.description
        default:
            let type = "\(type(of: self))"
            let name = Mirror(reflecting: self).displayStyle == .enum ? "\(self)".prefix { $0 != "(" } : ""
            return "an unforeseen error: \(type)" + (name.isEmpty ? "" : ".\(name)")
        }
    }
}
