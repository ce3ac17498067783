import Primitives
import SiteDesign

/// Checks of texts of a plan. Each says what is wrong, to follow the name of the member; nil for nothing.
enum PlanText {
    private static func consists(_ text: String, of others: String) -> Bool {
        text.utf8.allSatisfy { AddressCharacters.isAlphanumeric($0) || others.utf8.contains($0) }
    }

    /// Something that is shown, and used to look something up.
    static func plain(_ text: String) -> String? {
        if text.isEmpty { return "is empty" }
        return text.unicodeScalars.contains(where: ControlCharacters.contains) ? "has a control character in it" : nil
    }

    /// The name of an image, a kernel, a device of the design: no path, no quote, nothing that a shell would expand.
    static func name(_ text: String) -> String? {
        if let fault = plain(text) { return fault }
        if text == "." || text == ".." || text.contains("/") { return "'\(text.shownInMessage)' is a path, not a name" }
        if text.utf8.contains(where: { "\"'`\\$;&|<>*?".utf8.contains($0) }) {
            return "'\(text.shownInMessage)' has a character in it that no name may have: \"'`\\$;&|<>*?"
        }
        return nil
    }

    /// One label of a host name (RFC 1123 §2.1).
    static func label(_ text: String) -> String? {
        let isLabel =
            (1...63).contains(text.utf8.count) && consists(text, of: "-") && !text.hasPrefix("-")
            && !text.hasSuffix("-")
        return isLabel ? nil : "'\(text.shownInMessage)' is no label of a host name"
    }

    /// Labels separated by dots, at most 253 bytes.
    static func domain(_ text: String) -> String? {
        let labels = text.split(separator: ".", omittingEmptySubsequences: false)
        let isDomain = text.utf8.count <= 253 && labels.allSatisfy { label(String($0)) == nil }
        return isDomain ? nil : "'\(text.shownInMessage)' is no name of a host or domain"
    }

    /// 26 characters of Crockford's base 32.
    static func ulid(_ text: String) -> String? {
        ULID(text) == nil ? "'\(text.shownInMessage)' is no id of a deployment" : nil
    }

    /// An address of HTTP or HTTPS without blanks, quotes and controls.
    static func url(_ text: String) -> String? {
        guard text.hasPrefix("http://") || text.hasPrefix("https://"),
            consists(text, of: "-._~:/?#[]@!$&()*+,;=%"), !text.hasSuffix("//")
        else { return "'\(text.shownInMessage)' is no address of HTTP" }
        return nil
    }

    /// 64 hexadecimal digits.
    static func sha256(_ text: String) -> String? {
        [UInt8](hex: text)?.count == 32 ? nil : "'\(text.shownInMessage)' is no SHA-256 sum of 64 digits"
    }

    /// In either case, with hyphens.
    static func uuid(_ text: String) -> String? {
        DerivedIdentifiers.bytes(ofUUID: text) == nil ? "'\(text.shownInMessage)' is no UUID" : nil
    }

    /// A name of a partition: what GPT has room for.
    static func partition(_ text: String) -> String? {
        if let fault = name(text) { return fault }
        return text.utf16.count > 36
            ? "'\(text.shownInMessage)' is longer than the 36 characters of a partition table" : nil
    }

    /// A name of a volume group or logical volume, as `lvm(8)` has it.
    static func volume(_ text: String) -> String? {
        guard (1...100).contains(text.utf8.count), consists(text, of: "+_.-"), !text.hasPrefix("-"), text != ".",
            text != ".."
        else {
            return "'\(text.shownInMessage)' is no name for LVM: letters, digits and +_.- only, no '-' at the begin"
        }
        let reserved = [
            "_cdata", "_cmeta", "_corig", "_mlog", "_mimage", "_rimage", "_rmeta", "_tdata", "_tmeta", "_vorigin",
        ]
        let isReserved =
            text.hasPrefix("snapshot") || text.hasPrefix("pvmove") || reserved.contains { text.contains($0) }
        return isReserved ? "'\(text.shownInMessage)' is a name that LVM keeps for itself" : nil
    }

    /// A name of an array: a file of `/dev/md`.
    static func array(_ text: String) -> String? {
        StorageArray.isName(text)
            ? nil : "'\(text.shownInMessage)' is no name of an array: letters, digits, _ and - only"
    }

    /// A name of a network interface, as the kernel takes it.
    static func interface(_ text: String) -> String? {
        let isName =
            (1...15).contains(text.utf8.count) && consists(text, of: "_.-") && text != "." && text != ".."
            && !["all", "default", "lo"].contains(text) && !text.hasPrefix("-")
        return isName
            ? nil
            : "'\(text.shownInMessage)' is no name of an interface: at most 15 letters, digits and _.- ,"
                + " and not all, default or lo"
    }

