import ArgumentParser
import OrderedCollections
import Primitives

struct BMCReport: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report", abstract: "Show what the daemon knows of the BMC of a node, without asking it.")

    @Argument(help: "The node's name.", completion: LiveNames.nodes)
    var name: String

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let answer = try await Daemon(options).get("nodes/\(PercentCoding.encode(name))/bmc")
        options.output.show(answer) { BMCText.report($0) }
    }
}

struct BMCForget: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "forget", abstract: "Forget what the daemon knows of the BMC of a node.",
        discussion: """
            The certificate that a BMC with Redfish shows next is taken as its own then, and an account that it refused is \
            tried again. Do this once you know that the certificate was replaced.
            """)

    @Argument(help: "The node's name.", completion: LiveNames.nodes)
    var name: String

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let path = "nodes/\(PercentCoding.encode(name))/bmc"
        let answer = try await Daemon(options).send("DELETE", path)
        options.output.show(answer.value ?? .null) { answer in
            answer["forgotten"]?.boolValue == true
                ? "What was known of the BMC of \(Text.line(name)) is forgotten."
                : "Nothing was known of the BMC of \(Text.line(name))."
        }
    }
}

extension BMCText {
    static func report(_ answer: Value) -> String {
        var table = Table("", "")
        func add(_ title: String, _ value: Value?, at time: Value? = nil) {
            let shown = text(value)
            guard !shown.isEmpty else { return }
            table.rows.append([title, shown + (time.map { ", \(moment($0))" } ?? "")])
        }
        add("BMC", answer["bmc"])
        add("Type", answer["type"])
        guard let bmc = answer["bmc"], !bmc.isNull else {
            return table.bodyText + "\nIt has no BMC that could be asked: a person switches it."
        }
        guard let known = answer["known"], !known.isNull else {
            return table.bodyText + "\nNothing is known of it: it has not been asked anything yet."
        }
        add("Vendor", known["vendor"])
        add("Model", known["model"])
        add("Firmware", known["firmware"], at: known["identified_at"])
        add("User", known["user"])
        add("Cipher suite", known["cipher_suite"])
        add("Privilege", known["privilege"])
        add("Latency", known["latency_ms"]?.doubleValue.map { .string("\(number($0)) ms") })
        // In a rehearsal what is known ends with the daemon.
        add(
            "Answered",
            .string(known["answered_at"]?.stringValue.map { moment(.string($0)) } ?? "no answer is remembered"))
        for quirk in known["quirks"]?.arrayValue ?? [] {
            let sessions = quirk["sessions"]?.intValue ?? 0
            add(
                "It", .string("\(text(quirk["meaning"])) (\(sessions) \(sessions == 1 ? "session" : "sessions"))"),
                at: quirk["last_seen"])
        }
        for reason in known["dropped"]?.arrayValue ?? [] {
            let noun = reason["count"] == 1 ? "reply" : "replies"
            add(
                "Dropped", .string("\(text(reason["count"])) \(noun): \(text(reason["reason"]))"),
                at: reason["last_seen"])
        }
        add("Certificate", known["certificate"]?["fingerprint"], at: known["certificate"]?["since"])
        add("ANOTHER ONE", known["other_certificate"]?["fingerprint"], at: known["other_certificate"]?["since"])
        if let time = known["refused_at"], !time.isNull {
            add("Refuses", "the account with its present secret, which is not tried until it changes", at: time)
        }
        var failure = known["failure"]?["message"]
        if known["failure"]?["code"] == "bmc.certificate", known["other_certificate"]?.isNull == false {
            // Its message has both fingerprints, which are shown above.
            failure = .string(
                "it is not trusted, as it shows another certificate; if that was replaced: boatyard bmc forget "
                    + "\(text(answer["node"])); if not, somebody else answers at its address")
        }
        add("Last failure", failure, at: known["failure"]?["time"])
        return table.bodyText
    }

    private static func moment(_ value: Value) -> String { Text.second(text(value)) }
}
