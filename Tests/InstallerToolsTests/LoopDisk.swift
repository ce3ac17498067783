import Glibc
import Primitives
import TestSupport

@testable import Installation
@testable import InstallerTools

/// A sparse file as a disk of the kernel's, for as long as a test needs it.
struct LoopDisk {
    /// `loop3`
    let name: String
    /// In bytes.
    let size: Int
    let sector: Int

    /// - Parameter capacity: in bytes, of whole pages: how much the disk keeps. What is written beyond that is an error of the disk,
    ///   most often one that the kernel learns of later. nil for all of it.
    static func with<T>(
        size: Int = 256 << 20, sector: Int = 512, capacity: Int? = nil, _ body: (LoopDisk, String) async throws -> T
    ) async throws -> T {
        try await withTemporaryFolder { folder in
            let place = "\(folder)/kept"
            try FileContents.makeFolder(place)
            if let capacity {
                try await ChildProcess.run(Command("mount", "-t", "tmpfs", "-o", "size=\(capacity)", "tmpfs", place))
            }
            let device: String
            do {
                try await ChildProcess.run(Command("truncate", "--size=\(size)", "\(place)/disk"))
                device = try await ChildProcess.run(
                    Command("losetup", "--find", "--show", "--partscan", "--sector-size=\(sector)", "\(place)/disk")
                ).text.trimmed
            } catch {
                if capacity != nil { _ = try? await ChildProcess.run(Command("umount", place)) }
                throw error
            }
            let target = "\(folder)/target"
            func cleanUp() async {
                for point in MountTable.current().points(below: target) {
                    _ = try? await ChildProcess.run(Command("umount", point))
                }
                _ = try? await ChildProcess.run(Command("partx", "--delete", device))
                _ = try? await ChildProcess.run(Command("losetup", "--detach", device))
                if capacity != nil { _ = try? await ChildProcess.run(Command("umount", "--lazy", place)) }
            }
            do {
                let disk = LoopDisk(name: String(device.dropFirst(5)), size: size, sector: sector)
                let result = try await body(disk, target)
                await cleanUp()
                return result
            } catch {
                await cleanUp()
                throw error
            }
        }
    }

    var identity: DiskIdentity { get throws { DiskIdentity(try facts) } }

    var facts: MachineFacts.Disk {
        get throws {
            guard let facts = FactsReader().kernelFacts(ofDisk: name) else { throw Trouble("\(name) is gone") }
            return facts
        }
    }

    static func uuid(_ last: Int) -> String { "4b1f6b3c-0000-8000-8000-00000000000\(last)" }

    /// A partition for the BIOS's GRUB and two of 64 MiB.
    var table: PartitionTable {
        get throws {
            func entry(_ number: Int, _ name: String, _ type: PartitionType, _ start: Int, _ size: Int)
                -> PartitionEntry
            {
                PartitionEntry(
                    number: number, name: name, type: type, start: start << 20, size: size << 20,
                    uuid: Self.uuid(number),
                    isBootable: number == 2)
            }
            return PartitionTable(
                disk: try identity, identifier: Self.uuid(0),
                partitions: [
                    entry(1, "bios boot", .biosBoot, 1, 1), entry(2, "root", .linux, 2, 64),
                    // Smaller than the least that mkfs.xfs makes is no partition that it is tested with.
                    entry(3, "data", .linux, 66, size >> 20 > 500 ? 400 : 64),
                ])
        }
    }

    func partition(_ number: Int) -> BlockDevice { .partition(uuid: Self.uuid(number), number: number, disk: name) }

    static func executor(_ target: String, log: InstallerLog = InstallerLog { _ in }) -> OperationExecutor {
        OperationExecutor(
            target: TargetRoot(path: target), client: NodeConnection.sharedClient, token: Secret("t"), bootDataKey: nil,
            log: log)
    }
}
