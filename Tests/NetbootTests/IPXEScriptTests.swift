import Netboot
import Primitives
import SiteDesign
import Testing

@Suite("Boot scripts")
struct IPXEScriptTests {
    private let kernel = "http://192.0.2.1:8080/netboot/vmlinuz"
    private let ramdisk = "http://192.0.2.1:8080/netboot/initrd"
    private let mac: MACAddress

    init() throws { mac = try #require(MACAddress("52:54:00:00:00:11")) }

    @Test("the installer's script names kernel, parameters and ramdisk, and boots")
    func installer() throws {
        let script = try IPXEScript.installer(
            of: mac, kernel: kernel, ramdisk: ramdisk,
            parameters: [
                ("boatyard.url", "http://192.0.2.1:8080"), ("boatyard.mac", "52:54:00:00:00:11"),
                ("boatyard.token", "0a1b"),
            ])
        let lines = script.split(separator: "\n")
        #expect(lines.first == "#!ipxe")
        #expect(
            lines.contains(
                """
                kernel --timeout 120000 http://192.0.2.1:8080/netboot/vmlinuz boatyard.url=http://192.0.2.1:8080 \
                boatyard.mac=52:54:00:00:00:11 boatyard.token=0a1b initrd=initrd || goto failed
                """))
        #expect(lines.contains("initrd --timeout 900000 http://192.0.2.1:8080/netboot/initrd || goto failed"))
        #expect(lines.contains("boot || goto failed"))
        #expect(lines.last == "reboot")
    }

    @Test("an installed machine is sent to its disk in the way of its firmware")
    func localDisk() {
        let drives = IPXEScript.localDisk(.bios).split(separator: "\n").filter { $0.hasPrefix("sanboot") }
        #expect(drives == ["0x80", "0x81", "0x82", "0x83"].map { "sanboot --no-describe --drive \($0) ||" })
        // A bare `exit` leaves OVMF in its setup menu.
        for mode in [BootMode.bios, .uefi] { #expect(IPXEScript.localDisk(mode).hasSuffix("\nexit 1\n")) }
    }

    @Test(
        "nothing that iPXE would interpret gets into a script",
        arguments: [
            "a\nshell", "a\rshell", "${net0/mac}", "a;reboot", "a&&reboot", "a||reboot", "a b", "a'b", "a\"b", "a\\b",
            "a#b", "a\u{0}b", "a\tb", "ä", "$", "", "a`b`", "a<b", "a|b",
        ])
    func hostile(text: String) {
        #expect(throws: IPXEScriptError.self) {
            try IPXEScript.installer(of: mac, kernel: kernel, ramdisk: ramdisk, parameters: [("boatyard.x", text)])
        }
        #expect(throws: IPXEScriptError.self) {
            try IPXEScript.installer(of: mac, kernel: kernel, ramdisk: ramdisk, parameters: [(text, "x")])
        }
        #expect(throws: IPXEScriptError.self) {
            try IPXEScript.installer(of: mac, kernel: text, ramdisk: ramdisk, parameters: [])
        }
        #expect(throws: IPXEScriptError.self) {
            try IPXEScript.installer(of: mac, kernel: kernel, ramdisk: text, parameters: [])
        }
    }

    @Test("a ramdisk's address without a file name is refused")
    func noFileName() {
        #expect(throws: IPXEScriptError.self) {
            try IPXEScript.installer(of: mac, kernel: kernel, ramdisk: "http://192.0.2.1:8080", parameters: [])
        }
    }

    @Test("the error names the piece and the character")
    func message() {
        let error = #expect(throws: IPXEScriptError.self) {
            try IPXEScript.installer(
                of: mac, kernel: kernel, ramdisk: ramdisk, parameters: [("boatyard.token", "a\nb")])
        }
        #expect(
            error?.description == "A boot script cannot be written: the kernel parameter boatyard.token contains the "
                + "character U+000A.")
    }
}
