import ArgumentParser
import Glibc
import InstallerTools

struct TestMemory: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write patterns to free memory, read them again, and print lines of JSON.",
        discussion: """
            What 'boatyard test' runs on a machine. It takes so much memory and gives it back at its end; where memory runs \
            out it is ended first.
            """)

    @Option(help: "How much, in MiB.")
    var size: Int

    @Option(help: "After so many seconds no more is begun.")
    var seconds: Int

    func validate() throws {
        guard size > 0, seconds >= 0 else { throw ValidationError("--size and --seconds are whole numbers.") }
    }

    func run() {
        MemoryPatterns.run(size: size, seconds: Double(seconds)) { line in
            let bytes = Array((line + "\n").utf8)
            // Whoever reads no more has no use for the rest either.
            if bytes.withUnsafeBytes({ Glibc.write(STDOUT_FILENO, $0.baseAddress, $0.count) }) < 0 { Glibc.exit(1) }
        }
    }
}
