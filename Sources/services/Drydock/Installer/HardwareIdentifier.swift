/// Tells serials and UUIDs that identify a machine from what firmware has where nobody has written one.
///
/// Boards that were never given a serial share such a text with all others of their kind; it says nothing about who a machine
/// is (`docs/reference/node-protocol.md` 2.5).
enum HardwareIdentifier {
    /// - Returns: the serial without the blanks around it; nil for one that identifies nothing.
    static func serial(_ text: String) -> String? { usable(text) }

    /// - Returns: the UUID in upper case without the blanks around it; nil for one that identifies nothing.
    static func uuid(_ text: String) -> String? {
        usable(text).map { $0.uppercased() }.flatMap { sharedUUIDs.contains($0) ? nil : $0 }
    }

    /// 1 to 128 printable ASCII characters that are no placeholder.
    private static func usable(_ text: String) -> String? {
        guard text.utf8.count <= 1024, text.utf8.allSatisfy({ (0x20...0x7e).contains($0) }) else { return nil }
        let words = text.split(separator: " ")
        guard let first = words.first, let last = words.last else { return nil }
        let trimmed = text[first.startIndex..<last.endIndex]
        guard trimmed.utf8.count <= 128 else { return nil }
        let plain = words.joined(separator: " ").lowercased()
        return placeholders.contains(plain) || isFilling(plain) ? nil : String(trimmed)
    }

    /// Whether it is one of `0`, `f`, `x` over and over, or has no letter or digit at all: `00000000-0000-…`, `......`.
    private static func isFilling(_ text: String) -> Bool {
        let characters = Set(text.filter { $0.isLetter || $0.isNumber })
        return characters.isEmpty || (characters.count == 1 && !characters.isDisjoint(with: ["0", "f", "x"]))
    }

    /// In lower case.
    private static let placeholders: Set = [
        "default string", "default", "to be filled by o.e.m.", "to be filled by oem", "o.e.m.", "oem",
        "system serial number", "system serial no", "chassis serial number", "base board serial number",
        "board serial number", "serial number", "none", "null", "nil", "n/a", "na", "empty", "unknown", "undefined",
        "invalid",
        "not specified", "not applicable", "not available", "not present", "not settable", "not set", "no asset tag",
        "0123456789", "123456789", "1234567890", "01234567890123456789", "0123456789abcdef", "<out of spec>",
        "<bad index>",
    ]

    /// In upper case: what makers of boards and firmware have left in many machines.
    private static let sharedUUIDs: Set = [
        "03000200-0400-0500-0006-000700080009", "00020003-0004-0005-0006-000700080009",
        "03020100-0504-0706-0809-0A0B0C0D0E0F", "00010203-0405-0607-0809-0A0B0C0D0E0F",
        "12345678-1234-5678-90AB-CDDEEFAABBCC", "12345678-1234-5678-1234-567812345678",
        "11111111-2222-3333-4444-555555555555", "FEFEFEFE-FEFE-FEFE-FEFE-FEFEFEFEFEFE",
        "4C4C4544-0000-2010-8020-80C04F202020",
    ]
}
