import ArgumentParser
import IPMI
import OrderedCollections
import OutOfBand
import Primitives
import SiteDesign

/// The account of BMCs that are talked to without a daemon. No secret is ever an argument: others see those.
struct BMCAccount: ParsableArguments {
    @Option(help: "An account of the BMC, which is then talked to by this program itself.")
    var user: String?

    @Option(
        help: ArgumentHelp(
            "A file whose first line is the password; - is standard input. (default: asked for)", valueName: "file"))
    var passwordFile: String?

    /// How errors call it.
    static let keyOption = "--kg-file"

    /// Talks to BMCs by their addresses.
    static var client: IPMIClient { IPMIClient(configuration: IPMIConfiguration(bmcKeySetting: keyOption)) }

    @Option(
        help: ArgumentHelp(
            "A file whose first line is the BMC's own key (K_G), as text or behind 0x in hexadecimal.",
            valueName: "file"))
    var kgFile: String?

    func validate() throws {
        if user == nil, passwordFile != nil || kgFile != nil {
            throw ValidationError("--password-file and --kg-file belong to an account: give --user.")
        }
        if passwordFile == "-", kgFile == "-" {
            throw ValidationError("Standard input can give the password or the key of the BMC, not both.")
        }
    }

    /// - Returns: nil without `--user`.
    func credentials() throws -> BMCCredentials? {
        guard let user else { return nil }
        let password =
            try passwordFile.map { Secret(try PasswordOptions.firstLine($0, mayBeEmpty: true)) }
            ?? PasswordOptions.ask("Password of \(user): ", isNew: false)
        let key = try kgFile.map { Secret(try PasswordOptions.firstLine($0)) }
        return BMCCredentials(user: user, password: password, bmcKey: key)
    }
}

/// A BMC by its node, or by its address.
struct BMCTarget: ParsableArguments {
    @Argument(
        help: "The name of a node; with --user the address of a BMC: 10.0.0.11, 10.0.0.11:6230, [fd00::11]:6230.",
        completion: LiveNames.nodes)
    var target: String

    @OptionGroup var account: BMCAccount

    @Option(
        help:
            "With --user: for how long to try, and to wait until an order is seen to have been carried out, in seconds."
    )
    var timeout = 60

    func validate() throws {
        guard (1...3600).contains(timeout) else { throw ValidationError("--timeout is 1 to 3600 seconds.") }
        guard account.user != nil else { return }
        guard let endpoint = BMCEndpoint(target) else {
            throw ValidationError("'\(target)' is no address of a BMC. One looks like 10.0.0.11 or [fd00::11]:6230.")
        }
        if let use = IPAddress(endpoint.host)?.nonUnicastUse {
            throw ValidationError("'\(target)' is no address of a BMC: \(endpoint.host) is \(use).")
        }
    }

    /// Asks the BMC, and prints the answer.
    func show(_ request: BMCRequest, _ options: GlobalOptions, table: (Value) -> String) async throws {
        let answer = try await account.user == nil ? askDaemon(request, options) : ask(request)
        options.output.show(answer, table: table)
    }

    private func askDaemon(_ request: BMCRequest, _ options: GlobalOptions) async throws -> Value {
        if BMCEndpoint(target) != nil {
            throw Failure(
                "Error: '\(target)' is an address: give the account of its BMC with --user, or the name of a node.",
                exitCode: Failure.usage)
        }
        let daemon = try Daemon(options)
        let path = "nodes/\(PercentCoding.encode(target))/bmc"
        switch request {
        case .powerStatus: return try await daemon.get("\(path)/power")
        case .power(let power):
            return try await daemon.send("POST", "\(path)/power", json: ["power": .string(power.rawValue)]).value
                ?? .null
        case .boot(let target, let persistent, let uefi):
            var body: Value.Object = ["boot": .string(target.rawValue), "persistent": .bool(persistent)]
            // Otherwise it is as the firmware of the node.
            if uefi { body["uefi"] = true }
            return try await daemon.send("POST", "\(path)/boot", json: .object(body)).value ?? .null
        case .identify(let seconds):
            return try await daemon.send("POST", "\(path)/identify", json: ["identify": .int(Int(clamping: seconds))])
                .value
                ?? .null
        case .eventLog(let clears):
            return try await daemon.send(clears ? "DELETE" : "GET", "\(path)/sel").value ?? .null
        case .sensors(let thresholds):
            return try await daemon.get("\(path)/sensors", query: thresholds ? [("thresholds", "true")] : [])
        case .information: return try await daemon.get("\(path)/info")
        case .clock: return try await daemon.get("\(path)/clock")
        }
    }

    private func ask(_ request: BMCRequest) async throws -> Value {
        guard let credentials = try account.credentials(), let endpoint = BMCEndpoint(target) else {
            throw Failure("Error: give the account of the BMC with --user.", exitCode: Failure.usage)
        }
        let time = Duration.seconds(timeout)
        let start = ContinuousClock.now
        do {
            let answer = try await IPMIAnswers.answering(request, of: endpoint, credentials) { events in
                try await BMCAccount.client.withSession(endpoint: endpoint, credentials: credentials, within: time) {
                    session in
                    let polling = BMCPolling(within: time - (ContinuousClock.now - start))
                    return try await IPMIAnswers(session, credentials, polling: polling, events: events).answer(request)
                }
            }
            guard case .object(var members) = answer else { return answer }
            members.updateValue(.string("\(endpoint)"), forKey: "bmc", insertingAt: 0)
            return .object(members)
        } catch let error as IPMIError {
            throw Failure("Error: \(Text.line(error.message))")
        } catch let error as BoatyardError {
            throw Failure("Error: \(Text.line(error.message))")
        }
    }
}
