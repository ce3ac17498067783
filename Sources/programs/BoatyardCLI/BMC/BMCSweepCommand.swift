import ArgumentParser
import IPMI
import OrderedCollections
import OutOfBand
import Primitives

struct BMCSweepCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sweep", abstract: "Show power, vendor, model and firmware of many BMCs at once.",
        discussion: """
            Addresses are ranges (10.0.0.1-10.0.3.232), networks (10.0.0.0/22), single ones, and several of them with commas or \
            blanks; :6230 or :6230-6239 behind them are other ports than 623; those of IPv6 are in brackets then.

            It ends with 0 where every BMC has answered, with 2 where some have, with 1 where none has.
            """)

    @Argument(help: ArgumentHelp("Addresses of BMCs.", valueName: "addresses"))
    var addresses: [String]

    @OptionGroup var account: BMCAccount

    @Flag(help: "Ask for the power alone, which is several times faster.")
    var powerOnly = false

    @Option(help: "How many BMCs to ask at once, 1 to 4096.")
    var parallel = 512

    @Option(help: "For how long to try each BMC, in seconds. One that is silent is given up after five.")
    var timeout = 20

    @Option(
        name: [.customShort("o"), .long, .customLong("output-format")],
        help: "table, json or yaml; cli, format and raw are taken for table, json and json.")
    var output: OutputFormat = .table

    func validate() throws {
        guard (1...4096).contains(parallel) else { throw ValidationError("--parallel is 1 to 4096.") }
        guard (1...3600).contains(timeout) else { throw ValidationError("--timeout is 1 to 3600 seconds.") }
    }

    func run() async throws {
        guard let credentials = try account.credentials() else {
            throw Failure("Error: give the account of the BMCs with --user.", exitCode: Failure.usage)
        }
        let endpoints: [BMCEndpoint]
        do throws(BoatyardError) {
            endpoints = try BMCAddresses(addresses).endpoints
        } catch {
            throw Failure("Error: \(Text.line(error.message)).", exitCode: Failure.usage)
        }
        // A socket for each.
        OpenFiles.raiseLimit()
        let client = IPMIClient(
            configuration: IPMIConfiguration(
                retry: BMCSweep.retry, retryOnceHeard: BMCSweep.retryOnceHeard, keepAlive: nil,
                bmcKeySetting: BMCAccount.keyOption))
        let sweep = BMCSweep(
            client: client, credentials: credentials, isPowerOnly: powerOnly, parallel: parallel,
            time: .seconds(timeout))
        let start = ContinuousClock.now
        let findings = await sweep.run(endpoints)
        let answer = Self.answer(findings, seconds: (ContinuousClock.now - start) / .seconds(1))
        output.show(answer) { BMCText.sweep($0) }
        let answered = answer["summary"]?["answered"]?.intValue ?? 0
        if answered < findings.count { throw ExitCode(answered == 0 ? 1 : 2) }
    }

    /// `bmcs` and `summary`: how many there are, have answered, are on and off, and how many have not, by the code of the
    /// error and by its reason.
    static func answer(_ findings: [BMCSweep.Finding], seconds: Double) -> Value {
        let values = findings.map(\.value)
        var errors: Value.Object = [:]
        var reasons: Value.Object = [:]
        for value in values {
            guard let error = value["error"], let code = error["code"]?.stringValue,
                let reason = error["reason"]?.stringValue
            else { continue }
            errors[code] = .int((errors[code]?.intValue ?? 0) + 1)
            reasons[reason] = .int((reasons[reason]?.intValue ?? 0) + 1)
        }
        func count(_ power: String) -> Value { .int(values.count { $0["power"]?.stringValue == power }) }
        let answered = values.count { $0["error"] == nil }
        return [
            "bmcs": .array(values),
            "summary": [
                "bmcs": .int(values.count), "answered": .int(answered), "on": count("on"), "off": count("off"),
                "errors": .object(errors), "reasons": .object(reasons),
                "seconds": .double((seconds * 1000).rounded() / 1000),
            ],
        ]
    }
}

extension BMCText {
    /// What follows a number of BMCs, for the reason of the error that they ended with.
    private static func outcome(_ reason: String) -> String {
        switch BMCSweep.Reason(rawValue: reason) {
        case .silent: "silent"
        case .unusable: "heard without an answer that can be used"
        case .account: "refused the account"
        case .bmcKey: "without the right BMC key (K_G)"
        case .refused: "refused to answer"
        case .other, nil: "could not be asked"
        }
    }

    static func sweep(_ answer: Value) -> String {
        let bmcs = answer["bmcs"]?.arrayValue ?? []
        let isPowerOnly = !bmcs.contains { $0["firmware"] != nil }
        var table =
            isPowerOnly
            ? Table("BMC", "Power", "Problem") : Table("BMC", "Power", "Vendor", "Model", "Firmware", "Problem")
        for bmc in bmcs {
            let address = text(bmc["bmc"])
            // The message begins with the address, which has a column of its own.
            var problem = text(bmc["error"]?["message"])
            if problem.hasPrefix("BMC \(address)") { problem = String(problem.dropFirst("BMC \(address)".count)) }
            while let first = problem.first, first == " " || first == ":" { problem = String(problem.dropFirst()) }
            let power = bmc["error"] == nil ? text(bmc["power"]) : "?"
            table.rows.append(
                isPowerOnly
                    ? [address, power, problem]
                    : [address, power, text(bmc["vendor"]), text(bmc["model"]), text(bmc["firmware"]), problem])
        }
        let summary = answer["summary"]
        let errors = OrderedDictionary(
            (summary?["reasons"]?.objectValue ?? [:]).map { (outcome($0.key), $0.value.intValue ?? 0) },
            uniquingKeysWith: +)
        let count = summary?["bmcs"]?.intValue ?? 0
        var line =
            "\(summary?["answered"]?.intValue ?? 0) of \(count) \(count == 1 ? "BMC told its" : "BMCs told their") power: "
            + "\(text(summary?["on"])) on, \(text(summary?["off"])) off"
        if !errors.isEmpty { line += "; " + errors.map { "\($1) \($0)" }.joined(separator: ", ") }
        line += "; \(Text.seconds(summary?["seconds"]?.doubleValue ?? 0))"
        return table.text + "\n\n" + line
    }
}
