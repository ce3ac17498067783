import Primitives

/// What a deployment group must reach (`docs/reference/shipyard.md` §10).
package struct SuccessCriteria: Sendable, Hashable {
    package var percentSuccessful: Double?
    package var minimumSuccessful: Int?
    package var maximumFailed: Int?

    package static let none = SuccessCriteria()
    package static let everyNode = SuccessCriteria(percentSuccessful: 100)

    package init(percentSuccessful: Double? = nil, minimumSuccessful: Int? = nil, maximumFailed: Int? = nil) {
        self.percentSuccessful = percentSuccessful
        self.minimumSuccessful = minimumSuccessful
        self.maximumFailed = maximumFailed
    }

    package init(_ value: Value?) {
        switch value?["percent_successful_nodes"] {
        case .int(let percent): percentSuccessful = Double(percent)
        case .double(let percent): percentSuccessful = percent
        default: percentSuccessful = nil
        }
        minimumSuccessful = value?["minimum_successful_nodes"]?.intValue
        maximumFailed = value?["maximum_failed_nodes"]?.intValue
    }

    /// A criterion that was not met.
    package struct Shortfall: Sendable, Hashable, CustomStringConvertible {
        package var criterion: String
        package var needed: Double
        package var actual: Double

        package var description: String { "\(criterion): needed \(needed), actual \(actual)" }
    }

    /// In the order percent, minimum, maximum; empty where all are met, and always for a group without nodes.
    package func shortfalls(successful: Set<String>, of all: Set<String>) -> [Shortfall] {
        guard !all.isEmpty else { return [] }
        let good = successful.intersection(all).count
        var shortfalls: [Shortfall] = []
        if let percentSuccessful {
            let percent = Double(good) / Double(all.count) * 100
            if percent < percentSuccessful {
                shortfalls.append(
                    Shortfall(criterion: "percent_successful_nodes", needed: percentSuccessful, actual: percent))
            }
        }
        if let minimumSuccessful, good < minimumSuccessful {
            shortfalls.append(
                Shortfall(
                    criterion: "minimum_successful_nodes", needed: Double(minimumSuccessful), actual: Double(good)))
        }
        if let maximumFailed, all.count - good > maximumFailed {
            shortfalls.append(
                Shortfall(
                    criterion: "maximum_failed_nodes", needed: Double(maximumFailed), actual: Double(all.count - good)))
        }
        return shortfalls
    }
}
