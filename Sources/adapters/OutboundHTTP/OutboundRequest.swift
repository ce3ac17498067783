import NIOHTTP1

/// A request to another server.
package struct OutboundRequest: Sendable {
    /// The method: `GET`, `POST` and so on.
    package var method: String
    /// Where the request is sent.
    package var address: RemoteAddress
    /// Headers, which are sent to every redirect as well.
    package var headers: [(name: String, value: String)]
    /// Credentials, which are sent to the authority of `address` only.
    package var secretHeaders: [(name: String, value: String)] = []
    /// The body, which is sent to the authority of `address` only; nil for none.
    package var body: [UInt8]?
    /// The address of this host that it is sent from; nil leaves that to the system. Connections are kept for each.
    package var localAddress: String?

    package init(
        _ method: String, _ address: RemoteAddress, headers: [(name: String, value: String)] = [],
        body: [UInt8]? = nil
    ) {
        self.method = method
        self.address = address
        self.headers = headers
        self.body = body
    }

    /// - Throws: `OutboundError` of kind `invalidAddress`.
    package init(
        _ method: String, _ address: String, headers: [(name: String, value: String)] = [],
        body: [UInt8]? = nil
    ) throws {
        guard let address = RemoteAddress(address) else { throw OutboundError.invalidAddress }
        self.init(method, address, headers: headers, body: body)
    }
}

/// A whole response, whatever its status.
package struct OutboundResponse: Sendable {
    /// The HTTP status.
    package let status: Int
    /// The standard phrase for the status; empty where it has none.
    package let reasonPhrase: String
    /// The whole body, as it came; its coding is for its reader to undo.
    package var body: [UInt8]
    private let headers: HTTPHeaders

    init(status: HTTPResponseStatus, headers: HTTPHeaders, body: [UInt8]) {
        self.status = Int(status.code)
        reasonPhrase = status.reasonPhrase
        self.headers = headers
        self.body = body
    }

    /// The first header of that name, in any case.
    package func header(_ name: String) -> String? { headers.first(name: name) }
}
