import Primitives

/// The criteria that a deployment group must meet (`docs/reference/shipyard.md` §10).
package struct SuccessCriteria: Sendable, Hashable {
    package var percentSuccessful: Double?
    package var minimumSuccessful: Int?
    package var maximumFailed: Int?

    /// No criteria: the group always succeeds.
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
        /// Its name in the document, such as `minimum_successful_nodes`.
        package var criterion: String
        /// The value that it asks for.
        package var needed: Double
        /// The value that was reached.
        package var actual: Double

        package var description: String {
            "\(criterion): needed \(Self.text(needed)), actual \(Self.text(actual))"
        }

        /// With two decimals at most, and none where they are zeros: `60`, `33.33`.
        private static func text(_ number: Double) -> String {
            let rounded = (number * 100).rounded() / 100
            let text = "\(rounded)"
            return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
        }
    }

    /// The criteria that are not met, in the order percent, minimum, maximum. A group without nodes meets all.
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
