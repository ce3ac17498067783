import Archive
import InstallerTools
import TestSupport

extension FuzzReader {
    /// What the agent reads of archives, of the kernel's command line, and of programs that read disks and firmware.
    static let installer: [FuzzReader] = [
        FuzzReader(
            "tar-guard", share: 8,
            seeds: [
                Tar.archive([
                    TarMember(name: "./etc/hosts", mode: 0o644, contents: [1, 2, 3]),
                    TarMember(name: String(repeating: "long/", count: 40), mode: 0o755, contents: []),
                ])
            ],
            words: [
                "././@LongLink", "../", "ustar\0", "00000000000", "13 path=../x\n", "20 linkpath=/etc/x\n", "\u{80}",
            ],
            sizeLimit: 8 << 10
        ) { bytes in
            var guarding = TarGuard(title: "fuzz", takesAbsoluteNames: bytes.count.isMultiple(of: 2))
            let half = bytes.count / 2
            try guarding.inspect(Array(bytes[..<half]))
            try guarding.inspect(Array(bytes[half...]))
            try guarding.finish()
        },
        FuzzReader(
            "installer-texts", corpus: ["Tests/InstallerToolsTests"],
            words: [
                "boatyard.url=", "boatyard.mac=", "boatyard.token=", "boatyard.mode=", "http://", "PTUUID=", "TYPE=",
                "BootOrder: ",
                "Boot0001* ", "\t", "\\040", "Data Offset : ", "{\"signatures\": [", "\"type\": ",
                "9223372036854775807",
            ]
        ) { bytes in
            let text = text(bytes)
            let contents = DiskContents(blkid: text)
            _ = DiskContents.signatures(wipefs: text)
            _ = DiskContents.dataOffset(mdadm: text)
            _ = MountTable(text).points(below: contents.identifier ?? "/target")
            let entries = EFIEntries(text)
            _ = entries.order(first: entries.entries.prefix(2).map(\.number))
            _ = try BootParameters(commandLine: text)
        },
    ]
}
