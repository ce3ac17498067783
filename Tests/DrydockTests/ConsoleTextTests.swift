import Glibc
import Primitives
import TestSupport
import Testing

@testable import Drydock

@Suite("What consoles show")
struct ConsoleTextTests {
    private static let now = Timestamp(microseconds: 1_800_000_000_000_000)

    @Test("a boot token is masked, wherever what the machine writes is cut")
    func mask() {
        let token = String(repeating: "0af9", count: 16)
        let text =
            "Command line: quiet boatyard.mac=52:54 boatyard.token=\(token) boatyard.url=http://a\r\nboatyard.tok x"
            + " boatyard.token=\(token)boatyard.token=\(token)"
        for size in 1...text.utf8.count {
            var mask = ConsoleMask([])
            var shown: [UInt8] = []
            let bytes = Array(text.utf8)
            for start in stride(from: 0, to: bytes.count, by: size) {
                shown += mask.masked(Array(bytes[start..<min(start + size, bytes.count)]))
            }
            #expect(
                String(decoding: shown, as: UTF8.self)
                    == "Command line: quiet boatyard.mac=52:54 boatyard.token=*** boatyard.url=http://a\r\nboatyard.tok x"
                    + " boatyard.token=***.token=***")
        }
    }

    /// What is shown of a text that comes in pieces of so many bytes.
    private func shown(_ text: String, _ secrets: [String], size: Int) -> String {
        var mask = ConsoleMask(secrets.map { Secret($0) })
        var shown: [UInt8] = []
        let bytes = Array(text.utf8)
        for start in stride(from: 0, to: bytes.count, by: size) {
            shown += mask.masked(Array(bytes[start..<min(start + size, bytes.count)]))
        }
        shown += mask.finished()
        return String(decoding: shown, as: UTF8.self)
    }

    @Test(
        "the password and the key of a machine's BMC are masked, wherever what the machine writes is cut",
        arguments: [
            ("cmdline: ipmi=anchors-aweigh quiet", "cmdline: ipmi=*** quiet"),
            ("ANCHORS-Aweigh\r\n", "***\r\n"), ("anchorsanchors-aweig anchors", "anchorsanchors-aweig ***"),
            ("anchors-anchors-aweigh", "anchors-***"), ("anchors-aweighanchors-aweigh!", "***!"),
            ("x anchors-\u{1b}[1maw\r\neigh\u{1b}[0m y", "x ***\u{1b}[0m y"),
            ("616e63686f72732d617765696768 0x0A0b0c0D0e", "*** 0x***"),
            ("b3BlcmF0b3I6YW5jaG9ycy1hd2VpZ2g=", "b3BlcmF0b3I6***g="),
            ("\u{1b}[31mship\u{1b}[0m ahoy", "\u{1b}[31mship\u{1b}[0m ahoy"),
        ])
    func secrets(text: String, masked: String) {
        for size in 1...text.utf8.count {
            #expect(shown(text, ["anchors-aweigh", "0a0b0c0d0e", ""], size: size) == masked, "pieces of \(size)")
        }
    }

    @Test(
        "a secret behind an escape sequence that does not end is masked, and so is one with such in it",
        arguments: [
            ("\u{1b}[harbour x", "\u{1b}[*** x"), ("\u{1b}[3harbour x", "\u{1b}[3*** x"),
            ("\u{1b}(harbour", "\u{1b}(***"),
            ("\u{1b}harbour", "\u{1b}***"), ("\u{1b}[\r\nharbour", "\u{1b}[\r\n***"), ("har\u{1b}[bour", "***"),
            ("\u{1b}[31mharbour", "\u{1b}[31m***"), ("ha\u{1b}[1mrbour", "***"),
            ("\u{1b}[77aarbour", "\u{1b}[77aarbour"),
        ])
    func brokenSequences(text: String, masked: String) {
        for size in 1...text.utf8.count { #expect(shown(text, ["harbour"], size: size) == masked, "pieces of \(size)") }
        let digits = "\u{1b}[" + String(repeating: "1", count: 200)
        #expect(shown(digits + "20304050", ["20304050"], size: 7) == digits + "***")
        #expect(shown("\u{1b}[20304050", ["20304050"], size: 3) == "\u{1b}[***")
    }

    @Test("an escape sequence that does not end swallows nothing but itself")
    func endlessSequences() {
        func lines(_ text: String) -> [String] {
            var lines = ConsoleLines()
            return lines.take(Array(text.utf8))
        }
        #expect(lines("\u{1b}[\r\n12:00:00 1234\r\n") == ["12:00:00 1234"])
        #expect(lines("\u{1b}\n12\n") == ["12"])
        #expect(lines("\u{1b}(\n12\n") == ["12"])
        #expect(lines("\u{1b}[1\u{18}12\n") == ["12"])
        #expect(lines("\u{1b}[äöü 1\n") == ["äöü 1"])
        #expect(lines("\u{1b}[" + String(repeating: "7", count: 100) + "\n") == [String(repeating: "7", count: 36)])
        #expect(lines("\u{1b}\u{1b}[1mone\n") == ["one"])
    }

    @Test("of a secret that begins with another one nothing is left, and a prompt is not held back")
    func overlapping() {
        #expect(shown("a=harbour-master.", ["harbour", "harbour-master"], size: 1) == "a=***.")
        #expect(shown("a=harbour-mast", ["harbour", "harbour-master"], size: 3) == "a=***")
        #expect(shown("a=harbour-x", ["harbour", "harbour-master"], size: 1) == "a=***-x")
        var mask = ConsoleMask([Secret("harbour")])
        #expect(mask.masked(Array("n1 login: ".utf8)) == Array("n1 login: ".utf8))
        #expect(mask.masked(Array("har".utf8)).isEmpty)
        #expect(mask.masked(Array("d".utf8)) == Array("hard".utf8))
    }

    @Test("an echo is shown while the console is quiet, and the rest of a secret that has begun is masked")
    func quietConsole() {
        var mask = ConsoleMask([Secret("harbour")])
        #expect(mask.masked(Array("har".utf8)).isEmpty)
        #expect(mask.hasBegun)
        #expect(mask.shownWhileQuiet() == Array("har".utf8))
        #expect(!mask.hasBegun)
        #expect(mask.masked(Array("b".utf8)).isEmpty)
        // Enough to guess the rest.
        #expect(!mask.hasBegun && mask.shownWhileQuiet().isEmpty)
        #expect(mask.masked(Array("our x".utf8)) == Array("*** x".utf8))
        #expect(mask.masked(Array("ha".utf8)).isEmpty)
        #expect(mask.shownWhileQuiet() == Array("ha".utf8))
        #expect(mask.masked(Array("t".utf8)) == Array("t".utf8))
        #expect(mask.finished().isEmpty)
    }

    @Test("a secret of less than four bytes is not masked, and that is known; what is held back is bounded")
    func shortSecrets() {
        #expect(shown("abc abc", ["abc"], size: 2) == "abc abc")
        #expect(ConsoleMask([Secret("abc")]).leavesOut)
        #expect(!ConsoleMask([Secret("abcd"), Secret("")]).leavesOut)
        var mask = ConsoleMask([Secret("harbour")])
        _ = mask.masked(Array("harb".utf8))
        let noise = [UInt8](repeating: 0, count: 100_000)
        #expect(mask.masked(noise).count == noise.count + 4)
        let flood = Array(String(repeating: "harbou", count: 20_000).utf8)
        #expect(mask.masked(flood).count > flood.count - 16)
    }

    @Test("lines are without escape sequences, and a cursor that is put somewhere begins one")
    func lines() {
        var lines = ConsoleLines()
        #expect(lines.take(Array("\u{1b}[2J\u{1b}[01;01HBdsDxe: \u{1b}[1mfailed\u{1b}[0m to".utf8)).isEmpty)
        #expect(lines.take(Array(" load\r\n\r\n  a\u{8}b \u{1b}(B\u{7}\n".utf8)) == ["BdsDxe: failed to load", "b"])
        #expect(lines.take(Array("\u{1b}[12;1Hone\u{1b}[13;1Htwo\u{1b}[".utf8)) == ["one"])
        #expect(lines.take(Array("0mthree".utf8)).isEmpty)
        #expect(lines.present == "twothree")
        _ = lines.take([UInt8](repeating: 0x61, count: 100_000))
        #expect(lines.present.utf8.count <= 512)
        var generator = SplitMix(seed: 5)
        for _ in 0..<2000 { _ = lines.take(generator.bytes(Int.random(in: 0...80, using: &generator))) }
        #expect(lines.present.utf8.count <= 2048)
    }

    @Test(
        "trouble is found in the lines of firmware, iPXE, kernels, initramfs and boot loaders",
        arguments: [
            (
                "[    2.1] Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0)\r\n",
                "kernelPanic"
            ),
            ("No bootable device.\r\n", "nothingToBoot"), ("Boot failed: not a bootable disk\r\n", "nothingToBoot"),
            ("BdsDxe: No bootable option or device was found.\r\n", "nothingToBoot"),
            ("PXE-E18: Server response timeout.\r\n", "networkBootFailed"),
            ("No configuration methods succeeded (http://ipxe.org/040ee119)\r\n", "networkBootFailed"),
            ("(initramfs) ", "emergencyShell"), ("dracut:/# ", "emergencyShell"),
            ("ALERT!  /dev/md1 does not exist.  Dropping to a shell!\n", "emergencyShell"),
            ("You are in emergency mode. After logging in, type\n", "emergencyShell"),
            ("error: unknown filesystem.\r\nEntering rescue mode...\r\ngrub rescue> ", "bootLoaderShell"),
        ])
    func findings(text: String, kind: String) {
        var watch = ConsoleWatch()
        var found: [ConsoleFinding] = []
        // As slowly as a serial line brings it.
        for byte in text.utf8 { found += watch.take([byte], at: Self.now) }
        #expect(found.map(\.kind.rawValue) == [kind])
        #expect(watch.take(Array(text.utf8), at: Self.now).isEmpty)
        #expect(watch.summary.hasPrefix("its console shows last: \""))
    }

    @Test("of an earlier boot nothing is told, and what was found is no message again")
    func boots() {
        var watch = ConsoleWatch()
        #expect(watch.take(Array("No bootable device.\r\nhalf a line".utf8), at: Self.now).count == 1)
        watch.beginBoot()
        #expect(watch.summary == "")
        #expect(watch.take(Array("No bootable device.\r\n".utf8), at: Self.now).isEmpty)
        #expect(watch.summary == #"its console shows last: "No bootable device.""#)
    }

    @Test(
        "a panic, an emergency shell and a boot loader's shell end a boot, until another one begins",
        arguments: [
            ("Kernel panic - not syncing: no init\n---[ end Kernel panic ]---\n", "kernelPanic"),
            (
                "You are in emergency mode. After logging in, type\n\nGive root password for maintenance\n",
                "emergencyShell"
            ),
            ("mdadm: no arrays\n(initramfs) ", "emergencyShell"), ("grub rescue> ", "bootLoaderShell"),
            ("No bootable device.\n", nil), ("PXE-E18: Server response timeout.\n", nil),
            ("Kernel panic - not syncing: no init\n[    0.0] Linux version 6.1.0\n", nil),
            ("grub rescue> reboot\nSeaBIOS (version 1.16.2)\n", nil),
            ("You are in emergency mode.\nn1 login: ", nil),
            ("Kernel panic - not syncing: no init\nRebooting in 30 seconds..\n", nil),
            ("You are in emergency mode.\nn1# reboot\nreboot: Restarting system\n", nil),
            ("grub rescue> normal\nGNU GRUB  version 2.06\n", nil),
            ("You are in emergency mode.\n" + String(repeating: "somebody works\n", count: 41), nil),
            (
                "Kernel panic - not syncing: no init\n" + String(repeating: " ? rest_init+0x10\n", count: 39)
                    + "---[ end Kernel panic - not syncing: no init ]---\n", "kernelPanic"
            ),
        ])
    func ends(text: String, kind: String?) {
        var watch = ConsoleWatch()
        for byte in text.utf8 { _ = watch.take([byte], at: Self.now) }
        #expect(watch.end?.finding.kind.rawValue == kind)
        watch.reopen()
        #expect(watch.end == nil)
        _ = watch.take(Array("\ngrub rescue> ".utf8), at: Self.now)
        #expect(watch.end != nil)
        watch.beginBoot()
        #expect(watch.end == nil)
    }

    @Test("without a finding the last lines are told, and harmless lines are none")
    func lastLines() {
        var watch = ConsoleWatch()
        #expect(watch.summary == "")
        let text = "iPXE 1.21\r\nnet0: 52:54:00 (open)\r\nhttp://a/ipxe... ok\r\npanic=30 PXE\r\nn1 login: "
        #expect(watch.take(Array(text.utf8), at: Self.now).isEmpty)
        #expect(watch.summary == #"its console shows last: "http://a/ipxe... ok"; "panic=30 PXE"; "n1 login:""#)
    }
}

