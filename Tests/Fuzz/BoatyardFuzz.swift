import ArgumentParser
import Glibc
import Primitives

/// Feeds the readers of the daemon and its programs with what no reader should be fed with.
@main
struct BoatyardFuzz: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "boatyard-fuzz",
        abstract:
            "Feed every reader with mutated and random inputs; an input that ends the process is printed and kept.",
        discussion: """
            Inputs follow from reader, seed and number alone. Without --count and --seconds: 10 million inputs in all. \
            A reader whose process holds more memory than --memory fails, too: it keeps something of each input. \
            Run it in the repository: its documents and tests are what inputs are made from.
            """)

    @Option(help: "Only this reader; may be repeated.") var reader: [String] = []
    @Option(help: "Inputs in all.") var count: Int?
    @Option(help: "Seconds in all, on as many processors as there are.") var seconds: Int?
    @Option(help: "The MiB of memory that the process of a reader may hold.") var memory = 512
    @Option(help: "Another seed gives other inputs.") var seed: UInt64 = 1
    @Option(help: "Read this file once, in this process.") var file: String?
    @Option(help: "Print input NUMBER.") var show: Int?
    @Option(help: "Where inputs that ended a reader are kept.") var keep = ".build/fuzz"
    @Option(help: "The repository.") var repository = "."
    @Flag(help: "Print the readers.") var list = false
    @Option(help: .hidden) var worker: String?

    mutating func validate() throws {
        let unknown = reader.filter { name in !FuzzReader.all.contains { $0.name == name } }
        guard unknown.isEmpty else { throw ValidationError("There is no reader \(unknown.joined(separator: ", ")).") }
        guard (0...10_000_000_000).contains(count ?? 0), (0...1_000_000).contains(seconds ?? 0), (show ?? 0) >= 0,
            (1...1_000_000).contains(memory)
        else {
            throw ValidationError("A number is too small or too large.")
        }
    }

    func run() throws {
        let readers = FuzzReader.all.filter { reader.isEmpty || reader.contains($0.name) }
        if list {
            for reader in readers { print("\(reader.name), share \(reader.share)") }
        } else if let worker {
            try work(readers, path: worker)
        } else if let file {
            try readOnce(readers, try FileContents.read(file, limit: 64 << 20))
        } else if let show {
            for reader in readers { print(text(reader.mutator(folder: repository).input(seed: seed, number: show))) }
        } else {
            try supervise(readers)
        }
    }

    private func work(_ readers: [FuzzReader], path: String) throws {
        guard let progress = Progress(path: path), let reader = readers.first else { throw ExitCode.failure }
        let worker = Worker(
            reader: reader, mutator: reader.mutator(folder: repository), seed: seed,
            range: 0..<((count ?? 0) > 0 ? count ?? 0 : .max), seconds: seconds ?? 0)
        guard Worker.onSmallStack({ worker.run(progress) }) else { throw ExitCode.failure }
    }

    private func readOnce(_ readers: [FuzzReader], _ input: [UInt8]) throws {
        for reader in readers {
            let isDone = Worker.onSmallStack {
                do {
                    try reader.read(input)
                    print("\(reader.name): read")
                } catch {
                    print("\(reader.name): \(error)")
                }
            }
            guard isDone else { throw ExitCode.failure }
        }
    }

    private func supervise(_ readers: [FuzzReader]) throws {
        mkdir(keep, 0o755)
        let shares = readers.reduce(0) { $0 + $1.share }
        let parallel = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
        let inputs = count ?? (seconds == nil ? 10_000_000 : 0)
        // The long ones first: the last to end is then a short one.
        let jobs = readers.sorted { $0.share > $1.share }.map { reader in
            Supervisor.Job(
                reader: reader, count: inputs > 0 ? max(1, inputs * reader.share / shares) : 0,
                seconds: seconds.map { max(1, $0 * parallel * reader.share / shares) } ?? 0)
        }
        let supervisor = Supervisor(
            program: "/proc/self/exe", repository: repository, seed: seed, folder: keep, parallel: parallel,
            memory: memory)
        let failures = supervisor.run(jobs)
        guard failures == 0 else {
            print("\(failures) of \(readers.count) readers failed")
            throw ExitCode.failure
        }
        print("\(readers.count) readers held")
    }
}
