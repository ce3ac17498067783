import Primitives
import TestSupport
import Testing

@testable import Installation
@testable import InstallerTools

/// Disks that keep less than their size: their files are in file systems that are too small.
@Suite(.enabled(if: isRoot), .serialized) struct FailingDiskTests {
    private static let remedy = "The disk is broken or write-protected: replace it, or leave it out of the design."

    /// What is told of an operation that has to fail.
    private func failure(
        of action: InstallationOperation.Action, _ executor: OperationExecutor
    ) async throws -> (code: String?, text: String) {
        let operation = InstallationOperation("test", "Test.", action)
        do {
            try await executor.perform(operation, sequence: 1)
        } catch {
            let code = (error as? BoatyardError)?.code ?? (error as? CommandFailure)?.code
            return (code, InstallationRun.failure(of: operation, on: "n1", error))
        }
        throw Trouble("it has not failed: \(action)")
    }

    private func perform(_ action: InstallationOperation.Action, _ executor: OperationExecutor) async throws {
        try await executor.perform(InstallationOperation("test", "Test.", action), sequence: 1)
    }

    @Test(
        "a wipe tells the disk that does not take it, at which byte where that is known, what was seen and what to do")
    func wipe() async throws {
        try await LoopDisk.with(capacity: 64 << 10) { disk, target in
            let executor = LoopDisk.executor(target)
            let path = "/dev/\(disk.name)"
            var wipe = Wipe(
                device: path, disk: disk.name, identity: try disk.identity,
                ranges: [0..<4 << 20, disk.size - (4 << 20)..<disk.size], discards: false)
            let late = try await failure(of: .wipe(wipe), executor)
            #expect(late.code == "disk.write")
            #expect(
                late.text == "n1: 'test' failed: \(path) cannot be written to: Input/output error. \(Self.remedy)")
            // It is shorter than it says.
            wipe.ranges = [disk.size - 4096..<disk.size + 4096]
            let early = try await failure(of: .wipe(wipe), executor)
            #expect(early.code == "disk.write")
            #expect(
                early.text
                    == "n1: 'test' failed: \(path) cannot be written to at byte \(disk.size): No space left on device. "
                    + Self.remedy)
        }
    }

    @Test("a partition table that the disk does not keep is an error of the disk, though sfdisk gives no reason")
    func partition() async throws {
        try await LoopDisk.with(capacity: 16 << 10) { disk, target in
            let failed = try await failure(of: .partition(try disk.table), LoopDisk.executor(target))
            #expect(failed.code == "disk.write")
            #expect(failed.text.hasPrefix("n1: 'test' failed: /dev/\(disk.name) cannot be written to: 'sfdisk "))
            #expect(failed.text.hasSuffix("ended with status 1 without a reason. \(Self.remedy)"), "\(failed.text)")
        }
    }

    @Test("a file system that the disk does not keep is told with its partition", arguments: ["ext4", "swap"])
    func fileSystem(kind: String) async throws {
        // Enough for the table.
        let capacity = kind == "swap" ? 40 << 10 : 64 << 10
        try await LoopDisk.with(capacity: capacity) { disk, target in
            let executor = LoopDisk.executor(target)
            try await perform(.partition(try disk.table), executor)
            let creation = FileSystemCreation(
                device: disk.partition(2), kind: try #require(.init(rawValue: kind)), uuid: LoopDisk.uuid(7), label: nil
            )
            let failed = try await failure(of: .format(creation), executor)
            #expect(failed.code == "process.failed")
            #expect(failed.text.contains(" /dev/\(disk.name)p2' ended with status 1: "), "\(failed.text)")
            #expect(failed.text.contains("Input/output error"), "\(failed.text)")
            #expect(failed.text.hasSuffix(". \(Self.remedy)"), "\(failed.text)")
        }
    }

    /// A root of 64 MiB on a disk that keeps 24.
    private func withRoot(_ body: (LoopDisk, String, OperationExecutor) async throws -> Void) async throws {
        try await LoopDisk.with(capacity: 24 << 20) { disk, target in
            let executor = LoopDisk.executor(target)
            try await perform(.partition(try disk.table), executor)
            try await perform(
                .format(FileSystemCreation(device: disk.partition(2), kind: .ext4, uuid: LoopDisk.uuid(7), label: nil)),
                executor)
            try await perform(.mount(TargetMount(device: disk.partition(2), mountPoint: "/", type: "ext4")), executor)
            try await body(disk, target, executor)
        }
    }

    @Test("an image that the disk has lost does not become an installed system, although tar and umount succeed")
    func unpacking() async throws {
        try await withRoot { disk, target, executor in
            let size = 40 << 20
            let archive = TarGuardTests.header("a", size: size) + [UInt8](repeating: 1, count: size) + TarGuardTests.end
            let pipeline = TarPipeline(
                title: "x", decompression: nil, extraction: ImageExecutor.extraction(into: target))
            // The kernel may or may not have tried to write it by the time that tar ends.
            _ = try? await pipeline.run { take in try await take(archive) }
            let failed = try await failure(of: .unmountTarget, executor)
            #expect(failed.code == "disk.write")
            #expect(
                failed.text.hasPrefix(
                    "n1: 'test' failed: /dev/\(disk.name)p2 (/ of the new system) cannot be written to: "),
                "\(failed.text)")
            #expect(failed.text.hasSuffix(". \(Self.remedy)"), "\(failed.text)")
        }
    }

    @Test("what fails by the disk while the new system is written names the disk, and what has failed")
    func writing() async throws {
        try await withRoot { disk, _, executor in
            let text = String(repeating: "x", count: 40 << 20)
            let failed = try await failure(of: .write(TargetFile("/big", text)), executor)
            #expect(failed.code == "disk.write")
            #expect(
                failed.text.contains("/dev/\(disk.name)p2 (/ of the new system) cannot be written to: "),
                "\(failed.text)")
            #expect(failed.text.contains("\(Self.remedy) (Cannot write /big of the new system: "), "\(failed.text)")
        }
    }

    @Test("where the disk is well, a failure is told as it was, and what is written is on the disk")
    func well() async throws {
        try await LoopDisk.with { disk, target in
            let executor = LoopDisk.executor(target)
            try await perform(.partition(try disk.table), executor)
            try await perform(
                .format(FileSystemCreation(device: disk.partition(2), kind: .ext4, uuid: LoopDisk.uuid(7), label: nil)),
                executor)
            try await perform(.mount(TargetMount(device: disk.partition(2), mountPoint: "/", type: "ext4")), executor)
            try await perform(.write(TargetFile("/etc/kept", "x")), executor)
            // More than fits into the file system.
            let text = String(repeating: "x", count: 80 << 20)
            let failed = try await failure(of: .write(TargetFile("/big", text)), executor)
            #expect(failed.code == "target.write")
            #expect(failed.text.hasPrefix("n1: 'test' failed: Cannot write /big of the new system: No space left"))
            try await perform(.unmountTarget, executor)
            #expect(MountTable.current().points(below: target) == [])
        }
    }
}
