/// What happened to a body that did not come whole.
package enum BodyFault: Hashable, Sendable {
    /// The connection ended: how many bytes had come, and of how many if that was announced.
    case ended(received: Int, announced: Int?)
    /// Its chunks are not as RFC 9112 §7.1 wants them.
    case malformed
    /// There is far more around its chunks than in them.
    case padded
    /// Nothing came for so many seconds.
    case stalled(seconds: Int)
    /// It came more slowly than so many bytes a second.
    case slow(bytesPerSecond: Int)

    var message: String {
        switch self {
        case .ended(let received, let announced?):
            "The connection ended after \(received) of the \(announced) bytes that the body was to have"
        case .ended(let received, nil):
            "The connection ended after \(received) bytes of the body, before its last chunk"
        case .malformed: "The chunks of the body are malformed"
        case .padded: "The body consists of little else than extensions of its chunks"
        case .stalled(let seconds): "Nothing more of the body came for \(seconds) seconds"
        case .slow(let rate): "The body comes more slowly than \(rate) bytes a second"
        }
    }
}
