/// Why bytes are no packet of this protocol. The receiver drops such bytes without an answer.
package enum PacketError: Error, Sendable, Hashable {
    case truncated
    case checksum
    /// Another RMCP version, message class, authentication type or payload type than the ones spoken here.
    case unsupported
    /// The authentication code does not belong to the bytes (IPMI v2.0 §13.28.4).
    case integrity
    /// The confidentiality trailer is not 1, 2, 3 … n, n (IPMI v2.0 §13.29).
    case padding
    /// A field holds a value that the protocol does not allow.
    case invalid
}
