import Foundation
import OrderedCollections
import Primitives
import TestSupport
import Testing

/// A real build, which tests with machines of QEMU share: `packaging/lab` makes it once.
@Suite(
    "Installers and images of Debian's packages",
    .enabled(if: HostTools.areThere("mmdebstrap", "zstd", "dpkg-deb", "curl", "bash")))
struct BuildProgramTests {
    @Test("an installer and an image are made of Debian's packages, and are served", .timeLimit(.minutes(15)))
    func build() async throws {
        // The agent of a debug build needs Swift's libraries, which no installer has.
        let release = Place.package.appendingPathComponent(".build/release")
        guard FileManager.default.fileExists(atPath: release.appendingPathComponent("boatyard-agent").path) else {
            print("skipped: there is no .build/release/boatyard-agent: make build")
            return
        }
        let lab = try Program(
            Place.package.appendingPathComponent("packaging/lab").path, [release.path],
            environment: ProcessInfo.processInfo.environment.filter { $0.key == "BOATYARD_LAB_CACHE" })
        #expect(lab.wait() == 0, "\(lab.standardError)")
        let folder = try #require(lab.standardOutput.split(separator: "\n").last.map(String.init))
        print(lab.standardError)

        let seed = try Seed()
        let netboot = seed.state.appendingPathComponent("netboot")
        try HostTools.run("cp", ["-a", "--reflink=auto", folder, netboot.path])
        try await seed.startDaemon()
        let list = try seed.json("netboot/generations")
        let installer = try #require(list[0])
        #expect(installer["current"] == true && installer["problem"] == .null)
        let files = try #require(installer["files"]?.objectValue)
        for name in [
            "initrd", "tftp/grub/generation.cfg", "tftp/grub/grub.cfg", "tftp/grubx64.efi", "tftp/ipxe.efi",
            "tftp/mmx64.efi", "tftp/shimx64.efi",
            "tftp/snponly.efi", "tftp/undionly.kpxe", "vmlinuz",
        ] { #expect(files[name] != nil, "\(name)") }
        // It has to fit into a machine's memory, packed and unpacked.
        #expect(files["initrd"]?["size"]?.intValue ?? .max < 300_000_000)
        let id = try #require(installer["id"]?.stringValue)
        let answer = try RawHTTP.get(seed.nodeURL, "/netboot/\(id)/vmlinuz")
        #expect(answer.contains(" 200 OK") && answer.contains("Accept-Ranges: bytes"))
        let image = try seed.json("images/debian-12")
        #expect(image["problem"] == .null && image["kernels"] == ["generic", "linux-image-cloud-amd64"])
        let names = try names(in: "\(netboot.path)/images/debian-12/\(image["file"]?.stringValue ?? "")", seed.folder)
        for name in [
            "./usr/lib/grub/i386-pc/normal.mod", "./usr/lib/shim/shimx64.efi.signed", "./usr/sbin/lvm",
            "./etc/systemd/system/ssh.service.d/host-keys.conf",
        ] { #expect(names.contains(name), "\(name)") }
        #expect(names.contains { $0.hasPrefix("./boot/initrd.img-") })
        #expect(!names.contains { $0.hasPrefix("./etc/ssh/ssh_host_") || $0 == "./etc/hostname" })
    }

    private func names(in archive: String, _ folder: URL) throws -> Set<String> {
        let listing = folder.appendingPathComponent("listing")
        try HostTools.run("sh", ["-c", "tar -tf \"$1\" > \"$2\"", "sh", archive, listing.path])
        return Set(try String(contentsOf: listing, encoding: .utf8).split(separator: "\n").map(String.init))
    }
}
