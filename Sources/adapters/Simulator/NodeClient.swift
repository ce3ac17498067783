import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import OrderedCollections
import Primitives

/// HTTP as firmware and installer speak it: patient while the daemon is away, strict about what it answers.
struct NodeClient: Sendable {
    let http: HTTPClient

    struct NodeResponse: Sendable {
        var status: Int
        var headers: HTTPHeaders
        var body: [UInt8]
    }

    /// Sends until there is an answer. A refused or broken connection is tried again four times a second, as installers
    /// do while a daemon restarts; only cancellation (the power going off) ends it.
    func send(
        _ method: HTTPMethod, _ url: String, headers: [(String, String)] = [], body: Value? = nil,
        bodyLimit: Int = 64 << 20, timeout: TimeAmount = .seconds(90)
    ) async throws -> NodeResponse {
        var request = HTTPClientRequest(url: url)
        request.method = method
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        if let body {
            request.headers.add(name: "Content-Type", value: "application/json")
            request.body = .bytes(Array(body.json(.compact).utf8))
        }
        while true {
            do {
                let response = try await http.execute(request, timeout: timeout)
                let contents = try await response.body.collect(upTo: bodyLimit)
                return NodeResponse(
                    status: Int(response.status.code), headers: response.headers,
                    body: Array(contents.readableBytesView))
            } catch is CancellationError {
                throw CancellationError()
            } catch is NIOTooManyBytesError {
                throw RehearsalError("\(url) answers more than \(bodyLimit) bytes.")
            } catch {
                try Task.checkCancellation()
                try await Task.sleep(for: .milliseconds(250))
            }
        }
    }

    func get(_ url: String, headers: [(String, String)] = []) async throws -> [UInt8] {
        let answer = try await send(.GET, url, headers: headers)
        guard answer.status == 200 else { throw RehearsalError("GET \(url) answers \(answer.status).") }
        return answer.body
    }
}
