import Glibc
import Primitives
import TestSupport
import Testing

@testable import Installation
@testable import InstallerTools

@Suite(.enabled(if: isRoot)) struct BootCopyTests {
    /// Two system partitions as folders; the command is the one that apt runs, with other places.
    private func withPartitions(
        _ loader: [String: String], body: (String, () async throws -> Void) async throws -> Void
    ) async throws {
        try await withTemporaryFolder { folder in
            let partitions = ["\(folder)/efi", "\(folder)/efi2"]
            let mounts = partitions.map { TargetMount(device: .disk("sda"), mountPoint: $0, type: "vfat") }
            let files = BootLoader(
                firmware: .uefi, hasSecureBoot: true, disks: ["sda", "sdb"], systemPartitions: mounts,
                bootFileSystem: "x", grubFolder: "/grub"
            ).copying(vendor: "debian")
            let target = TargetRoot(path: folder)
            for file in files { try target.write(file) }
            for partition in partitions { try FileContents.makeFolder("\(partition)/EFI") }
            for (name, text) in loader { try target.write(TargetFile("/efi/EFI/debian/\(name)", text)) }
            let hook = try #require(try target.text(files[1].path))
            let command = try #require(hook.split(separator: "\"").dropFirst().first)
            try await body(folder) {
                try await ChildProcess.run(Command(["sh", "-c", folder + command.replacing(" || true", with: "")]))
            }
        }
    }

    @Test("every copy of the boot loader follows that of the packages")
    func renewed() async throws {
        let loader = ["shimx64.efi": "shim 2", "grubx64.efi": "grub 2", "mmx64.efi": "mm 2", "grub.cfg": "stub"]
        try await withPartitions(loader) { folder, renew in
            let target = TargetRoot(path: folder)
            try target.write(TargetFile("/efi/EFI/BOOT/BOOTX64.EFI", "shim 1"))
            try target.write(TargetFile("/efi/EFI/BOOT/fbx64.efi", "fallback"))
            for _ in 1...2 {
                try await renew()
                for partition in ["/efi", "/efi2"] {
                    #expect(try target.text("\(partition)/EFI/BOOT/BOOTX64.EFI") == "shim 2")
                    let names = ["BOOTX64.EFI", "grub.cfg", "grubx64.efi", "mmx64.efi"]
                    #expect(try target.names(in: "\(partition)/EFI/BOOT") == names)
                    for (name, text) in loader {
                        #expect(try target.text("\(partition)/EFI/debian/\(name)") == text)
                    }
                }
            }
        }
    }

    @Test("a partition that is not mounted, and a machine without a loader of packages, stay as they are")
    func absent() async throws {
        try await withPartitions(["grubx64.efi": "grub"]) { folder, renew in
            let target = TargetRoot(path: folder)
            try #require(rmdir("\(folder)/efi2/EFI") == 0)
            try await renew()
            #expect(try target.text("/efi/EFI/BOOT/BOOTX64.EFI") == "grub")
            #expect(try target.names(in: "/efi2").isEmpty)
        }
        try await withPartitions([:]) { folder, renew in
            try await renew()
            #expect(try TargetRoot(path: folder).names(in: "/efi/EFI").isEmpty)
        }
    }
}
