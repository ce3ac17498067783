import HTTPTypes
import Primitives

/// What a route says of itself in the OpenAPI document.
package struct Operation: Sendable {
    /// One sentence, without a full stop.
    package var summary: String
    /// What the parameters of the path may be; `Schema.name` for those that are not here.
    package var path: [String: Schema]
    /// The parameters that the handler gets.
    package var query: [any DeclaredParameter]
    package var headers: [Header]
    package var body: Body?
    /// What is answered where the request is carried out, also where that tells of something that failed.
    package var answers: [Answer]
    /// The statuses of refusals beside those that follow from the route itself, in the form of the controller.
    package var refusals: [HTTPResponse.Status]

    package init(
        _ summary: String, path: [String: Schema] = [:], query: [any DeclaredParameter] = [], headers: [Header] = [],
        body: Body? = nil, answers: Answer..., refusals: [HTTPResponse.Status] = []
    ) {
        self.summary = summary
        self.path = path
        self.query = query
        self.headers = headers
        self.body = body
        self.answers = answers
        self.refusals = refusals
    }

    /// A header of a request or of an answer.
    package struct Header: Sendable {
        package var name: String
        package var schema = Schema.string
        package var about = ""
        package var isRequired = false
    }

    /// The body of a request.
    package struct Body: Sendable {
        package var mediaType: String
        package var schema: Schema
        package var about: String
        package var isRequired: Bool

        package static func json(_ schema: Schema, _ about: String = "") -> Self {
            Self(mediaType: "application/json", schema: schema, about: about, isRequired: true)
        }

        /// One document of YAML, or a stream of such documents.
        package static func yaml(_ schema: Schema, _ about: String = "", isRequired: Bool = true) -> Self {
            Self(mediaType: "application/x-yaml", schema: schema, about: about, isRequired: isRequired)
        }
    }
}

/// One kind of answer.
package struct Answer: Sendable {
    package var status: HTTPResponse.Status
    package var about: String
    /// What the body is by its media type; without a schema it is not described further. Empty for no body.
    package var content: [(mediaType: String, schema: Schema?)]
    package var headers: [Operation.Header] = []

    package init(
        _ status: HTTPResponse.Status, _ about: String = "", content: [(mediaType: String, schema: Schema?)] = [],
        headers: [Operation.Header] = []
    ) {
        self.status = status
        self.about = about
        self.content = content
        self.headers = headers
    }

    package static func json(
        _ schema: Schema, _ status: HTTPResponse.Status = .ok, _ about: String = "", headers: [Operation.Header] = []
    ) -> Self {
        Self(status, about, content: [("application/json", schema)], headers: headers)
    }

    /// YAML, or JSON where `Accept` asks for that.
    package static func either(_ schema: Schema, _ status: HTTPResponse.Status = .ok) -> Self {
        Self(status, content: [("application/x-yaml", schema), ("application/json", schema)])
    }

    /// 204.
    package static let nothing = Answer(.noContent)

    /// Where what was made is found.
    package static let location = Operation.Header(name: "Location", about: "Where it is found", isRequired: true)
}

/// How a controller answers errors.
package struct ErrorForm: Sendable {
    package var mediaTypes: [String]
    package var schema: Schema

    package init(_ schema: Schema, mediaTypes: [String] = ["application/json"]) {
        self.mediaTypes = mediaTypes
        self.schema = schema
    }
}
