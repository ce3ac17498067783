/// Writes metrics in the text format of Prometheus, version 0.0.4.
package struct MetricsText: Sendable {
    /// What has been written.
    package private(set) var text = ""

    package init() {}

    /// What a metric is.
    package enum Kind: String, Sendable {
        /// It may go up and down.
        case gauge
        /// It only grows, from the start of the daemon on. Its name ends in `_total`.
        case counter
        /// Counts below bounds, of which `histogram` writes the samples.
        case histogram
    }

    /// A value with its labels, in their order.
    package struct Sample: Sendable {
        var labels: [(name: String, value: String)]
        var value: Double

        package init(_ value: Double, _ labels: [(name: String, value: String)] = []) {
            self.value = value
            self.labels = labels
        }

        package init(_ value: Int, _ labels: [(name: String, value: String)] = []) { self.init(Double(value), labels) }
    }

    /// Adds a metric; nothing where it has no samples.
    ///
    /// - Parameters:
    ///   - name: without `boatyard_`, which is written before it.
    ///   - help: a sentence for people.
    package mutating func add(_ name: String, _ help: String, as kind: Kind = .gauge, _ samples: [Sample]) {
        guard !samples.isEmpty else { return }
        begin("boatyard_" + name, kind, help)
        for sample in samples { add("boatyard_" + name, sample) }
    }

    /// Adds a metric that every program has under this name; nothing where its value is not known.
    package mutating func addOfProcess(_ name: String, _ help: String, as kind: Kind = .gauge, _ value: Double?) {
        guard let value else { return }
        begin("process_" + name, kind, help)
        add("process_" + name, Sample(value))
    }

    /// Adds a histogram.
    ///
    /// - Parameters:
    ///   - bounds: ascending.
    ///   - series: for each set of labels how many values lie below each bound and above the one before, their sum, and how many
    ///     there are in all.
    package mutating func addHistogram(
        _ name: String, _ help: String, bounds: [Double],
        _ series: [(labels: [(name: String, value: String)], counts: [Int], sum: Double, count: Int)]
    ) {
        guard !series.isEmpty else { return }
        let name = "boatyard_" + name
        begin(name, .histogram, help)
        for (labels, counts, sum, count) in series {
            var total = 0
            for (bound, below) in zip(bounds, counts) {
                total += below
                add(name + "_bucket", Sample(total, labels + [("le", Self.number(bound))]))
            }
            add(name + "_bucket", Sample(count, labels + [("le", "+Inf")]))
            add(name + "_sum", Sample(sum, labels))
            add(name + "_count", Sample(count, labels))
        }
    }

    private mutating func begin(_ name: String, _ kind: Kind, _ help: String) {
        text += "# HELP \(name) \(Self.escaped(help, quotes: false))\n# TYPE \(name) \(kind.rawValue)\n"
    }

    private mutating func add(_ name: String, _ sample: Sample) {
        text += name
        if !sample.labels.isEmpty {
            let labels = sample.labels.map { "\($0.name)=\"\(Self.escaped($0.value, quotes: true))\"" }
            text += "{\(labels.joined(separator: ","))}"
        }
        text += " \(Self.number(sample.value))\n"
    }

    private static func number(_ value: Double) -> String {
        Int64(exactly: value).map { "\($0)" } ?? "\(value)"
    }

    private static func escaped(_ text: String, quotes: Bool) -> String {
        var escaped = ""
        for character in text.unicodeScalars {
            switch character {
            case "\\": escaped += "\\\\"
            case "\n": escaped += "\\n"
            case "\"" where quotes: escaped += "\\\""
            default: escaped.unicodeScalars.append(character)
            }
        }
        return escaped
    }
}
