import Netboot
import Primitives
import SiteDesign
import Testing

@testable import Simulator

@Suite("The boot script, as firmware reads it")
struct ScriptInterpreterTests {
    /// What a script does where files of `missing` cannot be loaded and the disk is empty.
    private func actions(_ text: String, missing: Set<String> = []) throws -> [ScriptInterpreter.Action] {
        var script = try ScriptInterpreter(text)
        var actions: [ScriptInterpreter.Action] = []
        var succeeded = true
        while true {
            let action = try script.next(succeeded)
            actions.append(action)
            switch action {
            case .end: return actions
            case .fetch(let url): succeeded = !missing.contains(url)
            case .startDisk: succeeded = false
            default: succeeded = true
            }
        }
    }

    @Test("a kernel with its arguments and ramdisk is booted")
    func installer() throws {
        let script = "#!ipxe\nkernel http://h/k boatyard.token=ab initrd=initrd\ninitrd http://h/i\nboot\n"
        #expect(
            try actions(script) == [
                .fetch("http://h/k"), .fetch("http://h/i"),
                .end(
                    .boot(
                        kernel: "http://h/k", arguments: ["boatyard.token=ab", "initrd=initrd"],
                        initrd: ["http://h/i"])),
            ])
    }

    @Test("the installer is asked for five times, then the machine says what it could not load and starts again")
    func retries() throws {
        let mac = try #require(MACAddress("52:54:00:00:00:11"))
        let script = try IPXEScript.installer(of: mac, kernel: "http://h/k", ramdisk: "http://h/i", parameters: [])
        for missing in ["http://h/k", "http://h/i"] {
            let actions = try actions(script, missing: [missing])
            #expect(actions.count { $0 == .fetch(missing) } == 5)
            #expect(actions.count { $0 == .pause(5) } == 4)
            #expect(actions.last == .end(.reboot))
            #expect(actions.suffix(2).first == .pause(300))
            let screen = actions.compactMap { if case .show(let line) = $0 { line } else { nil } }
            #expect(screen.contains("Boatyard: attempt 5 of 5 to load the installer has failed"))
            #expect(screen.contains { $0.contains(missing) })
        }
        #expect(
            try actions(script).last
                == .end(.boot(kernel: "http://h/k", arguments: ["initrd=i"], initrd: ["http://h/i"])))
    }

    @Test("an installed machine boots its disk, or says that it cannot and goes on to its next device")
    func local() throws {
        let bios = try actions(IPXEScript.localDisk(.bios))
        #expect(bios.contains(.startDisk) && bios.last == .end(.nextDevice))
        #expect(bios.contains { if case .show(let line) = $0 { line.contains("cannot be booted") } else { false } })
        #expect(try actions(IPXEScript.localDisk(.uefi)).last == .end(.nextDevice))
    }

    @Test("conditions and variables are those of iPXE")
    func conditions() throws {
        let script = "#!ipxe\nset n:int32 1\n:a\niseq ${n} 3 && goto b ||\ninc n\ngoto a\n:b\necho ${n:int32}\nexit 1\n"
        #expect(try actions(script) == [.show("3"), .end(.nextDevice)])
    }

    @Test(
        "what iPXE would stop at is an error",
        arguments: [
            "kernel http://h/k\nboot", "#!ipxe\nboot", "#!ipxe\nlaunch it\nboot", "#!ipxe\nkernel", "#!ipxe\n", "",
            "#!ipxe\n:a\ngoto a\n", "#!ipxe\ngoto b\n", "#!ipxe\nexit\n", "#!ipxe\niseq 1 2\nexit 1\n",
            "#!ipxe\nsanboot --drive 0x80\n",
        ])
    func errors(_ script: String) {
        #expect(throws: RehearsalError.self) { try actions(script) }
    }
}
