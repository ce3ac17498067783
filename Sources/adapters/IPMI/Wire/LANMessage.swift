/// An IPMI request or response as it travels over a LAN, with its two checksums (IPMI v2.0 §13.8).
///
/// A response's network function is the request's plus one, and its data begins with the completion code.
package struct LANMessage: Sendable, Hashable {
    /// A slave address, or that of a console.
    package var destination: UInt8
    package var destinationUnit: UInt8 = 0
    /// A slave address, or that of a console.
    package var source: UInt8
    package var sourceUnit: UInt8 = 0
    /// Even in a request, odd in its response.
    package var networkFunction: UInt8
    /// Six bits by which the requester finds the response to its request.
    package var sequence: UInt8
    /// The command byte.
    package var command: UInt8
    /// What follows the command, without checksum.
    package var data: [UInt8]

    /// The BMC's address on its own bus (IPMI v2.0 §5.5).
    package static let bmcAddress: UInt8 = 0x20
    /// The software identifier of a remote console (IPMI v2.0 §5.5).
    package static let consoleAddress: UInt8 = 0x81

    /// Whether the network function is that of a request.
    package var isRequest: Bool { networkFunction & 1 == 0 }

    /// A request from a console to the BMC.
    ///
    /// - Parameter sequence: 0 to 63.
    package static func request<Request: Command>(_ command: Request, sequence: UInt8) -> LANMessage {
        LANMessage(
            destination: bmcAddress, source: consoleAddress, networkFunction: Request.networkFunction,
            sequence: sequence, command: Request.code, data: command.data)
    }

    /// The response to this request.
    package func response(_ completion: CompletionCode, _ data: [UInt8] = []) -> LANMessage {
        LANMessage(
            destination: source, destinationUnit: sourceUnit, source: destination, sourceUnit: destinationUnit,
            networkFunction: networkFunction | 1, sequence: sequence, command: command,
            data: [completion.rawValue] + data)
    }
}

extension LANMessage {
    /// - Parameter checked: whether both checksums have to be right. They protect against errors on a serial bus, and some
    ///   BMCs compute them wrongly in packets that their authentication code proves to be whole.
    package init(decoding bytes: [UInt8], checked: Bool = true) throws(PacketError) {
        guard bytes.count >= 7 else { throw .truncated }
        if checked {
            guard Self.checksum(bytes[..<2]) == bytes[2], Self.checksum(bytes[3..<(bytes.count - 1)]) == bytes.last
            else { throw .checksum }
        }
        destination = bytes[0]
        networkFunction = bytes[1] >> 2
        destinationUnit = bytes[1] & 3
        source = bytes[3]
        sequence = bytes[4] >> 2
        sourceUnit = bytes[4] & 3
        command = bytes[5]
        data = Array(bytes[6..<(bytes.count - 1)])
    }

    /// With both checksums.
    package var encoded: [UInt8] {
        var bytes = [destination, networkFunction << 2 | destinationUnit & 3]
        bytes.append(Self.checksum(bytes[...]))
        bytes += [source, sequence << 2 | sourceUnit & 3, command]
        bytes += data
        bytes.append(Self.checksum(bytes[3...]))
        return bytes
    }

    /// The byte that makes the sum of all bytes zero.
    private static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt8 { 0 &- bytes.reduce(0, &+) }
}
