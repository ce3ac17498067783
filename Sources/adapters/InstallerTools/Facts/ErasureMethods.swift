import Installation
import Primitives

/// In which ways a disk says that it can erase itself.
enum ErasureMethods {
    static func read(disk name: String) async throws -> [SecureErasure.Method] {
        do {
            if name.hasPrefix("nvme") {
                let command = Command("nvme", "id-ctrl", "/dev/\(name)", "--output-format=json", deadline: 30)
                return nvme(try await ChildProcess.run(command).text)
            }
            if name.hasPrefix("sd") {
                return ata(try await ChildProcess.run(Command("hdparm", "-I", "/dev/\(name)", deadline: 30)).text)
            }
        } catch is CommandFailure {
            // A disk that does not answer can do nothing of the kind.
        }
        return []
    }

    /// NVM Express 1.4, figure 247: SANICAP bits 0 and 1, OACS bit 1, FNA bit 2.
    static func nvme(_ text: String) -> [SecureErasure.Method] {
        guard let controller = try? Value(json: text) else { return [] }
        func bits(_ name: String) -> Int { controller[name]?.intValue ?? 0 }
        var methods: [SecureErasure.Method] = []
        if bits("sanicap") & 1 != 0 { methods.append(.nvmeCryptoSanitize) }
        if bits("sanicap") & 2 != 0 { methods.append(.nvmeBlockSanitize) }
        if bits("oacs") & 2 != 0 {
            if bits("fna") & 4 != 0 { methods.append(.nvmeCryptoFormat) }
            methods.append(.nvmeFormat)
        }
        return methods
    }

    /// The section `Security:` of `hdparm -I`: what a disk has not is written behind `not`. Firmware freezes disks, and a
    /// disk with a password does not obey.
    static func ata(_ text: String) -> [SecureErasure.Method] {
        let lines = text.split(whereSeparator: \.isNewline).map { $0.trimmed }
        guard let start = lines.firstIndex(of: "Security:") else { return [] }
        let section = lines[start...].dropFirst().map { line in
            line.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        }
        guard section.contains("supported"), section.contains("not frozen"), section.contains("not locked"),
            section.contains("not enabled")
        else { return [] }
        return section.contains("supported: enhanced erase") ? [.ataEnhanced, .ata] : [.ata]
    }
}
