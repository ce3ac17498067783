import ArgumentParser
import InstallerTools
import Primitives

struct Network: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Tell systemd-networkd which interface this machine was booted from.",
        discussion: "Only that interface gets an address, and takes part in anything: other cables may lead anywhere.")

    @Option(help: "The file with the kernel's command line.")
    var commandLine = "/proc/cmdline"

    @Option(help: "The folder of systemd-networkd's files.")
    var folder = "/run/systemd/network"

    func run() async throws {
        do {
            let text = String(decoding: try FileContents.read(commandLine, limit: 64 << 10), as: UTF8.self)
            let mac = try BootParameters(commandLine: text).mac
            try FileContents.makeFolder(folder, mode: 0o755)
            try FileContents.write(
                Array(BootNetwork.file(mac: mac).utf8), to: "\(folder)/\(BootNetwork.fileName)", mode: 0o644)
        } catch {
            throw Console.failure(error)
        }
    }
}
