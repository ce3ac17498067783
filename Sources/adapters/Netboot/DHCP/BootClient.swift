/// A kind of firmware that boots over the network, by the processor architecture that it tells in option 93 (RFC 4578
/// §2.1, and IANA's list of processor architecture types).
package enum BootClient: String, Sendable, CaseIterable {
    case bios
    case efiIA32 = "efi-ia32"
    case efiX64 = "efi-x64"
    case efiARM32 = "efi-arm32"
    case efiARM64 = "efi-arm64"
    /// Fetches its program by HTTP, as the next.
    case httpX64 = "http-x64"
    case httpARM64 = "http-arm64"

    /// The numbers of option 93. Firmware of x86-64 says 7 or 9.
    package var architectures: [Int] {
        switch self {
        case .bios: [0]
        case .efiIA32: [6]
        case .efiX64: [7, 9]
        case .efiARM32: [10]
        case .efiARM64: [11]
        case .httpX64: [16]
        case .httpARM64: [19]
        }
    }

    /// Whether it is answered with an address of HTTP instead of a name for TFTP.
    package var isHTTP: Bool { self == .httpX64 || self == .httpARM64 }

    /// What the programs of the processor have at the end of their names. Those of x86-64 have nothing.
    private var suffix: String {
        switch self {
        case .bios, .efiX64, .httpX64: ""
        case .efiIA32: "-i386"
        case .efiARM32: "-arm32"
        case .efiARM64, .httpARM64: "-arm64"
        }
    }

    /// The names of the programs that it can boot, the preferred one first.
    package func programs(_ settings: DHCPServerSettings) -> [String] {
        if self == .bios { return ["undionly.kpxe"] }
        if settings.usesSecureBoot {
            switch self {
            case .efiX64, .httpX64: return ["shimx64.efi"]
            case .efiARM64, .httpARM64: return ["shimaa64.efi"]
            default: return []
            }
        }
        let others = DHCPServerSettings.UEFIProgram.allCases.filter { $0 != settings.uefiProgram }
        return ([settings.uefiProgram] + others).map { "\($0.rawValue)\(suffix).efi" }
    }

    /// The program of those that are there; nil where there is none for this firmware.
    package func program(_ settings: DHCPServerSettings, of available: Set<String>) -> String? {
        programs(settings).first { available.contains($0) }
    }
}
