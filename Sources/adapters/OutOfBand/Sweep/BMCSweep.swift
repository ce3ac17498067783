import IPMI
import OrderedCollections
import Primitives

/// Asks many BMCs at once, each once.
package struct BMCSweep: Sendable {
    /// What came of one BMC.
    package struct Finding: Sendable {
        /// Which BMC it is.
        package var endpoint: BMCEndpoint
        /// What it answered, or why there is no answer.
        package var outcome: Outcome
        /// In seconds.
        package var duration: Double
    }

    /// An answer, or why there is none.
    package enum Outcome: Sendable {
        case power(isOn: Bool)
        case information(BMCInformation)
        case failure(code: String, message: String, Reason)
    }

    /// Why there is no answer. The raw value is stable and documented.
    package enum Reason: String, Sendable, Hashable, CaseIterable {
        /// Nothing came from the BMC.
        case silent
        /// Something came from it, and no answer that could be used in the time that there was.
        case unusable
        case account
        /// The key of the BMC (K_G) is missing or another one.
        case bmcKey = "bmc-key"
        /// It answered that it does not do what it was asked.
        case refused
        case other
    }

    /// When a BMC is asked again that nothing has come from: a silent one is given up after 4 to 5 s.
    package static let retry = RetrySchedule(firstTimeout: .milliseconds(125), attempts: 5)
    /// Of one that was heard: as often as its time allows.
    package static let retryOnceHeard = RetrySchedule(firstTimeout: .milliseconds(250), attempts: 16)

    private let client: IPMIClient
    private let credentials: BMCCredentials
    private let isPowerOnly: Bool
    private let parallel: Int
    private let time: Duration

    /// - Parameters:
    ///   - isPowerOnly: leaves vendor, model and firmware out, which take a dozen commands.
    ///   - parallel: how many BMCs are asked at once.
    ///   - time: for each BMC.
    package init(
        client: IPMIClient, credentials: BMCCredentials, isPowerOnly: Bool, parallel: Int, time: Duration
    ) {
        self.client = client
        self.credentials = credentials
        self.isPowerOnly = isPowerOnly
        self.parallel = max(1, parallel)
        self.time = time
    }

    /// - Returns: the findings in the order of `endpoints`. None is missing, unless the task is cancelled.
    package func run(_ endpoints: [BMCEndpoint]) async -> [Finding] {
        var findings = [Finding?](repeating: nil, count: endpoints.count)
        await withTaskGroup(of: (Int, Finding).self) { group in
            var next = 0
            func start() {
                let index = next
                next += 1
                group.addTask { (index, await self.ask(endpoints[index])) }
            }
            while next < min(parallel, endpoints.count) { start() }
            for await (index, finding) in group {
                findings[index] = finding
                if next < endpoints.count, !Task.isCancelled { start() }
            }
        }
        return findings.compactMap(\.self)
    }

    private func ask(_ endpoint: BMCEndpoint) async -> Finding {
        let secrets = BMCSecrets(credentials)
        let start = ContinuousClock.now
        var outcome: Outcome
        do {
            outcome = try await client.withSession(endpoint: endpoint, credentials: credentials, within: time) {
                session in
                isPowerOnly
                    ? .power(isOn: try await session.chassisStatus().isPoweredOn)
                    : .information(try await BMCInformation(of: session, isBrief: true, secrets))
            }
        } catch let error as IPMIError {
            outcome = .failure(code: error.code, message: error.message, Reason(error))
        } catch {
            outcome = .failure(code: "bmc.transport", message: "BMC \(endpoint): \(error.inWords)", .other)
        }
        return Finding(endpoint: endpoint, outcome: outcome, duration: (ContinuousClock.now - start) / .seconds(1))
    }
}

extension BMCSweep.Reason {
    init(_ error: IPMIError) {
        self =
            switch error.kind {
            case .timeout, .deadline: error.circumstance == .heard ? .unusable : .silent
            case .authentication: error.circumstance == .bmcKey ? .bmcKey : .account
            case .refused, .command: .refused
            case .console, .protocolViolation, .configuration, .transport: .other
            }
    }
}

extension BMCSweep.Finding {
    /// For programs: `bmc`, `seconds`, and `power`, `vendor`, `model`, `firmware`, or `error` with `code`, `message` and
    /// `reason`.
    package var value: Value {
        var object: Value.Object = ["bmc": .string("\(endpoint)")]
        switch outcome {
        case .power(let isOn): object["power"] = .string(isOn ? "on" : "off")
        case .information(let information):
            object["power"] = .string(information.isPoweredOn ? "on" : "off")
            object["vendor"] = information.vendor.map { .string($0) } ?? .null
            object["model"] = information.model.map { .string($0) } ?? .null
            object["firmware"] = .string(information.firmware)
        case .failure(let code, let message, let reason):
            object["error"] = [
                "code": .string(code), "message": .string(message), "reason": .string(reason.rawValue),
            ]
        }
        object["seconds"] = .double((duration * 1000).rounded() / 1000)
        return .object(object)
    }
}
