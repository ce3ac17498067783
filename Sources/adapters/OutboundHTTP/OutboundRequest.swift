import NIOHTTP1

/// A request to somebody else's server.
package struct OutboundRequest: Sendable {
    /// `GET`, `POST` …
    package var method: String
    package var address: RemoteAddress
    /// Sent wherever the request is redirected to.
    package var headers: [(name: String, value: String)]
    /// Credentials: never sent to another authority than that of `address`.
    package var secretHeaders: [(name: String, value: String)] = []
    /// Never sent to another authority either.
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
    package let status: Int
    /// As the standard has it for the status; empty for one that it does not have.
    package let reasonPhrase: String
    package let body: [UInt8]
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
