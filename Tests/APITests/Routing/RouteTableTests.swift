import HTTPTypes
import Primitives
import Testing

@testable import API

@Suite("Route table")
struct RouteTableTests {
    let table: RouteTable

    init() throws {
        table = try RouteTable(controllers: [
            SampleController(routes: [
                SampleController.echo(.get, "/versions"),
                SampleController.echo(.get, "/api/v1.0/actions"),
                SampleController.echo(.post, "/api/v1.0/actions", bodyLimit: 8),
                SampleController.echo(.get, "/api/v1.0/actions/{id}"),
                SampleController.echo(.get, "/api/v1.0/actions/{id}/steps/{step}"),
                SampleController.echo(.get, "/api/v1.0/revisions", slashes: .trailing),
                SampleController.echo(.get, "/api/v1.0/revisions/{revision}", slashes: .trailing),
                SampleController.echo(.post, "/api/v1.0/bootaction/{id}", on: .node, slashes: .any),
                SampleController.echo(.get, "/files/index"),
                SampleController.echo(.get, "/files/{path...}"),
                SampleController.echo(.get, "/closed", policy: .rule("sample:read")),
                Route(.get, "/broken", policy: .open, on: .clients) { _ in throw BoatyardError("x", "no") },
            ]),
            SampleController(
                name: "second",
                routes: [
                    SampleController.echo(.delete, "/api/v1.0/actions"),
                    SampleController.echo(.put, "/api/v1.0/actions/{name}"),
                ]),
        ])
    }

    @Test("a literal segment wins over a parameter, a parameter over a tail")
    func specificity() async {
        #expect(await table.get("/files/index").text == "/files/index")
        #expect(await table.get("/files/a/b").text == "/files/{path...} path=a/b")
        #expect(await table.get("/files/").text == "/files/{path...} path=")
        #expect(await table.get("/files").status.code == 404)
    }

    @Test("parameters are percent-decoded, and a decoded slash separates segments")
    func decoding() async {
        #expect(
            await table.get("/api/v1.0/actions/a%20b/steps/%C3%A9").text
                == "/api/v1.0/actions/{id}/steps/{step} id=a b step=é")
        #expect(await table.get("/api/v1.0/actions/a%2Fsteps%2Fb").text.contains("id=a step=b"))
        #expect(await table.get("/api/v1.0/actions/%zz+").text.hasSuffix("id=%zz+"))
        #expect(await table.get("/api/v1.0/actions/%ff").text.hasSuffix("id=\u{fffd}"))
    }

    @Test("a trailing slash is an empty parameter, unless the route takes one")
    func trailingSlash() async {
        #expect(await table.get("/api/v1.0/actions/").text == "/api/v1.0/actions/{id} id=")
        #expect(await table.get("/api/v1.0/revisions/").text == "/api/v1.0/revisions")
        #expect(await table.get("/api/v1.0/revisions/3/").text.hasSuffix("revision=3"))
        #expect(await table.get("/api/v1.0/revisions//").text.hasSuffix("revision="))
        #expect(await table.get("/versions/").status.code == 404)
    }

    @Test("a signal URL may have any slashes")
    func anySlashes() async {
        for path in ["/api/v1.0/bootaction/7", "/api/v1.0/bootaction/7/", "//api/v1.0//bootaction//7//"] {
            let response = await table.respond(to: APIRequest(method: .post, target: path, listener: .node))
            #expect(response.text.hasSuffix("id=7"), "\(path)")
        }
    }

    @Test("a route is unknown on the listeners it is not on")
    func listeners() async {
        #expect(await table.get("/versions", on: .api).status == .ok)
        #expect(await table.get("/versions", on: .node).status == .notFound)
        let signal = APIRequest(method: .post, target: "/api/v1.0/bootaction/7", listener: .admin)
        #expect(await table.respond(to: signal).status == .notFound)
    }

    @Test("OPTIONS needs no caller and names the methods of all controllers on the path, sorted")
    func options() async {
        let response = await table.respond(to: APIRequest(method: .options, target: "/api/v1.0/actions"))
        #expect(response.status == .ok)
        #expect(response.headers[.allow] == "DELETE, GET, OPTIONS, POST")
        #expect(response.text.isEmpty)
        #expect(response.headers.contains { $0.name.canonicalName == "x-sample-req" })
        let closed = await table.respond(to: APIRequest(method: .options, target: "/closed"))
        #expect(closed.headers[.allow] == "GET, OPTIONS")
    }

    @Test("another method is answered 405 with Allow, HEAD included", arguments: ["HEAD", "PATCH", "BREW"])
    func otherMethods(name: String) async throws {
        let method = try #require(HTTPRequest.Method(name))
        let response = await table.respond(to: APIRequest(method: method, target: "/api/v1.0/actions"))
        #expect(response.status == .methodNotAllowed)
        #expect(response.headers[.allow] == "DELETE, GET, OPTIONS, POST")
        #expect(response.text.hasPrefix("sample: "))
    }

    @Test("controllers may share a path under different parameter names")
    func sharedPath() async {
        let response = await table.respond(to: APIRequest(method: .put, target: "/api/v1.0/actions/x"))
        #expect(response.text == "/api/v1.0/actions/{name} name=x")
    }

    @Test("an unknown path is answered in Shipyard's form, even without a caller")
    func unknown() async {
        let response = await table.get("/api/v1.0/nothing")
        #expect(response.status == .notFound)
        #expect(
            response.text
                == #"{"kind": "status", "apiVersion": "v1.0", "metadata": {}, "status": "Failure", "message": null, "#
                + #""reason": "404 Not Found", "details": {"errorType": "HTTPRouteNotFound", "errorCount": 1, "#
                + #""messageList": [{"message": null, "error": true}], "errorList": [{"message": null, "error": true}]}, "#
                + #""code": "404 Not Found", "retry": false}"#)
        #expect(await table.get("/nothing").text.contains(#""apiVersion": "N/A""#))
    }

    @Test("a rule needs a caller, and one who satisfies it")
    func policy() async {
        #expect(await table.get("/closed").status == .unauthorized)
        let member = Caller(name: "eve", roles: ["member"], isOfServiceProject: true)
        #expect(await table.get("/closed", caller: member).status == .forbidden)
        #expect(await table.get("/closed", caller: .administrator("root")).status == .ok)
    }

    @Test("what a controller refuses at once comes before the caller is looked at")
    func admission() async {
        #expect(await table.get("/closed?verbosity=9").status == .badRequest)
        #expect(await table.get("/nothing?verbosity=9").status == .notFound)
    }

    @Test("a body beyond the limit is refused in the controller's form")
    func bodyLimit() async {
        var request = APIRequest(method: .post, target: "/api/v1.0/actions", body: Array("12345678".utf8))
        #expect(await table.respond(to: request).text.hasSuffix("12345678"))
        request.body.append(0)
        let refused = await table.respond(to: request)
        #expect(refused.status == .contentTooLarge)
        #expect(refused.text.hasPrefix("sample: The body is longer than the 8 bytes"))
    }

    @Test("a handler's error keeps its cause for the log")
    func cause() async {
        let response = await table.get("/broken")
        #expect(response.status == .internalServerError)
        #expect(response.cause is BoatyardError)
    }

    @Test("two controllers cannot serve the same method on the same path")
    func conflict() {
        #expect(throws: BoatyardError.self) {
            try RouteTable(controllers: [
                SampleController(routes: [SampleController.echo(.get, "/a/{x}")]),
                SampleController(name: "second", routes: [SampleController.echo(.get, "/a/{y}")]),
            ])
        }
    }
}
