import OutboundHTTP
import Primitives

/// What a BMC answered to one request, whatever the status.
struct RedfishAnswer: Sendable {
    /// Arrays and objects in each other. The deepest resources of Redfish have about ten.
    private static let depthLimit = 32

    let status: Int
    /// `POST /redfish/v1/SessionService/Sessions`
    let request: String
    private let bmc: String
    private let response: OutboundResponse

    init(_ response: OutboundResponse, to request: String, of bmc: String) {
        status = response.status
        self.request = request
        self.bmc = bmc
        self.response = response
    }

    var isSuccess: Bool { (200..<300).contains(status) }
    /// Whether account or session are refused. 403 is about one resource or order: the same
    /// login has the same rights.
    var refusesSession: Bool { status == 401 || status == 403 && names("NoValidSession") }

    func header(_ name: String) -> String? { response.header(name) }

    /// The body as an object.
    func object() throws(RedfishError) -> Value {
        do {
            let value = try Value(lenientJSON: response.body, depthLimit: Self.depthLimit)
            if case .object = value { return value }
        } catch {
            throw RedfishError(
                .protocolViolation, "\(bmc) answers what is no JSON to \(request) (\(error)); update its firmware")
        }
        throw RedfishError(
            .protocolViolation, "\(bmc) answers no JSON object to \(request); update its firmware")
    }

    /// The body, or null where it is no JSON.
    var value: Value { (try? Value(lenientJSON: response.body, depthLimit: Self.depthLimit)) ?? .null }

    /// How long it asks to be left alone, to an hour. A date counts as nothing said.
    var retryAfter: Duration? {
        header("Retry-After").flatMap { Int($0) }.flatMap { $0 >= 0 ? .seconds(min($0, 3600)) : nil }
    }

    /// What it says.
    var messages: [RedfishMessage] { RedfishMessage.all(in: value) }

    /// Why there was no success.
    var failure: RedfishError {
        let messages = messages
        // Something follows in the same sentence.
        let told = messages.isEmpty ? "" : ": " + messages.map(\.text).joined(separator: " ").dropLast()
        let advice = messages.compactMap(\.resolution).first
        let what = "\(bmc) answers \(status)\(phrase) to \(request)\(told)"
        if status == 401 || status == 403 {
            return RedfishError(
                .authentication,
                status == 401
                    ? "\(bmc) refused the account\(told); check account and credential"
                    : "\(bmc) does not let the account do \(request)\(told); give it a role that may do that, as Administrator",
                status: status)
        }
        if isPassing || messages.contains(where: \.isPassing) {
            return RedfishError(.busy(retryAfter: retryAfter), "\(what); \(advice ?? "try again later")")
        }
        return RedfishError(
            .command, "\(what); \(advice ?? "check what this BMC supports, and update its firmware")", status: status)
    }

    /// Whether one of its messages has the identifier: `SessionLimitExceeded` of any registry.
    func names(_ message: String) -> Bool { RedfishMessage.all(in: value).contains { $0.name == message } }

    private var phrase: String { response.reasonPhrase.isEmpty ? "" : " \(response.reasonPhrase)" }

    /// 409 is what BMCs answer that are still at the last order.
    private var isPassing: Bool { [408, 409, 423, 425, 429, 500, 502, 503, 504].contains(status) }
}

/// A message of a registry (DSP0266 §8.6, `@Message.ExtendedInfo`).
package struct RedfishMessage: Sendable, Hashable {
    private static let passing: Set<String> = [
        "UnableToModifyDuringSystemPOST", "ResourceInUse", "ResourceInStandby", "ServiceTemporarilyUnavailable",
        "ServiceShuttingDown", "SessionLimitExceeded", "OperationTimeout", "ConditionInRelatedResource",
    ]

    /// The last part of `MessageId`, `ResourceInUse`, as the BMC has it: it may be as long as that likes.
    package var name: String
    /// One line, a sentence.
    package var text: String
    /// What to do, without a full stop.
    package var resolution: String?

    /// Whether it says that the same may succeed later.
    var isPassing: Bool { Self.passing.contains(name) }

    /// The first three, of the places where BMCs put them: in `error`, beside it, or `error` alone.
    package static func all(in body: Value) -> [RedfishMessage] {
        let key = "@Message.ExtendedInfo"
        let list = body["error"]?[key] ?? body[key] ?? body["Messages"]
        let messages = (list?.arrayValue ?? list.map { [$0] } ?? []).prefix(3).compactMap(RedfishMessage.init)
        guard messages.allSatisfy({ $0.text.isEmpty }) else { return messages }
        let name = messages.first?.name ?? ""
        guard let text = line(body["error"]?["message"]) else {
            return messages.map {
                RedfishMessage(name: $0.name, text: shown($0.name, 80) + ".", resolution: $0.resolution)
            }
        }
        return [RedfishMessage(name: name, text: text, resolution: messages.first?.resolution)]
    }

    private init(name: String, text: String, resolution: String?) {
        self.name = name
        self.text = text
        self.resolution = resolution
    }

    private init?(_ value: Value) {
        guard case .object = value else { return nil }
        name = (value["MessageId"]?.stringValue?.split(separator: ".").last).map(String.init) ?? ""
        text = Self.line(value["Message"]) ?? ""
        guard let advice = Self.line(value["Resolution"]),
            !["none.", BMCSecrets.hidden.lowercased() + "."].contains(advice.lowercased())
        else { return }
        resolution = advice.hasSuffix(".") ? String(advice.dropLast()) : advice
    }

    /// The beginning of what a BMC says, for people, without its secrets. By Unicode scalars: a character may have any number of
    /// them.
    static func shown(_ text: some StringProtocol, _ limit: Int) -> String {
        let begin =
            BMCSecrets.current?.masked(text, limit)
            ?? String(String.UnicodeScalarView(text.unicodeScalars.prefix(limit)))
        return ControlCharacters.escaped(begin, keepsLines: false)
    }

    private static func line(_ value: Value?) -> String? {
        guard let text = value?.stringValue, !text.isEmpty else { return nil }
        let line = shown(text, 300)
        return line.hasSuffix(".") ? line : line + "."
    }
}
