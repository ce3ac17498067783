import HTTPTypes
import Primitives
import Testing

@testable import API

@Suite("Requests as controllers see them")
struct APIRequestTests {
    @Test("query keys repeat, commas do not split, a plus is a blank")
    func query() {
        let query = QueryItems(parsing: "versions=committed&versions=a%2Cb&x=1+2&flag&=y&&z=%")
        #expect(query.all("versions") == ["committed", "a,b"])
        #expect(query["versions"] == "a,b")
        #expect(query["x"] == "1 2")
        #expect(query["flag"] == "")
        #expect(query["z"] == "%")
        #expect(query["missing"] == nil)
        #expect(query.names == ["versions", "x", "flag", "", "z"])
    }

    @Test("booleans are read as falcon reads them")
    func booleans() throws {
        for text in ["true", "True", "t", "yes", "y", "1", "on", ""] {
            #expect(try QueryItems(parsing: "force=\(text)").bool("force") == true)
        }
        for text in ["false", "False", "f", "no", "n", "0", "off"] {
            #expect(try QueryItems(parsing: "force=\(text)").bool("force") == false)
        }
        #expect(try QueryItems().bool("force") == nil)
        #expect(
            throws: RequestError.invalidParameter(
                #"The "force" parameter is invalid. The value of the parameter must be "true" or "false"."#)
        ) { try QueryItems(parsing: "force=TRUE").bool("force") }
    }

    @Test("integers are read or refused with falcon's sentence")
    func integers() throws {
        #expect(try QueryItems(parsing: "try=-2").int("try", in: -2...9) == -2)
        #expect(try QueryItems().int("try", in: 0...9) == nil)
        for text in ["", "two", "1.0", "99999999999999999999", "-1", "10"] {
            #expect(
                throws: RequestError.invalidParameter(
                    #"The "try" parameter is invalid. The value must be an integer from 0 to 9."#)
            ) { try QueryItems(parsing: "try=\(text)").int("try", in: 0...9) }
        }
    }

    @Test("the media type is what precedes its parameters, in lower case")
    func mediaType() {
        let request = APIRequest(
            method: .post, target: "/", headers: [.contentType: " Application/X-YAML ; charset=utf-8"])
        #expect(request.mediaType == "application/x-yaml")
        #expect(APIRequest(method: .post, target: "/").mediaType == nil)
    }

    @Test("links are absolute if the client named its host")
    func absolute() {
        #expect(
            APIRequest(method: .get, target: "/a?b=c", authority: "seed:9000", scheme: "https").absolute("/x")
                == "https://seed:9000/x")
        #expect(APIRequest(method: .get, target: "/a").absolute("/x") == "/x")
    }

    @Test("a second rule inside a handler is checked against the same caller")
    func require() throws {
        var request = APIRequest(method: .get, target: "/")
        #expect(throws: RequestError.unauthenticated) { try request.require("a:b") }
        #expect(!request.permits("a:b"))
        request.caller = Caller(name: "eve", roles: [], isOfServiceProject: true)
        #expect(throws: RequestError.forbidden(rule: "a:b")) { try request.require("a:b") }
        request.caller = .administrator("root")
        try request.require("a:b")
        #expect(request.permits("a:b"))
    }
}