@Suite("Files of consoles")
struct ConsoleFileTests {
    private func files(_ folder: String) -> ConsoleFiles { ConsoleFiles(stateDirectory: folder) }

    @Test("where the boots that are kept cannot be told, none is begun: it would be written into another one's file")
    func unreadable() throws {
        try withTemporaryFolder { folder in
            let files = files(folder)
            try FileContents.makeFolder(folder + "/consoles")
            // A link to itself stands for what cannot be read.
            try #require(symlink("n1", folder + "/consoles/n1") == 0)
            let error = #expect(throws: BoatyardError.self) { try files.boots(of: "n1") }
            #expect(error?.code == "file.read")
        }
    }

    @Test("of a boot the newest half mebibyte is kept, of a node five boots, readable for the daemon alone")
    func bounds() throws {
        try withTemporaryFolder { folder in
            let files = files(folder)
            #expect(try files.boots(of: "n1").isEmpty)
            for boot in 1...7 {
                let file = try files.begin("n1")
                try file.append(Array("boot \(boot)\n".utf8))
            }
            #expect(try files.boots(of: "n1") == [7, 6, 5, 4, 3])
            #expect(try files.text(of: "n1", boot: 0) == Array("boot 7\n".utf8))
            #expect(try files.text(of: "n1", boot: 4) == Array("boot 3\n".utf8))
            #expect(try files.text(of: "n1", boot: 5) == nil)
            let written = try files.written("n1")
            #expect(written.count == 5 && written.allSatisfy { abs($0.seconds(since: .now())) < 600 }, "\(written)")
            let file = try files.resume("n1")
            for number in 0..<200 { try file.append([UInt8](repeating: UInt8(number), count: 16 << 10)) }
            let text = try #require(try files.text(of: "n1", boot: 0))
            #expect(text.last == 199 && text.count <= 2 * ConsoleFiles.half && text.count >= ConsoleFiles.half)
            // However much comes at once.
            let flood = (0..<(3 * ConsoleFiles.half + 5)).map { UInt8(truncatingIfNeeded: $0 >> 8) }
            try file.append(flood)
            let rest = try #require(try files.text(of: "n1", boot: 0))
            #expect(
                rest == flood.suffix(rest.count) && (ConsoleFiles.half...2 * ConsoleFiles.half).contains(rest.count))
            #expect(try permissions("\(folder)/consoles/n1/7.log") == 0o600)
            #expect(throws: DrydockError.self) { try files.text(of: "../n1", boot: 0) }
            files.prune(before: Timestamp.now().adding(seconds: -3600))
            #expect(try files.boots(of: "n1").count == 5)
            files.prune(before: Timestamp.now().adding(seconds: 3600))
            #expect(try files.boots(of: "n1").isEmpty && FolderContents.names(in: "\(folder)/consoles") == [])
        }
    }
}
