import Glibc
import Primitives

/// Runs a worker process for each reader, some at a time, and tells which input ended one.
struct Supervisor {
    struct Job {
        let reader: FuzzReader
        let count: Int
        let seconds: Int
    }

    let program: String
    let repository: String
    let seed: UInt64
    /// Where inputs that ended a worker are kept.
    let folder: String
    let parallel: Int
    /// In MiB: what a worker may hold. Inputs are small and nothing of them has to be kept.
    let memory: Int

    /// No input may take longer: half a minute is three hundred times what the slowest takes.
    private static let patience = Duration.seconds(30)

    private struct Running {
        let job: Job
        let process: pid_t
        let progress: Progress
        let began: ContinuousClock.Instant
        var number = -1
        var movedAt: ContinuousClock.Instant
        /// The most that was seen, in MiB.
        var resident = 0
    }

    /// - Returns: how many readers failed.
    func run(_ jobs: [Job]) -> Int {
        var waiting = jobs
        var running: [Running] = []
        var failures = 0
        while !waiting.isEmpty || !running.isEmpty {
            while running.count < parallel, !waiting.isEmpty {
                guard let started = start(waiting.removeFirst()) else { return failures + 1 }
                running.append(started)
            }
            usleep(50_000)
            running = running.compactMap { current in
                var current = current
                var status: Int32 = 0
                if waitpid(current.process, &status, WNOHANG) == current.process {
                    if !report(current, status) { failures += 1 }
                    return nil
                }
                current.resident = max(current.resident, Self.resident(current.process))
                if current.resident > memory { kill(current.process, SIGKILL) }
                let number = current.progress.number
                if number != current.number {
                    current.number = number
                    current.movedAt = .now
                } else if .now - current.movedAt > Self.patience {
                    kill(current.process, SIGABRT)
                }
                return current
            }
        }
        return failures
    }

    /// What a process holds now, in MiB; 0 where that is not known.
    private static func resident(_ process: pid_t) -> Int {
        // All pages, then those in memory.
        let pages = text((try? FileContents.read("/proc/\(process)/statm")) ?? []).split(separator: " ")
        guard pages.count > 1, let resident = Int(pages[1]) else { return 0 }
        return (resident * sysconf(Int32(_SC_PAGESIZE))) >> 20
    }

    private func start(_ job: Job) -> Running? {
        let path = "\(folder)/\(job.reader.name).progress"
        unlink(path)
        guard let progress = Progress(path: path) else {
            print("cannot write \(path): \(systemErrorText(errno))")
            return nil
        }
        let arguments = [
            program, "--worker", path, "--reader", job.reader.name, "--seed", String(seed), "--count",
            String(job.count),
            "--seconds", String(job.seconds), "--repository", repository,
        ]
        var pointers: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) }
        defer { for pointer in pointers { free(pointer) } }
        pointers.append(nil)
        var process = pid_t()
        let status = posix_spawn(&process, program, nil, nil, pointers, environ)
        guard status == 0 else {
            print("cannot start \(program): \(systemErrorText(status))")
            return nil
        }
        return Running(job: job, process: process, progress: progress, began: .now, movedAt: .now)
    }

    private func report(_ ended: Running, _ status: Int32) -> Bool {
        defer { fflush(nil) }
        let seconds = (ContinuousClock.now - ended.began).components.seconds
        let name = ended.job.reader.name
        let number = ended.progress.number
        unlink("\(folder)/\(name).progress")
        guard ended.resident <= memory else {
            print(
                """
                \(name): held \(ended.resident) MiB, more than \(memory), at input \(number) of seed \(seed) after \(seconds) s
                  again: boatyard-fuzz --reader \(name) --seed \(seed) --count \(number + 1) --memory \(memory)
                """)
            return false
        }
        guard status == 0 else {
            let signal = status & 0x7f
            let what = signal == 0 ? "ended with \(status >> 8 & 0xff)" : "died of signal \(signal)"
            let input = ended.job.reader.mutator(folder: repository).input(seed: seed, number: number)
            let file = "\(folder)/\(name)-\(seed)-\(number)"
            let isKept = write(input, to: file)
            print(
                """
                \(name): \(what) at input \(number) of seed \(seed) after \(seconds) s: \(input.count) bytes
                  \(ControlCharacters.escaped(text(Array(input.prefix(2000))), keepsLines: false))
                  again: boatyard-fuzz --reader \(name) --file \(isKept ? file : "(cannot be written)")
                """)
            return false
        }
        print(
            "\(name): \(number) inputs in \(seconds) s, \(ended.progress.refused) of them refused, in \(ended.resident) MiB"
        )
        return true
    }

    private func write(_ bytes: [UInt8], to path: String) -> Bool {
        guard let file = fopen(path, "w") else { return false }
        defer { fclose(file) }
        return fwrite(bytes, 1, bytes.count, file) == bytes.count
    }
}
