import OrderedCollections
import Primitives

/// What one check of a machine's hardware has come to.
package struct HardwareFinding: Sendable, Hashable {
    /// What was checked.
    package enum Check: String, Sendable, Hashable, CaseIterable {
        /// Of the modules, or what the kernel has.
        case memorySize = "memory size"
        /// What is written is read again.
        case memoryPatterns = "memory patterns"
        /// What the memory controllers have counted.
        case memoryErrors = "memory errors"
        /// A disk of the design is there.
        case diskPresence = "disk"
        /// SMART.
        case diskHealth = "disk health"
        /// Pieces from all over the disk.
        case diskReading = "disk reading"
        /// There is a carrier, with the speed of the design.
        case link = "link"
        /// Who is heard by LLDP.
        case neighbour = "neighbour"
        /// Before it was set.
        case systemClock = "system clock"
        /// After that.
        case hardwareClock = "hardware clock"
        /// As the BMC tells it from within.
        case bmcClock = "BMC clock"
    }

    /// How it went.
    package enum Result: String, Sendable, Hashable, CaseIterable {
        /// As the design says, or without a fault.
        case passed
        /// For somebody to judge.
        case warning
        /// The design is not met, or a part is broken.
        case error
        /// It could not be checked; what was seen says why.
        case unchecked = "not checked"
    }

    /// What was checked.
    package var check: Check
    /// The part of the machine: `sda`, `eno2`; `memory` and the like where there is one only.
    package var subject: String
    /// How it went.
    package var result: Result
    /// What was seen, or why nothing was.
    package var seen: String
    /// What the design says; nil where it says nothing.
    package var expected: String?
    /// What to do; nil where nothing is to be done.
    package var remedy: String?

    /// - Parameters: as the members.
    package init(
        _ check: Check, _ subject: String, _ result: Result, _ seen: String, expected: String? = nil,
        remedy: String? = nil
    ) {
        self.check = check
        self.subject = subject
        self.result = result
        self.seen = seen
        self.expected = expected
        self.remedy = remedy
    }

    /// `eno2: hears switch-3 Ethernet8, the design says switch-3 Ethernet7. Swap the cables.`
    package var sentence: String {
        let design = expected.map { ", the design says \($0)" } ?? ""
        return "\(subject): \(check.rawValue): \(seen)\(design).\(remedy.map { " \($0)" } ?? "")"
    }
}

extension HardwareFinding {
    private static let textLimit = 1024

    /// As machines report it and clients get it.
    package var value: Value {
        [
            "check": .string(check.rawValue), "subject": .string(subject), "result": .string(result.rawValue),
            "seen": .string(seen), "expected": Value(expected), "remedy": Value(remedy),
        ]
    }

    /// Reads what a machine reports. Of each text 1024 characters are kept, without controls, and no secrets.
    ///
    /// - Returns: nil for a check or result that is not known, and where a text is missing.
    package init?(_ value: Value) {
        guard let check = value["check"]?.stringValue.flatMap(Check.init),
            let result = value["result"]?.stringValue.flatMap(Result.init),
            let subject = value["subject"]?.stringValue, let seen = value["seen"]?.stringValue,
            ["expected", "remedy"].allSatisfy({ value[$0]?.isNull ?? true || value[$0]?.stringValue != nil })
        else { return nil }
        self.init(
            check, Self.kept(subject), result, Self.kept(seen), expected: value["expected"]?.stringValue.map(Self.kept),
            remedy: value["remedy"]?.stringValue.map(Self.kept))
    }

    private static func kept(_ text: String) -> String {
        let shown = ControlCharacters.escaped(String(text.prefix(textLimit)), keepsLines: false)
        return String(LogRedactor.redact(shown).prefix(textLimit))
    }
}

extension [HardwareFinding] {
    /// How many of them have this result.
    package func count(_ result: HardwareFinding.Result) -> Int { count { $0.result == result } }

    /// `2 errors, 1 warning, 12 passed, 3 not checked`
    package var summary: String {
        let counts: [(Int, String)] = [
            (count(.error), count(.error) == 1 ? "error" : "errors"),
            (count(.warning), count(.warning) == 1 ? "warning" : "warnings"), (count(.passed), "passed"),
            (count(.unchecked), "not checked"),
        ]
        return counts.map { "\($0) \($1)" }.joined(separator: ", ")
    }
}
