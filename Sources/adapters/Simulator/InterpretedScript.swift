import Primitives

/// The part of an iPXE script that the boot scripts use: `kernel`, `initrd`, `boot`, `exit`, `sanboot`.
///
/// A command that this interpreter does not know is an error, as it would be at the firmware's prompt: a script that
/// only looks right must not pass a rehearsal.
package struct InterpretedScript: Sendable, Equatable {
    /// What firmware does after a script.
    package enum Outcome: Sendable, Equatable {
        case boot(kernel: String, arguments: [String], initrd: [String])
        case localDisk
    }

    package static func interpret(_ text: String) throws(RehearsalError) -> Outcome {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        guard lines.first == "#!ipxe" else { throw RehearsalError("The boot script does not begin with #!ipxe.") }
        lines.removeFirst()
        var kernel: (url: String, arguments: [String])?
        var initrd: [String] = []
        for line in lines {
            let words = line.split(separator: " ").map(String.init)
            guard let command = words.first, !command.hasPrefix("#") else { continue }
            switch command {
            case "kernel":
                guard words.count > 1 else { throw RehearsalError("kernel without an address.") }
                kernel = (words[1], Array(words.dropFirst(2)))
            case "initrd":
                guard let address = words.last, words.count > 1 else {
                    throw RehearsalError("initrd without an address.")
                }
                initrd.append(address)
            case "boot":
                guard let kernel else { throw RehearsalError("boot without a kernel.") }
                return .boot(kernel: kernel.url, arguments: kernel.arguments, initrd: initrd)
            case "exit", "sanboot": return .localDisk
            case "echo", "dhcp", "imgfree", "isset", "set": continue
            default: throw RehearsalError("The boot script uses an unknown command: \(line)")
            }
        }
        throw RehearsalError("The boot script ends without boot, exit or sanboot.")
    }
}

/// Why a simulated machine stopped where a real one would have.
package struct RehearsalError: Error, Sendable, CustomStringConvertible {
    package var description: String

    package init(_ description: String) { self.description = description }
}
