import Testing

@testable import Simulator

@Suite("The boot script, as firmware reads it")
struct InterpretedScriptTests {
    @Test("a kernel with its arguments and ramdisk is booted")
    func installer() throws {
        let script = "#!ipxe\nkernel http://h/k boatyard.token=ab initrd=initrd\ninitrd http://h/i\nboot\n"
        #expect(
            try InterpretedScript.interpret(script)
                == .boot(
                    kernel: "http://h/k", arguments: ["boatyard.token=ab", "initrd=initrd"], initrd: ["http://h/i"]))
    }

    @Test("leaving iPXE boots from disk", arguments: ["exit", "exit 1", "sanboot --no-describe --drive 0x80"])
    func local(_ command: String) throws {
        #expect(try InterpretedScript.interpret("#!ipxe\n# installed\n\(command)\n") == .localDisk)
    }

    @Test(
        "what iPXE would stop at is an error",
        arguments: [
            "kernel http://h/k\nboot", "#!ipxe\nboot", "#!ipxe\nlaunch it\nboot", "#!ipxe\nkernel", "#!ipxe\n", "",
        ])
    func errors(_ script: String) {
        #expect(throws: RehearsalError.self) { try InterpretedScript.interpret(script) }
    }
}
