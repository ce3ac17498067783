import Primitives

/// What a line of a console says of the machine.
struct ConsoleFinding: Sendable, Hashable {
    /// What operators would look for in hundreds of lines.
    enum Kind: String, Sendable, Hashable, CaseIterable {
        case kernelPanic
        case nothingToBoot
        case networkBootFailed
        case emergencyShell
        case bootLoaderShell

        /// Behind "its console says that".
        var meaning: String {
            switch self {
            case .kernelPanic: "its kernel has stopped"
            case .nothingToBoot: "its firmware has found nothing to boot"
            case .networkBootFailed: "its network boot has failed"
            case .emergencyShell: "it has not come further than a shell of its initramfs or an emergency mode"
            case .bootLoaderShell: "its boot loader cannot find the system"
            }
        }

        /// Whether a system that shows this does not come up without help.
        var endsBoot: Bool {
            switch self {
            case .kernelPanic, .emergencyShell, .bootLoaderShell: true
            // Firmware goes on to other devices, or begins again.
            case .nothingToBoot, .networkBootFailed: false
            }
        }

        /// In a whole line.
        fileprivate var words: [String] {
            switch self {
            case .kernelPanic: ["Kernel panic - not syncing", "Kernel panic:"]
            case .nothingToBoot:
                [
                    "No bootable device", "No bootable option or device", "No boot device", "Boot device not found",
                    "Operating System not found", "Missing operating system", "not a bootable disk",
                ]
            case .networkBootFailed: ["PXE-E", "No configuration methods succeeded", "No more network devices"]
            case .emergencyShell:
                [
                    "Dropping to a shell!", "You are in emergency mode", "Entering emergency mode",
                    "Starting Dracut Emergency Shell", "Give root password for maintenance",
                ]
            case .bootLoaderShell: ["Entering rescue mode"]
            }
        }

        /// At the beginning of a line that need not end.
        fileprivate var prompts: [String] {
            switch self {
            case .emergencyShell: ["(initramfs)", "dracut:/"]
            case .bootLoaderShell: ["grub rescue>"]
            case .kernelPanic, .nothingToBoot, .networkBootFailed: []
            }
        }
    }

    var kind: Kind
    /// The line, without control characters.
    var line: String

    /// - Parameter isWhole: whether the line has ended.
    init?(_ line: String, isWhole: Bool) {
        let bytes = Array(line.utf8)
        let found =
            Self.prompts.first { bytes.starts(with: $0.text) }
            ?? (isWhole ? Self.words.first { Self.has($0.text, in: bytes) } : nil)
        guard let found else { return nil }
        kind = found.kind
        self.line = String(line.prefix(200))
    }

    /// Whether a line says that a machine starts anew, or that its system is up.
    static func isBoot(_ line: String) -> Bool {
        let bytes = Array(line.utf8)
        return boots.contains { has($0, in: bytes) }
    }

    private static let boots = [
        "Linux version ", "SeaBIOS (", "BdsDxe: starting", "iPXE ", "GRUB  version ", "reboot: ", "Rebooting in ",
        " login:",
    ]
    .map { Array($0.utf8) }

    private typealias Sign = (kind: Kind, text: [UInt8])

    private static let words: [Sign] = Kind.allCases.flatMap { kind in kind.words.map { (kind, Array($0.utf8)) } }
    private static let prompts: [Sign] = Kind.allCases.flatMap { kind in kind.prompts.map { (kind, Array($0.utf8)) } }

    /// Bytes, not characters: each line of each machine is looked through for all of them.
    private static func has(_ word: [UInt8], in line: [UInt8]) -> Bool {
        guard let first = word.first, line.count >= word.count else { return false }
        return (0...line.count - word.count).contains { start in
            line[start] == first && line[start..<start + word.count].elementsEqual(word)
        }
    }
}

/// Looks at a console while a machine is at work.
struct ConsoleWatch: Sendable {
    private var lines = ConsoleLines()
    private var last: [String] = []
    /// In this boot.
    private(set) var findings: [ConsoleFinding] = []
    private var known: Set<ConsoleFinding.Kind> = []
    /// What has ended the present boot, until a line says that another one begins.
    private(set) var end: (finding: ConsoleFinding, at: Timestamp)?
    /// Lines since that was found.
    private var linesSinceEnd = 0
    /// Of a panic's trace, or what an emergency mode says. With more than that a machine goes on, or somebody works at it.
    private static let linesOfEnd = 40
    /// When the machine has written last.
    private(set) var written: Timestamp?

    /// Of how many lines a message of a failure tells.
    private static let told = 3
    /// How `summary` begins.
    static let opening = "its console shows last: "

    /// - Parameter bytes: what the machine has written, without secrets.
    /// - Returns: what was found for the first time.
    mutating func take(_ bytes: [UInt8], at now: Timestamp) -> [ConsoleFinding] {
        let ended = lines.take(bytes)
        last = Array((last + ended).suffix(Self.told))
        written = now
        var found: [ConsoleFinding] = []
        for (line, isWhole) in ended.map({ ($0, true) }) + [(lines.present, false)] {
            guard let finding = ConsoleFinding(line, isWhole: isWhole) else {
                if isWhole { linesSinceEnd += 1 }
                if linesSinceEnd > Self.linesOfEnd || ConsoleFinding.isBoot(line) { end = nil }
                continue
            }
            found.append(finding)
            if finding.kind.endsBoot {
                end = (finding, now)
                linesSinceEnd = 0
            }
        }
        for finding in found where !findings.contains(where: { $0.kind == finding.kind }) { findings.append(finding) }
        return found.filter { known.insert($0.kind).inserted }
    }

    /// The console is read again, after a time in which nobody knows what it has shown.
    mutating func reopen() { end = nil }

    /// The machine is started anew: what it has shown before is no longer told.
    mutating func beginBoot() {
        lines = ConsoleLines()
        last = []
        findings = []
        end = nil
    }

    /// For messages: `its console shows last: "…"; "…"`: what was found, or else the last lines. Empty where it has shown nothing.
    var summary: String {
        let lines =
            findings.isEmpty
            ? (last + [self.lines.present]).filter { !$0.isEmpty }.suffix(Self.told).map { String($0.prefix(160)) }
            : findings.map(\.line)
        return lines.isEmpty
            ? "" : Self.opening + lines.map { "\"\($0)\"" }.joined(separator: "; ")
    }
}
