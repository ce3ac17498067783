import Primitives

/// A message of DMTF's registry `Base`.
struct BaseMessage: Sendable {
    private static let registry = "Base.1.18"

    /// `PropertyUnknown`
    let name: String
    let text: String
    let arguments: [String]
    let resolution: String
    let severity: String

    var identifier: String { "\(Self.registry).\(name)" }

    /// As `@Message.ExtendedInfo` has it.
    var value: Value {
        [
            "@odata.type": "#Message.v1_2_1.Message", "MessageId": .string(identifier), "Message": .string(text),
            "MessageArgs": Value(arguments), "MessageSeverity": .string(severity), "Resolution": .string(resolution),
        ]
    }

    private init(
        _ name: String, _ text: String, _ arguments: [String] = [], _ resolution: String, severity: String = "Warning"
    ) {
        self.name = name
        self.text = text
        self.arguments = arguments
        self.resolution = resolution
        self.severity = severity
    }

    static let generalError = BaseMessage(
        "GeneralError", "A general error has occurred. See Resolution for information on how to resolve the error.", [],
        "None.", severity: "Critical")
    static let malformedJSON = BaseMessage(
        "MalformedJSON",
        "The request body submitted was malformed JSON and could not be parsed by the receiving service.",
        [], "Ensure that the request body is valid JSON and resubmit the request.", severity: "Critical")
    static let noOperation = BaseMessage(
        "NoOperation",
        "The request body submitted contain no data to act upon and no changes to the resource took place.",
        [], "Add properties in the JSON object and resubmit the request.")
    static let noValidSession = BaseMessage(
        "NoValidSession", "There is no valid session established with the implementation.", [],
        "Establish a session before attempting any operations.", severity: "Critical")
    static let insufficientPrivilege = BaseMessage(
        "InsufficientPrivilege",
        "There are insufficient privileges for the account or credentials associated with the "
            + "current session to perform the requested operation.", [],
        "Either abandon the operation or change the associated access rights and resubmit the request.",
        severity: "Critical")
    static let preconditionFailed = BaseMessage(
        "PreconditionFailed", "The ETag supplied did not match the ETag required to change this resource.", [],
        "Try the operation again using the appropriate ETag.", severity: "Critical")
    static let sessionLimitExceeded = BaseMessage(
        "SessionLimitExceeded",
        "The session establishment failed due to the number of simultaneous sessions exceeding the "
            + "limit of the implementation.", [],
        "Reduce the number of other sessions before trying to establish the session.", severity: "Critical")
    static let createLimitReached = BaseMessage(
        "CreateLimitReachedForResource",
        "The create operation failed because the resource has reached the limit of possible "
            + "resources.", [], "Either delete resources and resubmit the request.", severity: "Critical")
    static let resourceInUse = BaseMessage(
        "ResourceInUse", "The change to the requested resource failed because the resource is in use or in transition.",
        [],
        "Remove the condition and resubmit the request if the operation failed.")
    static let resourceInStandby = BaseMessage(
        "ResourceInStandby", "The request could not be performed because the resource is in standby.", [],
        "Ensure that the resource is in the correct power state and resubmit the request.", severity: "Critical")
    static let operationNotAllowed = BaseMessage(
        "OperationNotAllowed", "The HTTP method is not allowed on this resource.", [], "None.", severity: "Critical")
    static let internalError = BaseMessage(
        "InternalError", "The request failed due to an internal service error. The service is still operational.", [],
        "Resubmit the request. If the problem persists, consider resetting the service.", severity: "Critical")

    static func passwordChangeRequired(_ account: String) -> BaseMessage {
        BaseMessage(
            "PasswordChangeRequired",
            "The password provided for this account must be changed before access is granted. PATCH the Password property for "
                + "this account located at the target URI '\(account)' to complete this process.", [account],
            "Change the password for this account using a PATCH to the Password property at the URI provided.",
            severity: "Critical")
    }

    static func resourceMissing(_ path: String) -> BaseMessage {
        let path = String(path.prefix(200))
        return BaseMessage(
            "ResourceMissingAtURI", "The resource at the URI '\(path)' was not found.", [path],
            "Place a valid resource at the URI or correct the URI and resubmit the request.", severity: "Critical")
    }

    static func propertyUnknown(_ name: String) -> BaseMessage {
        let name = String(name.prefix(80))
        return BaseMessage(
            "PropertyUnknown", "The property \(name) is not in the list of valid properties for the resource.", [name],
            "Remove the unknown property from the request body and resubmit the request if the operation failed.")
    }

    static func propertyValue(_ name: String, _ value: Value) -> BaseMessage {
        let shown = String(value.json(.compact).prefix(80))
        return BaseMessage(
            "PropertyValueNotInList",
            "The value '\(shown)' for the property \(name) is not in the list of acceptable values.", [shown, name],
            "Choose a value from the enumeration list that the implementation can support and resubmit the request if the "
                + "operation failed.")
    }

    static func parameterMissing(_ parameter: String, _ action: String) -> BaseMessage {
        BaseMessage(
            "ActionParameterMissing",
            "The action \(action) requires that the parameter \(parameter) be present in the request body.",
            [action, parameter],
            "Supply the action with the required parameter in the request body when the request is resubmitted.",
            severity: "Critical")
    }

    static func parameterValue(_ parameter: String, _ action: String, _ value: Value) -> BaseMessage {
        let shown = String(value.json(.compact).prefix(80))
        return BaseMessage(
            "ActionParameterValueFormatError",
            "The value '\(shown)' for the parameter \(parameter) in the action \(action) is of a different format than the "
                + "parameter can accept.", [shown, parameter, action],
            "Correct the value for the parameter in the request body and resubmit the request if the operation failed.")
    }

    static func actionNotSupported(_ action: String) -> BaseMessage {
        BaseMessage(
            "ActionNotSupported", "The action \(action) is not supported by the resource.", [action],
            "The action supplied cannot be resubmitted to the implementation.", severity: "Critical")
    }

    static func headerInvalid(_ header: String) -> BaseMessage {
        BaseMessage(
            "HeaderInvalid", "Header '\(header)' is invalid.", [header],
            "Resubmit the request with a valid request header.")
    }

    static func queryNotSupported(_ parameter: String) -> BaseMessage {
        let parameter = String(parameter.prefix(80))
        return BaseMessage(
            "QueryParameterUnsupported", "Query parameter '\(parameter)' is not supported.", [parameter],
            "Correct or remove the query parameter and resubmit the request.")
    }

    static func couldNotReach(_ address: String) -> BaseMessage {
        BaseMessage(
            "CouldNotEstablishConnection", "The service failed to establish a connection with the URI '\(address)'.",
            [address],
            "Ensure that the URI contains a valid and reachable node name, protocol information and other URI "
                + "components.", severity: "Critical")
    }

    static let success = BaseMessage(
        "Success", "The request completed successfully.", [], "None.", severity: "OK")
}