    /// A path of a file system: absolute, normal, and nowhere where the system keeps its own.
    static func mountPoint(_ text: String) -> String? {
        guard text.hasPrefix("/") else { return "'\(text.shownInMessage)' is no absolute path" }
        if text == "/" { return nil }
        let parts = text.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
        if parts.contains(where: { $0.isEmpty || $0 == "." || $0 == ".." }) {
            return "'\(text.shownInMessage)' is not written plainly: no '.', no '..', no '/' at the end or twice"
        }
        if text.unicodeScalars.contains(where: ControlCharacters.contains) { return "has a control character in it" }
        if text.utf8.contains(where: { "\"'`\\$".utf8.contains($0) }) {
            return "'\(text.shownInMessage)' has a quote, a backslash or a '$' in it"
        }
        if parts.count > 32 { return "is deeper than 32 folders" }
        // The system's own, and what is a link into /usr or has to be there before anything is mounted.
        let kept = ["proc", "sys", "dev", "run", "bin", "sbin", "lib", "lib32", "lib64", "libx32"]
        if kept.contains(String(parts[0])) || text == "/etc" {
            return "'\(text.shownInMessage)' cannot be a file system of its own: /\(parts[0]) is the system's"
        }
        return nil
    }

    /// Options of `mount`, separated by commas.
    static func mountOptions(_ text: String) -> String? {
        if text.isEmpty { return "is empty; write defaults" }
        return consists(text, of: "-._=,:/+%@")
            ? nil : "'\(text.shownInMessage)' has a blank, a quote or another character in it that fstab does not take"
    }

    /// Words of a kernel command line.
    static func commandLine(_ text: String) -> String? {
        let isSafe = text.utf8.allSatisfy { (0x20..<0x7f).contains($0) && !"\"'`\\;".utf8.contains($0) }
        return isSafe && !text.contains("${") && !text.contains("$(") && !text.contains("&&")
            ? nil : "has a quote, a control character or another character in it that could end the line"
    }

    /// One value of `console=`: `ttyS0,115200n8`.
    static func console(_ text: String) -> String? {
        let isConsole = (1...64).contains(text.utf8.count) && consists(text, of: ",._-")
        return isConsole ? nil : "'\(text.shownInMessage)' is no console"
    }

    /// A name of a user, as `useradd` takes it.
    static func user(_ text: String) -> String? {
        let isName =
            (1...32).contains(text.utf8.count)
            && text.utf8.allSatisfy {
                (97...122).contains($0) || (48...57).contains($0) || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "-")
            }
            && text.utf8.first.map { (97...122).contains($0) || $0 == UInt8(ascii: "_") } ?? false
        return isName && text != "root" ? nil : "'\(text.shownInMessage)' is no name of a user"
    }

    /// Lines of `authorized_keys`.
    static func authorizedKeys(_ text: String) -> String? {
        let lines = text.split(whereSeparator: \.isNewline)
        return lines.isEmpty ? "is empty" : lines.lazy.compactMap { plain(String($0)) }.first
    }

    /// A label of a file system, which may look like a path.
    static func fileSystemLabel(_ text: String) -> String? {
        if let fault = plain(text) { return fault }
        return text.utf8.contains { "\"'`\\$;&|<>*?".utf8.contains($0) }
            ? "'\(text.shownInMessage)' has a character in it that no label may have: \"'`\\$;&|<>*?" : nil
    }

    /// A name of a Debian package, `libc6` or `libc6:i386` (Debian Policy §5.6.7).
    static func package(_ text: String) -> String? {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let isName = parts.allSatisfy { part in
            part.utf8.count >= 2
                && part.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || "+-.".utf8.contains($0) }
                && part.utf8.first.map { (97...122).contains($0) || (48...57).contains($0) } ?? false
        }
        return isName && parts.last?.last != "-" && parts.last?.last != "+"
            ? nil : "'\(text.shownInMessage)' is no name of a package"
    }

    /// A version of a Debian package (Debian Policy §5.6.12).
    static func version(_ text: String) -> String? {
        !text.isEmpty && consists(text, of: ".+-:~") && !text.hasPrefix("-")
            ? nil : "'\(text.shownInMessage)' is no version of a package"
    }

    /// A word of an entry of package sources: a suite, a component, an architecture.
    static func sourceWord(_ text: String) -> String? {
        !text.isEmpty && consists(text, of: "-._/+~") && !text.contains("..") && !text.hasPrefix("-")
            ? nil : "'\(text.shownInMessage)' is no word of package sources"
    }

    /// The base name of a file of package sources.
    static func repository(_ text: String) -> String? {
        let isName = (1...64).contains(text.utf8.count) && consists(text, of: "_.-") && !text.hasPrefix(".")
        return isName ? nil : "'\(text.shownInMessage)' is no name of a file: letters, digits and _.- only"
    }

    /// ASCII armor: printable lines.
    static func armoredKey(_ text: String) -> String? {
        let isText = text.utf8.allSatisfy { (0x20..<0x7f).contains($0) || $0 == 10 || $0 == 13 }
        return isText && text.contains("-----") ? nil : "is no key in ASCII armor"
    }
}
