import HTTPTypes
import Primitives

/// What a route says of itself in the OpenAPI document.
package struct Operation: Sendable {
    /// One sentence, without a full stop.
    var summary: String
    /// What the parameters of the path may be; `Schema.name` for those that are not here.
    package var path: [String: Schema]
    /// The parameters that the handler gets.
    var query: [any DeclaredParameter]
    var headers: [Header]
    /// The body that the route takes; nil for none.
    package var body: Body?
    /// What is answered where the request is carried out, also where that tells of something that failed.
    var answers: [Answer]
    /// The statuses of errors beside those that follow from the route itself, in the form of the controller.
    var errors: [HTTPResponse.Status]

    init(
        _ summary: String, path: [String: Schema] = [:], query: [any DeclaredParameter] = [], headers: [Header] = [],
        body: Body? = nil, answers: Answer..., errors: [HTTPResponse.Status] = []
    ) {
        self.summary = summary
        self.path = path
        self.query = query
        self.headers = headers
        self.body = body
        self.answers = answers
        self.errors = errors
    }

    /// A header of a request or of an answer.
    struct Header: Sendable {
        var name: String
        var schema = Schema.string
        var about = ""
        var isRequired = false
    }

    /// The body of a request.
    package struct Body: Sendable {
        var mediaType: String
        var schema: Schema
        var about: String
        var isRequired: Bool

        static func json(_ schema: Schema, _ about: String = "") -> Self {
            Self(mediaType: "application/json", schema: schema, about: about, isRequired: true)
        }

        /// One document of YAML, or a stream of such documents.
        static func yaml(_ schema: Schema, _ about: String = "", isRequired: Bool = true) -> Self {
            Self(mediaType: "application/x-yaml", schema: schema, about: about, isRequired: isRequired)
        }
    }
}

/// One kind of answer.
struct Answer: Sendable {
    var status: HTTPResponse.Status
    var about: String
    /// What the body is by its media type; without a schema it is not described further. Empty for no body.
    var content: [(mediaType: String, schema: Schema?)]
    var headers: [Operation.Header] = []

    init(
        _ status: HTTPResponse.Status, _ about: String = "", content: [(mediaType: String, schema: Schema?)] = [],
        headers: [Operation.Header] = []
    ) {
        self.status = status
        self.about = about
        self.content = content
        self.headers = headers
    }

    static func json(
        _ schema: Schema, _ status: HTTPResponse.Status = .ok, _ about: String = "", headers: [Operation.Header] = []
    ) -> Self {
        Self(status, about, content: [("application/json", schema)], headers: headers)
    }

    /// YAML, or JSON where `Accept` asks for that.
    static func either(_ schema: Schema, _ status: HTTPResponse.Status = .ok) -> Self {
        Self(status, content: [("application/x-yaml", schema), ("application/json", schema)])
    }

    /// 204.
    static let nothing = Answer(.noContent)

    /// Where what was made is found.
    static let location = Operation.Header(name: "Location", about: "Where it is found", isRequired: true)
}

/// How a controller answers errors.
package struct ErrorForm: Sendable {
    var mediaTypes: [String]
    var schema: Schema

    init(_ schema: Schema, mediaTypes: [String] = ["application/json"]) {
        self.mediaTypes = mediaTypes
        self.schema = schema
    }
}
