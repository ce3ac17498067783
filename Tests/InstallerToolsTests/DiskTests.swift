import Glibc
import Primitives
import TestSupport
import Testing

@testable import Installation
@testable import InstallerTools

/// Real tables and file systems, on files that the kernel shows as disks.
@Suite(.enabled(if: isRoot), .serialized) struct DiskTests {
    private func perform(_ action: InstallationOperation.Action, _ executor: OperationExecutor) async throws {
        try await executor.perform(InstallationOperation("test", "Test.", action), sequence: 1)
    }

    @Test(
        "a table is written as described, on sectors of 512 and of 4096 bytes, and left alone the second time",
        arguments: [512, 4096])
    func partition(sector: Int) async throws {
        try await LoopDisk.with(sector: sector) { disk, target in
            let executor = LoopDisk.executor(target)
            let table = try disk.table
            try await perform(.partition(table), executor)
            let text = try await ChildProcess.run(Command("sfdisk", "--json", "/dev/\(disk.name)")).text
            let found = try Value(json: text)["partitiontable"]
            #expect(found?["sectorsize"]?.intValue == sector)
            #expect(found?["partitions"]?[1]?["start"]?.intValue == (2 << 20) / sector)
            #expect(found?["partitions"]?[1]?["size"]?.intValue == (64 << 20) / sector)
            #expect(found?["partitions"]?[1]?["attrs"]?.stringValue == "LegacyBIOSBootable")
            #expect(PartitionExecutor.isThere(table, in: text))
            #expect(try await DiskContents.read(of: "/dev/\(disk.name)").identifier == table.identifier)
            // The kernel has them, by their numbers, and nodes are found by their UUIDs.
            let nodes = DeviceNodes(system: InstallerTools.SystemFiles())
            #expect(try await nodes.path(of: disk.partition(2)) == "/dev/\(disk.name)p2")

            let before = try await checksum(disk)
            try await perform(.partition(table), executor)
            #expect(try await checksum(disk) == before)

            var other = table
            other.partitions.removeLast()
            other.partitions[1].uuid = LoopDisk.uuid(9)
            try await perform(.partition(other), executor)
            let error = await #expect(throws: BoatyardError.self) { try await nodes.path(of: disk.partition(2)) }
            #expect(error?.code == "device.other")
        }
    }

    @Test(
        "file systems get their UUIDs and labels, are mounted, and survive a second run with what is in them",
        arguments: ["ext4", "xfs"])
    func fileSystem(kind: String) async throws {
        try await LoopDisk.with(size: 512 << 20) { disk, target in
            let executor = LoopDisk.executor(target)
            let number = kind == "xfs" ? 3 : 2
            let creation = FileSystemCreation(
                device: disk.partition(number), kind: try #require(.init(rawValue: kind)), uuid: LoopDisk.uuid(7),
                label: "system")
            let mount = TargetMount(device: disk.partition(number), mountPoint: "/", type: kind)
            try await perform(.partition(try disk.table), executor)
            try await perform(.format(creation), executor)
            try await perform(.mount(mount), executor)
            let contents = try await DiskContents.read(of: "/dev/\(disk.name)p\(number)")
            #expect(contents.type == kind && contents.uuid == LoopDisk.uuid(7))
            try await perform(.write(TargetFile("/etc/kept", "x")), executor)

            // All of it once more, as an agent does that was killed.
            try await perform(.partition(try disk.table), executor)
            try await perform(.format(creation), executor)
            try await perform(.mount(mount), executor)
            #expect(try FileContents.read("\(target)/etc/kept") == [120])
            #expect(MountTable.current().points(below: target) == [target])
            try await perform(.unmountTarget, executor)
            #expect(MountTable.current().points(below: target) == [])
        }
    }

    @Test("after a wipe nothing identifies what was on the disk, and the kernel has no partitions of it")
    func wipe() async throws {
        try await LoopDisk.with { disk, target in
            let executor = LoopDisk.executor(target)
            try await perform(.partition(try disk.table), executor)
            try await perform(
                .format(FileSystemCreation(device: disk.partition(2), kind: .ext4, uuid: LoopDisk.uuid(7), label: nil)),
                executor)
            let path = "/dev/\(disk.name)"
            let wipe = Wipe(
                device: path, disk: disk.name, identity: try disk.identity,
                ranges: [0..<4 << 20, disk.size - (4 << 20)..<disk.size], discards: false)
            try await perform(.wipe(wipe), executor)
            #expect(try await DiskContents.read(of: path).signatures == [])
            #expect(try await DiskContents.read(of: path).identifier == nil)
            let names = InstallerTools.SystemFiles().names(in: "/sys/block/\(disk.name)")
            #expect(names.filter { $0.hasPrefix(disk.name) } == [])
        }
    }

    @Test("a disk that is another one than was chosen is not written to")
    func changed() async throws {
        try await LoopDisk.with { disk, target in
            let executor = LoopDisk.executor(target)
            var table = try disk.table
            table.disk.serial = "another"
            let before = try await checksum(disk)
            let error = await #expect(throws: BoatyardError.self) { try await perform(.partition(table), executor) }
            #expect(error?.code == "disk.changed")
            #expect(error?.message.contains("Nothing was written to it") == true)
            var wipe = Wipe(
                device: "/dev/\(disk.name)", disk: disk.name, identity: table.disk, ranges: [0..<512], discards: true)
            await #expect(throws: BoatyardError.self) { try await perform(.wipe(wipe), executor) }
            wipe.identity?.name = "nosuchdisk"
            let gone = await #expect(throws: BoatyardError.self) { try await perform(.wipe(wipe), executor) }
            #expect(gone?.message.contains("is gone") == true)
            #expect(try await checksum(disk) == before)
        }
    }

    @Test("a disk that is in use is not wiped, and the error names by what")
    func inUse() async throws {
        try await LoopDisk.with { disk, target in
            let executor = LoopDisk.executor(target)
            let path = "/dev/\(disk.name)"
            try await ChildProcess.run(Command("mkfs.ext4", "-q", "-F", path))
            try FileContents.makeFolder(target)
            try await ChildProcess.run(Command("mount", path, target))
            let wipe = Wipe(
                device: path, disk: disk.name, identity: try disk.identity, ranges: [0..<512], discards: false)
            let error = await #expect(throws: BoatyardError.self) { try await perform(.wipe(wipe), executor) }
            #expect(error?.code == "disk.open")
            #expect(error?.message.contains("in use by \(target)") == true)
        }
    }

    @Test("the lock of a disk is held while it is written to, and free afterwards")
    func locked() async throws {
        try await LoopDisk.with { disk, target in
            let executor = LoopDisk.executor(target)
            let descriptor = open("/dev/\(disk.name)", O_RDONLY | O_CLOEXEC)
            defer { close(descriptor) }
            #expect(flock(descriptor, LOCK_EX) == 0)
            let table = try disk.table
            let writing = Task { try await perform(.partition(table), executor) }
            // It waits for us.
            try await Task.sleep(for: .milliseconds(300))
            #expect(try await DiskContents.read(of: "/dev/\(disk.name)").identifier == nil)
            #expect(flock(descriptor, LOCK_UN) == 0)
            try await writing.value
            #expect(flock(descriptor, LOCK_EX | LOCK_NB) == 0)
        }
    }

    @Test("partition names that sfdisk would read as more than a name are refused")
    func names() throws {
        var table = PartitionTable(
            disk: DiskIdentity(MachineFacts.Disk(name: "sda", size: 1 << 30)), identifier: LoopDisk.uuid(0),
            partitions: [
                PartitionEntry(
                    number: 1, name: "a\", type=x", type: .linux, start: 1 << 20, size: 1 << 20, uuid: LoopDisk.uuid(1),
                    isBootable: false)
            ])
        #expect(throws: BoatyardError.self) { try PartitionExecutor.script(table) }
        table.partitions[0].name = "a\nb"
        #expect(throws: BoatyardError.self) { try PartitionExecutor.script(table) }
        table.partitions[0].name = "srv data"
        #expect(
            try PartitionExecutor.script(table)
                == """
                label: gpt
                label-id: \(LoopDisk.uuid(0))
                unit: sectors

                1 : start=2048, size=2048, type=0fc63daf-8483-4772-8e79-3d69d8477de4, uuid=\(LoopDisk.uuid(1)), name="srv data"

                """)
        table.disk.logicalSectorSize = 0
        #expect(throws: BoatyardError.self) { try PartitionExecutor.script(table) }
    }

    private func checksum(_ disk: LoopDisk) async throws -> String {
        try await ChildProcess.run(Command("sha256sum", "/dev/\(disk.name)")).text
    }
}
