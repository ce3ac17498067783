import Foundation
import OrderedCollections
import Primitives

/// One request over a connection of its own, with whatever headers.
enum ClientRequest {
    struct Response {
        var status: Int
        var head: String
        var body: String

        /// The body as JSON; null where it is none.
        var value: Value { (try? Value(json: body)) ?? .null }

        func header(_ name: String) -> String? {
            head.split(separator: "\r\n").lazy.map { $0.split(separator: ":", maxSplits: 1) }
                .first { $0.first?.lowercased() == name.lowercased() && $0.count == 2 }
                .map { $0[1].trimmingCharacters(in: .whitespaces) }
        }
    }

    /// - Parameter address: `http://127.0.0.1:PORT`, or the path of a Unix socket.
    static func send(
        _ method: String, _ address: String, _ path: String, token: String? = nil, headers: [String: String] = [:],
        json: Value? = nil
    ) throws -> Response {
        let descriptor = try RawHTTP.connect(address)
        defer { close(descriptor) }
        let host = address.hasPrefix("http://") ? String(address.dropFirst(7)) : "localhost"
        var text = "\(method) \(path) HTTP/1.1\r\nHost: \(host)\r\nConnection: close\r\n"
        if let token { text += "X-Auth-Token: \(token)\r\n" }
        for (name, value) in headers { text += "\(name): \(value)\r\n" }
        let body = json?.json(.compact) ?? ""
        if json != nil { text += "Content-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n" }
        try RawHTTP.send(descriptor, text + "\r\n" + body)
        let whole = String(decoding: RawHTTP.receive(descriptor), as: UTF8.self)
        let parts = whole.components(separatedBy: "\r\n\r\n")
        guard let status = whole.split(separator: " ").dropFirst().first.flatMap({ Int($0) }) else {
            throw RawHTTP.Failure(text: "\(address)\(path) said: \(whole.prefix(200))")
        }
        return Response(status: status, head: parts[0], body: parts.dropFirst().joined(separator: "\r\n\r\n"))
    }
}

/// A daemon on free ports, ended with the test.
struct RunningDaemon {
    let program: Program
    let api: String
    let node: String
    let socket: String
    let state: String

    init(_ arguments: [String] = [], environment: [String: String] = [:]) async throws {
        let program = try Program("boatyardd", ["--ephemeral"] + arguments, environment: environment)
        self.program = program
        let line: Value = try await eventually("the line of the daemon") {
            guard program.process.isRunning else {
                throw NeverHappened(description: "boatyardd ended: \(program.standardError)")
            }
            return try program.standardOutput.split(separator: "\n").first.map { try Value(json: String($0)) }
        }
        api = line["api"]?.stringValue ?? ""
        node = line["node"]?.stringValue ?? ""
        socket = line["socket"]?.stringValue ?? ""
        state = line["state"]?.stringValue ?? ""
    }

    func stop() {
        program.kill(SIGTERM)
        program.wait()
    }

    /// The section of another daemon's configuration that makes this one its Keystone, whose user `boatyard` it is.
    ///
    /// - Parameter folder: gets the file with the password.
    func asKeystone(of folder: URL) throws -> String {
        let password = folder.appendingPathComponent("password")
        try "password\n".write(to: password, atomically: true, encoding: .utf8)
        return """
            identity:
              keystone:
                url: \(api)
                username: boatyard
                password_file: \(password.path)
                project: service
                timeout: 5

            """
    }

    /// Makes a user over the administrators' socket.
    @discardableResult
    func createUser(_ name: String, password: String = "password", roles: [String], project: String = "service") throws
        -> ClientRequest.Response
    {
        let grants: [Value] = roles.map { ["role": .string($0), "project": .string(project)] }
        return try ClientRequest.send(
            "POST", socket, "/v3/users",
            json: ["user": ["name": .string(name), "password": .string(password), "grants": .array(grants)]])
    }

    /// Logs in over the API.
    func logIn(_ name: String, password: String = "password", scope: Value? = nil) throws -> ClientRequest.Response {
        let user: Value = [
            "name": .string(name), "domain": ["name": "default"], "password": .string(password),
        ]
        var auth: Value = ["identity": ["methods": ["password"], "password": ["user": user]]]
        if let scope, case .object(var members) = auth {
            members["scope"] = scope
            auth = .object(members)
        }
        return try ClientRequest.send("POST", api, "/v3/auth/tokens", json: ["auth": auth])
    }

    func token(_ name: String, password: String = "password") throws -> String {
        try logIn(name, password: password).header("X-Subject-Token") ?? ""
    }
}
